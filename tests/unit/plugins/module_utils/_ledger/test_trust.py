# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import (
    GatePublicKey,
    parse_gate_keys,
    trusted_keys,
)

ONE, OTHER = GatePublicKey(b"1" * 32), GatePublicKey(b"2" * 32)


def faults(gate_pub: str, allowed_signers: str = "") -> str:
    with pytest.raises(InvalidInput) as caught:
        trusted_keys(gate_pub, allowed_signers, "keys")
    return caught.value.message


def test_old_and_new_gate_keys_lie_in_one_file_and_each_counts_once() -> None:
    assert parse_gate_keys(f"# since March\n{ONE.pem}\nnext\n{OTHER.pem}{ONE.pem}") == (ONE, OTHER)


def test_what_openssl_writes_is_read_and_has_the_keyid_that_openssl_gives(tmp_path: Path) -> None:
    private, der = str(tmp_path / "private"), str(tmp_path / "der")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    argv = ["openssl", "pkey", "-in", private, "-pubout"]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    (key,) = parse_gate_keys(text)
    assert key.pem == text
    subprocess.run([*argv, "-outform", "DER", "-out", der], check=True)
    shown = subprocess.run(["sha256sum", der], capture_output=True, text=True, check=True).stdout
    assert key.keyid == shown.split()[0]


def test_a_private_key_in_the_place_of_a_public_one_is_refused_and_not_shown(tmp_path: Path) -> None:
    argv = ["openssl", "genpkey", "-algorithm", "ed25519"]
    private = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    message = faults(ONE.pem + private)
    assert "keys/gate.pub:4:1: found a private key, wanted a PUBLIC KEY of Ed25519" in message
    assert private.splitlines()[1] not in message


def test_a_key_that_is_cut_off_is_told_and_not_passed_over() -> None:
    assert "found a block that is cut off" in faults(ONE.pem + OTHER.pem[:60])


def test_all_faults_of_both_files_come_at_once() -> None:
    message = faults("nothing here", "* ssh-ed25519 AAAA\n")
    assert "The folder of trusted keys has 2 faults" in message
    assert "keys/gate.pub: found no key" in message
    assert "keys/allowed_signers:1:1: found the principal '*'" in message


@given(st.text() | st.text().map(lambda body: f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"))
def test_nothing_but_our_own_error_comes_of_any_text(text: str) -> None:
    try:
        parse_gate_keys(text)
    except InvalidInput as error:
        assert error.violations
