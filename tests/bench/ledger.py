# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the ledger costs by its length: appending durably, and the integrity of tree and checkpoint.

Each figure stands beside a named reference that does the least anybody could do with the same bytes, in pairs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from functools import partial
from pathlib import Path
from typing import IO, Callable

from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    note_text,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import LOG_FILE, read_log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_log, root_of
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import verify_ed25519

from .ledgers import Making
from .report import print_ratio

SIZES = (1_000, 10_000, 100_000)
APPENDS = 40  # pairs for each size: one takes milliseconds


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
        bench_append(making, place, size)
        shutil.rmtree(place)


def bench_integrity(making: Making, place: Path, pairs: int) -> None:
    """The tree over all receipts and the signed checkpoint beside reading and hashing the same bytes once."""
    ours, plain = partial(integrity, making, place), partial(read_and_hash, place / LOG_FILE)
    measured = [(seconds(ours), seconds(plain)) for _each in range(pairs)]
    print_ratio("integrity: tree and checkpoint", "read, SHA-256", measured)


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
    note = parse_note(note_text(snapshot.note))
    checkpoint = parse_checkpoint(note)
    hashes = hash_log(snapshot.data)
    signed = verify_ed25519(making.gate.public, note.body.encode("utf-8"), note.signatures[0].signature)
    if not signed or (len(hashes), root_of(hashes)) != (checkpoint.size, checkpoint.root):
        raise SystemExit(f"bench: the ledger in {place} is not whole")


def read_and_hash(path: Path) -> None:
    hashlib.sha256(path.read_bytes()).digest()


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
