# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cycles of dependencies are found, and orders are not taken for cycles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._manifest.rules import find_cycle

NAMES = "abcdef"
EDGES = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), unique=True, max_size=3) for name in NAMES})


def test_the_cycle_itself_is_named() -> None:
    assert find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]


@given(EDGES)
def test_a_cycle_follows_edges_and_closes(edges: dict[str, list[str]]) -> None:
    cycle = find_cycle(edges)
    if cycle is None:
        assert _is_ordered(edges)
    else:
        assert cycle[0] == cycle[-1]
        assert all(after in edges[before] for before, after in zip(cycle, cycle[1:], strict=False))


def _is_ordered(edges: dict[str, list[str]]) -> bool:
    """Take away what depends on nothing that is left, until nothing is left."""
    left = dict(edges)
    while left:
        free = [name for name, needs in left.items() if not any(need in left for need in needs)]
        if not free:
            return False
        for name in free:
            del left[name]
    return True
