# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.signers import parse_public_key
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import (
    MAX_BLOB,
    NAMESPACE,
    armored,
    ecdsa_numbers,
    is_ssh_signature,
    parse_armored,
    parse_ssh_key,
    parse_ssh_signature,
)
from people import KINDS, SecurityKey, SshKeys, sshsig_blob, string

EDWARDS = string(b"ssh-ed25519") + string(b"k" * 32)
SIGNATURE = string(b"ssh-ed25519") + string(b"s" * 64)
BLOB = sshsig_blob(EDWARDS, SIGNATURE, NAMESPACE.encode())


def refused(blob: bytes) -> str:
    with pytest.raises(InvalidReceipt) as caught:
        parse_ssh_signature(blob)
    return caught.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_makes_is_read(ssh_keys: SshKeys, kind: str) -> None:
    signature = parse_ssh_signature(ssh_keys.sign(kind, b"message"))
    assert signature.namespace == NAMESPACE
    assert signature.key == parse_public_key(ssh_keys.public(kind))
    shown = subprocess.run(["ssh-keygen", "-l", "-f", ssh_keys.path(kind)], capture_output=True, text=True, check=True)
    assert signature.key.fingerprint == shown.stdout.split()[1]


@pytest.mark.parametrize("ecdsa", [False, True])
def test_what_a_security_key_adds_is_read(ecdsa: bool) -> None:
    signature = parse_ssh_signature(SecurityKey(ecdsa).sign(b"message", flags=5, counter=2**31))
    assert (signature.flags, signature.counter) == (5, 2**31)


def test_an_ssh_signature_is_told_from_one_of_the_gate() -> None:
    assert is_ssh_signature(BLOB)
    assert not is_ssh_signature(b"SSHSIG" + b"x" * 58)  # 64 bytes: an Ed25519 signature that happens to begin so


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (b"", "ends at byte 0"),
        (b"SSHSIX" + BLOB[6:], "does not begin with SSHSIG"),
        (b"SSHSIG" + struct.pack(">I", 2) + BLOB[10:], "version 2, wanted 1"),
        (BLOB + b"\0", "1 bytes too many"),
        (BLOB[:-1], "in the middle of a field"),
        (sshsig_blob(EDWARDS, SIGNATURE, NAMESPACE.encode(), b"sha1"), "the hash 'sha1'"),
        (sshsig_blob(EDWARDS + string(b""), SIGNATURE, b"n"), "4 bytes too many"),
        (sshsig_blob(EDWARDS, SIGNATURE + b"\1\0\0\0\1", b"n"), "5 bytes too many"),
        (sshsig_blob(EDWARDS, string(b"rsa-sha2-512") + string(b"s"), b"n"), "by 'rsa-sha2-512' of a key of type"),
        (sshsig_blob(string(b"ssh-dss") + string(b""), SIGNATURE, b"n"), "type 'ssh-dss', wanted one of"),
        (
            sshsig_blob(string(b"ssh-rsa") + string(b"\3") + string(b"n"), string(b"ssh-rsa") + string(b"s"), b"n"),
            "by 'ssh-rsa' of a key of type ssh-rsa, wanted rsa-sha2-512 or rsa-sha2-256",
        ),
        (sshsig_blob(EDWARDS, SIGNATURE, b"\xff"), "no UTF-8"),
        (sshsig_blob(EDWARDS, SIGNATURE, b"n" * MAX_BLOB), f"wanted {MAX_BLOB} at most"),
    ],
)
def test_what_is_no_ssh_signature_is_refused(blob: bytes, words: str) -> None:
    assert words in refused(blob)


def test_a_key_on_another_curve_than_its_type_says_is_refused() -> None:
    with pytest.raises(InvalidReceipt, match="another curve"):
        parse_ssh_key(string(b"ecdsa-sha2-nistp256") + string(b"nistp384") + string(b"point"))


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: BLOB[:60] + tail))
def test_nothing_but_our_own_error_comes_of_any_bytes(data: bytes) -> None:
    for parse in (parse_ssh_signature, parse_ssh_key, ecdsa_numbers):
        try:
            parse(data)
        except InvalidReceipt as error:
            assert error.message


@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_read_as_something_else(at: int, change: int) -> None:
    altered = BLOB[:at] + bytes([BLOB[at] ^ change]) + BLOB[at + 1 :]
    try:
        assert parse_ssh_signature(altered) != parse_ssh_signature(BLOB)
    except InvalidReceipt as error:
        assert error.message


@given(st.binary(max_size=500))
def test_a_blob_comes_back_from_its_armor(blob: bytes) -> None:
    assert parse_armored(armored(blob)) == blob


@given(st.text())
def test_text_that_is_no_armor_is_refused(text: str) -> None:
    with pytest.raises(InvalidReceipt):
        parse_armored(text)
    with pytest.raises(InvalidReceipt):
        parse_armored(armored(b"").replace("\n-----END", f"\né{text}\n-----END"))
