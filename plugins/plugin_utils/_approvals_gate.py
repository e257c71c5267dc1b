# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates `approvals` and `window`: files with signatures, the ledger, and the clock of the control node."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Callable, Iterator, Mapping, Sequence, TypeVar
from zoneinfo import ZoneInfo

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CouldNotCheck,
    InvalidInput,
    PromotionError,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates import approvals, windows
from ansible_collections.mint.promotion.plugins.module_utils._gates.approvals import Count, Situation
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import GONE, key_events, standing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.signers import parse_public_key
from ansible_collections.mint.promotion.plugins.module_utils._ledger.text import on_one_line
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import SIGNER, TrustedKeys
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Approvals, Policy, Window
from ansible_collections.mint.promotion.plugins.plugin_utils._approval_files import (
    FOLDER,
    Signed,
    Signers,
    read_approvals,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now, requester
from ansible_collections.mint.promotion.plugins.plugin_utils._past import Past, read_past
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import REQUESTER_KEY, RunLedger
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import load_trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import read_text
from ansible_collections.mint.promotion.plugins.plugin_utils._values import plain

APPROVALS = "promotion_approvals"
REASON = "promotion_override_reason"

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """What all approvals of a run are judged by. Digests are sha256:<hex>."""

    signed: Sequence[Signed]
    faults: Sequence[str]  # files that are no approvals
    situation: Situation

    def count(self, principals: Sequence[str], overrides: str = "") -> Count:
        return approvals.count([one.request for one in self.signed], principals, self.situation, overrides)

    def use(self, count: Count, context: Context) -> None:
        """Have what is counted recorded with the verdict: it is used up then."""
        by_digest = {one.request.digest: one for one in self.signed}
        context.approved.extend(by_digest[request.digest].envelope(people) for request, people in count.counted)


def approval_questions(context: Context) -> Iterator[Question]:
    """Ask for approvals and for windows, as the policy of the environment wants it."""
    policy, manifest = policy_of(context.run), context.run.manifest
    asked = approvals.wanted(manifest, context.run.environment) if manifest else None
    if asked is None and not policy.windows:
        return
    variables = context.task_vars["hostvars"][context.run.hosts[0]]
    paths = approval_paths(variables, context.run.receipts)
    reason = on_one_line(str(_variable(variables, REASON) or "")).strip()
    desk = _once(lambda: _desk(context, paths))
    if asked is not None:
        yield Question(approvals.NAME, lambda: _judge_approvals(context, asked, desk()))
    if policy.windows:
        yield Question(windows.NAME, lambda: _judge_windows(context, policy.windows, desk, reason))


def policy_of(run: Run) -> Policy:
    return run.manifest.policy.get(run.environment, Policy()) if run.manifest else Policy()


def approval_paths(variables: Mapping[str, Any], receipts: str) -> tuple[str, ...]:
    """Return where approvals are looked for: promotion_approvals, by default `approvals` below the receipts.

    Raises `InvalidInput`.
    """
    given = _variable(variables, APPROVALS)
    if not given:
        return (os.path.join(receipts, FOLDER),)
    listed = [one.strip() for one in given.split(",")] if isinstance(given, str) else given
    if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) and one for one in listed):
        fault = Violation(
            APPROVALS, "", f"a {type(given).__name__}", "paths of folders or files, as a list or with commas"
        )
        raise InvalidInput([fault], "The inventory")
    return tuple(os.path.abspath(os.path.expanduser(one)) for one in listed)


def _variable(variables: Mapping[str, Any], name: str) -> Any:
    try:
        return plain(variables.get(name))
    except AnsibleError as error:
        fault = Violation(name, "", f"a template that fails ({error.message})", "a text")
        raise InvalidInput([fault], "The inventory") from None


def _once(make: Callable[[], T]) -> Callable[[], T]:
    """Let the questions, each in its thread, share what is made once. What fails is tried again by the next."""
    lock = threading.Lock()
    made: list[T] = []

    def shared() -> T:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return shared


