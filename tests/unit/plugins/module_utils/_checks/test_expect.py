# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers beside expectations: when a check passes, and in which words it fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._checks.expect import (
    CommandAnswer,
    Comparison,
    HttpAnswer,
    captured,
    compare_command,
    compare_http,
    wanted_http,
)
from ansible_collections.mint.promotion.plugins.module_utils._checks.masking import Mask
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import CommandCheck, HttpExpectation

NO_SECRETS = Mask(())
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def compare(answer: HttpAnswer, mask: Mask = NO_SECRETS, **expectation: Any) -> Comparison:
    return compare_http(answer, HttpExpectation(**expectation), mask)


def answer(body: Any = "", status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, {}, body if isinstance(body, str) else json.dumps(body))


def test_found_and_wanted_name_the_same_things_in_the_same_order() -> None:
    found = compare(answer({"status": "degraded", "db": "down"}, 503), json={"status": "ok", "db": "ok"})
    assert found == Comparison(
        False, 'status 503, $.status = "degraded", $.db = "down"', 'status 200, $.status = "ok", $.db = "ok"'
    )


def test_a_pass_says_what_was_seen() -> None:
    found = compare(answer({"db": "ok"}, 201), status=(200, 201), json={"db": "ok"})
    assert found == Comparison(True, 'status 201, $.db = "ok"', 'status 200 or 201, $.db = "ok"')


def test_right_json_with_the_wrong_status_fails() -> None:
    assert not compare(answer({"db": "ok"}, 500), json={"db": "ok"}).passed


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("items.0.name", "a"), ("items.1.tags", []), ("count", 2), ("flag", True), ("nothing", None), ("ratio", 1)],
)
def test_paths_go_through_objects_and_lists(path: str, wanted: Any) -> None:
    body = {"items": [{"name": "a"}, {"tags": []}], "count": 2, "flag": True, "nothing": None, "ratio": 1.0}
    assert compare(answer(body), json={path: wanted}).passed


@pytest.mark.parametrize(
    ("path", "wanted", "found"),
    [
        ("items.2", "a", "no $.items.2"),
        ("items.name", "a", "no $.items.name"),
        ("missing", None, "no $.missing"),
        ("flag", 1, "$.flag = true"),
        ("count", True, "$.count = 1"),
        ("count", "1", "$.count = 1"),
        ("items", [1], "$.items = [1, 2]"),
    ],
)
def test_what_is_nearly_right_is_wrong(path: str, wanted: Any, found: str) -> None:
    compared = compare(answer({"items": [1, 2], "count": 1, "flag": True}), json={path: wanted})
    assert compared == Comparison(False, f"status 200, {found}", f"status 200, $.{path} = {json.dumps(wanted)}")


@given(JSON_VALUES, JSON_VALUES)
def test_json_values_are_equal_when_json_says_so(found: Any, wanted: Any) -> None:
    same = json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True)
    assert compare(answer({"value": found}), json={"value": wanted}).passed is same


def test_a_body_that_is_no_json_is_shown() -> None:
    found = compare(answer("<html>\n  <h1>Bad Gateway"), json={"status": "ok"})
    assert found.found == "status 200, no JSON: `<html> <h1>Bad Gateway`"
    assert not found.passed


def test_a_body_over_the_limit_is_not_judged_by_its_beginning() -> None:
    found = compare_http(HttpAnswer(200, {}, "{}", truncated=True), HttpExpectation(json={"a": 1}), NO_SECRETS)
    assert (found.passed, found.found) == (False, "status 200, a body over the limit of what is read")


def test_headers_are_found_by_any_spelling_of_their_name() -> None:
    told = HttpAnswer(200, {"content-type": "text/html"}, "")
    assert compare(told, headers={"Content-Type": "text/html"}).passed
    assert compare(told, headers={"Content-Type": "text/plain"}).found == 'status 200, header Content-Type "text/html"'
    assert compare(told, headers={"X-Trace": "1"}).found == "status 200, header X-Trace absent"


def test_texts_that_must_and_must_not_appear() -> None:
    compared = compare(answer("a page: undefined"), contains=("<form", "page"), excludes=("undefined",))
    assert compared.found == 'status 200, no text "<form", text "page", in `a page: undefined`, text "undefined"'
    assert compared.wanted == 'status 200, text "<form", text "page", no text "undefined"'
    assert compare(answer("<form>"), contains=("<form",), excludes=("undefined",)).passed


def test_an_excerpt_is_short_and_moves_no_cursor() -> None:
    compared = compare(answer("\x1b[2J\x9b" + "x" * 300, 500))
    assert compared.found.startswith("status 500, body `\ufffd[2J\ufffdxxx")
    assert compared.found.endswith("x…`")
    assert len(compared.found) < 230


def test_no_secret_is_told_not_even_half_of_one_at_the_end_of_an_excerpt() -> None:
    secret = "hunter2-and-more"
    told = compare(answer("x" * 195 + secret, 500), Mask([secret]))
    assert "hunt" not in told.found
    told = compare(answer({"token": secret}), Mask([secret]), json={"token": "other"})
    assert told.found == 'status 200, $.token = "********"'


def test_a_command_is_judged_by_exit_code_and_output() -> None:
    check = CommandCheck(("true",), contains=("ready",), excludes=("error",))
    assert compare_command(CommandAnswer(0, "ready"), check, NO_SECRETS).passed
    failed = compare_command(CommandAnswer(1, "error: x"), check, NO_SECRETS)
    assert failed.found == 'exit code 1, no text "ready", in `error: x`, text "error"'
    assert failed.wanted == 'exit code 0, text "ready", no text "error"'


def test_a_failed_command_shows_its_output() -> None:
    told = compare_command(CommandAnswer(2, "no such table\n"), CommandCheck(("x",)), NO_SECRETS)
    assert told == Comparison(False, "exit code 2, output `no such table`", "exit code 0")


def test_captures_are_scalars_as_text() -> None:
    body = json.dumps({"id": "s-1", "count": 3, "ok": True, "list": [1]})
    found, missing = captured(body, {"seed": "id", "count": "count", "ok": "ok", "no": "none", "list": "list"})
    assert found == {"seed": "s-1", "count": "3", "ok": "true"}
    assert missing == ("none", "list")


def test_what_is_wanted_is_told_without_an_answer() -> None:
    expectation = HttpExpectation(status=(201,), json={"a.b": 1}, contains=("x",))
    assert wanted_http(expectation, NO_SECRETS) == 'status 201, $.a.b = 1, text "x"'
