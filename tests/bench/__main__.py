# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make bench`: a promotion of three modules on one host beside `docker compose up -d --wait` of the same change.

Both make the same change of the same services on the same host, in turn, so that the ratio of a pair holds when
the machine's speed drifts. It needs nothing but the test bed and prints tables for docs/performance.md.
"""

from __future__ import annotations

import argparse
import sys

from bed import Bed

from .report import print_phases, print_ratio, print_times
from .stand import Stand

HOST = "staging-1"


def main() -> int:
    """Run the benchmark; the exit status is not a verdict on the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--pairs", type=int, default=6, help="how many pairs are measured (default: %(default)s)")
    parser.add_argument("--bed", default="bench", help="name of the bed (default: %(default)s)")
    options = parser.parse_args()
    bed = Bed(options.bed)
    bed.up(staging=1, prod=0)
    stand = Stand(bed, HOST)
    stand.prepare()
    pairs = [(stand.promote(way), stand.compose(way)) for way in _ways(options.pairs)]
    unchanged = [stand.promote(stand.live) for _each in range(options.pairs)]
    rollbacks = [stand.roll_back() for _each in range(2)]
    print_ratio("promote.yml", "ssh docker compose up -d --wait", [(ours.seconds, plain) for ours, plain in pairs])
    print_times("promote.yml, nothing to change", [run.seconds for run in unchanged])
    print_times("rollback.yml", [run.seconds for run in rollbacks])
    print_phases([ours for ours, _plain in pairs])
    return 0


def _ways(pairs: int) -> list[str]:
    """To the second revision and back, in turn."""
    return ["second" if number % 2 == 0 else "first" for number in range(pairs)]


if __name__ == "__main__":
    sys.exit(main())
