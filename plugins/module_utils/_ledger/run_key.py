# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run keys: `CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>`, the name of one run of a check or an action.

Other tools write some without `__R<id>`, and put an R before it where it names a folder of receipts; both are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

# In the syntax that Python and ECMA 262 have in common: JSON Schemas carry them.
ANY_RUN_KEY = "CAP-[0-9]{8}-[0-9]{6}__[a-z0-9][a-z0-9._-]*(?:__R[a-z0-9]+)?"
OWN_RUN_KEY = "CAP-[0-9]{8}-[0-9]{6}__[a-z0-9][a-z0-9._-]*__R[a-z0-9]+"
_PARTS = re.compile("R?CAP-(?P<time>[0-9]{8}-[0-9]{6})__(?P<capability>[a-z0-9][a-z0-9._-]*)(?:__R(?P<id>[a-z0-9]+))?")
_TIME_FORMAT = "%Y%m%d-%H%M%S"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 10  # base 36: 51 bits beside the second, so that control nodes that know nothing of each other differ


@dataclass(frozen=True)
class RunKey:
    """The parts of a run key. `time` is UTC, to the second; `id` is empty in a key of another tool that has none."""

    time: datetime
    capability: str
    id: str

    def __str__(self) -> str:
        unique = f"__R{self.id}" if self.id else ""
        return f"CAP-{self.time.strftime(_TIME_FORMAT)}__{self.capability}{unique}"


def make_run_key(time: datetime, capability: str, random_bytes: bytes) -> RunKey:
    """Return the key of a run that begins at `time` (UTC); its id is taken from at least 8 random bytes."""
    number, digits = int.from_bytes(random_bytes, "big"), ""
    while len(digits) < ID_LENGTH:
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return RunKey(time.replace(microsecond=0), capability, digits)


@lru_cache(maxsize=64)  # who reads a ledger meets the key of a run in each of its receipts
def parse_run_key(text: str) -> RunKey:
    """Take a run key apart, also one with the R of its folder before it, and one without an id.

    Raises `ValueError` for anything else, a trailing newline and a day that no calendar has included.
    """
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a run key (CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>)")
    day, time = match["time"].split("-")
    iso = f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]}"  # a tenth of the time of strptime
    return RunKey(datetime.fromisoformat(iso), match["capability"], match["id"] or "")


def parent_run_key(given: str, inherited: str) -> str:
    """Return the key of the run that started this one, as it is written in statements; empty where there is none.

    `given` is what somebody said, and empty comes back where that is no run key. `inherited` was found in the
    environment, where others put what they like: it is taken where it is one, and nothing was given.
    """
    try:
        return str(parse_run_key(given or inherited))
    except ValueError:
        return ""
