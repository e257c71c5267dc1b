# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loops and gaps: what they say of themselves, and the gates over them (pure).

A loop is a piece of work, and its scope file `LOOP-<NAME>-<YYYYMMDD>.scope.md` says how far it is. A gap is a known
fault, listed in a registry. What is not closed is open: a word that is not known is never taken for a closed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from .._closeout.scope import BEGIN
from .._errors import Violation
from .._schema.place import Findings
from .._schema.wording import describe, nearest, quoted
from .finding import Finding
from .model import FAILED, INCONCLUSIVE, PASSED

LOOPS, GAPS = "loops", "gaps"  # the gates
SUFFIX = ".scope.md"
LOOP_ID = r"LOOP-[A-Z0-9]+(?:-[A-Z0-9]+)*-(?P<day>[0-9]{8})"

_UNDER_WAY = ("open", "in_progress", "in-progress", "blocked", "deferred")
OPEN_WORDS = frozenset((*_UNDER_WAY, "active", "draft", "planned", "paused", "pending"))
CLOSED_WORDS = frozenset(("closed", "done", "complete", "completed", "cancelled", "superseded", "archived", "resolved"))
OPEN_GAP_WORDS = frozenset(_UNDER_WAY)
CLOSED_GAP_WORDS = frozenset(("fixed", "closed", "accepted", "resolved", "wontfix", "duplicate", "superseded"))

