# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of the four baseline checks: the verification of a spine, loops and gaps, project authority (pure).

They read what they are asked for and pass over the rest. What they do not know, or what contradicts itself, is
INCONCLUSIVE. Exit codes alone prove nothing: some of these checks end with 0 whatever they find.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

from .reading import Reading, judged, lines, matches, plural, unreadable

_NAMES = 5  # how many loops or gates a message names

_VERIFY_WANTED = "every gate of the verification passes, and none is skipped"
_VERIFY_REMEDY = "correct the gates that are named, and run the verification again"
_GATE_LINE = r"(D[0-9]\S*)(?: .*?\.\.\.)? (PASS|WARN|FAIL|SKIP)\b.*"
_SKIPPED_REMEDY = "run the gates that were skipped, or lower this gate to report in the policy"


def spine_verify(output: str, exit_code: Optional[int]) -> Reading:
    """Read `D1 top-level dirs... PASS` lines with `DRIFT GATE: PASS|FAIL`, or with a `summary:` of counts.

    What a failed script has printed stands between `--- output` and `--- end output ---` and is not read. A skipped
    gate did not pass; one that was retired is none any more.
    """
    told = _without_quotations(lines(output))
    gates = _gates(told)
    finals = [one[1] for one in matches(r"DRIFT GATE: (\S+?)\b.*", told)]
    summaries = [_summary(one[1]) for one in matches(r"summary:((?: [a-z_]+=[0-9]{1,9})+)", told)]
    if len(set(finals)) > 1 or not set(finals) <= {"PASS", "FAIL"} or len(summaries) > 1 or not (finals or summaries):
        found = "no one line DRIFT GATE: PASS or FAIL, and no one summary"
        return unreadable(found, _VERIFY_WANTED, exit_code, "see the output: the verification did not end as it should")
    if summaries and not {"pass", "fail", "skipped_inline", "skipped_retired"} <= set(summaries[0]):
        return unreadable("a summary without all of its counts", _VERIFY_WANTED, exit_code)
    return _verified(gates, finals, summaries[0] if summaries else {}, _unclear_gates(told), exit_code)


def _verified(
    gates: Dict[str, List[str]],
    finals: List[str],
    summary: Dict[str, int],
    unclear: List[str],
    exit_code: Optional[int],
) -> Reading:
    passed, warned = summary.get("pass", len(gates["PASS"])), len(gates["WARN"])
    failed = max(summary.get("fail", 0), len(gates["FAIL"]))
    retired = summary.get("skipped_retired", 0)
    skipped = max(summary.get("skipped_inline", 0), len(gates["SKIP"]) - retired)
    bad = [_named(plural(failed, "gate"), "FAIL", gates["FAIL"])] if failed else []
    bad += ["DRIFT GATE: FAIL"] if "FAIL" in finals else []
    unknown = [_named(plural(skipped, "gate"), "SKIP", gates["SKIP"])] if skipped else []
    unknown += [f"of {', '.join(unclear[:_NAMES])} neither PASS nor WARN, FAIL or SKIP"] if unclear else []
    unknown += [] if passed or bad else ["no gate that passed"]
    if gates["PASS"] and passed not in (len(gates["PASS"]), len(gates["PASS"]) + warned):
        unknown.append(f"{passed} gates that passed by the summary, and {len(gates['PASS'])} by their lines")
    told = [f"{passed}/{passed + (0 if summary else warned) + failed + skipped} gates"]
    told += [f"{skipped} skipped"] if skipped else []
    told += [f"{retired} retired"] if retired else []
    told += [plural(warned, "warning")] if warned else []
    remedy = _VERIFY_REMEDY if bad else _SKIPPED_REMEDY if skipped else "see the output"
    counts = ", ".join(told)
    return judged(bad, unknown, counts, _VERIFY_WANTED, counts, exit_code, remedy)


def _gates(told: List[str]) -> Dict[str, List[str]]:
    """Return the names of the gates (`D1`) by what they say."""
    gates: Dict[str, List[str]] = {word: [] for word in ("PASS", "WARN", "FAIL", "SKIP")}
    for one in matches(_GATE_LINE, told):
        gates[one[2]].append(one[1])
    return gates