def _desk(context: Context, paths: Sequence[str]) -> Desk:
    """Raises `PromotionError` and `OSError` for whatever can't be told."""
    ledger, past, keys = past_of(context)
    situation = Situation(
        environment=context.run.environment,
        stack=context.run.stack,
        manifest=context.run.manifest_digest,
        live=past.live(context.run.stack, context.run.environment),
        used=past.used,
        requesters=_requesters(context.run, ledger, keys),
        now=now(),
        irreversible=context.run.manifest.irreversible if context.run.manifest else (),
        longest=policy_of(context.run).approval_seconds,
    )
    signed, faults = read_approvals(paths, signers_of(keys, context.lines, situation.now))
    return Desk(signed, faults, situation)


def past_of(context: Context) -> tuple[RunLedger, Past, TrustedKeys]:
    """Return the ledger, what it says of the past, and the keys that it is verified with.

    Raises `PromotionError` where the ledger could not be read or does not verify, and `OSError`.
    """
    if isinstance(context.ledger, PromotionError):
        raise context.ledger
    if context.history is None:
        raise CouldNotCheck("The ledger could not be read.")
    keys = load_trusted_keys(context.ledger.settings.keys)
    return context.ledger, read_past(context.lines, context.history, keys), keys


def signers_of(keys: TrustedKeys, lines: Sequence[bytes], at: datetime) -> Signers:
    """Return who may sign at a time, by the trusted keys and what the ledger says of them."""
    events = tuple(key_events(lines))
    return Signers(keys, lambda keyid: standing(events, SIGNER, keyid) == GONE, at)


def _requesters(run: Run, ledger: RunLedger, keys: TrustedKeys) -> tuple[str, ...]:
    """The names of who asks for the run: as stated, who runs it here, and by the key that signs the request."""
    names = (run.requester, requester())
    if not ledger.requester_key:
        return tuple(dict.fromkeys(names))
    path = os.path.expanduser(ledger.requester_key)
    public = read_text(path if path.endswith(".pub") else f"{path}.pub")
    if public is None:
        remedy = f"Put its public half beside it: ssh-keygen -y -f {path} > {path}.pub"
        raise CouldNotCheck(f"Nobody can tell whose key {REQUESTER_KEY} is: there is no {path}.pub.", remedy)
    blob = parse_public_key(public).blob
    return tuple(dict.fromkeys((*names, *(one.principal for one in keys.signers if one.key.blob == blob))))


def _judge_approvals(context: Context, asked: Approvals, desk: Desk) -> Finding:
    count = desk.count(asked.principals)
    told = Count(count.counted, (*count.left_out, *desk.faults), count.waiting)
    finding = approvals.judge_approvals(
        told,
        asked.threshold,
        asked.principals,
        desk.situation.requesters,
        _approve(context.run),
        desk.situation.irreversible,
    )
    if finding.verdict == PASSED:
        desk.use(count, context)
    return finding


def _approve(run: Run, more: str = "") -> str:
    given = f" -e promotion_manifest={run.manifest_path}" if run.manifest_path else ""
    return f"ansible-playbook mint.promotion.approve -e promotion_environment={run.environment}{given}{more}"


def _judge_windows(context: Context, asked: Sequence[Window], desk: Callable[[], Desk], reason: str) -> Finding:
    """Approvals are looked at only where they can matter: in a window that people may override."""
    at, zones = now(), known_zones(asked)
    frozen = windows.frozen_by([one for one in asked if one.zone in zones], zones, at)
    overriding = {
        one.name: desk().count(one.override.principals, one.name) for one in frozen if one.override is not None
    }
    approve = _approve(context.run, f" -e {REASON}=TEXT")
    finding = windows.judge_windows(asked, zones, at, overriding, reason, approve)
    if finding.verdict == PASSED:
        for count in overriding.values():
            desk().use(count, context)
    return finding


def known_zones(asked: Sequence[Window]) -> Mapping[str, tzinfo]:
    """Return the time zones by their names, without those that the control node does not know."""
    found: dict[str, tzinfo] = {}
    for one in asked:
        try:
            found[one.zone] = UTC if one.zone == "UTC" else ZoneInfo(one.zone)
        except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a folder of the database
            continue
    return found