# A loop without front matter says its status in a line of its text: `**Status:** closed`, `> Status: open`.
_STATUS_LINE = re.compile(r"[\s>*_-]*status[*_]*\s*:[\s*_`]*([A-Za-z_-]+)", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*\r?(?:\n|$)")
_SECTION = "##"  # what stands below it has a status of its own
_NAMES = 5  # that a message names


@dataclass(frozen=True)
class Loop:
    """A loop as its scope file tells it."""

    id: str
    status: str
    path: str

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_WORDS


@dataclass(frozen=True)
class Gap:
    """A gap as its registry tells it. `parent` is the id of a loop, empty for none."""

    id: str
    status: str
    severity: str = ""
    kind: str = ""
    parent: str = ""
    fixed_in: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_GAP_WORDS


@dataclass(frozen=True)
class OpenWork:
    """All loops and gaps that could be read, and what is wrong with the rest. None: not asked for."""

    loops: Optional[Tuple[Loop, ...]] = None
    gaps: Optional[Tuple[Gap, ...]] = None
    loop_faults: Tuple[Violation, ...] = ()
    gap_faults: Tuple[Violation, ...] = ()


def loop_id(name: str, findings: Findings) -> Optional[str]:
    """Return the id that the name of a scope file says, or report why it says none."""
    stem = name[: -len(SUFFIX)]
    found = re.fullmatch(LOOP_ID, stem)
    if found is None or not _is_day(found["day"]):
        findings.report((), quoted(name), f"LOOP-<NAME>-<YYYYMMDD>{SUFFIX}", "rename the file")
        return None
    return stem


def _is_day(text: str) -> bool:
    try:
        return datetime.strptime(text, "%Y%m%d").year > 0
    except ValueError:
        return False


def loop_of(identity: str, path: str, front: Any, text: str, findings: Findings) -> Optional[Loop]:
    """Return the loop that a scope file tells of. `front` is its front matter, None where it has none."""
    if front is None:
        word, place = _status_of_text(text)
        if not word:
            findings.report_at((1, 1), (), "neither front matter nor a line `Status:`", "a status", "add one")
            return None
        return _agreed(_with_status(Loop(identity, word, path), place, findings), text, findings)
    if not isinstance(front, dict):
        findings.report((), describe(front), "a mapping as front matter")
        return None
    named = front.get("loop_id", identity)
    if named != identity:
        findings.report(("loop_id",), describe(named), f"the name of the file, {identity}")
    if not isinstance(front.get("status"), str):
        findings.report(("status",), describe(front.get("status")), "a status", "add `status: open`")
        return None
    return _agreed(_with_status(Loop(identity, front["status"].strip().lower(), path), None, findings), text, findings)


def _status_of_text(text: str) -> Tuple[str, Tuple[int, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        found = _STATUS_LINE.match(line)
        if found:
            return found[1].lower(), (number, found.start(1) + 1)
    return "", (0, 0)


def _agreed(loop: Optional[Loop], text: str, findings: Findings) -> Optional[Loop]:
    """Take no loop for closed whose text says above its sections that it is open, unless our closeout stands in it."""
    if loop is None or loop.is_open or BEGIN in text:
        return loop
    front = _FRONT_MATTER.match(text)
    first = front[0].count("\n") if front else 0
    for number, line in enumerate(text.split("\n")[first:], first + 1):
        found = _STATUS_LINE.match(line)
        if found and found[1].lower() in OPEN_WORDS:
            place, told = (number, found.start(1) + 1), f"{quoted(found[1])} beside {quoted(loop.status)}"
            findings.report_at(place, ("status",), told, "one status", "let both say the same")
            return None
        if line.startswith(_SECTION):
            break
    return loop


def _with_status(loop: Loop, place: Optional[Tuple[int, int]], findings: Findings) -> Optional[Loop]:
    known = OPEN_WORDS | CLOSED_WORDS
    if loop.status in known:
        return loop
    told = (f"the status {quoted(loop.status)}", "a word that says open or closed", nearest(loop.status, sorted(known)))
    if place:
        findings.report_at(place, ("status",), *told)
    else:
        findings.report(("status",), *told)
    return None


def gaps_of(data: Any, findings: Findings) -> Tuple[Gap, ...]:
    """Return the gaps of a registry, `gaps:` with a list of mappings; report everything that is wrong with it."""
    listed = data.get("gaps") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        findings.report(("gaps",), "no list `gaps`", "gaps: and a list, [] where there are none")
        return ()
    seen: Dict[str, int] = {}
    gaps = [_gap(one, index, seen, findings) for index, one in enumerate(listed)]
    return tuple(one for one in gaps if one is not None)


def _gap(data: Any, index: int, seen: Dict[str, int], findings: Findings) -> Optional[Gap]:
    path = ("gaps", index)
    if not isinstance(data, dict):
        findings.report(path, describe(data), "a mapping with id and status")
        return None
    texts = {key: _optional_text(data, key, path, findings) for key in _GAP_KEYS}
    if not texts["id"]:
        findings.report((*path, "id"), describe(data.get("id")), "the id of the gap")
        return None
    if texts["id"] in seen:
        findings.report((*path, "id"), f"{texts['id']} again", f"each gap once (first in gaps[{seen[texts['id']]}])")
    seen.setdefault(texts["id"], index)
    status, known = texts["status"].lower(), OPEN_GAP_WORDS | CLOSED_GAP_WORDS
    if status not in known:
        found = f"{texts['id']} with the status {describe(data.get('status'))}"
        findings.report((*path, "status"), found, "a word that says open or closed", nearest(status, sorted(known)))
        return None
    return Gap(texts["id"], status, texts["severity"], texts["type"], texts["parent_loop"], texts["fixed_in"])


_GAP_KEYS = ("id", "status", "severity", "type", "parent_loop", "fixed_in")


def _optional_text(data: Mapping[str, Any], key: str, path: Tuple[Any, ...], findings: Findings) -> str:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value or ""
    if key not in ("id", "status"):
        findings.report((*path, key), describe(value), "text")
    return ""


def judge_loops(work: OpenWork, own: str) -> Finding:
    """No loop is open but `own`, the one that the promotion belongs to."""
    wanted = f"no open loop but {own}" if own else "no open loop"
    loops = work.loops or ()
    still_open = [one.id for one in loops if one.is_open and one.id != own]
    unknown = [str(one) for one in work.loop_faults]
    if own and not work.loop_faults and own not in [one.id for one in loops]:
        unknown.append(f"{own} has no scope file")
    bad = [f"{len(still_open)} open: {_some(still_open)}"] if still_open else []
    remedy = "close them (mint.promotion.close), then promote again" if bad else "correct these files"
    counts = f"{len(still_open)}/{len(loops)} loops open"
    return _finding(bad, unknown, f"none of {len(loops)}", wanted, remedy, counts)


def judge_gaps(work: OpenWork) -> Finding:
    """No gap is open; one whose loop is closed is told as such."""
    gaps = work.gaps or ()
    closed = {one.id for one in work.loops or () if not one.is_open}
    still_open = [one for one in gaps if one.is_open]
    orphans = [one.id for one in still_open if one.parent in closed]
    bad = [f"{len(still_open)} open: {_some(_told(one) for one in still_open)}"] if still_open else []
    bad += [f"{len(orphans)} of a loop that is closed: {_some(orphans)}"] if orphans else []
    remedy = "fix these gaps or close them in the registry, then promote again" if bad else "correct the registry"
    counts = f"{len(still_open)}/{len(gaps)} gaps open"
    unknown = [str(one) for one in work.gap_faults]
    return _finding(bad, unknown, f"none of {len(gaps)}", "no open gap", remedy, counts)


def _told(gap: Gap) -> str:
    return f"{gap.id} ({gap.severity})" if gap.severity else gap.id


def _finding(bad: List[str], unknown: List[str], good: str, wanted: str, remedy: str, counts: str) -> Finding:
    verdict = FAILED if bad else INCONCLUSIVE if unknown else PASSED
    found = "; ".join([*bad, *unknown]) or good
    return Finding(verdict, found, wanted, "" if verdict == PASSED else remedy, counts)


def _some(names: Iterable[str]) -> str:
    everything: Sequence[str] = list(names)
    return ", ".join(everything[:_NAMES]) + (", ..." if len(everything) > _NAMES else "")
