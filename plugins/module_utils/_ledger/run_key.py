# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run keys: `CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>`, the name of one run of a check or an action."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_PATTERN = re.compile(r"CAP-(?P<time>\d{8}-\d{6})__(?P<capability>[a-z0-9][a-z0-9._-]*)__R(?P<id>[a-z0-9]+)")
_TIME_FORMAT = "%Y%m%d-%H%M%S"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 10  # base 36: 51 bits beside the second, so that control nodes that know nothing of each other differ


@dataclass(frozen=True)
class RunKey:
    """The parts of a run key. `time` is UTC, to the second."""

    time: datetime
    capability: str
    id: str

    def __str__(self) -> str:
        return f"CAP-{self.time.strftime(_TIME_FORMAT)}__{self.capability}__R{self.id}"


def make_run_key(time: datetime, capability: str, random_bytes: bytes) -> RunKey:
    """Return the key of a run that begins at `time` (UTC); its id is taken from at least 8 random bytes."""
    number, digits = int.from_bytes(random_bytes, "big"), ""
    while len(digits) < ID_LENGTH:
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return RunKey(time.replace(microsecond=0), capability, digits)


def parse_run_key(text: str) -> RunKey:
    """Take a run key apart. Raises `ValueError` for anything else, a trailing newline included."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a run key (CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>)")
    time = datetime.strptime(match["time"], _TIME_FORMAT)
    return RunKey(time, match["capability"], match["id"])
