# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._ledger.run_key import (
    make_run_key,
    parent_run_key,
    parse_run_key,
)

TIME = datetime(2026, 2, 12, 1, 13, 14, 999, tzinfo=UTC)


def test_a_run_key_names_time_capability_and_id() -> None:
    key = str(make_run_key(TIME, "promotion.promote", b"\0" * 16))
    assert key == "CAP-20260212-011314__promotion.promote__R0000000000"


@given(st.binary(min_size=8, max_size=32), st.binary(min_size=8, max_size=32))
def test_keys_of_one_second_differ_unless_their_ids_do_not(one: bytes, other: bytes) -> None:
    keys = {str(make_run_key(TIME, "promotion.promote", random)) for random in (one, other)}
    ids = {parse_run_key(key).id for key in keys}
    assert len(keys) == len(ids)
    assert all(len(each) == 10 for each in ids)


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1)),
    st.binary(min_size=8, max_size=16),
)
def test_what_was_made_is_read_back(time: datetime, random: bytes) -> None:
    made = make_run_key(time, "spine.verify", random)
    assert parse_run_key(str(made)) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CAP-20260212-011314__spine.verify__R1onr74009\n",
        "RCAP-20260212-011314__spine.verify\n",
        "RRCAP-20260212-011314__spine.verify__R1",
        "CAP-20260212-011314__spine.verify__R",
        "CAP-20260212-011314__",
        "CAP-20260212-011314__../../etc__R1",
        "CAP-20261312-011314__spine.verify__R1",
        "CAP-२०२६०२१२-011314__spine.verify__R1",
    ],
)
def test_anything_else_is_no_run_key(text: str) -> None:
    with pytest.raises(ValueError):
        parse_run_key(text)


def test_a_key_written_by_another_tool_is_read() -> None:
    key = parse_run_key("CAP-20260212-011314__spine.verify__R1onr74009")
    assert (key.capability, key.id) == ("spine.verify", "1onr74009")


def test_the_r_of_a_receipts_folder_is_left_out() -> None:
    key = "CAP-20260212-011314__spine.verify__R1onr74009"
    assert str(parse_run_key("R" + key)) == key


def test_a_key_without_an_id_is_read_and_written_so() -> None:
    key = parse_run_key("CAP-20260212-011314__spine.verify")
    assert (key.capability, key.id, str(key)) == ("spine.verify", "", "CAP-20260212-011314__spine.verify")


KEY = "CAP-20260212-011314__spine.verify__R1onr74009"
OTHER = "CAP-20260212-011315__ops.status"


@pytest.mark.parametrize(
    ("given", "inherited", "parent"),
    [
        ("", "", ""),
        (KEY, "", KEY),
        (KEY, OTHER, KEY),
        ("R" + KEY, "", KEY),
        ("", OTHER, OTHER),
        ("", "R" + OTHER, OTHER),
        ("", "a key of somebody else's", ""),
        ("yesterday", OTHER, ""),
        (KEY + "\n", OTHER, ""),
    ],
)
def test_the_parent_is_what_was_given_else_what_the_environment_says(given: str, inherited: str, parent: str) -> None:
    assert parent_run_key(given, inherited) == parent
