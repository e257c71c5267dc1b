# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where something stands in a document: paths, their text form, their lines and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Mapping, Tuple, Union

from .._errors import Violation

Path = Tuple[Union[str, int], ...]
Positions = Mapping[Path, Tuple[int, int]]


@dataclass(frozen=True)
class Span:
    """The characters [start, end) of a text that a scalar takes, its quotes included."""

    start: int
    end: int
    style: str = ""  # as YAML names it: "" plain, ' and " quoted, | and > block


def dotted(path: Path) -> str:
    """Write a path for people: `modules.artwork.ports[0].published`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def position_of(positions: Positions, path: Path) -> Tuple[int, int]:
    """Return line and column of `path`, or of the nearest part around it that has one, or (0, 0)."""
    for length in range(len(path), -1, -1):
        if path[:length] in positions:
            return positions[path[:length]]
    return (0, 0)


class Findings:
    """Collects the violations of one source."""

    def __init__(self, source: str, positions: Positions) -> None:
        self.source = source
        self._positions = positions
        self.violations: List[Violation] = []

    def report(self, path: Path, found: str, wanted: str, remedy: str = "") -> None:
        """Note one fault. A `path` that is missing in the source is placed at what is around it."""
        self.report_at(position_of(self._positions, path), path, found, wanted, remedy)

    def report_at(self, place: Tuple[int, int], path: Path, found: str, wanted: str, remedy: str = "") -> None:
        """Note one fault at a line and column of its own."""
        self.violations.append(Violation(self.source, dotted(path), found, wanted, remedy, *place))

    def where(self, path: Path) -> str:
        """Name the place of another part, for a fault that has two places."""
        line, _column = position_of(self._positions, path)
        return f"{dotted(path)} (line {line})" if line else dotted(path)

    def has(self, path: Path) -> bool:
        """Tell whether a fault of `path` was noted already."""
        name = dotted(path)
        return any(violation.path == name for violation in self.violations)
