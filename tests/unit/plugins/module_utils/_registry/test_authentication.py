# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WWW-Authenticate is read as RFC 9110 writes it, and never trips over what a server sends."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._registry.authentication import (
    basic,
    challenges,
    offered,
    token_of,
    token_url,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Challenge, Login

TOKEN = st.from_regex(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}\Z")
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (
            [
                'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull"'
            ],
            [
                Challenge(
                    "bearer",
                    {
                        "realm": "https://auth.example.com/token",
                        "service": "registry.example.com",
                        "scope": "repository:a/b:pull",
                    },
                )
            ],
        ),
        (['Basic realm="Registry"'], [Challenge("basic", {"realm": "Registry"})]),
        (["BASIC Realm=plain"], [Challenge("basic", {"realm": "plain"})]),
        (['Basic realm="a \\"b\\", c"'], [Challenge("basic", {"realm": 'a "b", c'})]),
        (
            ['Negotiate, Basic realm="x", Bearer realm="https://a"'],
            [Challenge("negotiate"), Challenge("basic", {"realm": "x"}), Challenge("bearer", {"realm": "https://a"})],
        ),
        (["Negotiate YWJj==, Basic realm=x"], [Challenge("negotiate"), Challenge("basic", {"realm": "x"})]),
        (["Negotiate", "Basic realm=x"], [Challenge("negotiate"), Challenge("basic", {"realm": "x"})]),
        (['Basic realm="without an end'], [Challenge("basic")]),
        (["", " , "], []),
        ([], []),
    ],
)
def test_every_way_of_writing_challenges_is_read(headers: list[str], found: list[Challenge]) -> None:
    assert list(challenges(headers)) == found


@given(st.lists(st.tuples(TOKEN, st.dictionaries(TOKEN.map(str.lower), TEXT, min_size=1, max_size=4)), max_size=4))
def test_what_was_written_is_read_back(written: list[tuple[str, dict[str, str]]]) -> None:
    header = ", ".join(f"{scheme} {_parameters(parameters)}" for scheme, parameters in written)
    assert list(challenges([header])) == [Challenge(scheme.lower(), parameters) for scheme, parameters in written]


@given(st.lists(st.text(max_size=200), max_size=3))
def test_whatever_a_server_sends_is_read_to_its_end(headers: list[str]) -> None:
    assert all(one.scheme == one.scheme.lower() for one in challenges(headers))


def test_the_first_challenge_of_a_scheme_is_taken() -> None:
    known = challenges(["Basic realm=a, Bearer realm=b, Bearer realm=c"])
    assert offered(known, "bearer") == Challenge("bearer", {"realm": "b"})
    assert offered(known, "digest") is None


@given(TEXT.filter(lambda text: ":" not in text), st.text())
def test_a_login_is_written_as_rfc_7617_says(name: str, password: str) -> None:
    scheme, _space, text = basic(Login(name, password)).partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(text).decode() == f"{name}:{password}"


@pytest.mark.parametrize("login", [None, Login("ada", "secret&more")])
def test_a_token_is_asked_for_one_repository_and_never_by_a_password_in_the_address(login: Login | None) -> None:
    bearer = Challenge("bearer", {"realm": "https://auth.example.com/token?x=1", "service": "a registry"})
    url = token_url(bearer, "team/web", login)
    expected = {"x": ["1"], "service": ["a registry"], "scope": ["repository:team/web:pull"]}
    assert parse_qs(urlsplit(url).query) == {**expected, **({"account": ["ada"]} if login else {})}
    assert url.startswith("https://auth.example.com/token?")
    assert "secret" not in url


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        ({"token": "abc"}, "abc"),
        ({"access_token": "abc", "expires_in": 60}, "abc"),
        ({"token": ""}, None),
        ({"token": 7}, None),
        ({"token": "a\r\nX-Header: b"}, None),
        (["token"], None),
    ],
)
def test_a_token_is_one_printable_word(answer: object, token: str | None) -> None:
    assert token_of(json.dumps(answer).encode()) == token


@given(st.binary(max_size=100))
def test_an_answer_that_is_no_token_gives_none(answer: bytes) -> None:
    assert token_of(answer) is None


def _parameters(parameters: dict[str, str]) -> str:
    escaped = {name: text.replace("\\", "\\\\").replace('"', '\\"') for name, text in parameters.items()}
    return ", ".join(f'{name}="{text}"' for name, text in escaped.items())
