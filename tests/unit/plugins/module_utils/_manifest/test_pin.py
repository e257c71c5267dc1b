# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values are replaced in place; everything else in the file stays as it was written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._manifest.pin import pin
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml

IMAGE = "127.0.0.1:5000/team/web@sha256:" + "a1" * 32
TEXT = """# a comment
m:   # of m
  image: registry.example.com/x@sha256:0   # pinned
  revision: "000"
  other: 'it''s'
  flow: {a: one, b: [two, three]}
"""


def pinned(text: str, values: dict[tuple[str | int, ...], str]) -> str:
    return pin(text, parse_yaml(text.encode("utf-8"), "m.yml").spans, values)


def test_comments_and_layout_stay() -> None:
    text = pinned(TEXT, {("m", "image"): IMAGE, ("m", "revision"): "1234567", ("m", "other"): "isn't"})
    wanted = TEXT.replace("registry.example.com/x@sha256:0", IMAGE).replace('"000"', '"1234567"')
    assert text == wanted.replace("'it''s'", "'isn''t'")


def test_a_plain_value_that_yaml_would_take_for_a_number_is_quoted() -> None:
    assert pinned("a: x\n", {("a",): "0123"}) == 'a: "0123"\n'


def test_nothing_to_pin_changes_nothing() -> None:
    assert pinned(TEXT, {}) == TEXT


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: 1\n", ("b",)),
        ("a: {b: 1}\n", ("a",)),
        ("a: |\n  text\n", ("a",)),
        ("a: &x text\n", ("a",)),
        ("a: !!str text\n", ("a",)),
        ("a:\n", ("a",)),
    ],
)
def test_what_cannot_be_replaced_in_place_is_refused(text: str, path: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match=path[0]):
        pinned(text, {path: "x"})


def test_one_scalar_does_not_take_two_values() -> None:
    text = "base: &b {image: x}\none: *b\ntwo: *b\n"
    with pytest.raises(Refused, match="alias"):
        pinned(text, {("one", "image"): "y", ("two", "image"): "z"})
    assert pinned(text, {("one", "image"): "y", ("two", "image"): "y"}).count("y") == 1


SCALAR_PATHS = [("m", "image"), ("m", "revision"), ("m", "other"), ("m", "flow", "a"), ("m", "flow", "b", 1)]
SPANS = parse_yaml(TEXT.encode("utf-8"), "m.yml").spans
BEFORE = yaml.safe_load(TEXT)
VALUES = st.dictionaries(st.sampled_from(SCALAR_PATHS), st.text(st.characters(codec="utf-8"), max_size=30))


@settings(deadline=None)
@given(VALUES)
def test_the_new_text_says_the_new_values_and_all_the_old_ones(values: dict[tuple[str | int, ...], str]) -> None:
    after = yaml.safe_load(pin(TEXT, SPANS, values))
    for path in SCALAR_PATHS:
        part, before = after, BEFORE
        for step in path:
            part, before = part[step], before[step]
        assert part == values.get(path, before)
