# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lays a release down beside the live one, under the lock, with its images here and its verdict journalled."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Container, Iterator, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidInput, PromotionError, Refused
from .._ledger.anchor import successor_fault
from .activation import conclude_unchanged, recover
from .companions import companions_to_fetch, with_companions
from .diff import changed_values, release_diff
from .entries import (
    CLAIMED,
    FREED,
    PROMOTE,
    RESTORE,
    STAGED,
    TAKEN_OVER,
    VERDICT,
    Entry,
    has_ended,
    outcome_of,
    unfinished,
)
from .examine import Project, examine, keep_inherited, redefined
from .host import Host
from .identity import require_names
from .images import fetch_images, images_to_fetch
from .masking import secret_mask
from .migrations import announced
from .model import FAILED, REFUSED, ROLLBACK_FAILED, Failure, HostReport
from .model import STAGED as STAGED_OUTCOME
from .plan import changed_modules
from .prepare import Prepared, Request, Unfit, prepare
from .worker import take_seat

PASSED = "PASSED"
ANCHOR_REMEDY = (
    "Run the playbook again; if it says the same, find out who changed the ledger: `ansible-playbook "
    "mint.promotion.verify`."
)


@dataclass(frozen=True)
class Staging:
    """The result: the report, what each module is in for, and the difference in files with secrets masked."""

    report: HostReport
    modules: Mapping[str, str]
    diff: Tuple[Mapping[str, str], ...] = ()


def stage(host: Host, request: Request) -> Staging:
    """Lay the release down and take the lock; the report says `staged`, or `refused` or `failed` and why.

    It says `no_change` when the release is live and well: then the run has ended here, and holds no lock.
    After a failure nothing is left behind: no lock, no half release. Nothing is raised for what can happen here.
    """
    began = host.clock.monotonic()
    try:
        _require(request, host.layout.stack)
        return _stage_alone(host, request, began)
    except (PromotionError, OSError) as error:
        return Staging(_failure_report(host, request, error, began), {})


def preview(host: Host, request: Request) -> Staging:
    """Say what staging and activation would do. Nothing is written, but for a temporary folder: examine says why."""
    began = host.clock.monotonic()
    try:
        _require(request, host.layout.stack)
        entries = host.journal.entries()
        notes = _obstacles(host, request, entries)
        prepared = prepare(host, request, entries)
        project = _examined(host, request, prepared)
        notes += images_to_fetch(host, prepared.subject, request)
        notes += companions_to_fetch(host, prepared, project, request)
        changed = prepared.live != prepared.subject.release.id
        notes += _migrations(request, prepared, entries) if changed else ()
        return _result(host, request, prepared, changed, redefined(host, prepared, project), notes, began)
    except (PromotionError, OSError) as error:
        return Staging(_failure_report(host, request, error, began), {})


def _migrations(request: Request, prepared: Prepared, entries: Sequence[Entry]) -> Tuple[str, ...]:
    before = prepared.before.manifest if prepared.before else None
    return announced(entries, before, prepared.subject.manifest, request.restore is not None)


def _require(request: Request, stack: str) -> None:
    """Raise Refused unless a PASSED verdict for this run, environment and manifest comes with the request."""
    require_names(stack, request.run_key)
    verdict = request.verdict
    wanted = {"verdict": PASSED, "run_key": request.run_key, "environment": request.environment}
    if request.restore is None:
        wanted["manifest_digest"] = request.manifest_digest
    for name, value in wanted.items():
        found = getattr(verdict, name)
        if found != value or not value:
            message = f"The gate's verdict does not allow this: {name} is {found or 'empty'}, wanted {value or 'one'}"
            raise Refused(message, "Run the playbook from the beginning, so that the gate decides on this run.")
    if request.manifest is not None and request.manifest.stack != stack:
        remedy = "Correct stack.name in the manifest or promotion_stack in the inventory."
        raise Refused(f"The manifest is of stack {request.manifest.stack}, and {stack} was asked for", remedy)


def _stage_alone(host: Host, request: Request, began: float) -> Staging:
    host.store.prepare()
    seat = take_seat(host.store.files, host.layout.worker_lock, request.run_key)
    if seat is None:
        holding = host.lock.holding()
        raise host.lock.busy(holding.run if holding else "another run")
    try:
        with _given_back_on_error(host, request.run_key):
            notes = _claim(host, request)
            notes += _recovered(host, request.run_key)
            return _lay_down(host, request, notes, began)
    finally:
        seat.leave()


def _lay_down(host: Host, request: Request, notes: Tuple[str, ...], began: float) -> Staging:
    host.store.sweep()
    fault = _anchor_fault(host, request)
    notes += (f"the anchor stays as it is: {fault}",) if fault else ()
    prepared = prepare(host, request, host.journal.entries())
    project = _examined(host, request, prepared)
    fetched = fetch_images(host, prepared.subject, request, project.mounted if project else {})
    prepared = replace(prepared, subject=fetched.subject)
    if project is not None:
        prepared, more = with_companions(host, prepared, project, request)
        fetched = replace(fetched, notes=fetched.notes + more)
    release = prepared.subject.release
    if request.successor is not None and not fault:
        host.store.keep_anchor(request.successor.note)
    made = host.store.lay_down(release, prepared.content, request.run_key)
    host.journal.append(
        request.run_key,
        VERDICT,
        verdict=request.verdict.verdict,
        manifest=request.verdict.manifest_digest,
        environment=request.verdict.environment,
    )
    action = PROMOTE if request.restore is None else RESTORE
    host.journal.append(request.run_key, STAGED, release=release.id, action=action)
    changed = made or bool(fetched.notes)
    otherwise = redefined(host, prepared, project)
    result = _result(host, request, prepared, changed, otherwise, notes + fetched.notes, began)
    return result if result.report.changed else _ended_if_unchanged(host, result, began)


