# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Activate and take back as calls: each does its work once for a run key, however often it is called."""

from __future__ import annotations

import time
from typing import Callable, Optional, Sequence, Tuple

from .._data import decode
from .._errors import NotVerified, PromotionError, Refused
from .activation import activate, recover, take_back
from .entries import (
    CLAIMED,
    FREED,
    OUTCOME,
    Entry,
    of_run,
    outcome_of,
    staged_by,
    unfinished,
    verdict_of,
)
from .host import Host
from .identity import require_names
from .model import (
    FAILED,
    GOOD_OUTCOMES,
    INTERRUPTED,
    NOT_STARTED,
    PROMOTED,
    REFUSED,
    RESTORED,
    ROLLBACK_FAILED,
    Failure,
    HostReport,
)
from .plan import BOTH
from .reports import report_of
from .worker import Seat, sitting, take_seat, wait_for_worker

PASSED = "PASSED"


def activate_or_explain(host: Host, run: str, lease: float, leads: Tuple[str, ...] = BOTH) -> HostReport:
    """As `request_activation`; what is raised there becomes a report that says `refused`."""
    return _explained(host, run, lambda: request_activation(host, run, lease, leads))


def restore_or_explain(host: Host, run: str, lease: float) -> HostReport:
    """As `request_restoration`; what is raised there becomes a report that says `refused`."""
    return _explained(host, run, lambda: request_restoration(host, run, lease))


def untouched(host: Host, run: str) -> HostReport:
    """Return the report of a host on which nothing was done."""
    require_names(host.layout.stack, run)
    return _nothing(host, run)


def is_well(report: HostReport, state: str) -> bool:
    """Tell whether a call with this `state` reached what it was for."""
    if state == "restored":
        return report.outcome not in (ROLLBACK_FAILED, INTERRUPTED, REFUSED)
    return report.outcome in GOOD_OUTCOMES or report.outcome == NOT_STARTED


def _explained(host: Host, run: str, request: Callable[[], HostReport]) -> HostReport:
    try:
        require_names(host.layout.stack, run)
        return request()
    except PromotionError as error:
        failure = Failure("check", error.message, remedy=error.remedy)
        live = host.live()
        return HostReport(REFUSED, run, False, None, live, live, 0.0, failure=failure)


def request_activation(host: Host, run: str, lease: float, leads: Tuple[str, ...] = BOTH) -> HostReport:
    """Make what the run has staged live, and return the journalled report.

    `leads` are the moves of migrations that this host makes for all hosts of the run.

    A run whose worker lives is waited for; one that has an outcome gets it again. Raises Refused, or LockHeld,
    when the run may not: it has staged nothing, has no PASSED verdict, or does not hold the lock.
    """
    if not host.store.exists():
        raise _nothing_staged(run)
    return _request(host, run, lambda seat: _activate(host, run, lease, leads, seat), repeat=True)


def request_restoration(host: Host, run: str, lease: float) -> HostReport:
    """Leave the host as it was before the run: put the old release back, undo, or just give the lock back."""
    if not host.store.exists():
        return _nothing(host, run)
    return _request(host, run, lambda seat: _restore(host, run, lease, seat), repeat=False)


def _request(host: Host, run: str, begin: Callable[[Seat], HostReport], repeat: bool) -> HostReport:
    """Find the worker's seat free and begin, or wait for the run's own worker to leave it."""
    while True:
        seat = take_seat(host.store.files, host.layout.worker_lock, run)
        if seat is not None:
            outcome = outcome_of(host.journal.entries(), run)
            if not repeat or outcome is None:
                return begin(seat)
            seat.leave()
            return decode(HostReport, report_of(outcome))
        worker = sitting(host.layout.worker_lock)
        if worker is None or worker.run != run:
            raise host.lock.busy(worker.run if worker else "another run")
        wait_for_worker(host.layout.worker_lock)


def _activate(host: Host, run: str, lease: float, leads: Tuple[str, ...], seat: Seat) -> HostReport:
    entries = host.journal.entries()
    work = unfinished(entries)
    try:
        _authorise(entries, run)
        host.lock.renew(run, lease)
        if work is not None and work.run != run:
            raise Refused(f"The work of {work.run} is unfinished here", "Start a new run: staging recovers it.")
    except PromotionError:
        seat.leave()
        raise
    if work is not None:
        return _in_worker(host, run, seat, lambda: recover(host, work, notes=(_RESUMED,)))
    return _in_worker(host, run, seat, lambda: activate(host, run, leads=leads))


_RESUMED = "an earlier worker of this run died; its work was recovered"


def _authorise(entries: Sequence[Entry], run: str) -> None:
    """Raise Refused unless this run has staged a release with a PASSED verdict (docs/architecture.md)."""
    verdict, staged = verdict_of(entries, run), staged_by(entries, run)
    if staged is None:
        raise _nothing_staged(run)
    if verdict is None or verdict.verdict != PASSED:
        found = verdict.verdict if verdict else "none"
        raise Refused(f"The run {run} has no PASSED verdict on this host: found {found}", "Run the gate again.")


