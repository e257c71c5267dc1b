# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._ledger.signers import (
    AllowedSigner,
    parse_allowed_signers,
    parse_public_key,
    signer_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.sshsig import NAMESPACE
from people import SshKeys

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def one(line: str) -> AllowedSigner:
    (signer,) = parse_allowed_signers(line)
    return signer


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_allowed_signers(text, "keys/allowed_signers")
    return [str(fault) for fault in caught.value.violations]


def test_people_keys_and_options_are_read(ssh_keys: SshKeys) -> None:
    signers = parse_allowed_signers(
        "# who may approve\n\n"
        + ssh_keys.line("ed25519", "ada@example.com")
        + ssh_keys.line("rsa", "ada@example.com", 'NAMESPACES="file,mint.*",valid-after=20260301Z')
        + "\t"
        + ssh_keys.line("ecdsa", '"bob"', "valid-before=20260301120000Z").replace(" ", "\t")
    )
    assert [(signer.principal, signer.key.type) for signer in signers] == [
        ("ada@example.com", "ssh-ed25519"),
        ("ada@example.com", "ssh-rsa"),
        ("bob", "ecdsa-sha2-nistp256"),
    ]
    assert signers[1].valid_after == datetime(2026, 3, 1, tzinfo=UTC)
    assert signers[2].valid_before == NOON


def test_the_line_that_we_write_lets_a_key_sign_for_us_and_nothing_else(ssh_keys: SshKeys) -> None:
    line = signer_line("ada@example.com", parse_public_key(ssh_keys.public("ed25519")))
    signer = one(line)
    assert (signer.signs(NAMESPACE), signer.signs("file")) == (True, False)
    assert ssh_keys.verifies(line, ssh_keys.sign("ed25519", b"m"), b"m")


@pytest.mark.parametrize(
    ("patterns", "signs"),
    [
        ("mint.promotion", True),
        ("file,mint.promotion", True),
        ("mint.*", True),
        ("mint?promotion", True),
        ("*,!mint.promotion", False),
        ("!mint.*,*", False),
        ("file", False),
        ("mint", False),
        ("mint.promotion.more", False),
        ("", False),
    ],
)
def test_namespaces_are_patterns_as_ssh_keygen_reads_them(ssh_keys: SshKeys, patterns: str, signs: bool) -> None:
    line = ssh_keys.line("ed25519", options=f'namespaces="{patterns}"')
    assert one(line).signs(NAMESPACE) == signs
    assert ssh_keys.verifies(line, ssh_keys.sign("ed25519", b"m"), b"m") == signs


def test_a_key_is_valid_from_its_first_to_its_last_second(ssh_keys: SshKeys) -> None:
    signer = one(ssh_keys.line("ed25519", options="valid-after=202603011200Z,valid-before=20260301120005Z"))
    moments = [NOON - SECOND, NOON, NOON + 5 * SECOND, NOON + 6 * SECOND]
    assert [signer.is_valid(moment) for moment in moments] == [False, True, True, False]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("cert-authority", "cert-authority"),
        ('cert-authority,namespaces="file"', "cert-authority"),
        ("valid-after=20260301", "without the Z"),
        ("valid-after=20261301Z", "the time '20261301Z'"),
        ("valid-before=tomorrow", "the time 'tomorrow'"),
        ("valid-after=20260302Z,valid-before=20260301Z", "valid-after before valid-before"),
        ("touch-required", "the option touch-required"),
        ("namespaces=a,namespaces=b", "the option namespaces twice"),
        ('namespaces="a', "wanted a value in quotes"),
        ("?", "the option '?"),
    ],
)
def test_options_that_would_be_judged_differently_elsewhere_are_refused(
    ssh_keys: SshKeys, options: str, words: str
) -> None:
    (fault,) = faults(ssh_keys.line("ed25519", options=options))
    assert words in fault


@pytest.mark.parametrize("principal", ["*", "ada,bob", "*@example.com", "!ada", "ad?", '""'])
def test_a_principal_is_one_person_by_name(ssh_keys: SshKeys, principal: str) -> None:
    (fault,) = faults(ssh_keys.line("ed25519", principal))
    assert "wanted one name of one person" in fault


def test_all_faults_come_at_once_each_with_its_line(ssh_keys: SshKeys) -> None:
    text = "\n".join(
        [
            ssh_keys.line("ed25519", "ada").strip(),
            ssh_keys.line("ed25519", "bob").strip(),
            "ada",
            "ada ssh-ed25519 %%%%",
            ssh_keys.line("rsa", "ada").replace("ssh-rsa", "ssh-ed25519", 1),
        ]
    )
    found = faults(text)
    assert [fault.split(":")[1] for fault in found] == ["2", "3", "4", "5"]
    for fault, words in zip(
        found, ["the key of ada for bob too", "without a key", "no base64", "written as"], strict=True
    ):
        assert words in fault


def test_a_line_ends_where_it_ends_for_ssh_keygen(ssh_keys: SshKeys) -> None:
    hidden = f"# a comment\x0c{ssh_keys.line('rsa')}"
    assert [one.key.type for one in parse_allowed_signers(hidden + ssh_keys.line("ed25519"))] == ["ssh-ed25519"]


@given(
    st.text(st.characters(codec="utf-8"), max_size=80)
    | st.from_regex(r'ada [a-z-]+="?[0-9a-zZ,]*"? ssh-ed25519 AAAA\Z')
)
def test_nothing_but_our_own_error_comes_of_any_text(text: str) -> None:
    try:
        parse_allowed_signers(text)
    except InvalidInput as error:
        assert error.violations
