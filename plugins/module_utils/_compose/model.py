# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What travels to a host beside what is rendered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CarriedFile:
    """One file of the repository. `path` is relative to the repository's root, with / and without . and .. parts."""

    path: str
    content: bytes
    executable: bool = False
