# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an activation does and what takes it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Variable
from ansible_collections.mint.promotion.plugins.module_utils._release.entries import Unfinished
from ansible_collections.mint.promotion.plugins.module_utils._release.plan import (
    Plan,
    activation,
    changed_modules,
    finishing,
    forward,
    in_dependency_order,
    taking_back,
    undoing,
)

from .conftest import a_manifest, a_module


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def inverses(plan: Plan) -> dict[str, str]:
    return {step.name: step.inverse for step in plan.steps if step.inverse}


def work(source: str | None, target: str | None, action: str = "promote", verified: bool = False) -> Unfinished:
    return Unfinished("run-1", action, source, target, "t", verified, "up", {})


def test_the_first_release_is_taken_down_again_and_nothing_is_left_to_prove() -> None:
    plan = activation(None, "new")
    assert inverses(plan) == {"up": "down", "switch": "switch_back"}
    assert plan.proof == ()


def test_a_live_release_is_put_back_and_proven() -> None:
    plan = activation("old", "new")
    assert inverses(plan) == {"up": "up_before", "switch": "switch_back"}
    assert [step.name for step in plan.proof] == ["health", "smoke", "running"]


def test_the_same_release_has_no_way_back() -> None:
    assert inverses(activation("same", "same")) == {}


@given(st.sampled_from([None, "old", "new"]))
def test_nothing_is_changed_before_the_intent_and_nothing_switched_before_it_is_verified(live: str | None) -> None:
    order = names(activation(live, "new"))
    assert order.index("intent") < order.index("up")
    assert max(order.index(name) for name in ("health", "smoke", "running")) < order.index("switch")


@pytest.mark.parametrize(
    ("left", "finished"),
    [
        (work("old", "new"), False),
        (work("old", "new", verified=True), True),
        (work(None, "new"), False),
        (work("new", "old", "take_back"), True),
        (work("new", None, "take_back"), True),
        (work("same", "same"), True),
    ],
)
def test_what_was_verified_or_is_on_its_way_back_is_finished_and_the_rest_undone(
    left: Unfinished, finished: bool
) -> None:
    assert forward(left) is finished


def test_undoing_runs_the_same_inverses_as_a_failure() -> None:
    for source in (None, "old"):
        assert inverses(undoing(work(source, "new"))) == inverses(activation(source, "new"))
        assert undoing(work(source, "new")).proof == activation(source, "new").proof


def test_finishing_can_still_go_back_but_taking_back_can_not() -> None:
    assert inverses(finishing(work("old", "new", verified=True))) == {"up": "up_before", "switch": "switch_back"}
    assert inverses(finishing(work("new", "old", "take_back"))) == {}
    assert names(finishing(work("new", None, "take_back"))) == ["down", "switch"]


def test_taking_the_first_release_back_leaves_nothing_live() -> None:
    assert names(taking_back(None)) == ["intent", "down", "switch"]


@given(st.permutations(["a", "b", "c", "d"]), st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"))))
def test_dependencies_come_first_and_all_modules_come_once(order: list[str], pairs: set[tuple[str, str]]) -> None:
    needs = {name: tuple(low for high, low in sorted(pairs) if high == name and low < high) for name in order}
    manifest = a_manifest(*(a_module(name, depends_on=needs[name]) for name in order))
    ordered = [module.name for module in in_dependency_order(manifest)]
    assert sorted(ordered) == ["a", "b", "c", "d"]
    for name in ordered:
        assert all(ordered.index(need) < ordered.index(name) for need in needs[name])


def test_a_promotion_says_what_it_does_to_each_module() -> None:
    variable = Variable("KEY", "API_KEY")
    before = a_manifest(a_module("kept"), a_module("gone"), a_module("given", environment=(variable,)))
    after = a_manifest(a_module("kept"), a_module("new"), a_module("given", environment=(variable,)))
    assert changed_modules(before, after, {"API_KEY"}) == {
        "kept": "unchanged",
        "new": "added",
        "given": "changed",
        "gone": "removed",
    }
