# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The journal as data: torn tails, damage, and what follows from the entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._release.entries import (
    Entry,
    has_ended,
    history,
    known_good,
    live_since,
    outcome_of,
    parse_entries,
    render_entry,
    staged_by,
    unfinished,
    verdict_of,
    voided,
)

from .conftest import Writing

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
fields = st.dictionaries(
    st.text(min_size=1).filter(lambda name: name not in ("seq", "time", "run", "event")), values, max_size=4
)


@st.composite
def journals(draw: st.DrawFn) -> list[Entry]:
    events = draw(st.lists(st.tuples(st.text(), st.text(), fields), max_size=6))
    return [Entry(seq, "t", run, event, data) for seq, (run, event, data) in enumerate(events, start=1)]


@given(journals())
def test_what_was_written_is_read_back(entries: list[Entry]) -> None:
    content = b"".join(map(render_entry, entries))
    parsed = parse_entries(content, "journal")
    assert list(parsed.entries) == entries
    assert parsed.size == len(content)


@given(journals().filter(bool), st.data())
def test_a_cut_at_any_byte_loses_the_last_entry_and_no_other(entries: list[Entry], data: st.DataObject) -> None:
    lines = [render_entry(entry) for entry in entries]
    whole = b"".join(lines[:-1])
    kept = data.draw(st.integers(0, len(lines[-1]) - 1))
    parsed = parse_entries(whole + lines[-1][:kept], "journal")
    assert list(parsed.entries) == entries[:-1]
    assert parsed.size == len(whole)


@given(journals().filter(bool), st.binary(min_size=1, max_size=20).filter(lambda tail: b"\n" not in tail))
def test_rubbish_after_the_last_entry_is_a_torn_line(entries: list[Entry], tail: bytes) -> None:
    content = b"".join(map(render_entry, entries))
    assert list(parse_entries(content + tail, "journal").entries) == entries
    assert list(parse_entries(content + b"\0" + tail + b"\n", "journal").entries) == entries


def test_damage_before_the_last_line_names_file_and_line() -> None:
    good = [render_entry(Entry(seq, "t", "run", "claimed")) for seq in (1, 2, 3)]
    with pytest.raises(InvalidInput) as caught:
        parse_entries(good[0] + b"{half a li\n" + good[2], "/opt/shop/journal.jsonl")
    assert "/opt/shop/journal.jsonl:2:1" in str(caught.value)
    assert "half a li" in str(caught.value)


def test_an_entry_that_is_missing_is_damage() -> None:
    lines = [render_entry(Entry(seq, "t", "run", "claimed")) for seq in (1, 3)]
    with pytest.raises(InvalidInput, match="found seq 3, wanted an entry with seq 2"):
        parse_entries(b"".join(lines), "journal")


def test_the_frame_of_an_entry_wins_over_its_fields() -> None:
    line = render_entry(Entry(1, "t", "run", "step", {"event": "outcome", "step": "up"}))
    assert parse_entries(line, "journal").entries == (Entry(1, "t", "run", "step", {"step": "up"}),)


def test_a_release_is_good_from_its_outcome_until_it_is_voided(writing: Writing) -> None:
    writing.promote("run-1", "r1").promote("run-2", "r2", "r1")
    assert known_good(writing.entries) == ("r1", "r2")
    writing("run-2", "voided", release="r2", reason="taken back")
    assert known_good(writing.entries) == ("r1",)
    assert voided(writing.entries) == ("r2",)
    writing.promote("run-3", "r2", "r1")
    assert known_good(writing.entries) == ("r1", "r2")
    assert voided(writing.entries) == ()


def test_what_was_rolled_back_was_never_good(writing: Writing) -> None:
    writing.outcome("run-1", "rolled_back", "r1", live=None)
    assert known_good(writing.entries) == ()


def test_rollbacks_go_back_on_the_way_and_promotions_go_on_from_there(writing: Writing) -> None:
    writing.promote("1", "a").promote("2", "b", "a").promote("3", "c", "b")
    assert history(writing.entries) == ("a", "b", "c")
    writing.promote("4", "b", "c", action="restore")
    assert history(writing.entries) == ("a", "b")
    writing.promote("5", "d", "b")
    assert history(writing.entries) == ("a", "b", "d")


