# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DSSE v1 envelopes: the bytes that are signed, and the line that holds an envelope (pure).

Source: https://github.com/secure-systems-lab/dsse, protocol.md and envelope.md (version 1.0.2).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, List, Match, Tuple

from .._errors import InvalidReceipt

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_LINE = 1024 * 1024  # bytes of a line; a statement over 100 hosts has about 100 KiB
MAX_DEPTH = 32  # levels of nested JSON
MAX_SIGNATURES = 32
_PAYLOAD = re.compile(rb'"payload"\s*:\s*"([A-Za-z0-9+/_-]*=*)"')
# A line as `envelope_line` writes it that has one signature: where both are Base64, it means nothing else as JSON.
_OWN_LINE = re.compile(
    rb'\{"payload":"([^"]*)","payloadType":"([A-Za-z0-9.+/-]*)","signatures":\['
    rb'\{"keyid":"([A-Za-z0-9:+/=]*)","sig":"([^"]*)"\}\]\}'
)
_STANDARD = bytes.maketrans(b"-_", b"+/")  # the other alphabet of Base64 (RFC 4648, section 5)
MAX_DIGITS = 32  # characters of a number


@dataclass(frozen=True)
class EnvelopeSignature:
    """One signature of an envelope. `keyid` is a hint, empty when there is none; `sig` are the raw bytes."""

    keyid: str
    sig: bytes


@dataclass(frozen=True)
class Envelope:
    """A payload, what it is, and who signed both."""

    payload: bytes
    payload_type: str
    signatures: Tuple[EnvelopeSignature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What each signature is over."""
        return pae(self.payload_type, self.payload)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding of a payload: the bytes that are signed (protocol.md)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def payload_of(signed: bytes) -> bytes:
    """Return the statement inside its pre-authentication encoding. Raises `InvalidReceipt` for anything else."""
    head = b"DSSEv1 %d %s " % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode("ascii"))
    payload = signed[len(head) :].partition(b" ")[2]
    if signed != pae(PAYLOAD_TYPE, payload):
        raise _bad("found no DSSE encoding of a statement, byte for byte")
    return payload


def envelope_line(envelope: Envelope) -> bytes:
    """Return an envelope as one line of ASCII, without the newline.

    Raises `InvalidReceipt` for one that no line may hold.
    """
    data = {
        "payload": _encoded(envelope.payload),
        "payloadType": envelope.payload_type,
        "signatures": [{"keyid": one.keyid, "sig": _encoded(one.sig)} for one in envelope.signatures],
    }
    line = json.dumps(data, separators=(",", ":")).encode("ascii")
    if len(line) > MAX_LINE:
        raise _bad(f"found {len(line)} bytes, wanted {MAX_LINE} at most")
    return line


def parse_envelope(line: bytes) -> Envelope:
    """Read one line of a log, without its newline. Fields that DSSE does not know are passed over, as it wants.

    Raises `InvalidReceipt` for anything that is no envelope.
    """
    if len(line) > MAX_LINE:
        raise _bad(f"found a line of {len(line)} bytes, wanted {MAX_LINE} at most")
    own = _OWN_LINE.fullmatch(line)
    try:
        return _own_envelope(own) if own is not None else _any_envelope(line)
    except binascii.Error:  # the other alphabet, escapes of JSON, or no Base64 at all
        return _any_envelope(line)


def _own_envelope(match: Match[bytes]) -> Envelope:
    payload, kind, keyid, sig = match.groups()
    signature = EnvelopeSignature(keyid.decode("ascii"), base64.b64decode(sig, validate=True))
    return Envelope(base64.b64decode(payload, validate=True), kind.decode("ascii"), (signature,))


def _any_envelope(line: bytes) -> Envelope:
    data = parse_json(line)
    if not isinstance(data, dict):
        raise _bad(f"found {_kind(data)}, wanted an object")
    signatures = _field(data, "signatures", list)
    if not 0 < len(signatures) <= MAX_SIGNATURES:
        raise _bad(f"found {len(signatures)} signatures, wanted 1 to {MAX_SIGNATURES}")
    return Envelope(
        payload=_decoded(_field(data, "payload", str), "payload"),
        payload_type=_field(data, "payloadType", str),
        signatures=tuple(_signature(one) for one in signatures),
    )


def peek_payload(line: bytes) -> bytes:
    """Return what may be the payload of a line, without judging the line: to pass over the many that do not matter.

    Empty where nothing looks like one.
    """
    found = _PAYLOAD.search(line)
    try:
        return base64.b64decode(found[1].translate(_STANDARD) + b"==") if found else b""
    except binascii.Error:
        return b""


def parse_json(data: bytes) -> Any:
    """Read JSON that every reader reads alike (RFC 8259).

    Raises `InvalidReceipt` for bytes that are no UTF-8, a key that an object has twice, NaN and infinities, numbers of
    more than 32 characters, text that is no Unicode, and more than 32 levels.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair
    except UnicodeError:
        raise _bad("found text that is no UTF-8")
    except RecursionError:
        raise _bad(f"found JSON of more than {MAX_DEPTH} levels")
    except ValueError as error:
        raise _bad(f"found no JSON: {error}")
    if not _is_flat(data) and _too_deep(value):
        raise _bad(f"found JSON of more than {MAX_DEPTH} levels")
    return value


def _object(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        count = Counter(name for name, _value in pairs)
        twice = next(name for name in count if count[name] > 1)
        raise _bad(f"found the key {twice[:100]!r} twice in one object")
    return data


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _bad(f"found a number of {len(text)} characters, wanted {MAX_DIGITS} at most")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text) if len(text) <= MAX_DIGITS else float("inf")
    if value in (float("inf"), float("-inf")):
        raise _bad(f"found the number {text[:MAX_DIGITS]}, which is out of range")
    return value


def _constant(text: str) -> Any:
    raise _bad(f"found {text}, which is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)


def _is_flat(data: bytes) -> bool:
    """Tell whether JSON has few levels, by its brackets alone; not for sure where texts hold brackets too."""
    brackets = data.translate(_BRACKETS, _NO_BRACKETS)
    for _level in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace(b"()", b"")
    return not brackets


_BRACKETS = bytes.maketrans(b"{}[]", b"()()")
_NO_BRACKETS = bytes(set(range(256)).difference(b"{}[]"))


def _too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        holders = [one for one in level if isinstance(one, (dict, list))]
        if not holders:
            return False
        level = [item for one in holders for item in (one.values() if isinstance(one, dict) else one)]
    return True


def _signature(data: Any) -> EnvelopeSignature:
    if not isinstance(data, dict):
        raise _bad(f"found {_kind(data)} among its signatures, wanted objects")
    keyid = _field(data, "keyid", str) if "keyid" in data else ""
    return EnvelopeSignature(keyid, _decoded(_field(data, "sig", str), "sig"))


def _field(data: Dict[str, Any], name: str, kind: type) -> Any:
    if name not in data:
        raise _bad(f"found no {name}")
    if not isinstance(data[name], kind):
        raise _bad(f"found {_kind(data[name])} as {name}, wanted {_KINDS[kind]}")
    return data[name]


_KINDS = {str: "text", list: "a list", dict: "an object", bool: "a truth value", type(None): "null"}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str, name: str) -> bytes:
    """Decode base64 of either alphabet (RFC 4648, sections 4 and 5), with its padding."""
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeError, binascii.Error):
        raise _bad(f"found a {name} that is no base64")


def _bad(fault: str) -> InvalidReceipt:
    return InvalidReceipt(f"The receipt is malformed: {fault}")
