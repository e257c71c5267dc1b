# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets are hidden in every spelling in which a server may echo them."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._checks.masking import MASK, Mask

SECRET = 'p&ss"wörd/1'


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET, safe=""),
        html.escape(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_spelling_is_hidden(spelled: str) -> None:
    masked = Mask([SECRET]).text(f"before {spelled} after")
    assert MASK in masked
    assert masked.startswith("before ")
    assert "wörd" not in masked
    assert spelled not in masked


@given(st.text(st.characters(exclude_characters="*"), min_size=1, max_size=5), st.text(max_size=9), st.text(max_size=9))
def test_no_text_holds_a_masked_secret(secret: str, before: str, after: str) -> None:
    assert secret not in Mask([secret]).text(before + secret + after)


def test_a_secret_inside_another_does_not_spare_its_rest() -> None:
    assert Mask(["abc", "abcdef"]).text("abcdef abc") == f"{MASK} {MASK}"


def test_an_empty_secret_hides_nothing() -> None:
    assert Mask([""]).text("text") == "text"


def test_values_are_masked_within() -> None:
    mask = Mask(["s3cret", "4711"])
    assert mask.value({"a": ["xs3cret", 4711, 5], "s3cret": None}) == {"a": [f"x{MASK}", MASK, 5], MASK: None}
