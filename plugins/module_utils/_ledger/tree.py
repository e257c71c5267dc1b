# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Merkle tree of a log: hashes, compact ranges, inclusion and consistency proofs (RFC 6962, section 2.1).

All hashes are the 32 bytes of a SHA-256. The proofs are verified as RFC 9162, sections 2.1.3.2 and 2.1.4.2, says it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Iterable, List, Sequence, Tuple

HASH_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"  # they keep a leaf from passing for a node (RFC 6962, section 2.1)


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf: of a receipt, its line without the newline."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its two children."""
    return hashlib.sha256(_NODE + left + right).digest()


def hash_lines(lines: Iterable[bytes]) -> List[bytes]:
    """Return the hashes of many leaves, in their order."""
    sha256, prefix = hashlib.sha256, _LEAF
    return [sha256(prefix + line).digest() for line in lines]


def hash_log(data: bytes) -> List[bytes]:
    """Return the hashes of all complete lines of a log in one pass that copies none; a torn end has none."""
    hashes: List[bytes] = []
    sha256, prefix, push = hashlib.sha256, _LEAF, hashes.append
    view, find, begin = memoryview(data), data.find, 0
    end = find(b"\n")
    while end >= 0:
        leaf = sha256(prefix)
        leaf.update(view[begin:end])
        push(leaf.digest())
        begin = end + 1
        end = find(b"\n", begin)
    return hashes


@dataclass(frozen=True)
class Frontier:
    """A tree of `size` leaves as far as growing it asks for: the roots of its full subtrees, the largest first.

    There are as many `hashes` as `size` has bits set; so a log of a million leaves needs 20 at most.
    """

    size: int = 0
    hashes: Tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """Return the root of the tree; that of the empty one is the SHA-256 of nothing."""
        if not self.hashes:
            return hashlib.sha256().digest()
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def extended(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the frontier after these leaves. Takes about one SHA-256 of 65 bytes a leaf."""
        stack, size = list(self.hashes), self.size
        sha256, prefix, pop, push = hashlib.sha256, _NODE, stack.pop, stack.append
        for node in leaf_hashes:
            full = size
            while full & 1:
                node = sha256(prefix + pop() + node).digest()
                full >>= 1
            push(node)
            size += 1
        return Frontier(size, tuple(stack))


EMPTY = Frontier()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree of these leaves."""
    return EMPTY.extended(leaf_hashes).root()


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int) -> Tuple[bytes, ...]:
    """Return the hashes that lead from the leaf `index` to the root of the first `size` leaves, its sibling first.

    Raises `ValueError` unless 0 <= index < size <= the number of leaves.
    """
    if not 0 <= index < size <= len(leaf_hashes):
        raise ValueError(f"no inclusion proof of leaf {index} in the first {size} of {len(leaf_hashes)} leaves")
    proof, row = [], list(leaf_hashes[:size])
    while len(row) > 1:
        if index ^ 1 < len(row):
            proof.append(row[index ^ 1])
        row, index = _row_above(row), index >> 1
    return tuple(proof)


def _row_above(row: Sequence[bytes]) -> List[bytes]:
    """Join neighbours; a last one without a neighbour goes up as it is."""
    above = [node_hash(left, right) for left, right in zip(row[::2], row[1::2])]
    return above + list(row[-1:]) if len(row) % 2 else above


def consistency_proof(leaf_hashes: Sequence[bytes], old: int, new: int) -> Tuple[bytes, ...]:
    """Return the hashes that show that the first `old` leaves begin the first `new` ones (RFC 6962, section 2.1.2).

    The proof from the empty tree, and that of a tree with itself, is empty. Raises `ValueError` unless
    0 <= old <= new <= the number of leaves.
    """
    if not 0 <= old <= new <= len(leaf_hashes):
        raise ValueError(f"no consistency proof from {old} to {new} of {len(leaf_hashes)} leaves")
    if old == 0:
        return ()
    proof: List[bytes] = []
    begin, end = 0, new  # the subtree in which the old tree ends
    while end != old:
        middle = begin + _largest_power_below(end - begin)
        if old <= middle:
            proof.append(root_of(leaf_hashes[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaf_hashes[begin:middle]))
            begin = middle
    if begin:  # else that subtree is the old tree itself, whose root the verifier has
        proof.append(root_of(leaf_hashes[begin:end]))
    return tuple(reversed(proof))


def _largest_power_below(count: int) -> int:
    """Return the largest power of two that is smaller than `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether `proof` leads from the leaf `index` to the root of a tree of `size` leaves."""
    if not 0 <= index < size or not _are_hashes(proof):
        return False
    node, last = leaf_hash, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Tell whether `proof` shows that the tree of `old` leaves begins the tree of `new` ones."""
    if not 0 <= old <= new or not _are_hashes(proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY.root()
    if old & (old - 1) == 0:  # a full tree: its root is the first node of the path
        proof = (old_root, *proof)
    if not proof:
        return False
    return _roots_of_path(old - 1, new - 1, proof) == (old_root, new_root)


def _roots_of_path(first: int, last: int, path: Sequence[bytes]) -> Tuple[bytes, bytes]:
    """Return the roots of the trees that end with the leaves `first` and `last`, or two empty ones for a bad path."""
    while first & 1:
        first, last = first >> 1, last >> 1
    older = newer = path[0]
    for node in path[1:]:
        if last == 0:
            return b"", b""
        if first & 1 or first == last:
            older, newer = node_hash(node, older), node_hash(node, newer)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            newer = node_hash(newer, node)
        first, last = first >> 1, last >> 1
    return (older, newer) if last == 0 else (b"", b"")


def _are_hashes(proof: Sequence[bytes]) -> bool:
    return all(len(one) == HASH_BYTES for one in proof)
