# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one environment asks of a promotion, as frozen dataclasses: the part of the manifest that is its policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Tuple

TAKE_BACK = "take_back"
STOP = "stop"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as datetime.weekday() counts them
REQUIRED = "required"
ANY = "any"
REFUSE = "refuse"
ADOPT = "adopt"


@dataclass(frozen=True)
class Approvals:
    """How many of which people, as allowed_signers names them, have to approve of a promotion."""

    threshold: int  # 0: of one that can be taken back nobody has to
    principals: Tuple[str, ...]
    expires_seconds: int = 86400
    irreversible: int = 1  # how many at least where a migration cannot be taken back


@dataclass(frozen=True)
class Override:
    """How many of which people may let a promotion go on in a window."""

    threshold: int
    principals: Tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """A time in which nothing is promoted, as the clock on the wall of its zone shows it."""

    name: str
    zone: str = "UTC"
    days: Tuple[str, ...] = ()  # of DAYS, on which it begins; empty for every day
    starts: str = "00:00"
    ends: str = "24:00"  # on the next day where that is not later than `starts`
    dates: Tuple[str, ...] = ()  # YYYY-MM-DD or first/last, on which it begins; empty for every date
    reason: str = ""
    override: Optional[Override] = None  # None: nobody may


@dataclass(frozen=True)
class StagingEvidence:
    """The same artifacts were promoted elsewhere before, with their smoke checks."""

    environment: str = "staging"
    max_age_seconds: int = 604800
    soak_seconds: int = 0


@dataclass(frozen=True)
class Drill:
    """The same artifacts were promoted elsewhere, rolled back, and promoted again."""

    environment: str = "staging"
    max_age_seconds: int = 604800
    max_rollback_seconds: Optional[float] = None  # on the slowest host; None: it may take as long as it takes


@dataclass(frozen=True)
class Backup:
    """How a host tells when it was backed up last. Exactly one of `file` and `command` is set."""

    max_age_seconds: float
    file: Optional[str] = None  # a path or a pattern of paths; the newest counts
    command: Optional[Tuple[str, ...]] = None  # prints the time
    timeout_seconds: float = 30


@dataclass(frozen=True)
class Preflight:
    """What a host must be like before it is changed."""

    clock_skew_seconds: float = 30
    disk_margin_bytes: int = 512 * 1024 * 1024
    engine: str = ">=20.10"
    compose: str = ">=2.0"
    previous: str = REQUIRED  # or ANY
    drift: Optional[str] = None  # REFUSE or ADOPT; None only tells it
    backup: Optional[Backup] = None


@dataclass(frozen=True)
class Policy:
    """What one environment asks for. `gates` maps a gate's name to enforce or report."""

    gates: Mapping[str, str] = field(default_factory=dict)
    fleet: str = TAKE_BACK  # or STOP
    rollback_secrets: str = "release"  # or "current"
    approvals: Optional[Approvals] = None
    windows: Tuple[Window, ...] = ()
    staging: Optional[StagingEvidence] = None
    drill: Optional[Drill] = None
    preflight: Preflight = field(default_factory=Preflight)

    @property
    def approval_seconds(self) -> int:
        """How long what people sign may hold, also what overrides a window."""
        return self.approvals.expires_seconds if self.approvals else Approvals.expires_seconds
