# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `provenance:attestations`: reads what was signed about the images, from files of the checkout."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Iterator, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._gates.attestations import (
    NAME,
    Attestation,
    attestation_of,
    judge_attestations,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    MAX_LINE,
    Envelope,
    parse_envelope,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Attestations, Module
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import PublicKey, has_signed, load_public_key

MOST = 2000  # files that are read
LARGEST = 16 * MAX_LINE  # bytes of one of them
ONE, MANY = ".json", ".jsonl"


def attestation_questions(context: Context) -> Iterator[Question]:
    """Ask for what was signed about the images that are promoted, where the manifest asks for that."""
    manifest = context.run.promoted
    if manifest is not None and manifest.attestations is not None:
        yield Question(NAME, partial(_ask, context, manifest.modules, manifest.attestations))


def _ask(context: Context, modules: Sequence[Module], asked: Attestations) -> Finding:
    """Raises `CouldNotCheck`, and `OSError` for a folder that cannot be read. One that is absent holds nothing."""
    if context.repository is None:
        remedy = "Set promotion_repository_path to a git checkout of the repository."
        raise CouldNotCheck("There is no git repository around the manifest", remedy)
    keys = [load_public_key(text) for text in asked.keys]
    found: list[Attestation] = []
    unread: list[str] = []
    for path in _files(context.repository / asked.folder):
        place = str(path.relative_to(context.repository))
        if path.stat().st_size > LARGEST:
            unread.append(f"{place}: found more than {LARGEST} bytes")
            continue
        for text, where in _texts(path, place):
            try:
                envelope = parse_envelope(text)
                found.append(attestation_of(envelope, where, _is_trusted(envelope, keys)))
            except InvalidReceipt as error:
                unread.append(f"{where}: {error.message}")
    return judge_attestations(modules, asked, found, unread)


def _files(folder: Path) -> Sequence[Path]:
    if not folder.exists():
        return ()
    paths = sorted(one for one in folder.rglob("*") if one.suffix in (ONE, MANY) and one.is_file())
    if len(paths) > MOST:
        raise CouldNotCheck(f"{len(paths)} files are in {folder}, wanted {MOST} at most", "Remove old ones.")
    return paths


def _texts(path: Path, place: str) -> Iterator[tuple[bytes, str]]:
    """Yield the envelopes of a file, each with its place. Raises `OSError`."""
    content = path.read_bytes()
    if path.suffix != MANY:
        yield content, place
        return
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield line, f"{place} line {number}"


def _is_trusted(envelope: Envelope, keys: Sequence[PublicKey]) -> bool:
    """Tell whether any of the keys has signed it. The key ids in it are hints, and nobody's proof."""
    message = envelope.signed_bytes
    return any(has_signed(key, message, one.sig) for key in keys for one in envelope.signatures)