def _anchor_fault(host: Host, request: Request) -> str:
    """Say why the checkpoint that this host keeps is not replaced; empty when it is.

    Raises Refused for a promotion: the ledger is not the one that this host has seen. It blocks no rollback.
    """
    try:
        fault = successor_fault(host.store.anchor(), request.successor)
    except (Refused, OSError, ValueError) as error:
        fault = f"{host.layout.checkpoint} cannot be read: {error}"
    if fault and request.restore is None:
        raise Refused(f"The ledger does not continue the checkpoint that {host.name} keeps: {fault}", ANCHOR_REMEDY)
    return fault


def _examined(host: Host, request: Request, prepared: Prepared) -> Optional[Project]:
    project = examine(host, prepared, request.restore is not None)
    keep_inherited(host, prepared, request.inherited.modules if request.inherited else ())
    return project


def _ended_if_unchanged(host: Host, staging: Staging, began: float) -> Staging:
    """End the run here and give its lock back when its release is live and well: there is nothing to activate."""
    run = staging.report.run_key
    report = conclude_unchanged(host, run, staging.report.notes)
    if report is None:
        return staging
    if host.lock.free(run):
        host.journal.append(run, FREED)
    return replace(staging, report=replace(report, seconds=round(host.clock.monotonic() - began, 3)))


def _claim(host: Host, request: Request) -> Tuple[str, ...]:
    entries = host.journal.entries()
    if outcome_of(entries, request.run_key) is not None:
        raise Refused(f"The run {request.run_key} has ended on this host", "Start a new run.")
    claim = host.lock.claim(request.run_key, request.requester, request.lease, partial(has_ended, entries))
    host.journal.append(request.run_key, CLAIMED, until=claim.holding.until, holder=claim.holding.holder)
    if claim.taken_from is None:
        return ()
    host.journal.append(request.run_key, TAKEN_OVER, from_run=claim.taken_from.run, reason=claim.reason)
    return (f"the lock was taken over from {claim.taken_from.run}: {claim.reason}",)


@contextmanager
def _given_back_on_error(host: Host, run: str) -> Iterator[None]:
    staged = False
    try:
        yield
        staged = True
    finally:
        if not staged and host.lock.free(run):
            host.journal.append(run, FREED)


def _recovered(host: Host, run: str) -> Tuple[str, ...]:
    """End the unfinished work of a dead worker. Raises Refused when that did not work."""
    work = unfinished(host.journal.entries())
    if work is None:
        return ()
    report = recover(host, work, notes=(f"recovered by {run}",))
    said = f"unfinished work of {work.run} (begun {work.since}) was ended first: {report.outcome}"
    if report.outcome == ROLLBACK_FAILED:
        why = "; ".join((report.failure.message if report.failure else "no reason was told", *report.notes))
        remedy = "Look at the containers and their logs; then run the playbook again, it goes on from what is live."
        raise Refused(f"{said}: {why}", remedy)
    return (said,)


def _obstacles(host: Host, request: Request, entries: Sequence[Entry]) -> Tuple[str, ...]:
    """For a preview: raise LockHeld as a claim would, and return what staging would do first."""
    if not host.store.exists():
        return ()
    work = unfinished(entries)
    holding = host.lock.holding()
    if holding is not None:
        host.lock.would_give_way(holding, request.run_key, partial(has_ended, entries))
    return (f"unfinished work of {work.run} would be ended first",) if work else ()


def _result(
    host: Host,
    request: Request,
    prepared: Prepared,
    changed: bool,
    otherwise: Container[str],
    notes: Tuple[str, ...],
    began: float,
) -> Staging:
    release, before = prepared.subject.release, prepared.before
    values = changed_values(prepared.old, prepared.content)
    words = changed_modules(before.manifest if before else None, release.manifest, values, otherwise)
    report = HostReport(
        outcome=STAGED_OUTCOME,
        run_key=request.run_key,
        changed=changed,
        release=release.id or None,
        before=prepared.live,
        live=prepared.live,
        seconds=round(host.clock.monotonic() - began, 3),
        manifest_digest=release.manifest_digest,
        notes=notes,
    )
    return Staging(report, words, release_diff(before, prepared.old, prepared.subject, prepared.content))


def _failure_report(host: Host, request: Request, error: Exception, began: float) -> HostReport:
    refused = isinstance(error, (Refused, InvalidInput))
    live = host.live()
    message = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
    failure = (
        error.failure if isinstance(error, Unfit) else Failure("stage", message, remedy=getattr(error, "remedy", ""))
    )
    return HostReport(
        outcome=REFUSED if refused else FAILED,
        run_key=request.run_key,
        changed=False,
        release=None,
        before=live,
        live=live,
        seconds=round(host.clock.monotonic() - began, 3),
        failure=_masked(request, failure),
        manifest_digest=request.manifest_digest,
    )


def _masked(request: Request, failure: Failure) -> Failure:
    mask = secret_mask(request.secret_values).text
    return replace(failure, message=mask(failure.message), found=mask(failure.found))