def _unclear_gates(told: List[str]) -> List[str]:
    """Return the names of the gates whose lines say something else."""
    clear = {one[0] for one in matches(_GATE_LINE, told)}
    return [one[1] for one in matches(r"(D[0-9]\S*)(?: .*\.\.\..*| [A-Z]+\b.*)", told) if one[0] not in clear]


def _without_quotations(told: List[str]) -> List[str]:
    """Leave out what the verification repeats of the outputs of its scripts."""
    kept, inside = [], False
    for line in told:
        mark = line.strip()
        if mark.startswith("--- output"):
            inside = True
        elif mark == "--- end output ---":
            inside = False
        elif not inside:
            kept.append(line)
    return kept


def _summary(text: str) -> Dict[str, int]:
    return {name: int(count) for name, _equals, count in (part.partition("=") for part in text.split())}


_STATUS_WANTED = "no open loop and no open gap"
_STATUS_REMEDY = "close what is open, then promote again"


def ops_status(output: str, exit_code: Optional[int], own: str = "") -> Reading:
    """Read `OPEN LOOPS (n)` and `OPEN GAPS (n)`, or the counts of `--json`. `own` is the loop that does not count."""
    if not output.lstrip().startswith("{"):
        return _status_text(lines(output), exit_code, own)
    try:
        data, _end = json.JSONDecoder().raw_decode(output.lstrip())  # its caller may print a trailer of its own
    except (ValueError, RecursionError):
        return unreadable("JSON that breaks off", _STATUS_WANTED, exit_code)
    return _status_json(data, exit_code, own)


def _status_json(data: Any, exit_code: Optional[int], own: str) -> Reading:
    counts = data.get("counts") if isinstance(data, dict) else None
    told = [counts.get(name) if isinstance(counts, dict) else None for name in ("open_loops", "open_gaps")]
    if not all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in told):
        return unreadable("no counts.open_loops and counts.open_gaps", _STATUS_WANTED, exit_code)
    loops, gaps = (int(count or 0) for count in told)
    if loops and own:
        found = f"{plural(loops, 'open loop')} by number, and whether {own} is one of them is not told"
        return unreadable(found, _STATUS_WANTED, exit_code, "leave --json out: the other form names the loops")
    return _open(loops, gaps, [], exit_code)


def _status_text(told: List[str], exit_code: Optional[int], own: str) -> Reading:
    loops = [int(one[1]) for one in matches(r"OPEN LOOPS \(([0-9]{1,9})\)", told)]
    gaps = [int(one[1]) for one in matches(r"OPEN GAPS \(([0-9]{1,9})\)", told)]
    if len(loops) != 1 or len(gaps) != 1:
        return unreadable("no one OPEN LOOPS (n) and no one OPEN GAPS (n)", _STATUS_WANTED, exit_code)
    section = told[next(index for index, line in enumerate(told) if line.startswith("OPEN LOOPS (")) + 1 :]
    end = next((index for index, line in enumerate(section) if line.startswith(("OPEN", "ANOMALIES"))), len(section))
    named = [one[1] for one in matches(r"\s+\[[^\]]*\].*?\s(LOOP-\S+)(?:\s.*)?", section[:end])]
    if len(named) != loops[0]:
        found = f"{plural(loops[0], 'open loop')} by number and {len(named)} by name"
        return unreadable(found, _STATUS_WANTED, exit_code)
    others = [name for name in named if name != own]
    return _open(len(others), gaps[0], others, exit_code)


def _open(loops: int, gaps: int, names: List[str], exit_code: Optional[int]) -> Reading:
    counts = f"{plural(loops, 'open loop')}, {plural(gaps, 'open gap')}"
    bad = [_named(plural(loops, "loop"), "open", names)] if loops else []
    bad += [f"{plural(gaps, 'gap')} open"] if gaps else []
    return judged(bad, [], counts, _STATUS_WANTED, counts, exit_code, _STATUS_REMEDY)


