# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the steps of a recertification must agree with."""

from __future__ import annotations

from typing import Any, Mapping, Set

from .._schema.place import Findings, Path
from .._schema.wording import quoted
from .model import EXIT, JUNIT

Data = Mapping[str, Any]


def recert_steps(data: Data, findings: Findings) -> None:
    """Report steps that share a name, that have no revision to run in, or whose reader has nothing to read."""
    for name, module in (data["modules"] or {}).items():
        if module is None:
            continue
        path: Path = ("modules", name, "recert")
        if module["third_party"] and module["recert"]:
            remedy = "remove recert: an image of others has no revision here"
            findings.report(path, "recert in a third_party module", "none", remedy)
        names: Set[str] = set()
        for index, step in enumerate(module["recert"] or []):
            if step is not None:
                _name(step, path + (index, "name"), names, findings)
                _report(step, path + (index, "report"), findings)


def _name(step: Data, path: Path, names: Set[str], findings: Findings) -> None:
    name = step["name"]
    if name in names:
        findings.report(path, f"the name {quoted(name)} again", "a name of its own")
    if name is not None:
        names.add(name)


def _report(step: Data, path: Path, findings: Findings) -> None:
    reader, report = step["reader"], step["report"]
    if reader == EXIT and report is not None:
        findings.report(path, "a report that nothing reads", "a reader for it", "say what it is with `reader`")
    if reader == JUNIT and report is None and not findings.has(path):
        remedy = "name the file that the tests write, relative to the step's directory"
        findings.report(path, "no report", "the file that the reader junit reads", remedy)
