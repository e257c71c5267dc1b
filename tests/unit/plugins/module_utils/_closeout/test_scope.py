# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._closeout.scope import (
    BEGIN,
    END,
    closed_text,
    opened_text,
    statuses,
    with_front,
)
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.plugin_utils._loops import front_data

LOOP = "LOOP-SHOP-20260131"
FRONT = {"status": "closed", "closed": '"2026-02-01"'}
PEOPLE = st.lists(st.sampled_from(["# Title", "text", "", "---", "status: open", "- item\r"]), max_size=6)


@given(front=st.booleans(), before=PEOPLE, after=PEOPLE, closeout=st.text("ab\n", max_size=9))
def test_what_people_wrote_stays_and_a_second_time_changes_nothing(
    front: bool, before: list[str], after: list[str], closeout: str
) -> None:
    head = f"---\nloop_id: {LOOP}\nstatus: open\nowner: ada\n---\n" if front else "# A loop\n"
    text = head + "\n".join([*before, ""])
    once = closed_text(text, FRONT, closeout, "x")
    people = "\n".join([*after, ""])
    later = once + people
    twice = closed_text(later, FRONT, closeout, "x")
    assert twice == later
    body = text.removeprefix(head)
    assert body in once
    assert twice.endswith(people)


def test_the_front_matter_is_changed_line_by_line() -> None:
    text = f"---\nloop_id: {LOOP}  # ours\nstatus: active\nseverity: high\n---\n\nstatus: of the text\n"
    closed = with_front(text, FRONT)
    assert closed == (
        f'---\nloop_id: {LOOP}  # ours\nstatus: closed\nseverity: high\nclosed: "2026-02-01"\n---\n\n'
        "status: of the text\n"
    )
    assert front_data(closed, "x")["status"] == "closed"


def test_line_ends_of_windows_stay() -> None:
    closed = closed_text("---\r\nstatus: open\r\n---\r\ntext\r\n", FRONT, "a\nb", "x")
    assert "\n" not in closed.replace("\r\n", "")


def test_a_loop_that_is_closed_keeps_its_day() -> None:
    assert statuses({"status": "done", "closed": "2026-01-01"}, ("closed", "done"), "2026-02-01") == {
        "status": "done",
        "closed": '"2026-01-01"',
    }
    assert statuses({"status": "open", "closed": "2026-01-01"}, ("closed",), "2026-02-01") == FRONT
    assert statuses(None, ("closed",), "2026-02-01") == FRONT


@pytest.mark.parametrize("text", [BEGIN, END, f"{END}\n{BEGIN}\n", f"{BEGIN}{END}{BEGIN}{END}"])
def test_marks_that_are_no_pair_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="one pair of marks"):
        closed_text(text, FRONT, "", "x")


@given(owner=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20))
def test_a_new_scope_file_can_be_read(owner: str) -> None:
    front = front_data(opened_text(LOOP, owner, "2026-01-31", ""), "x")
    assert (front["loop_id"], front["status"]) == (LOOP, "open")
