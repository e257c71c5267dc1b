# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host holds and reports: releases, steps, failures, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Tuple

from .._compose.model import CarriedFile
from .._manifest.model import Manifest

PROMOTED = "promoted"  # the new release is live and verified
RESTORED = "restored"  # a rollback that was asked for: the earlier release is live and verified
UNVERIFIED = "unverified"  # of a run: promoted everywhere, and a gate after it did not pass
NO_CHANGE = "no_change"  # it was live already, and was verified
STAGED = "staged"  # laid down, images here, lock held; nothing that users see has changed
JUDGED = "judged"  # nothing was changed: only the gates were asked for, and let it pass
REFUSED = "refused"  # nothing was changed
FAILED = "failed"  # it failed before anything that users see changed
ROLLED_BACK = "rolled_back"  # activation failed here; the old release was put back and verified
TAKEN_BACK = "taken_back"  # it was live here and another host failed; the old release was put back and verified
ROLLBACK_FAILED = "rollback_failed"  # the old release could not be put back or proven: a person is needed
UNREACHABLE = "unreachable"  # the host did not answer; what it holds is not known
NOT_STARTED = "not_started"  # another host failed first; this one was left alone
INTERRUPTED = "interrupted"  # the worker on the host died; the next call finishes or undoes its work

GOOD_OUTCOMES = frozenset({PROMOTED, RESTORED, NO_CHANGE, JUDGED})


@dataclass(frozen=True)
class Release:
    """The facts of a release directory (release.json). Nothing secret, never changed once staged."""

    id: str
    manifest_digest: str  # sha256:<64 hex> of the manifest's exact bytes
    manifest: Manifest
    environment: str
    compose_digest: str
    env_hmac: str  # HMAC-SHA256 of the env file's bytes with the host's key, hex
    run_key: str  # the run that staged it first
    staged_at: str  # RFC 3339, UTC, of the host's clock
    secret_sources: Tuple[str, ...] = ()  # names of the env file's values that are secret
    manifest_kept: bool = False  # its exact bytes are in manifest.yml; releases of earlier versions lack them
    images: Mapping[str, str] = field(default_factory=dict)  # module -> id of the image that it was staged with
    builds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # module -> digests of archive and dockerfile
    companions: Mapping[str, str] = field(default_factory=dict)  # the same of the services that no module claims
    services_digest: str = ""  # of services.json; empty where the compose file is rendered


@dataclass(frozen=True)
class Content:
    """The bytes of a release directory beside its facts."""

    compose: bytes
    env: bytes
    manifest: bytes = b""  # its exact bytes; empty in a release that lacks them
    carried: Tuple[CarriedFile, ...] = ()  # the team's own compose files, and what they need
    services: bytes = b""  # services.json: what this host adds to those


@dataclass(frozen=True)
class Verdict:
    """The gate's decision, bound to what it was taken for."""

    verdict: str  # PASSED, FAILED, INCONCLUSIVE
    manifest_digest: str
    environment: str
    run_key: str


@dataclass(frozen=True)
class Failure:
    """Why a step failed, for a person: what was looked at, what was seen, what was wanted."""

    step: str
    message: str
    module: str = ""
    check: str = ""
    found: str = ""
    wanted: str = ""
    remedy: str = ""
    log: Tuple[str, ...] = ()  # the last lines of the module's container


@dataclass(frozen=True)
class StepRecord:
    """One step as it was observed. `state` is done, failed, undone or undo_failed."""

    name: str
    state: str
    started_at: str
    seconds: float
    observed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HostReport:
    """What one module call did on one host; the result of release_stage and release_activate."""

    outcome: str
    run_key: str
    changed: bool
    release: Optional[str]  # the release that this run is about
    before: Optional[str]  # the release that was live when the call began
    live: Optional[str]  # the release that is live now, as observed
    seconds: float
    steps: Tuple[StepRecord, ...] = ()
    failure: Optional[Failure] = None
    manifest_digest: str = ""
    notes: Tuple[str, ...] = ()  # what a person should know: recovered work, expired locks
