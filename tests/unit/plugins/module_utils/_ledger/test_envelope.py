# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    MAX_DEPTH,
    MAX_LINE,
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
    pae,
    parse_envelope,
    parse_json,
    payload_of,
)

SIGNATURES = st.builds(EnvelopeSignature, st.text(max_size=80), st.binary(max_size=300))
ENVELOPES = st.builds(
    Envelope,
    st.binary(max_size=500),
    st.text(max_size=60),
    st.lists(SIGNATURES, min_size=1, max_size=5).map(tuple),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def data_of(**changes: Any) -> dict[str, Any]:
    return {"payload": "e30=", "payloadType": PAYLOAD_TYPE, "signatures": [{"keyid": "k", "sig": "/+8="}], **changes}


def refused(line: bytes) -> str:
    with pytest.raises(InvalidReceipt) as caught:
        parse_envelope(line)
    return caught.value.message


def test_what_is_signed_is_what_the_specification_prints() -> None:
    """The test vector of DSSE's protocol.md."""
    wanted = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == wanted


def test_lengths_are_bytes_not_characters() -> None:
    assert pae("é", "ü".encode()) == "DSSEv1 2 é 2 ü".encode()


@given(st.binary(max_size=40))
def test_the_statement_inside_what_people_sign_is_read_back(payload: bytes) -> None:
    assert payload_of(pae(PAYLOAD_TYPE, payload)) == payload


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=3))
def test_what_people_sign_is_refused_with_one_byte_more_or_of_another_type(payload: bytes, more: bytes) -> None:
    for signed in (pae(PAYLOAD_TYPE, payload) + more, pae("text/plain", payload), payload):
        with pytest.raises(InvalidReceipt):
            payload_of(signed)


@given(ENVELOPES)
def test_an_envelope_comes_back_from_its_line(envelope: Envelope) -> None:
    line = envelope_line(envelope)
    assert parse_envelope(line) == envelope
    assert b"\n" not in line
    assert line.isascii()


@pytest.mark.parametrize("payload", ["-_8=", "+/8="])
def test_both_alphabets_of_base64_are_read(payload: str) -> None:
    assert parse_envelope(json.dumps(data_of(payload=payload)).encode()).payload == b"\xfb\xff"


def test_a_missing_keyid_is_an_empty_one_and_unknown_fields_are_passed_over() -> None:
    line = json.dumps(data_of(signatures=[{"sig": "AA==", "cert": "later"}], version=2)).encode()
    assert parse_envelope(line).signatures == (EnvelopeSignature("", b"\0"),)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "no JSON"),
        (b"not json", "no JSON"),
        (b"\xff\xfe{\0}\0", "no UTF-8"),
        (b"[]", "found a list, wanted an object"),
        (b'{"payload": "", "payload": "e30=", "payloadType": "", "signatures": []}', "the key 'payload' twice"),
        (json.dumps(data_of(signatures=[])).encode(), "found 0 signatures"),
        (json.dumps(data_of(signatures=[{"sig": "AA=="}] * 33)).encode(), "found 33 signatures"),
        (json.dumps(data_of(signatures=["AA=="])).encode(), "found text among its signatures"),
        (json.dumps(data_of(signatures=[{"keyid": "k"}])).encode(), "found no sig"),
        (json.dumps(data_of(signatures=[{"keyid": None, "sig": "AA=="}])).encode(), "found null as keyid"),
        (json.dumps(data_of(payload=1)).encode(), "found a number as payload, wanted text"),
        (json.dumps(data_of(payload="e30")).encode(), "a payload that is no base64"),
        (json.dumps(data_of(payload="e3 0=")).encode(), "a payload that is no base64"),
        (json.dumps(data_of(payload="é===")).encode(), "a payload that is no base64"),
        (json.dumps({"payload": "", "signatures": [{"sig": ""}]}).encode(), "found no payloadType"),
        (json.dumps(data_of(payloadType=[])).encode(), "found a list as payloadType"),
        (json.dumps(data_of()).encode() + b" " * MAX_LINE, "found a line of"),
    ],
)
def test_what_is_no_envelope_is_refused(line: bytes, words: str) -> None:
    assert words in refused(line)


@given(st.binary(max_size=200) | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 5000)
@example(b'{"a":' * 5000)
@example(b"9" * 10000)
@example(b"1e999")
@example(b'"\\ud800"')
def test_nothing_but_our_own_error_comes_of_any_bytes(data: bytes) -> None:
    for parse in (parse_envelope, parse_json):
        try:
            parse(data)
        except InvalidReceipt as error:
            assert error.message


@given(JSON)
def test_json_that_every_reader_reads_alike_is_read(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "text",
    ["NaN", "-Infinity", "1e999", "-1e999", "1" * 33, '"\\ud800"', '{"a":{"b":1,"b":2}}', "\ufeff{}", "{} {}"],
)
def test_json_that_readers_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(InvalidReceipt):
        parse_json(text.encode())


def test_json_may_be_so_deep_and_no_deeper() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse_json(deepest)
    assert parse_json(b"[" + b"{}," * 100 + b"1]")
    with pytest.raises(InvalidReceipt, match="more than 32 levels"):
        parse_json(b"[" + deepest + b"]")


def test_the_largest_lines_are_refused_without_much_ado() -> None:
    """Quadratic work on a megabyte would take minutes."""
    names = ",".join(f'"{number}":0' for number in range(80_000))
    begin = time.process_time()
    with pytest.raises(InvalidReceipt, match="twice"):
        parse_json(f'{{{names},"79999":1}}'.encode())
    assert time.process_time() - begin < 10


def test_a_statement_that_no_line_may_hold_is_not_written() -> None:
    with pytest.raises(InvalidReceipt, match="at most"):
        envelope_line(Envelope(b"x" * MAX_LINE, PAYLOAD_TYPE, ()))
    fits = Envelope(b"x" * (MAX_LINE // 2), PAYLOAD_TYPE, (EnvelopeSignature("", b"s"),))
    assert len(base64.b64encode(fits.payload)) < len(envelope_line(fits)) <= MAX_LINE
