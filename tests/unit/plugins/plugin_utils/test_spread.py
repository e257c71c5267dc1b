# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import os
from typing import Any, Iterator

import pytest

from ansible_collections.mint.promotion.plugins.plugin_utils._spread import CHUNK, SHORTEST, spread


def told(first: int, end: int) -> Iterator[Any]:
    """Each line by its number, and the process that read it."""
    return ((number, os.getpid()) for number in range(first, end))


@pytest.mark.parametrize("count", [SHORTEST, SHORTEST + 1, SHORTEST + CHUNK - 1])
@pytest.mark.parametrize("processes", [2, 3])
def test_many_lines_are_read_in_order_by_several_processes(count: int, processes: int) -> None:
    found: Any = list(spread(told, count, processes))
    assert [number for number, _process in found] == list(range(count))
    readers = {process for _number, process in found}
    assert len(readers) == processes
    assert os.getpid() not in readers


@pytest.mark.parametrize(("count", "processes"), [(SHORTEST - 1, 4), (SHORTEST, 1), (0, 2)])
def test_few_lines_or_one_core_need_no_other_process(count: int, processes: int) -> None:
    found: Any = list(spread(told, count, processes))
    assert found == [(number, os.getpid()) for number in range(count)]


def test_a_process_that_dies_leaves_its_lines_to_this_one() -> None:
    def mortal(first: int, end: int) -> Iterator[Any]:
        if first >= 2 * CHUNK and os.getpid() != parent:
            os.kill(os.getpid(), 9)
        return told(first, end)

    parent = os.getpid()
    found: Any = list(spread(mortal, SHORTEST, 2))
    assert [number for number, _process in found] == list(range(SHORTEST))
    assert {process for number, process in found if number >= 2 * CHUNK} == {parent}


def test_an_error_is_raised_as_if_there_were_one_process() -> None:
    def failing(first: int, end: int) -> Iterator[Any]:
        if first > CHUNK:
            raise PermissionError(13, "Permission denied", "evidence.json")
        return told(first, end)

    with pytest.raises(PermissionError, match=r"evidence\.json"):
        list(spread(failing, SHORTEST, 2))


def test_nothing_runs_on_when_nobody_reads_the_rest() -> None:
    lines = iter(spread(told, 200 * CHUNK, 2))
    next(lines)
    lines.close()  # type: ignore[attr-defined]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
