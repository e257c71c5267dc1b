# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deaths in the engine's event stream, however its bytes arrive."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._engine.events import take_deaths
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Death

STREAM = (Path(__file__).parent / "recorded" / "docker-20.10" / "events.jsonl").read_bytes()


def test_a_crash_loop_is_told_once_for_each_death() -> None:
    deaths, rest = take_deaths(b"", STREAM)
    crashes = [death for death in deaths if death.service == "crash"]
    assert [death.exit_code for death in crashes] == [3, 3]
    assert len({death.container_id for death in crashes}) == 1
    assert [death.time for death in crashes] == sorted(death.time for death in crashes)
    assert rest == b""


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_it_does_not_matter_where_the_stream_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    found: tuple[Death, ...] = ()
    rest = b""
    for start, end in zip(places, places[1:], strict=False):
        deaths, rest = take_deaths(rest, STREAM[start:end])
        found += deaths
    assert (found, rest) == take_deaths(b"", STREAM)


@given(st.binary(max_size=200))
def test_what_is_no_event_is_passed_over(noise: bytes) -> None:
    told, _rest = take_deaths(b"", noise.replace(b"\n", b" ") + b"\n" + STREAM)
    assert told == take_deaths(b"", STREAM)[0]
