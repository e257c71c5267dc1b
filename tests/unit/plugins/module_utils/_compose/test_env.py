# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The env file keeps every byte of every value. tests/engine asks the real Compose the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._compose.env import parse_env, render_env
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput

NAMES = st.from_regex(r"X_[A-Za-z0-9_]{0,12}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), max_size=40)


@given(st.dictionaries(NAMES, VALUES | st.text("'\"\\$#{} `", max_size=12), max_size=8))
def test_what_was_written_is_read_back(values: dict[str, str]) -> None:
    assert parse_env(render_env(values)) == values


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_it_has_one_line_a_value_in_the_order_of_names(values: dict[str, str]) -> None:
    lines = render_env(values).split("\n")[:-1]
    assert [line.partition("=")[0] for line in lines] == sorted(values)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("", "''"),
        ("plain", "'plain'"),
        ('a b # $HOME "x" \\n', "'a b # $HOME \"x\" \\n'"),
        ("it's $5", '"it\'s $$5"'),
        ("C:\\", '"C:\\\\"'),
    ],
)
def test_single_quotes_hold_all_they_can(value: str, quoted: str) -> None:
    assert render_env({"A": value}) == f"A={quoted}\n"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\nb", "a newline"),
        ("a\rb", "a carriage return"),
        ("a\0b", "a NUL byte"),
        ("\udcff", "text that is not UTF-8"),
    ],
)
def test_a_value_that_no_line_can_hold_is_refused_without_being_shown(value: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        render_env({"TOKEN": f"hunter2{value}", "OTHER": "fine"})
    assert f"TOKEN: found {words} in the value" in str(caught.value)
    assert "base64" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["PATH", "HOME", "DOCKER_HOST", "COMPOSE_PROFILES"])
def test_a_name_that_would_steer_docker_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"from: MODULE_{name}"):
        render_env({name: "x"})


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "Ä", "A\n"])
def test_a_name_that_compose_cannot_interpolate_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot interpolate"):
        render_env({name: "x"})


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        render_env({"PATH": "a\nb", "A-B": "x"})
    assert len(caught.value.violations) == 3


@pytest.mark.parametrize("line", ["A", "A=b", "A='b", "A='it's'", 'A="plain"', 'A="a\\"', "=''", "A=' ' "])
def test_a_file_that_was_changed_by_hand_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_env(f"FIRST='1'\n{line}\n")
    assert [violation.line for violation in caught.value.violations] == [2]
