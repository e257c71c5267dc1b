# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of gates: each is one gate only, and a policy names gates that there are."""

from __future__ import annotations

from typing import Any, Iterator, List, Mapping, Set, Tuple

from .._gates.model import CONTROL_FAMILIES, family_of
from .._gates.rules import GATE_NAMES
from .._schema.place import Findings, Path
from .._schema.wording import nearest, quoted

Data = Mapping[str, Any]


def gate_names(data: Data, findings: Findings) -> None:
    """Report names that two gates would have, and names in a policy that no gate has."""
    built_in = GATE_NAMES | CONTROL_FAMILIES
    own: Set[str] = set()
    for name, path in _named(data, "gates"):
        if family_of(name) in built_in:
            findings.report(path, f"the built-in gate {family_of(name)}", "a name of its own")
        own.add(name)
    for name, path in _named(data, "capabilities"):
        if name in built_in:
            findings.report(path, f"the built-in gate {name}", "a name of its own")
        elif name in own:
            findings.report(path, f"the name {quoted(name)} again", "a name of its own among gates and capabilities")
        own.add(name)
    _policies(data, sorted(built_in | own), findings)


def _named(data: Data, key: str) -> Iterator[Tuple[str, Path]]:
    for index, item in enumerate(data[key] or []):
        if item is not None and item["name"] is not None:
            yield item["name"], (key, index, "name")


def _policies(data: Data, known: List[str], findings: Findings) -> None:
    """A family covers all gates whose names begin with it and a colon."""
    for environment, policy in (data["policy"] or {}).items():
        for name in (policy or {}).get("gates") or {}:
            if name not in known and family_of(name) not in known:
                here = ("policy", environment, "gates", name)
                wanted = f"one of {', '.join(known)}"
                findings.report(here, f"the unknown gate {quoted(name)}", wanted, nearest(name, known))
