# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tree beside a naive reference, and beside the public vectors where they lie next to the checkout."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import (
    EMPTY,
    consistency_proof,
    hash_lines,
    hash_log,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

from . import rfc6962

VECTORS = Path(__file__).resolve().parents[6] / "shared" / "vectors"
SIZES = range(70)  # beyond 64 leaves, so that every shape of up to seven levels is met
entries = st.lists(st.binary(max_size=8), max_size=130)


def leaves(count: int) -> list[bytes]:
    return [b"receipt %d" % number for number in range(count)]


ALL = leaves(len(SIZES))
ROOTS = [rfc6962.mth(ALL[:size]) for size in SIZES]


def vectors(name: str) -> list[dict[str, Any]]:
    path = VECTORS / f"rfc6962-{name}.json"
    if not path.is_file():
        pytest.skip(f"no public vectors at {VECTORS}")
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


def proof_of(vector: dict[str, Any]) -> list[bytes]:
    return [b64decode(one) for one in vector["proof"] or []]


def test_the_public_inclusion_vectors_hold() -> None:
    for one in vectors("inclusion"):
        leaf, root = b64decode(one["leafHash"]), b64decode(one["root"])
        good = verify_inclusion(one["leafIdx"], one["treeSize"], leaf, proof_of(one), root)
        assert good != one["wantErr"], one["name"]


def test_the_public_consistency_vectors_hold() -> None:
    for one in vectors("consistency"):
        old, new = b64decode(one["root1"]), b64decode(one["root2"])
        good = verify_consistency(one["size1"], one["size2"], proof_of(one), old, new)
        assert good != one["wantErr"], one["name"]


@given(entries)
def test_the_root_is_that_of_the_rfc(data: list[bytes]) -> None:
    assert root_of(hash_lines(data)) == rfc6962.mth(data)
    assert [leaf_hash(one) for one in data] == hash_lines(data)


@given(entries, st.data())
def test_a_frontier_grows_to_the_same_tree_in_any_portions(data: list[bytes], choose: st.DataObject) -> None:
    middle = choose.draw(st.integers(0, len(data)))
    hashes = hash_lines(data)
    grown = EMPTY.extended(hashes[:middle]).extended(hashes[middle:])
    assert grown == EMPTY.extended(hashes)
    assert (grown.size, grown.root()) == (len(data), rfc6962.mth(data))
    assert len(grown.hashes) == bin(len(data)).count("1")


@given(st.lists(st.binary(max_size=8).filter(lambda line: b"\n" not in line), max_size=20), st.booleans())
def test_a_log_is_hashed_line_by_line_and_a_torn_end_is_no_line(lines: list[bytes], torn: bool) -> None:
    data = b"".join(line + b"\n" for line in lines) + (b"torn" if torn else b"")
    assert hash_log(data) == hash_lines(lines)


def test_every_inclusion_proof_is_that_of_the_rfc_and_holds() -> None:
    hashes = hash_lines(ALL)
    for size in SIZES:
        for index in range(size):
            proof = inclusion_proof(hashes, index, size)
            assert list(proof) == rfc6962.path(index, ALL[:size])
            assert verify_inclusion(index, size, hashes[index], proof, ROOTS[size])


def test_every_consistency_proof_is_that_of_the_rfc_and_holds() -> None:
    hashes = hash_lines(ALL)
    for new in SIZES:
        assert verify_consistency(0, new, consistency_proof(hashes, 0, new), ROOTS[0], ROOTS[new])
        for old in range(1, new + 1):
            proof = consistency_proof(hashes, old, new)
            assert list(proof) == rfc6962.proof(old, ALL[:new])
            assert verify_consistency(old, new, proof, ROOTS[old], ROOTS[new])


def spoiled(proof: tuple[bytes, ...], choose: st.DataObject) -> tuple[bytes, ...]:
    """One hash changed, dropped, added, cut short or swapped with another."""
    junk = b"\xff" * 32
    at = choose.draw(st.integers(0, max(0, len(proof) - 1)))
    ways = [(*proof, junk), (junk, *proof), (*proof, b"")]
    if proof:
        one = proof[at]
        ways += [
            (*proof[:at], bytes([one[0] ^ 1]) + one[1:], *proof[at + 1 :]),
            (*proof[:at], one[:-1], *proof[at + 1 :]),
            (*proof[:at], *proof[at + 1 :]),
            (*proof[:at], one, one, *proof[at + 1 :]),
        ]
    if len(set(proof)) > 1:
        ways.append(tuple(reversed(proof)))
    return choose.draw(st.sampled_from(ways))


@given(st.integers(1, 69), st.data())
def test_a_spoiled_inclusion_proof_does_not_hold(size: int, choose: st.DataObject) -> None:
    hashes = hash_lines(ALL)
    index = choose.draw(st.integers(0, size - 1))
    proof = inclusion_proof(hashes, index, size)
    root = ROOTS[size]
    assert not verify_inclusion(index, size, hashes[index], spoiled(proof, choose), root)
    assert not verify_inclusion(index, size, leaf_hash(b"another"), proof, root)
    assert not verify_inclusion(index, size, hashes[index], proof, leaf_hash(b"another"))
    other = choose.draw(st.integers(-1, size).filter(lambda number: number != index))
    assert not verify_inclusion(other, size, hashes[index], proof, root)


@given(st.integers(1, 69), st.data())
def test_a_spoiled_consistency_proof_does_not_hold(new: int, choose: st.DataObject) -> None:
    old = choose.draw(st.integers(0, new))
    proof = consistency_proof(hash_lines(ALL), old, new)
    assert not verify_consistency(old, new, spoiled(proof, choose), ROOTS[old], ROOTS[new])
    assert not verify_consistency(old, new, proof, leaf_hash(b"another"), ROOTS[new])
    if old:
        assert not verify_consistency(old, new, proof, ROOTS[old], leaf_hash(b"another"))
    assert not verify_consistency(new + 1, new, proof, ROOTS[old], ROOTS[new])
    assert not verify_consistency(-1, new, proof, ROOTS[old], ROOTS[new])


@given(st.integers(1, 60), st.data())
def test_a_log_that_was_rewritten_is_consistent_with_nothing_it_signed(old: int, choose: st.DataObject) -> None:
    new = choose.draw(st.integers(old, 69))
    at = choose.draw(st.integers(0, old - 1))
    rewritten = hash_lines([*ALL[:at], b"rewritten", *ALL[at + 1 : new]])
    proof = consistency_proof(rewritten, old, new)
    assert not verify_consistency(old, new, proof, ROOTS[old], root_of(rewritten))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 9)])
def test_there_is_no_inclusion_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no inclusion proof"):
        inclusion_proof(hash_lines(leaves(5)), index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (3, 2), (2, 6)])
def test_there_is_no_consistency_proof_of_what_is_not_there(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(hash_lines(leaves(5)), old, new)


def test_a_node_is_never_a_leaf() -> None:
    one, other = hash_lines([b"one", b"other"])
    assert leaf_hash(one + other) != root_of([one, other])
