# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    NoteSignature,
    checkpoint_body,
    format_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tlog_proof import (
    TlogProof,
    format_proof,
    leads_to_checkpoint,
    parse_proof,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import (
    hash_lines,
    inclusion_proof,
    leaf_hash,
    root_of,
)

HASH = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
HEADER = "c2sp.org/tlog-proof@v1"
hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=20).map(tuple)


def proof_of(index: int, lines: list[bytes]) -> TlogProof:
    found = hash_lines(lines)
    body = checkpoint_body(Checkpoint("log", len(lines), root_of(found)))
    note = format_note(Note(body, (NoteSignature("log", b"\0\0\0\0", b"signature"),)))
    return TlogProof(index, inclusion_proof(found, index, len(lines)), note)


@given(st.integers(0, 10**18 - 1), hashes, st.none() | st.binary(max_size=40), st.text(max_size=80))
def test_what_was_written_is_read_back(index: int, path: tuple[bytes, ...], extra: bytes | None, note: str) -> None:
    proof = TlogProof(index, path, note, extra)
    assert parse_proof(format_proof(proof)) == proof


def test_the_file_reads_as_the_format_says() -> None:
    text = format_proof(proof_of(0, [b"one", b"other"]))
    lines = text.split("\n")
    assert lines[:2] == [HEADER, "index 0"]
    assert lines[3:6] == ["", "log", "2"]


@given(st.integers(1, 40), st.data())
def test_a_proof_leads_from_its_receipt_to_the_checkpoint_and_from_no_other(size: int, choose: st.DataObject) -> None:
    lines = [b"receipt %d" % number for number in range(size)]
    index = choose.draw(st.integers(0, size - 1))
    proof = parse_proof(format_proof(proof_of(index, lines)))
    assert leads_to_checkpoint(proof, leaf_hash(lines[index]))
    assert not leads_to_checkpoint(proof, leaf_hash(b"another"))


def test_a_proof_without_a_checkpoint_is_refused() -> None:
    with pytest.raises(InvalidReceipt, match="checkpoint or note is malformed"):
        leads_to_checkpoint(TlogProof(0, (), "no note"), leaf_hash(b"one"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: found another first line"),
        (f"{HEADER[:-1]}2\nindex 0\n\nnote", "line 1"),
        (f"{HEADER}\nindex 0\n", "no empty line"),
        (f"{HEADER}\n\nnote", "line 2: found no index"),
        (f"{HEADER}\nindex 01\n\nnote", "line 2: found no index"),
        (f"{HEADER}\nindex -1\n\nnote", "line 2: found no index"),
        (f"{HEADER}\nextra AA==\n\nnote", "line 3: found no index"),
        (f"{HEADER}\nextra A\nindex 0\n\nnote", "line 2: found 'A', wanted standard base64"),
        (f"{HEADER}\nindex 0\nAAAA\n\nnote", "line 3: found 3 bytes"),
        (f"{HEADER}\nindex 0\n{HASH}\n{HASH[:-1]}\n\nnote", "line 4"),
        (f"{HEADER}\nindex 0\n" + f"{HASH}\n" * 65 + "\nnote", "found 65 hashes"),
    ],
)
def test_what_is_no_proof_is_refused_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(InvalidReceipt, match=fault):
        parse_proof(text)
