# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checkpoints that a ledger in a folder leaves in a git repository."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable, NotVerified
from ansible_collections.mint.promotion.plugins.plugin_utils._checkpoint_anchor import latest, publish
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import GitClone
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import GitRemote, parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import (
    LedgerSettings,
    anchored_checkpoint,
    open_home,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

KEY = GateKey.make()


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "anchor.git"], check=True)
    return parse_remote(f"git+file://{tmp_path}/anchor.git#anchor")


@pytest.fixture
def settings(tmp_path: Path, remote: GitRemote) -> LedgerSettings:
    folders = (str(tmp_path / "receipts"), str(tmp_path / "keys"))
    return LedgerSettings(*folders, anchor=f"git+{remote}", gate_key=KEY.private_pem)


def append(settings: LedgerSettings, payload: bytes) -> str:
    """Append a receipt and return the checkpoint over it."""
    open_home(settings).append([KEY.sign_envelope(payload)])
    return open_home(settings).snapshot().note.decode()


def test_every_checkpoint_is_kept_and_the_last_one_found(
    settings: LedgerSettings, remote: GitRemote, tmp_path: Path
) -> None:
    elsewhere = GitClone(str(tmp_path / "elsewhere.git"), remote)
    assert latest(elsewhere) == ""
    append(settings, b"1")
    note = append(settings, b"2")
    assert latest(elsewhere) == anchored_checkpoint(settings) == note
    tip = elsewhere.fetch()
    assert sorted(elsewhere.entries(tip)) == ["checkpoints/000000000001", "checkpoints/000000000002"]
    publish(elsewhere, note)
    assert elsewhere.fetch() == tip


def test_another_checkpoint_of_the_same_size_is_a_fork(
    settings: LedgerSettings, remote: GitRemote, tmp_path: Path
) -> None:
    append(settings, b"1")
    forked = append(replace(settings, receipts=str(tmp_path / "fork"), anchor=""), b"2")
    with pytest.raises(NotVerified, match="forked"):
        publish(GitClone(str(tmp_path / "elsewhere.git"), remote), forked)


def test_an_anchor_that_cannot_be_reached_keeps_nobody_from_appending(
    settings: LedgerSettings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    append(replace(settings, anchor=f"git+file://{tmp_path}/nowhere.git"), b"1")
    assert "was not anchored" in " ".join(capfd.readouterr().err.split())
    nowhere = GitClone(str(tmp_path / "clone.git"), parse_remote(f"git+file://{tmp_path}/nowhere.git"))
    with pytest.raises(LedgerUnavailable):
        latest(nowhere)
