# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A clone of the branch that a ledger lives on is enough for a stranger."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger import segments
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import GitClone
from ansible_collections.mint.promotion.plugins.plugin_utils._git_home import GitHome
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import LedgerSettings
from ledgers import Ledger

SCRIPT = Path(__file__).resolve().parents[3] / "scripts/verify_ledger.py"


def verified(*arguments: Path) -> subprocess.CompletedProcess[str]:
    receipts, keys, anchor = map(str, arguments)
    argv = [sys.executable, str(SCRIPT), receipts, keys, "--anchor", anchor, "--origin", "example/shop"]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_a_clone_of_its_branch_is_verified_as_it_is(
    promoted: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1)
    remote, clone = tmp_path / "receipts.git", tmp_path / "clone"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    address = f"git+file://{remote}"
    settings = LedgerSettings(str(tmp_path / "job"), "", "example/shop", address, gate_key=promoted.key.private_pem)
    home = GitHome(settings, GitClone(str(tmp_path / "job.git"), parse_remote(address)))
    for run_key, files in promoted.sessions.items():
        home.write_session(run_key, files)
    for line in promoted.lines:
        home.append_lines([line])
    subprocess.run(["git", "clone", "--quiet", "--branch", "ledger", f"file://{remote}", clone], check=True)
    keys = promoted.write(tmp_path)[1]
    assert verified(clone, keys, clone / "ledger/checkpoint").stdout.endswith("OK\n")

    segment = clone / "ledger/log/000000000003.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b"A", b"B", 1))
    assert verified(clone, keys, clone / "ledger/checkpoint").stdout.endswith("INVALID\n")