def _nothing_staged(run: str) -> Refused:
    return Refused(f"The run {run} has staged nothing on this host", "Run the playbook from the beginning.")


def _restore(host: Host, run: str, lease: float, seat: Seat) -> HostReport:
    entries = host.journal.entries()
    work, outcome = unfinished(entries), outcome_of(entries, run)
    if work is not None and work.run == run:
        notes = (_RESUMED,)
        return _in_worker(host, run, seat, lambda: recover(host, work, undo=True, notes=notes))
    if outcome is not None and _switched_here(outcome):
        try:
            _claim_again(host, run, lease, outcome)
        except PromotionError:
            seat.leave()
            raise
        return _in_worker(host, run, seat, lambda: take_back(host, run))
    try:
        return decode(HostReport, report_of(outcome)) if outcome is not None else _give_up(host, run)
    finally:
        seat.leave()


def _switched_here(outcome: Entry) -> bool:
    report = report_of(outcome)
    return outcome.fields.get("outcome") in (PROMOTED, RESTORED) and report.get("before") != report.get("release")


def _is_good(entry: Entry) -> bool:
    return entry.event == OUTCOME and entry.fields.get("outcome") in GOOD_OUTCOMES


def _claim_again(host: Host, run: str, lease: float, outcome: Entry) -> None:
    """Take the lock again, which the activation gave back. Raises Refused when another run has switched since."""
    later = next((one for one in host.journal.entries() if one.seq > outcome.seq and _is_good(one)), None)
    live, own = host.store.current(), report_of(outcome).get("release")
    if later is not None or live != own:
        message = f"The run {run} made {own} live here, and now {live or 'nothing'} is"
        came = f"{message}, by {later.run}, which came after it" if later else message
        raise Refused(came, "Look at mint.promotion.status; go back with mint.promotion.rollback.")
    claimed = of_run(host.journal.entries(), run, CLAIMED)
    holder = str(claimed.fields.get("holder")) if claimed else run
    claim = host.lock.claim(run, holder, lease)
    host.journal.append(run, CLAIMED, until=claim.holding.until, holder=holder)


def _give_up(host: Host, run: str) -> HostReport:
    """End a run that has changed nothing that users see."""
    report = _nothing(host, run)
    try:
        if staged_by(host.journal.entries(), run) is not None or host.lock.held_by(run):
            words = {"release": report.release, "live": report.live, "report": report}
            host.journal.append(run, OUTCOME, outcome=NOT_STARTED, **words)
    finally:  # on a full disk too
        _free(host, run)
    return report


def _nothing(host: Host, run: str) -> HostReport:
    staged = staged_by(host.journal.entries(), run) if host.store.exists() else None
    live = host.store.current() if host.store.exists() else None
    release = str(staged.fields.get("release")) if staged else None
    return HostReport(NOT_STARTED, run, False, release, live, live, 0.0)


def _in_worker(host: Host, run: str, seat: Seat, work: Callable[[], HostReport]) -> HostReport:
    """Do the work in a detached process and return the report that it journalled."""

    def detached() -> None:
        began = time.monotonic()
        try:
            work()
        except PromotionError as error:
            _journal_failure(host, run, error, time.monotonic() - began)
        finally:  # on a full disk too; what is unfinished keeps the lock
            _free(host, run)

    last_words = seat.detach(detached)
    outcome = outcome_of(host.journal.entries(), run)
    if outcome is not None:
        return decode(HostReport, report_of(outcome))
    return _interrupted(host, run, last_words)


def _journal_failure(host: Host, run: str, error: PromotionError, seconds: float) -> None:
    """Journal the outcome of a run that could not begin; unfinished work stays unfinished, for the next call."""
    entries = host.journal.entries()
    if unfinished(entries) is not None or outcome_of(entries, run) is not None:
        raise error
    base = _nothing(host, run)
    report = HostReport(
        outcome=FAILED,
        run_key=run,
        changed=False,
        release=base.release,
        before=base.live,
        live=base.live,
        seconds=round(seconds, 3),
        failure=Failure("check", error.message, remedy=error.remedy),
    )
    host.journal.append(run, OUTCOME, outcome=FAILED, release=base.release, live=base.live, report=report)


def _interrupted(host: Host, run: str, last_words: str) -> HostReport:
    work = unfinished(host.journal.entries())
    base = _nothing(host, run)
    failure = Failure(
        step=work.step if work and work.step else "check",
        message="the worker on this host died before it journalled an outcome",
        found=_masked(host, base.release, last_words) or "no reason was told",
        wanted="an outcome in the journal",
        remedy="Run the playbook again: it first finishes or undoes this work, and says which.",
    )
    before = work.source if work else base.live
    return HostReport(INTERRUPTED, run, True, base.release, before, base.live, 0.0, failure=failure)


def _masked(host: Host, release: Optional[str], text: str) -> str:
    try:
        return host.subject(release).mask.text(text) if release else text
    except NotVerified:
        return "its last words may hold a secret, and what to mask cannot be read"


def _free(host: Host, run: str) -> None:
    work = unfinished(host.journal.entries())
    if (work is None or work.run != run) and host.lock.free(run):
        host.journal.append(run, FREED)
