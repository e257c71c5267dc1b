# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify ledgers where they are: reads them and the keys, and leaves the judging to _ledger/verify."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import lru_cache
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import Snapshot
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import MANIFEST_FILE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tlog_proof import TlogProof, format_proof
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, inclusion_proof
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import LedgerVerdict, ReceiptVerdict
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import LedgerFiles, judge_ledger
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import (
    Home,
    LedgerSettings,
    anchored_checkpoint,
    ledger_settings,
    open_home,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import (
    CRYPTO,
    load_trusted_keys,
    require_cryptography,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._spread import spread
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml


def verify_ledger(settings: LedgerSettings, anchors: Sequence[Anchor]) -> tuple[LedgerVerdict, Snapshot]:
    """Verify one ledger; return the verdict and what it is on.

    Raises `LedgerUnavailable` where it cannot be read, `InvalidInput` for broken files of trusted keys, and
    `CouldNotCheck` where they or `cryptography` are missing.
    """
    require_cryptography()
    trust = Trust(load_trusted_keys(settings.keys), CRYPTO)
    pushed = _pushed(settings)  # before the ledger is read: a run that ends in between is no fault
    home = open_home(settings)
    snapshot = home.snapshot()
    return judge_ledger(_files(settings, home, snapshot, (*anchors, *pushed)), trust, spread), snapshot


def _pushed(settings: LedgerSettings) -> tuple[Anchor, ...]:
    """Return the checkpoint that the ledger has left in a git remote, none where it leaves none there."""
    note = anchored_checkpoint(settings)
    return (Anchor(settings.anchor, note),) if note else ()


def _files(settings: LedgerSettings, home: Home, snapshot: Snapshot, anchors: Sequence[Anchor]) -> LedgerFiles:
    return LedgerFiles(
        log=snapshot.data,
        note=snapshot.note.decode("utf-8", "replace"),  # a note with replaced characters has no valid signature
        sessions=home.sessions(),
        anchors=tuple(anchors),
        origin=settings.origin,
        read_manifest=read_manifest,
    )


@lru_cache(maxsize=64)  # each verdict and each gate that only reports asks for it
def read_manifest(content: bytes) -> Any:
    """Return the plain data of a manifest's text, None where it is none. Verifiers judge what it says, not how."""
    try:
        return parse_yaml(content, MANIFEST_FILE).data
    except InvalidInput:
        return None


def ledgers_of(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], receipts: str = ""
) -> dict[LedgerSettings, tuple[str, ...]]:
    """Return the ledgers that hosts are recorded in, each once, with these hosts. Verifying needs no private key.

    Raises `InvalidInput` for faults of the inventory.
    """
    found: dict[LedgerSettings, tuple[str, ...]] = {}
    for host in hosts:
        settings = replace(ledger_settings(hostvars[host], receipts), gate_key="", gate_key_file="")
        found[settings] = (*found.get(settings, ()), host)
    return found


def proof_of(receipt: str, verdict: LedgerVerdict, snapshot: Snapshot) -> dict[str, Any]:
    """Return the envelope of one receipt and its `.tlog-proof`. `receipt` is an index or a digest.

    Raises `Refused` when the ledger has no such receipt, `CouldNotCheck` when it is not OK.
    """
    found = _find(receipt, verdict.receipts)
    if found.verdict != "OK":
        raise CouldNotCheck(f"The receipt {receipt} is {found.verdict}: {'; '.join(found.reasons)}")
    lines = snapshot.data.split(b"\n")[: verdict.size]
    hashes = inclusion_proof(hash_lines(lines), found.index, verdict.size)
    proof = TlogProof(found.index, hashes, snapshot.note.decode("utf-8"))
    return {"index": found.index, "envelope": lines[found.index].decode("ascii"), "tlog_proof": format_proof(proof)}


def _find(receipt: str, receipts: Iterable[ReceiptVerdict]) -> ReceiptVerdict:
    for one in receipts:
        if receipt in (str(one.index), one.digest):
            return one
    raise Refused(f"The ledger has no receipt {receipt}", "Name it by its index, from 0, or by its digest sha256:….")


def anchors_of_hosts(results: Mapping[str, Any]) -> tuple[list[Anchor], list[str]]:
    """Read what hosts told of the checkpoints that they keep, and say which of them told nothing.

    `results` are those of ansible.builtin.slurp, by host, looped over stacks or not.
    """
    anchors: list[Anchor] = []
    silent: list[str] = []
    for host, result in results.items():
        for one in result.get("results", [result]):
            name = f"{host} {one['item']}" if "item" in one else host
            text = _slurped(one)
            if text is None:
                silent.append(f"{name}: {one.get('msg') or 'it was not asked'}")
            else:
                anchors.append(Anchor(name, text))
    return anchors, silent


def _slurped(result: Mapping[str, Any]) -> str | None:
    if result.get("encoding") != "base64":
        return None
    return base64.b64decode(result["content"]).decode("utf-8", "replace")  # what is no text is no note either
