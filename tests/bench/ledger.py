# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the ledger costs by its length: appending durably, integrity, the verdict on every receipt.

Each figure stands beside a named reference that does the least anybody could do with the same bytes, in pairs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from functools import partial
from pathlib import Path
from typing import IO, Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import note_text, parse_note
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import history_of, log_fault
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import LOG_FILE, read_log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import TrustedKeys
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import INDETERMINATE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import (
    LedgerFiles,
    Spread,
    in_turn,
    judge_ledger,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO
from ansible_collections.mint.promotion.plugins.plugin_utils._spread import spread

from .ledgers import ORIGIN, Making
from .report import print_ratio

SIZES = (1_000, 10_000, 100_000)
APPENDS = 40  # pairs for each size: one takes milliseconds
LONGEST = 20_000  # receipts that all pairs of a full verification verify, for it takes minutes


def bench_ledger(folder: Path, pairs: int) -> None:
    """Print the figures of ledgers below `folder`, which is made for that and removed."""
    shutil.rmtree(folder, ignore_errors=True)
    making = Making()
    for size in SIZES:
        place = folder / str(size)
        making.write(place, size)
        megabytes = (place / LOG_FILE).stat().st_size / 1e6
        print(f"\na ledger of {size} receipts, {megabytes:.1f} MB")
        bench_integrity(making, place, pairs)
        bench_verification(making, place, max(1, min(pairs, LONGEST // size)))
        bench_append(making, place, size)
        shutil.rmtree(place)


def bench_integrity(making: Making, place: Path, pairs: int) -> None:
    """The tree over all receipts and the signed checkpoint beside reading and hashing the same bytes once."""
    ours, plain = partial(integrity, making, place), partial(read_and_hash, place / LOG_FILE)
    measured = [(seconds(ours), seconds(plain)) for _each in range(pairs)]
    print_ratio("integrity: tree and checkpoint", "read, SHA-256", measured)


def bench_verification(making: Making, place: Path, pairs: int) -> None:
    """The verdict on every receipt, without the files beside them, next to its signatures and json.loads alone."""
    snapshot = read_log(str(place))
    files = LedgerFiles(snapshot.data, note_text(snapshot.note), {})
    trust = Trust(TrustedKeys((making.gate.half,)), CRYPTO)
    parts = [_parts(line) for line in snapshot.data.split(b"\n")[:-1]]
    key = Ed25519PublicKey.from_public_bytes(making.gate.public)
    plain = partial(verify_and_load, key, parts)
    for how, way in (("", spread), (" in one process", in_turn)):
        ours = partial(judge_all, files, trust, way)
        measured = [(seconds(ours), seconds(plain)) for _each in range(pairs)]
        print_ratio(f"full verification{how}", "Ed25519, json.loads", measured)


def judge_all(files: LedgerFiles, trust: Trust, way: Spread) -> None:
    """Judge a ledger. Raises `SystemExit` unless nothing is wrong with it but the files that are not there."""
    if judge_ledger(files, trust, way).verdict != INDETERMINATE:
        raise SystemExit("bench: wanted a ledger that lacks its evidence and its anchors only")


def _parts(line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return the two JSON texts of a receipt, what is signed, and the signature."""
    envelope = parse_envelope(line)
    return line, envelope.payload, envelope.signed_bytes, envelope.signatures[0].sig


def verify_and_load(key: Ed25519PublicKey, parts: Sequence[tuple[bytes, bytes, bytes, bytes]]) -> None:
    """The least that anybody could do to verify signatures and read what was signed."""
    for line, payload, message, signature in parts:
        json.loads(line)
        json.loads(payload)
        key.verify(signature, message)


def bench_append(making: Making, place: Path, size: int) -> None:
    """Three receipts of a run, appended durably, beside the same writes and syncs without a tree and signatures."""
    log = making.log(place)
    runs = [list(making.run_lines(size + number))[:3] for number in range(APPENDS + 1)]
    text = log.append(runs.pop()).note_text  # the first append after a long one reads that again
    plain = place.with_name("plain")
    plain.mkdir(exist_ok=True)
    measured = []
    for lines in runs:
        data = b"".join(line + b"\n" for line in lines)
        pair = seconds(partial(log.append, lines)), seconds(partial(write_plainly, plain, data, text))
        measured.append((1000 * pair[0], 1000 * pair[1]))
    print_ratio("append of 3 receipts", "write, fsync; write, fsync, rename, fsync the folder", measured, "ms")


def write_plainly(folder: Path, data: bytes, text: str) -> None:
    """The least that makes data durable, and after it a second file that is replaced in one step."""
    with (folder / "data").open("ab") as file:
        write_and_sync(file, data)
    with (folder / "new").open("wb") as file:
        write_and_sync(file, text.encode("utf-8"))
    os.replace(folder / "new", folder / "now")
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def write_and_sync(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def integrity(making: Making, place: Path) -> None:
    """Tell that the receipts are those of the checkpoint, and that the gate signed it. Raises `SystemExit` if not."""
    snapshot = read_log(str(place))
    text = note_text(snapshot.note)
    signed = TrustedKeys((making.gate.half,)).who_signed_note(parse_note(text), ORIGIN, CRYPTO)
    if not signed or log_fault(history_of(snapshot.data, ORIGIN, text)):
        raise SystemExit(f"bench: the ledger in {place} is not whole")


def read_and_hash(path: Path) -> None:
    hashlib.sha256(path.read_bytes()).digest()


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
