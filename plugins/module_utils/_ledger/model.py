# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run, and where each of its hosts ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from .._manifest.model import Manifest
from .._release.model import HostReport

INTENT = "intent"
OUTCOME = "outcome"
PROMOTE = "promote"
ROLLBACK = "rollback"
# What lies in the folder of a run.
RECEIPT_FILE = "receipt.json"  # the outcome
MANIFEST_FILE = "manifest.yml"  # the promoted manifest
EVIDENCE_FILE = "evidence.json"  # what its hosts were observed to be
RENDERING_FILE = "receipt.md"
OUTPUT_FILE = "output.txt"
CHANGE_PACK_FILE = "change-pack.md"  # of a promotion that belongs to no loop; see `pack_name`
# In the syntax that Python and ECMA 262 have in common: the JSON Schema of a receipt carries it.
CHANGE_PACK_NAME = "(?:LOOP-[A-Za-z0-9._-]+-[0-9]{8}[.]changepack|change-pack)[.]md"


def pack_name(loop: str) -> str:
    """Return the name of a change pack: by the loop that the promotion belongs to, empty for none."""
    return f"{loop}.changepack.md" if loop else CHANGE_PACK_FILE


@dataclass(frozen=True)
class Inheritance:
    """What a manifest was composed of. Digests are sha256:<64 hex> of exact bytes."""

    modules: Tuple[str, ...]  # those that stay as they are live
    live_digest: str  # of the live manifest, which says what they are
    given_digest: str  # of the manifest that was given, which says all else
    given_path: str


@dataclass(frozen=True)
class Run:
    """One run as it was asked for. Times are RFC 3339 in UTC."""

    key: str
    action: str  # PROMOTE or ROLLBACK
    environment: str
    stack: str
    hosts: Tuple[str, ...]
    requester: str
    control_node: str
    started_at: str
    manifest_path: str = ""
    manifest_digest: str = ""
    manifest_text: str = ""  # its exact text: encoded as UTF-8, the bytes that the digest is of
    manifest: Optional[Manifest] = None
    selector: str = ""  # of a rollback: what was asked for, empty for the last known good
    modules: Tuple[str, ...] = ()  # of a promotion: those that were named, empty for the whole manifest
    inheritance: Optional[Inheritance] = None  # of a promotion of some modules, once the manifest was composed
    fleet: str = "take_back"
    receipts: str = ""  # the folder on the control node
    repository_path: str = ""  # a git checkout on the control node, empty for the one around the manifest
    parent: str = ""  # the run key of the tool that started this run

    @property
    def manifest_uri(self) -> str:
        """Where the manifest lies: one that was composed, beside the receipt."""
        return MANIFEST_FILE if self.inheritance and self.inheritance.modules else self.manifest_path

    @property
    def promoted(self) -> Optional[Manifest]:
        """The manifest without the modules that are inherited."""
        return self.manifest.only(self.modules) if self.manifest and self.modules else self.manifest


@dataclass(frozen=True)
class HostOutcome:
    """Where one host ended, and every report it gave on the way."""

    host: str
    outcome: str
    message: str = ""
    reports: Tuple[HostReport, ...] = ()

    @property
    def before(self) -> Optional[str]:
        return next((report.before for report in self.reports if report.before), None)

    @property
    def live(self) -> Optional[str]:
        return self.reports[-1].live if self.reports else None

    @property
    def seconds(self) -> float:
        return sum(report.seconds for report in self.reports)


@dataclass(frozen=True)
class ApprovalPolicy:
    """How many of which people, as allowed_signers names them, have to approve."""

    threshold: int
    principals: Tuple[str, ...]
    irreversible: Tuple[str, ...] = ()  # the migrations that nothing takes back: what people signed names them all


@dataclass(frozen=True)
class Approval:
    """What one person approves of. Digests are sha256:<64 hex>, times RFC 3339 in UTC."""

    request_id: str
    environment: str
    stack: str
    manifest_path: str
    manifest_digest: str
    replaces: str  # the digest of the manifest that is live, empty where none is
    approved_on: str
    expires_on: str
    reason: str = ""
    overrides: str = ""  # the freeze window that the promotion may go on in; empty for a plain approval
    irreversible: Tuple[str, ...] = ()  # the migrations of the manifest that nothing takes back


@dataclass(frozen=True)
class Acceptance:
    """What one person accepts: a promotion that has gone live. Digests are sha256:<64 hex>, times RFC 3339 in UTC."""

    run_key: str
    environment: str
    stack: str
    manifest_path: str
    manifest_digest: str
    receipt: str  # the digest of the line of its outcome
    accepted_on: str
    reason: str = ""


@dataclass(frozen=True)
class Closing:
    """Where a closed loop is committed. The digest is sha256:<64 hex>, the time RFC 3339 in UTC."""

    loop: str
    path: str  # of its scope file in the repository
    digest: str  # of the exact bytes of that file
    commit: str  # that holds them, in full
    runs: Tuple[str, ...]  # the keys of those that the loop was closed with
    recorded_on: str


@dataclass(frozen=True)
class KeyEvent:
    """What became of a key. `public` is PEM of a gate key, else one line as in a .pub file of OpenSSH."""

    event: str  # introduced, rotated or revoked
    role: str  # gate or signer
    keyid: str
    type: str
    public: str
    recorded_on: str  # RFC 3339, UTC
    replaces: str = ""  # the keyid that it takes the place of
    principal: str = ""  # whose key it is
    reason: str = ""
