# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the journal says of migrations, and which of them a change runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Migration
from ansible_collections.mint.promotion.plugins.module_utils._release.migrations import (
    ABSENT,
    APPLIED,
    UNCERTAIN,
    announced,
    can_be_told,
    cutting_off,
    ended,
    moved_by,
    moves,
    not_undone,
    open_command,
    standing,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.plan import (
    Moves,
    activation,
    finishing,
    taking_back,
    undoing,
)

from .conftest import Writing, a_manifest
from .test_plan import inverses, names, work

BOTH = Moves(("m1", "m2"), ("m0",))


def a_migration(name: str, **fields: Any) -> Migration:
    return Migration(name, "web", fields.pop("kind", "reversible"), ("up", name), ("down", name), **fields)


def migrating(*migrations: Migration) -> Manifest:
    return a_manifest(migrations=migrations)


def said(writing: Writing, name: str, command: str, state: str, run: str = "1") -> None:
    writing(run, "migration", migration=name, command=command, state=state)


@pytest.mark.parametrize(
    ("command", "state", "known"),
    [
        ("forward", "done", APPLIED),
        ("forward", "found", APPLIED),
        ("forward", "failed", ABSENT),
        ("forward", "started", UNCERTAIN),
        ("forward", "unknown", UNCERTAIN),
        ("reverse", "done", ABSENT),
        ("reverse", "failed", APPLIED),
        ("reverse", "started", UNCERTAIN),
    ],
)
def test_the_last_word_of_the_journal_counts(writing: Writing, command: str, state: str, known: str) -> None:
    said(writing, "m1", "forward", "done")
    said(writing, "m1", command, state)
    said(writing, "m2", "forward", "started")
    assert standing(writing.entries, "m1") == known
    assert (open_command(writing.entries, "m1") is not None) is (state == "started")


def test_a_command_that_failed_tells_nothing_of_a_killed_one_before_it(writing: Writing) -> None:
    for state in ("started", "unknown", "started", "failed"):
        said(writing, "m1", "forward", state)
    assert standing(writing.entries, "m1") == UNCERTAIN
    said(writing, "m1", "forward", "started")
    said(writing, "m1", "forward", "done")
    assert standing(writing.entries, "m1") == APPLIED


def test_what_nobody_has_journalled_is_absent(writing: Writing) -> None:
    assert standing(writing.entries, "m1") == ABSENT


@given(st.integers(0, 255))
def test_only_an_exit_code_of_the_command_itself_tells_how_it_ended(code: int) -> None:
    assert ended(code) == ("done" if code == 0 else "failed" if code < 128 else "unknown")
    assert ended(None) == "unknown"


def test_an_uncertain_migration_needs_a_query_or_may_run_again() -> None:
    assert not can_be_told(a_migration("m1"), UNCERTAIN)
    assert can_be_told(a_migration("m1"), ABSENT)
    assert can_be_told(a_migration("m1", applied=("ask",)), UNCERTAIN)
    assert can_be_told(a_migration("m1", idempotent=True), UNCERTAIN)


def test_what_is_applied_is_not_run_again_unless_the_database_can_be_asked(writing: Writing) -> None:
    for name in ("m1", "m2"):
        said(writing, name, "forward", "done")
    target = migrating(a_migration("m1"), a_migration("m2", applied=("ask",)), a_migration("m3"))
    assert moves(writing.entries, None, target, False) == Moves(("m2", "m3"))


def test_a_rollback_takes_away_what_the_earlier_release_does_not_know_the_last_first(writing: Writing) -> None:
    for name in ("m0", "m1", "m2", "m3"):
        said(writing, name, "forward", "done")
    left = migrating(*(a_migration(name) for name in ("m0", "m1", "m2", "m4")), Migration("m3", "web", "x", ("up",)))
    earlier = migrating(a_migration("m0"))
    assert moves(writing.entries, left, earlier, True) == Moves((), ("m2", "m1"))
    assert moves(writing.entries, left, earlier, False) == Moves()
    told = announced(writing.entries, left, earlier, True)
    assert told[0] == "the migration m2 would be run in web: down m2"
    assert told[-1].startswith("the migration m3 would stay")
    otherwise = migrating(a_migration("m0"), a_migration("m3", timeout_seconds=9))
    assert not any("stay" in word for word in announced(writing.entries, left, otherwise, True))


def test_a_run_takes_back_what_it_has_begun_itself(writing: Writing) -> None:
    said(writing, "m0", "forward", "started", run="0")
    said(writing, "m1", "forward", "started")
    said(writing, "m1", "forward", "done")
    said(writing, "m2", "forward", "found")
    said(writing, "m3", "reverse", "started")
    said(writing, "m1", "reverse", "started")
    assert moved_by(writing.entries, "1") == Moves(("m1",), ("m3",))


def test_migrations_run_before_the_release_that_needs_them_and_go_after_it() -> None:
    order = names(activation("old", "new", BOTH))
    assert order[1:7] == ["intent", "migrate m1", "migrate m2", "up", "reverse m0", "health"]
    assert inverses(activation("old", "new", BOTH)) == {
        "migrate m1": "unmigrate m1",
        "migrate m2": "unmigrate m2",
        "up": "up_before",
        "reverse m0": "unreverse m0",
        "switch": "switch_back",
    }
    assert names(taking_back("old", BOTH))[1:6] == ["unreverse m0", "up", "unmigrate m2", "unmigrate m1", "health"]


def test_a_first_release_is_taken_down_after_its_migrations_are_taken_back() -> None:
    assert inverses(activation(None, "new", Moves(("m1",))))["intent"] == "down"
    assert names(taking_back(None, Moves(("m1",)))) == ["intent", "unmigrate m1", "down", "switch"]


@given(st.sampled_from([None, "old"]), st.lists(st.sampled_from("abc"), unique=True).map(tuple))
def test_interrupted_work_is_undone_as_after_a_failure_and_finished_with_a_way_back(
    live: str | None, forward: tuple[str, ...]
) -> None:
    moved = Moves(forward)
    assert inverses(undoing(work(live, "new"), moved)) == inverses(activation(live, "new", moved))
    done = finishing(work(live, "new", verified=True), moved)
    assert {f"migrate {name}" for name in forward} < set(inverses(done))
    assert names(finishing(work("new", "old", "take_back"), moved)) == names(taking_back("old", moved))[1:]


@pytest.mark.parametrize(
    ("state", "names"), [("done", ("m1",)), ("found", ("m1",)), ("unknown", ("m1",)), ("failed", ())]
)
def test_an_irreversible_migration_cuts_off_releases_without_it_as_soon_as_it_may_be_there(
    writing: Writing, state: str, names: tuple[str, ...]
) -> None:
    new = migrating(a_migration("m1", kind="irreversible"), a_migration("m2", kind="expand_contract"))
    assert cutting_off(writing.entries, new, a_manifest()) == ()
    said(writing, "m1", "forward", "started")
    said(writing, "m1", "forward", state)
    said(writing, "m2", "forward", "done")
    assert cutting_off(writing.entries, new, a_manifest()) == cutting_off(writing.entries, new, None) == names
    assert cutting_off(writing.entries, new, new) == ()


def test_what_is_not_undone_is_said_with_what_was_seen_of_the_old_release() -> None:
    assert not_undone((), "old", True) == ()
    (proven,) = not_undone(("m1",), "old", True)
    assert "NOT undone: the migration m1" in proven and "old serves on the migrated data: its checks passed" in proven
    assert "old serves on the migrated data: it is not known" in not_undone(("m1",), "old", False)[0]
    assert "serves" not in not_undone(("m1",), None, True)[0]


def test_the_dry_run_says_that_there_is_no_way_back(writing: Writing) -> None:
    (told,) = announced(writing.entries, None, migrating(a_migration("m1", kind="irreversible")), reversing=False)
    assert told.endswith("nothing takes it back: no rollback goes to a release without it")
