# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a home of the ledger does, wherever it is, and the keys that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Protocol, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import Note, NoteSignature
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import Envelope, parse_envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import Snapshot
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import TrustedKeys
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import (
    GATE_KEY,
    LedgerSettings,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, GateKey, load_trusted_keys


@dataclass(frozen=True)
class Receipt:
    """An envelope's place in the ledger: its index, from 0, and the digest of its line (`sha256:<64 hex digits>`)."""

    index: int
    digest: str


class Home(Protocol):
    """One ledger. Each method raises `LedgerUnavailable` when its home cannot be reached."""

    @property
    def place(self) -> str:
        """How people call it: a folder or an address."""

    def begin_session(self, run_key: str) -> None:
        """Take the name of a run. Raises `Refused` when a run of that name has left something here already."""

    def write_session(self, run_key: str, files: Mapping[str, bytes]) -> str:
        """Keep files of a run by their names, durably, and return the local folder that they lie in.

        In a git remote they arrive with the next `append` of this object: so write first, then append.
        """

    def append(self, envelopes: Sequence[Envelope]) -> tuple[Receipt, ...]:
        """Append all or none, durably, under one new signed checkpoint. Without envelopes nothing is appended, and
        the files of sessions still get where they belong.

        Raises `Refused` without a gate key, and `InvalidReceipt` where the ledger contradicts its checkpoint.
        """

    def append_lines(self, lines: Sequence[bytes], after: int | None = None) -> tuple[Receipt, ...]:
        """Append lines as they are, else as `append`. With `after` they go behind that many receipts, or `LedgerMoved`
        is raised."""

    @property
    def note(self) -> str:
        """The checkpoint that the last append of this object has left, empty before there was one."""

    def snapshot(self) -> Snapshot:
        """Return log and checkpoint, which fit each other if nobody has altered them. Nothing is judged."""

    def sessions(self) -> Mapping[str, Mapping[str, bytes]]:
        """Return the files of all runs by run key and name."""


@dataclass(frozen=True)
class Seal:
    """The keys of a ledger, read when they are needed: who only reads a ledger needs none."""

    settings: LedgerSettings

    def sign(self, body: bytes) -> NoteSignature:
        """Sign the body of a checkpoint. Raises `Refused` without a gate key, `InvalidInput` for one that is none."""
        return self._gate_key().note_signer(self.settings.origin)(body)

    def trusts(self, note: Note) -> bool:
        """Tell whether a gate key that is trusted has signed a checkpoint; the own one is.

        Raises `InvalidInput` for broken files of keys, and `OSError`.
        """
        if self.sign(note.body.encode("utf-8")) in note.signatures:
            return True
        return bool(load_trusted_keys(self.settings.keys).who_signed_note(note, self.settings.origin, CRYPTO))

    def adopts(self, line: bytes) -> bool:
        """Tell whether the own key signed a receipt that an interrupted append has left; see `FileLog`.

        A line that somebody else put there would spoil the ledger for good.
        """
        try:
            envelope = parse_envelope(line)
        except InvalidReceipt:
            return False
        own = TrustedKeys((self._gate_key().half,))
        return any(not own.who_signed(envelope.signed_bytes, one, CRYPTO).fault for one in envelope.signatures)

    def _gate_key(self) -> GateKey:
        source = GATE_KEY if self.settings.gate_key else self.settings.gate_key_file
        return GateKey.load(self.settings.gate_key_text(), source)


def receipts_of(first: int, lines: Sequence[bytes]) -> tuple[Receipt, ...]:
    """Return the receipts of lines that were appended one after the other from the index `first` on."""
    return tuple(Receipt(index, sha256_digest(line)) for index, line in enumerate(lines, first))
