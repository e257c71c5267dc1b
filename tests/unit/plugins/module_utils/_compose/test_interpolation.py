# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables are found as Compose finds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._compose.interpolation import (
    has_variables,
    needed_variables,
)

TEXTS = [
    ("plain", []),
    ("$NAME and ${OTHER}", ["NAME", "OTHER"]),
    ("$$NAME $${OTHER}", []),
    ("$$$NAME", ["NAME"]),
    ("${NAME:-text}${NAME-text}${NAME:+text}${NAME+text}", []),
    ("${NAME:?give it}${OTHER?}", ["NAME", "OTHER"]),
    ("${NAME:-${INNER}}", ["INNER"]),
    ("${NAME:-${INNER:-${DEEP}}x}$LAST", ["DEEP", "LAST"]),
    ("${NAME:-$$5}", []),
    ("${NAME", ["NAME"]),
    ("a $ alone, $1 and ${}", []),
]


@pytest.mark.parametrize(("text", "names"), TEXTS)
def test_what_has_no_text_to_stand_in_for_it_is_needed(text: str, names: list[str]) -> None:
    assert list(needed_variables(text)) == names


@given(st.text(alphabet="${}:-?+A_ b", max_size=40))
def test_no_text_breaks_it_and_every_needed_variable_is_one_of_the_text(text: str) -> None:
    names = list(needed_variables(text))
    assert all(f"${name}" in text or f"${{{name}" in text for name in names)
    assert has_variables(text) or not names


def test_an_escaped_dollar_is_no_variable() -> None:
    assert not has_variables("costs $$5")
    assert has_variables("${STAGE:-prod}.env")
