# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checkpoints: the size and the root of a log in a signed note.

The formats are c2sp.org/signed-note and c2sp.org/tlog-checkpoint. What is signed is `Note.body` as UTF-8. Whether a
signature holds is for those who have the keys; nothing of a note may be believed before that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Tuple

from .._errors import InvalidReceipt
from .tree import HASH_BYTES

ED25519 = b"\x01"  # the signature type of an Ed25519 key (c2sp.org/signed-note)
MAX_SIGNATURES = 100  # of one note; the format asks for 16 at least
_KEY_ID_BYTES = 4
_DASH = "\u2014 "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself. `origin` names the log, `root` is the 32 bytes of its Merkle tree's root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class NoteSignature:
    """One signature. `name` and the four bytes of `key_id` tell the key, `signature` is what that key made."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text that ends with a newline, and its signatures."""

    body: str
    signatures: Tuple[NoteSignature, ...]


def note_key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that tell an Ed25519 key; `public_key` is its 32 bytes (RFC 8032)."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + ED25519 + public_key).digest()[:_KEY_ID_BYTES]


def checkpoint_body(checkpoint: Checkpoint) -> str:
    """Return the text of a checkpoint, which is to be signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encode_base64(checkpoint.root)}\n"


def format_note(note: Note) -> str:
    """Return a note as it is kept: the text, an empty line, and a line for each signature."""
    lines = (f"{_DASH}{one.name} {encode_base64(one.key_id + one.signature)}\n" for one in note.signatures)
    return f"{note.body}\n{''.join(lines)}"


def note_text(data: bytes) -> str:
    """Return the bytes of a note as text. Raises `InvalidReceipt` when they are no UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad(f"found the byte {data[error.start]:#04x} at {error.start}, wanted UTF-8")


def parse_note(text: str) -> Note:
    """Take a note apart. Raises `InvalidReceipt` for what is none, and says in which line."""
    control = _CONTROL.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        raise _bad(f"line {line}: found the control character {control.group()!r}, wanted none")
    body, blank, rest = text.rpartition("\n\n")
    if not blank or not body:
        raise _bad("found no empty line, wanted one between its text and its signatures")
    if not rest.endswith("\n"):
        raise _bad("found no newline at its end, wanted signatures that each end with one")
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _bad(f"found {len(lines)} signatures, wanted {MAX_SIGNATURES} at most")
    first = body.count("\n") + 3
    return Note(body + "\n", tuple(_parse_signature(line, first + number) for number, line in enumerate(lines)))


def _parse_signature(line: str, number: int) -> NoteSignature:
    name, _space, encoded = line[len(_DASH) :].partition(" ")
    if not line.startswith(_DASH) or not _NAME.fullmatch(name):
        raise _bad(f"line {number}: found {_shown(line)}, wanted {_DASH}<key name> <base64 of key id and signature>")
    blob = decode_base64(encoded, f"The checkpoint or note, line {number}")
    if len(blob) <= _KEY_ID_BYTES:
        raise _bad(f"line {number}: found a signature of {len(blob)} bytes, wanted a key id of 4 and a signature")
    return NoteSignature(name, blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:])


def parse_checkpoint(note: Note) -> Checkpoint:
    """Read the text of a note as a checkpoint. Extension lines are passed over, as the format says.

    Raises `InvalidReceipt` when it is none.
    """
    lines = note.body[:-1].split("\n")
    if len(lines) < 3 or "" in lines:
        raise _bad("found other lines, wanted the origin, the size and the root, none of them empty")
    origin, size, root = lines[:3]
    if not _NUMBER.fullmatch(size):
        raise _bad(f"line 2: found the size {_shown(size)}, wanted a decimal number without leading zeroes")
    digest = decode_base64(root, "The checkpoint, line 3")
    if len(digest) != HASH_BYTES:
        raise _bad(f"line 3: found a root of {len(digest)} bytes, wanted {HASH_BYTES}")
    return Checkpoint(origin, int(size), digest)


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, where: str) -> bytes:
    """Return the bytes of standard base64, which must be written in the one canonical way.

    `where` begins the message of the `InvalidReceipt` that is raised for anything else.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        data = None
    if data is None or encode_base64(data) != text:
        raise InvalidReceipt(f"{where}: found {_shown(text)}, wanted standard base64")
    return data


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _bad(fault: str) -> InvalidReceipt:
    return InvalidReceipt(f"The checkpoint or note is malformed: {fault}")