_GAPS_LINE = r"Gaps: ([0-9]{1,9}) total \| ([0-9]{1,9}) open \| ([0-9]{1,9}) fixed \| ([0-9]{1,9}) closed"
_GAPS_WANTED = "no open gap, and none whose loop is closed"


def gaps_status(output: str, exit_code: Optional[int]) -> Reading:
    """Read `Gaps: N total | N open | N fixed | N closed`, and the gaps that outlived their loop.

    The total counts gaps of other states too, so it may be more than these, and never less.
    """
    told = lines(output)
    totals = list(matches(_GAPS_LINE, told))
    orphans = [int(one[1]) for one in matches(r"Orphaned gaps[^:]*: ([0-9]{1,9})", told)]
    if len(totals) != 1 or len(orphans) > 1:
        return unreadable("no one line Gaps: N total | N open | N fixed | N closed", _GAPS_WANTED, exit_code)
    total, still_open, fixed, closed = map(int, totals[0].groups())
    parts = still_open + fixed + closed
    named = [one[1] for one in matches(r"\s+\[[^\]]*\] (GAP-\S+)(?:\s.*)?", told)]
    orphaned = max(orphans[0] if orphans else 0, sum("(ORPHANED" in line for line in told))
    bad = [_named(plural(still_open, "gap"), "open", named)] if still_open else []
    bad += [f"{plural(orphaned, 'gap')} of a loop that is closed"] if orphaned else []
    unknown = [f"{plural(total, 'gap')}, of which {parts} are open, fixed or closed"] if parts > total else []
    unknown += [f"no open gap by number, and by name {', '.join(named[:_NAMES])}"] if named and not still_open else []
    counts = f"{still_open}/{total} gaps open"
    remedy = "fix or close these gaps, then promote again"
    return judged(bad, unknown, counts, _GAPS_WANTED, counts, exit_code, remedy)


_AUTHORITY_WANTED = "status: GOVERNED, and no check that fails"


def authority_status(output: str, exit_code: Optional[int]) -> Reading:
    """Read PASS, WARN and FAIL lines, `summary: pass=N warn=N fail=N` and `status: GOVERNED | DRIFT | EXEMPT`."""
    told = lines(output)
    statuses = [one[1] for one in matches(r"status: (\S+)", told)]
    summaries = [_summary(one[1]) for one in matches(r"summary:((?: [a-z_]+=[0-9]{1,9})+)", told)]
    if statuses == ["EXEMPT"]:
        remedy = "let the repository be governed, or leave this gate out"
        return unreadable("status: EXEMPT, so nothing was checked", _AUTHORITY_WANTED, exit_code, remedy)
    if len(statuses) != 1 or statuses[0] not in ("GOVERNED", "DRIFT"):
        return unreadable("no one line status: GOVERNED or DRIFT", _AUTHORITY_WANTED, exit_code)
    if len(summaries) != 1 or not {"pass", "warn", "fail"} <= set(summaries[0]):
        return unreadable("no one summary: pass=N warn=N fail=N", _AUTHORITY_WANTED, exit_code)
    return _governed(statuses[0], summaries[0], [one[1] for one in matches(r"FAIL +(\S.*)", told)], exit_code)


def _governed(status: str, summary: Dict[str, int], failures: List[str], exit_code: Optional[int]) -> Reading:
    failed = max(summary["fail"], len(failures))
    bad = [_named(plural(failed, "check"), "FAIL", failures)] if failed else []
    bad += [f"status: {status}"] if status != "GOVERNED" else []
    unknown = [] if summary["pass"] or bad else ["no check that passed"]
    counts = f"{summary['pass']}/{summary['pass'] + summary['warn'] + failed} checks"
    counts += f", {plural(summary['warn'], 'warning')}" if summary["warn"] else ""
    good = f"GOVERNED, {counts}"
    return judged(bad, unknown, good, _AUTHORITY_WANTED, counts, exit_code, "correct the checks that fail")


def _named(count: str, state: str, names: List[str]) -> str:
    """Return `2 gates FAIL: D3, D4`, with a bound on the names."""
    shown = ", ".join(names[:_NAMES]) + (", ..." if len(names) > _NAMES else "")
    return f"{count} {state}: {shown}" if shown else f"{count} {state}"
