# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a gate found, as statements say it (pure). More is said of a gate of the control node than of one of a host."""

from __future__ import annotations

from .._gates.model import CONTROL, CommandRun, GateResult
from .parts import Data, digest_set, receipt_of


def finding_of(one: GateResult) -> Data:
    """Return a finding of the receipt of a gate."""
    told = {name: getattr(one, name) for name in ("host", "verdict", "found", "wanted")}
    if one.host != CONTROL:
        return told
    return {
        **told,
        "seconds": one.seconds,
        "counts": one.counts,
        "inputs": digest_set(one.inputs) if one.inputs else None,
        "reused": receipt_of(one.reused),
        "run": _run(one.run) if one.run else None,
    }


def result_of(one: GateResult) -> Data:
    """Return a result as a deployment tells it of all its gates."""
    names = ("gate", "host", "verdict", "mode", "found", "wanted", "remedy")
    told = {name: getattr(one, name) for name in names}
    if one.host != CONTROL:
        return told
    return {**told, "seconds": one.seconds, "counts": one.counts, "reused": receipt_of(one.reused)}


def _run(run: CommandRun) -> Data:
    return {
        "runKey": run.run_key,
        "argv": list(run.argv),
        "exitCode": run.exit_code,
        "seconds": run.seconds,
        "output": digest_set(run.output),
    }
