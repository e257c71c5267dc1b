# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Placeholders stand for captured values and secrets, once and literally."""

from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._checks.placeholders import Values
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck

VALUES = Values({"seed": "a/b c?&", "tricky": "${secret:TOKEN}"}, {"TOKEN": "s3cret"})


def test_values_are_put_in_as_they_are() -> None:
    assert VALUES.expand("Bearer ${secret:TOKEN}, seed ${capture:seed}!") == "Bearer s3cret, seed a/b c?&!"


def test_in_a_path_a_value_stays_one_segment() -> None:
    assert VALUES.expand_path("/seeds/${capture:seed}?x=1") == "/seeds/a%2Fb%20c%3F%26?x=1"


def test_a_value_that_reads_like_a_placeholder_is_no_placeholder() -> None:
    assert VALUES.expand("${capture:tricky}") == "${secret:TOKEN}"


@pytest.mark.parametrize("text", ["$5", "${OTHER}", "${env:HOME}", "$${x}", "{{ jinja }}"])
def test_everything_else_is_literal(text: str) -> None:
    assert VALUES.expand(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [("${capture:other}", "no captured value is named 'other'"), ("${secret:seed}", "no secret is named 'seed'")],
)
def test_a_name_that_stands_for_nothing_cannot_be_asked_with(text: str, words: str) -> None:
    with pytest.raises(CouldNotCheck, match=words):
        VALUES.expand(text)
