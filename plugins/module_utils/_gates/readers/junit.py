# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads JUnit XML, as runners write it (the schema of Jenkins' xunit plugin names these elements).

The file comes from a test run, so it is not trusted: a document type declaration, which could define entities that
explode or that read files, is refused before anything of it is used.
"""

from __future__ import annotations

from typing import Dict, List, Optional
from xml.parsers import expat

from .reading import Reading
from .tally import Tally, no_summary, read_tally

_TROUBLE = frozenset({"failure", "error"})
_SUITES = frozenset({"testsuite", "testsuites"})


class _Refused(Exception):
    """The file has a document type declaration."""


class _Counter:
    """Counts test cases while a parser reads; never holds the file's text."""

    def __init__(self) -> None:
        self.counts: Dict[str, int] = {"passed": 0, "failed": 0, "skipped": 0}
        self.declared = 0  # failures and errors that suites claim
        self.known = False  # whether the root is one of JUnit's
        self._open: List[str] = []
        self._outcome = ""

    def start(self, name: str, attributes: Dict[str, str]) -> None:
        if not self._open:
            self.known = name in _SUITES
        if name in _SUITES:
            self.declared += sum(_number(attributes.get(key, "0")) for key in ("failures", "errors"))
        elif name == "testcase":
            self._outcome = "passed"
        elif self._open[-1:] == ["testcase"]:
            self._inside(name)
        elif name in _TROUBLE and self._open and self._open[-1] in _SUITES:
            self.declared += 1
        self._open.append(name)

    def _inside(self, name: str) -> None:
        if name in _TROUBLE:
            self._outcome = "failed"
        elif name == "skipped" and self._outcome != "failed":
            self._outcome = "skipped"

    def end(self, name: str) -> None:
        self._open.pop()
        if name == "testcase":
            self.counts[self._outcome] += 1

    def refuse(self, *_declaration: object) -> None:
        raise _Refused


def junit(output: str, exit_code: Optional[int]) -> Reading:
    """Count the test cases of a JUnit XML file. `output` is its text."""
    counter = _Counter()
    parser = expat.ParserCreate("utf-8")  # which it is by now, whatever its first line declares
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    parser.StartDoctypeDeclHandler = counter.refuse
    try:
        parser.Parse(output.lstrip().encode("utf-8"), True)
    except _Refused:
        return no_summary("JUnit XML with a document type declaration, which is not read", exit_code)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        return no_summary(f"no JUnit XML ({error})", exit_code)
    if not counter.known:
        return no_summary("XML without testsuites or testsuite", exit_code)
    counts = counter.counts
    broken = counter.declared if not counts["failed"] else 0
    return read_tally(Tally(counts["passed"], counts["failed"], counts["skipped"], broken), exit_code)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