def test_the_same_manifest_promoted_again_is_a_step_forward(writing: Writing) -> None:
    writing.promote("1", "a").promote("2", "b", "a").promote("3", "a", "b")
    assert history(writing.entries) == ("a", "b", "a")


def test_a_healed_release_is_no_step(writing: Writing) -> None:
    writing.promote("1", "a").promote("2", "a", "a")
    assert history(writing.entries) == ("a",)


def test_what_was_taken_back_is_not_on_the_way(writing: Writing) -> None:
    writing.promote("1", "a").promote("2", "b", "a").outcome("2", "taken_back", "b", live="a")
    assert history(writing.entries) == ("a",)
    writing.promote("3", "c", "a").promote("4", "a", "c", action="restore").outcome("4", "taken_back", "a", live="c")
    assert history(writing.entries) == ("a", "c")


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=12))
def test_rolling_back_again_and_again_comes_to_an_end(moves: list[tuple[str, bool]]) -> None:
    writing, live = Writing(), None
    for number, (release, back) in enumerate(moves):
        writing.promote(str(number), release, live, "restore" if back else "promote")
        live = release
    way = history(writing.entries)
    assert (way[-1] if way else None) == live
    for number in range(len(way) - 1):
        target = way[-2]
        writing.promote(f"back-{number}", target, way[-1], "restore")
        assert len(history(writing.entries)) < len(way)
        way = history(writing.entries)
        if len(way) < 2:
            break
    assert len(way) <= 1


def test_an_intent_without_an_outcome_is_unfinished(writing: Writing) -> None:
    writing("run-1", "intent", action="promote", **{"from": None, "to": "r1"})
    writing("run-1", "step", step="up", state="started")
    work = unfinished(writing.entries)
    assert work is not None
    assert (work.run, work.source, work.target, work.step, work.verified) == ("run-1", None, "r1", "up", False)
    assert has_ended(writing.entries, "run-1")
    writing.outcome("run-1", "rolled_back", "r1", live=None)
    assert unfinished(writing.entries) is None


def test_a_run_may_have_a_second_intent(writing: Writing) -> None:
    writing.promote("run-1", "r1")
    writing("run-1", "intent", action="take_back", **{"from": "r1", "to": None})
    work = unfinished(writing.entries)
    assert work is not None
    assert work.action == "take_back"
    assert outcome_of(writing.entries, "run-1") is None
    writing.outcome("run-1", "taken_back", "r1", live=None)
    outcome = outcome_of(writing.entries, "run-1")
    assert outcome is not None
    assert outcome.fields["outcome"] == "taken_back"


@pytest.mark.parametrize("state", ["failed", "undone", "undo_failed"])
def test_what_failed_after_it_was_verified_is_not_verified(writing: Writing, state: str) -> None:
    writing("run-1", "intent", action="promote", **{"from": "r1", "to": "r2"})
    writing("run-1", "verified", release="r2")
    verified = unfinished(writing.entries)
    writing("run-1", "step", step="observe", state=state)
    failed = unfinished(writing.entries)
    assert verified is not None
    assert failed is not None
    assert (verified.verified, failed.verified) == (True, False)


def test_a_run_that_waits_for_its_activation_has_not_ended(writing: Writing) -> None:
    writing("run-1", "claimed", until="t")("run-1", "staged", release="r1")
    assert not has_ended(writing.entries, "run-1")


def test_verdict_and_release_belong_to_their_run_only(writing: Writing) -> None:
    writing("run-1", "verdict", verdict="PASSED", manifest="sha256:1", environment="prod")
    writing("run-1", "staged", release="r1")
    verdict = verdict_of(writing.entries, "run-1")
    assert verdict is not None
    assert (verdict.verdict, verdict.manifest_digest, verdict.environment, verdict.run_key) == (
        "PASSED",
        "sha256:1",
        "prod",
        "run-1",
    )
    assert verdict_of(writing.entries, "run-2") is None
    assert staged_by(writing.entries, "run-2") is None


def test_live_since_is_the_last_switch(writing: Writing) -> None:
    writing.promote("run-1", "r1").promote("run-2", "r2", "r1")
    switch = live_since(writing.entries, "r2")
    assert switch is not None
    assert switch.run == "run-2"
    assert live_since(writing.entries, "r1") is None
