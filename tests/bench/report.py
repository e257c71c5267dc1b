# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures as text: minimum, median and maximum, and ratios pair by pair."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Sequence

from .stand import PlaybookRun


def spread(figures: Sequence[float]) -> str:
    """Minimum, median and maximum with two decimals."""
    return f"{min(figures):.2f} / {median(figures):.2f} / {max(figures):.2f}"


def print_ratio(ours: str, plain: str, pairs: Sequence[tuple[float, float]], unit: str = "s") -> None:
    """Print what was measured, what it is compared with, and the ratio of each pair."""
    print(f"\n{len(pairs)} pairs, in turn (minimum / median / maximum)")
    print(f"  {spread([one for one, _other in pairs])} {unit}  {ours}")
    print(f"  {spread([other for _one, other in pairs])} {unit}  {plain}")
    print(f"  {spread([one / other for one, other in pairs])}    ratio")


def print_times(name: str, seconds: Sequence[float]) -> None:
    """Print one command."""
    print(f"  {spread(seconds)} s  {name}")


def print_phases(runs: Sequence[PlaybookRun]) -> None:
    """Print where the time of a promotion goes, by the steps that the host reports."""
    steps: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        (host,) = run.receipt["predicate"]["hosts"]
        stage, activate = host["reports"][0], host["reports"][-1]
        steps["stage"].append(stage["seconds"])
        for step in activate["steps"]:
            steps[f"activate: {step['name']}"].append(step["seconds"])
        steps["ansible, connections, gate, receipt"].append(run.seconds - stage["seconds"] - activate["seconds"])
    print("\nwhere the time of promote.yml goes (seconds: minimum / median / maximum)")
    for name, seconds in steps.items():
        print(f"  {spread(seconds)}  {name}")
