# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    MAX_SIGNATURES,
    Checkpoint,
    Note,
    NoteSignature,
    checkpoint_body,
    format_note,
    note_key_id,
    note_text,
    parse_checkpoint,
    parse_note,
)

# The example of c2sp.org/tlog-checkpoint.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
SIGNATURE = "— log AAAAAAE="

words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12)
names = words.filter(lambda name: "+" not in name and not any(each.isspace() for each in name))
signatures = st.builds(NoteSignature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=70))
bodies = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12), min_size=1).map("\n".join)
notes = st.builds(Note, bodies.map(lambda body: f"x{body}\n"), st.lists(signatures, min_size=1, max_size=16).map(tuple))


def test_the_example_of_the_format_is_read_and_written_back() -> None:
    note = parse_note(EXAMPLE)
    checkpoint = parse_checkpoint(note)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert note.signatures[0].key_id.hex() == "033de0ae"
    assert (checkpoint_body(checkpoint), format_note(note)) == (note.body, EXAMPLE)


def test_the_id_of_a_key_is_that_of_a_published_one() -> None:
    # A verifier key of golang.org/x/mod/sumdb/note (note_test.go): name, key id, signature type and public key.
    name, key_id, key = ["PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    assert note_key_id(name, b64decode(key)[1:]).hex() == key_id


@given(notes)
def test_what_was_written_is_read_back(note: Note) -> None:
    assert parse_note(format_note(note)) == note


@given(names, st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32), signatures)
def test_a_checkpoint_is_read_back(origin: str, size: int, root: bytes, signature: NoteSignature) -> None:
    made = Checkpoint(origin, size, root)
    assert parse_checkpoint(parse_note(format_note(Note(checkpoint_body(made), (signature,))))) == made


def test_extension_lines_are_passed_over() -> None:
    note = parse_note(f"log\n3\n{ROOT}\nan extension\n\n{SIGNATURE}\n")
    assert parse_checkpoint(note).size == 3


@given(st.text(max_size=200))
def test_any_text_is_a_note_or_refused(text: str) -> None:
    try:
        note = parse_note(text)
    except InvalidReceipt:
        return
    assert format_note(note) == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no empty line"),
        ("a text\n", "no empty line"),
        (f"\n\n{SIGNATURE}\n", "no empty line"),
        (f"a\n\n{SIGNATURE}", "no newline at its end"),
        ("a\n\n", "no newline at its end"),
        (f"a\r\n\r\n{SIGNATURE}\n", r"line 1: found the control character '\\r'"),
        (f"a\nb\tc\n\n{SIGNATURE}\n", r"line 2: found the control character '\\t'"),
        ("a\n\n- log AAAAAAE=\n", "line 3: found '- log AAAAAAE='"),
        ("a\n\n— AAAAAAE=\n", "line 3: found"),
        ("a\n\n— lo+g AAAAAAE=\n", "line 3: found"),
        ("a\nb\n\n— log  AAAAAAE=\n", "line 4: found"),
        ("a\n\n— log AAAAAAE\n", "line 3: found 'AAAAAAE', wanted standard base64"),
        ("a\n\n— log AAAAAAF=\n", "wanted standard base64"),
        ("a\n\n— log AAAA-A==\n", "wanted standard base64"),
        ("a\n\n— log AAAAAA==\n", "a signature of 4 bytes"),
        ("a\n\n" + f"{SIGNATURE}\n" * (MAX_SIGNATURES + 1), "found 101 signatures"),
    ],
)
def test_what_is_no_note_is_refused_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(InvalidReceipt, match=fault):
        parse_note(text)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("log\n3\n", "wanted the origin, the size and the root"),
        (f"\n3\n{ROOT}\n", "wanted the origin, the size and the root"),
        (f"log\n3\n{ROOT}\n\nlater\n", "wanted the origin, the size and the root"),
        (f"log\n03\n{ROOT}\n", "line 2: found the size '03'"),
        (f"log\n-3\n{ROOT}\n", "line 2"),
        (f"log\n٣\n{ROOT}\n", "line 2"),
        (f"log\n{'9' * 5000}\n{ROOT}\n", "line 2"),
        (f"log\n3\n{ROOT[:-1]}\n", "line 3"),
        ("log\n3\nAAAA\n", "line 3: found a root of 3 bytes"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_its_place(body: str, fault: str) -> None:
    with pytest.raises(InvalidReceipt, match=fault):
        parse_checkpoint(Note(body, ()))


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    with pytest.raises(InvalidReceipt, match="found the byte 0xff at 3"):
        note_text(b"log\xff")
