# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How people sign on the control node: with a key file, by ssh-agent, and what they are told when it does not work."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, GateKey
from ansible_collections.mint.promotion.plugins.plugin_utils._ssh_signing import sign_as_person
from people import KINDS, SecurityKey, SshKeys

MESSAGE = b"DSSEv1 28 application/vnd.in-toto+json 2 {}"


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    socket = tmp_path / "agent"
    said = subprocess.run(["ssh-agent", "-a", str(socket)], capture_output=True, text=True, check=True).stdout
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield
    found = re.search(r"SSH_AGENT_PID=(\d+)", said)
    assert found
    os.kill(int(found[1]), signal.SIGTERM)


def refused(key: Path) -> str:
    with pytest.raises(Refused) as caught:
        sign_as_person(MESSAGE, str(key))
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_file_signs(ssh_keys: SshKeys, kind: str) -> None:
    signature = sign_as_person(MESSAGE, str(ssh_keys.path(kind)))
    keys = trusted_keys(GateKey.make().public_pem, ssh_keys.line(kind))
    who = keys.who_signed(MESSAGE, signature, CRYPTO)
    assert (who.principal, who.keyid, who.fault) == ("ada@example.com", signature.keyid, "")


def test_a_public_key_signs_by_the_agent_that_has_its_private_half(
    ssh_keys: SshKeys, tmp_path: Path, agent: None
) -> None:
    public = tmp_path / "ada.pub"
    shutil.copy(ssh_keys.path("ed25519.pub"), public)
    assert "Its private half is not in ssh-agent" in refused(public)
    subprocess.run(["ssh-add", "-q", str(ssh_keys.path("ed25519"))], check=True)
    assert sign_as_person(MESSAGE, str(public)) == sign_as_person(MESSAGE, str(ssh_keys.path("ed25519")))


def test_who_has_to_touch_a_security_key_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    security_key = SecurityKey()
    public = tmp_path / "sk.pub"
    public.write_text(f"{security_key.name.decode()} {base64.b64encode(security_key.public).decode()} ada\n")
    assert "Its private half is not in ssh-agent" in refused(public)
    assert f"Touch the security key of {public} to sign" in capsys.readouterr().out


def test_a_home_folder_may_be_written_as_in_a_shell(ssh_keys: SshKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(ssh_keys.folder))
    assert sign_as_person(MESSAGE, "~/ed25519").sig


def test_nobody_is_asked_for_a_passphrase(tmp_path: Path) -> None:
    key = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "passphrase", "-f", str(key)], check=True)
    assert f"It has a passphrase: `ssh-add {key}`, and name {key}.pub instead." in refused(key)


def test_a_key_that_others_may_read_is_refused_with_the_remedy(ssh_keys: SshKeys, tmp_path: Path) -> None:
    key = tmp_path / "open"
    shutil.copy(ssh_keys.path("ed25519"), key)
    key.chmod(0o644)
    assert f"`chmod 600 {key}`" in refused(key)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "notes"
    key.write_text("buy milk")
    assert f"See whether `ssh-keygen -l -f {key}` knows it." in refused(key)


def test_a_missing_file_is_told_by_the_name_of_its_variable() -> None:
    with pytest.raises(InvalidInput, match="promotion_requester_key: found no file /nowhere/key"):
        sign_as_person(MESSAGE, "/nowhere/key")


def test_a_control_node_without_ssh_keygen_is_told_what_to_install(
    ssh_keys: SshKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Install the OpenSSH client." in refused(ssh_keys.path("ed25519"))
