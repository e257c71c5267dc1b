# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make bench`: a promotion of three modules on one host beside `docker compose up -d --wait` of the same change, and
the ledger beside the least that anybody could do with the same bytes.

Both sides of a pair do the same in turn, so that the ratio of a pair holds when the machine's speed drifts. It needs
nothing but the test bed, the ledger not even that, and prints tables for docs/performance.md.
"""

from __future__ import annotations

import argparse
import sys

from bed import Bed

from .ledger import bench_ledger
from .report import print_phases, print_ratio, print_times
from .stand import WORK, Stand

HOST = "staging-1"
PARTS = ("ledger", "promotion")


def main() -> int:
    """Run the benchmark; the exit status is not a verdict on the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--pairs", type=int, default=6, help="how many pairs are measured (default: %(default)s)")
    parser.add_argument("--bed", default="bench", help="name of the bed (default: %(default)s)")
    parser.add_argument("--part", choices=PARTS, action="append", help="measure this only (default: all)")
    options = parser.parse_args()
    parts = options.part or PARTS
    if "ledger" in parts:
        bench_ledger(WORK / "ledger", options.pairs)
    if "promotion" in parts:
        bench_promotion(options.bed, options.pairs)
    return 0


def bench_promotion(name: str, count: int) -> None:
    """Print the figures of promotions on a bed of this name, which is started."""
    bed = Bed(name)
    bed.up(staging=1, prod=0)
    stand = Stand(bed, HOST)
    stand.prepare()
    pairs = [(stand.promote(way), stand.compose(way)) for way in _ways(count)]
    unchanged = [stand.promote(stand.live) for _each in range(count)]
    rollbacks = [stand.roll_back() for _each in range(2)]
    print_ratio("promote.yml", "ssh docker compose up -d --wait", [(ours.seconds, plain) for ours, plain in pairs])
    print_times("promote.yml, nothing to change", [run.seconds for run in unchanged])
    print_times("rollback.yml", [run.seconds for run in rollbacks])
    print_phases([ours for ours, _plain in pairs])


def _ways(pairs: int) -> list[str]:
    """To the second revision and back, in turn."""
    return ["second" if number % 2 == 0 else "first" for number in range(pairs)]


if __name__ == "__main__":
    sys.exit(main())
