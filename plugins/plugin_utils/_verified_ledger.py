# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger of a play's hosts, verified: what a closeout and an acceptance stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import LedgerVerdict
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import (
    LedgerSettings,
    ledger_settings,
    open_home,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._verification import ledgers_of, verify_ledger


def one_ledger(receipts: str, task_vars: Mapping[str, Any]) -> LedgerSettings:
    """Return the one ledger that the play's hosts are recorded in, without its key. Raises `Refused` for several."""
    ledgers = ledgers_of(_hosts(task_vars), task_vars["hostvars"], receipts)
    if len(ledgers) != 1:
        raise Refused(f"The hosts are recorded in {len(ledgers)} ledgers.", "Choose the hosts of one with --limit.")
    return next(iter(ledgers))


def signing_settings(receipts: str, task_vars: Mapping[str, Any]) -> LedgerSettings:
    """Return the same ledger with its gate key, where the inventory has one. Raises as `one_ledger`."""
    one_ledger(receipts, task_vars)
    return ledger_settings(task_vars["hostvars"][_hosts(task_vars)[0]], receipts)


def _hosts(task_vars: Mapping[str, Any]) -> list[str]:
    return [one for one in task_vars["ansible_play_hosts_all"] if task_vars["hostvars"][one].get("inventory_dir")]


def verified_lines(settings: LedgerSettings, paths: Sequence[str] = ()) -> tuple[LedgerVerdict, Sequence[bytes]]:
    """Return the verdict over the ledger, and its lines. `paths` are files with anchors.

    Receipts that are there are what is stood on here; so its own checkpoint does for an anchor, beside others.
    """
    note = open_home(settings).snapshot().note.decode("utf-8", "replace")
    anchors = [Anchor(path, Path(path).read_text(encoding="utf-8", errors="replace")) for path in paths]
    verdict, snapshot = verify_ledger(settings, (*anchors, *([Anchor("checkpoint", note)] if note else [])))
    return verdict, snapshot.data.split(b"\n")
