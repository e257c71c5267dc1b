# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Contexts for gates of the control node, around real folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Capability, Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context


def run_of(folder: Path, *capabilities: Capability, gates: dict[str, str] | None = None) -> Run:
    """A promotion to prod of a manifest in `folder` with these capabilities, and modes of gates."""
    manifest = Manifest(
        schema=1,
        stack="shop",
        project="shop",
        repository="https://git.example.com/shop.git",
        revision="b" * 40,
        modules=(),
        capabilities=capabilities,
        policy={"prod": Policy(gates=gates or {})},
    )
    return Run(
        key="CAP-20260212-011314__promotion.promote__R0000000001",
        action=PROMOTE,
        environment="prod",
        stack="shop",
        hosts=("web1",),
        requester="ops",
        control_node="desk",
        started_at="2026-02-12T01:13:14.000Z",
        manifest_path=str(folder / "promotion.yml"),
        manifest_digest="sha256:" + "c" * 64,
        manifest=manifest,
        receipts=str(folder / "receipts"),
    )


def context_of(run: Run, secrets: tuple[str, ...] = (), **other: Any) -> Context:
    """A context without a ledger, where `other` does not give one."""
    known = {"ledger": LedgerUnavailable("none"), "history": None, "lines": (), **other}
    return Context(run, {}, {}, secrets=secrets, **known)
