# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads loop scope files and the gap registry of a repository."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.loops import (
    SUFFIX,
    Gap,
    Loop,
    OpenWork,
    gaps_of,
    loop_id,
    loop_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Loops
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Findings
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import Reader, bounded_root, read_bounded

_MARK = re.compile(r"(?:---|\.\.\.)[ \t]*\r?$")


def read_open_work(top: Path, asked: Loops) -> OpenWork:
    """Read what the manifest's `loops` names below `top`. What is wrong with a file is in the result."""
    loops, loop_faults = _loops(top, asked.folder) if asked.folder else (None, ())
    gaps, gap_faults = _gaps(top, asked.gaps) if asked.gaps else (None, ())
    return OpenWork(loops, gaps, tuple(loop_faults), tuple(gap_faults))


def _loops(top: Path, folder: str) -> tuple[tuple[Loop, ...], list[Violation]]:
    try:
        names = sorted(name for name in os.listdir(top / folder) if name.endswith(SUFFIX))
    except OSError as error:
        fault = Violation(folder, "", (error.strerror or str(error)).lower(), "the folder of the scope files")
        return (), [fault]
    loops: list[Loop] = []
    faults: list[Violation] = []
    for name in names:
        loop, found = read_loop(top, f"{folder}/{name}")
        loops += [loop] if loop else []
        faults += found
    return tuple(loops), faults


def read_loop(top: Path, path: str) -> tuple[Loop | None, list[Violation]]:
    """Read the scope file `path`, relative to `top`. What is wrong with it is in the result."""
    findings = Findings(path, {})
    identity = loop_id(path.rpartition("/")[2], findings)
    if identity is None:
        return None, findings.violations
    try:
        text = _text(top, path)
        front = front_matter(text)
        if front is None:
            return loop_of(identity, path, None, text, findings), findings.violations
        reader, data = _data(front.encode("utf-8"), path)
    except InvalidInput as error:
        return None, list(error.violations)
    return loop_of(identity, path, data, text, reader.findings), reader.findings.violations


def _gaps(top: Path, path: str) -> tuple[tuple[Gap, ...], list[Violation]]:
    try:
        reader, data = _data(_text(top, path).encode("utf-8"), path)
    except InvalidInput as error:
        return (), list(error.violations)
    return gaps_of(data, reader.findings), reader.findings.violations


def front_matter(text: str) -> str | None:
    """Return the YAML between the first line `---` and the next one, at its lines in `text`; None where there is none.

    A front matter that does not end is not one: it would hide the whole file.
    """
    rows = text.lstrip("\ufeff").split("\n")
    if not _MARK.match(rows[0]) or not rows[0].startswith("---"):
        return None
    end = next((number for number, row in enumerate(rows[1:], 1) if _MARK.match(row)), None)
    return None if end is None else "\n".join(["", *rows[1:end]]) + "\n"


def front_data(text: str, path: str) -> Any:
    """Return the front matter of a scope file as data, None where it has none. Raises `InvalidInput`."""
    front = front_matter(text)
    if front is None:
        return None
    reader, data = _data(front.encode("utf-8"), path)
    if reader.findings.violations:
        raise InvalidInput(reader.findings.violations, path)
    return data


def _text(top: Path, path: str) -> str:
    """Return a file's text. Raises `InvalidInput` with the path as the repository knows it."""
    try:
        return read_bounded(str(top / path)).decode("utf-8-sig")
    except InvalidInput as error:
        raise InvalidInput([Violation(path, "", one.found, one.wanted) for one in error.violations], path) from error
    except UnicodeDecodeError as error:
        raise InvalidInput([Violation(path, "", "bytes that are no UTF-8", "text")], path) from error


def _data(content: bytes, path: str) -> tuple[_Loose, Any]:
    """Return YAML as data, and the reader with its places and faults. Raises `InvalidInput` for what is no YAML."""
    _source, root = bounded_root(content, path)
    reader = _Loose(path)
    return reader, reader.read(root, ())


class _Loose(Reader):
    """Takes a date as people write it, without quotes, for text."""

    def _refuse_tag(self, node: yaml.Node, path: Any) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        return super()._refuse_tag(node, path)
