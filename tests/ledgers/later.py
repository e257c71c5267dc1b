# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of a promotion after it: that people accept it, and which commit closes its loop."""

from __future__ import annotations

from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Acceptance, Closing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import (
    acceptance_statement,
    closing_statement,
)
from ledgers import Ledger, manifest_digest, time_at


def acceptance(ledger: Ledger, **other: Any) -> dict[str, Any]:
    """That people accept the promotion of `run(1)`; `other` fields say something else."""
    run, outcome = ledger.run(1), sha256_digest(ledger.lines[6])
    said = {
        "run_key": run.key,
        "environment": run.environment,
        "stack": run.stack,
        "manifest_path": run.manifest_path,
        "manifest_digest": manifest_digest(1),
        "receipt": outcome,
        "accepted_on": time_at(len(ledger.lines)),
        "reason": "seen and liked",
    }
    return acceptance_statement(Acceptance(**{**said, **other}))


def closing(ledger: Ledger, *runs: str) -> dict[str, Any]:
    """That a commit holds the file of a loop which was closed with these runs, `run(1)` by default."""
    keys = runs or (ledger.run(1).key,)
    digest, path = "sha256:" + "e" * 64, "docs/loops/LOOP-SHOP-20260101.scope.md"
    return closing_statement(Closing("LOOP-SHOP-20260101", path, digest, "c" * 40, keys, time_at(len(ledger.lines))))
