# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of the ledger: what they mean, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import GitRemote, parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import ledger_settings


@pytest.mark.parametrize(
    ("text", "url", "branch"),
    [
        ("git+ssh://git@host:2222/srv/receipts.git", "ssh://git@host:2222/srv/receipts.git", "ledger"),
        ("git+ssh://host/srv/receipts#team/shop", "ssh://host/srv/receipts", "team/shop"),
        ("git+file:///srv/receipts.git#main", "file:///srv/receipts.git", "main"),
        ("git+https://host/team/receipts.git", "https://host/team/receipts.git", "ledger"),
        ("git@host:team/receipts.git", "git@host:team/receipts.git", "ledger"),
        ("git@host:/srv/receipts.git#x", "git@host:/srv/receipts.git", "x"),
    ],
)
def test_addresses_of_git_remotes(text: str, url: str, branch: str) -> None:
    assert parse_remote(text) == GitRemote(url, branch)


@pytest.mark.parametrize(
    "text",
    [
        "receipts",
        "/srv/receipts",
        "ssh://host/receipts",
        "git+ssh:///receipts",
        "git+ssh://-oProxyCommand=x/receipts",
        "git@host:-x",
        "git+ext::sh -c x",
        "git+http://host/receipts",
        "git+file://host/receipts",
        "git+https://user:s3cret@host/receipts",
        "git+ssh://host/receipts#-x",
        "git+ssh://host/receipts#a..b",
        "git+ssh://host/receipts#a.lock",
        "git+ssh://host/re ceipts",
        "git+ssh://host/receipts\n",
    ],
)
def test_what_is_no_address_of_a_git_remote_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=".") as raised:
        parse_remote(text)
    assert "s3cret" not in str(raised.value)


def test_without_variables_the_ledger_is_beside_the_receipts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ledger_settings({"inventory_dir": "/srv/project/inventory"})
    assert (settings.receipts, settings.keys) == (str(tmp_path / "receipts"), "/srv/project/inventory/keys")
    assert (settings.ledger, settings.anchor, settings.has_gate_key) == ("", "", False)


def test_all_faults_come_at_once() -> None:
    variables: dict[str, Any] = {
        "promotion_receipts": ["a"],
        "promotion_ledger": "ssh://host/x",
        "promotion_ledger_origin": "a b",
        "promotion_gate_key": {"secret": "hunter2"},
    }
    with pytest.raises(InvalidInput) as raised:
        ledger_settings(variables)
    assert [one.source for one in raised.value.violations] == sorted(variables)
    assert "hunter2" not in str(raised.value)


def test_a_private_key_is_in_no_text_of_the_settings() -> None:
    assert "hunter2" not in repr(ledger_settings({"promotion_gate_key": "hunter2"}))


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = ledger_settings({"promotion_gate_key_file": str(tmp_path / "gate.key")})
    with pytest.raises(Refused, match=r"gate\.key"):
        settings.gate_key_text()
