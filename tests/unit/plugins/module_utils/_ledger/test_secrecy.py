# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A planted secret value makes the writer refuse, however it is written, and no message repeats it."""

from __future__ import annotations

import base64
import json
from typing import Any, Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.evidence import evidence_document
from ansible_collections.mint.promotion.plugins.module_utils._ledger.secrecy import refuse_secrets

SECRET = 'p"ä/s?w+rd 42%'
DIGEST = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"


def refusal(data: Any, *secrets: str) -> str:
    """Return why the data is refused; empty when it is not."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    try:
        refuse_secrets(content, secrets)
    except Refused as error:
        return str(error)
    return ""


FORMS: list[tuple[str, Callable[[str], str]]] = [
    ("as it is", lambda secret: secret),
    ("as JSON in a text", json.dumps),
    ("in a URL", lambda secret: "http://x/?q=" + quote(secret, safe="")),
    ("in base64", lambda secret: base64.b64encode(secret.encode()).decode()),
    ("in base64 without padding", lambda secret: base64.b64encode(secret.encode()).decode().rstrip("=")),
    ("in URL-safe base64", lambda secret: base64.urlsafe_b64encode(secret.encode()).decode()),
    ("as user and password in base64", lambda secret: base64.b64encode(f"user:{secret}!".encode()).decode()),
    ("in hex", lambda secret: secret.encode().hex()),
]


@pytest.mark.parametrize("write", [form for _name, form in FORMS], ids=[name for name, _form in FORMS])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_every_form_of_a_secret_is_found_and_its_place_told(write: Callable[[str], str], ensure_ascii: bool) -> None:
    data = {"predicate": {"hosts": [{"message": f"it said {write(SECRET)} and died"}]}}
    message = refusal(json.dumps(data, ensure_ascii=ensure_ascii).encode(), "another-secret", SECRET)
    assert "predicate.hosts[0].message" in message
    assert SECRET not in message


@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20), st.sampled_from(FORMS))
def test_a_secret_within_any_text_is_found(secret: str, before: str, after: str, form: Any) -> None:
    assert refusal({"a": [before + form[1](secret) + after]}, secret)


@given(st.text("ghijklmnop", min_size=8), st.lists(st.text("abcdef0123456789 .", max_size=80)))
def test_what_holds_no_secret_passes(secret: str, texts: list[str]) -> None:
    assert not refusal({"a": texts}, secret)


def test_a_secret_as_a_key_is_found_and_not_repeated() -> None:
    message = refusal({"observed": {SECRET: {"x": SECRET}}}, SECRET)
    assert "the keys of observed" in message
    assert SECRET not in message


def test_a_number_can_be_a_secret() -> None:
    assert "seconds" in refusal({"seconds": 12345678}, "12345678")


@pytest.mark.parametrize("text", ["1234", "code 1234.", "x=1234"])
def test_a_short_secret_is_found_as_a_word(text: str) -> None:
    assert refusal({"a": text}, "1234")


@pytest.mark.parametrize("text", [DIGEST, f"sha256:{DIGEST}", "5891b5b5-22d5", "in 58911 seconds"])
def test_a_short_secret_is_not_found_in_what_is_no_word(text: str) -> None:
    assert not refusal({"a": text}, "5891")


def test_a_long_secret_is_found_though_it_looks_like_a_digest() -> None:
    assert refusal({"a": f"token {DIGEST}"}, DIGEST)
    assert not refusal({"a": f"token {DIGEST}"}, DIGEST[8:16])


def test_a_rendering_and_a_manifest_are_told_by_the_line() -> None:
    assert "line 2" in refusal(f"schema: 1\nurl: http://{SECRET}\n".encode(), SECRET)


def test_without_secrets_nothing_is_refused() -> None:
    assert not refusal({"a": "b"})
    assert not refusal({"a": "b c"}, "", "b", "b c")


def test_many_places_are_counted() -> None:
    assert "and 15 more" in refusal({"a": [SECRET] * 20}, SECRET)


def test_evidence_is_the_same_bytes_for_the_same_facts() -> None:
    facts: dict[str, Any] = {"disk": {"value": {"root_free": 1}}, "live": {"value": None, "reason": "no\x1b[31m"}}
    other = dict(reversed(facts.items()))
    assert evidence_document({"web1": facts, "web2": None}) == evidence_document({"web2": None, "web1": other})


def test_evidence_names_the_live_manifest_by_its_digest_only() -> None:
    live = {"value": {"manifest": "schema: 1", "manifest_digest": "sha256:1"}}
    document = json.loads(evidence_document({"web1": {"live": live}, "web2": {"unreachable": "no route"}}))
    assert document == {
        "hosts": {"web1": {"live": {"value": {"manifest_digest": "sha256:1"}}}, "web2": {"unreachable": "no route"}}
    }


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=9)
)
def test_whatever_a_host_says_can_be_recorded(fact: Any) -> None:
    assert json.loads(evidence_document({"web1": {"x": {"value": fact}}}).decode("utf-8"))["hosts"]["web1"]
