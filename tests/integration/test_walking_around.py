# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gate that can be walked around is none: no tag, no task to start at and no variable activates anything."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
import yaml

from integration.catalog import FIRST, SECOND
from integration.playbooks import ROOT, command
from integration.promotions import Promote, Promotion

INVENTED = "CAP-20260101-000000__promotion.promote__R0123456789"
ROLES = ("validate", "gate", "stage", "activate", "take_back", "record")
TASKS = [
    task["name"]
    for role in ROLES
    for task in yaml.safe_load((ROOT / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def stack(new_promotion: Promote) -> Promotion:
    promotion = new_promotion("staging-1")
    promotion.write(FIRST)
    promotion.promote().ended_well()
    return promotion


@pytest.fixture
def promotion(stack: Promotion) -> Promotion:
    """The first revision is live, the second one is what somebody tries to smuggle in."""
    stack.write(SECOND)
    return stack


def activates_nothing(promotion: Promotion, *arguments: str) -> None:
    """Try it; the host is as it was, and the run does not claim to have done anything."""
    before = promotion.host.snapshot()
    run = promotion.promote(*arguments)
    assert promotion.host.snapshot() == before, run.output
    assert run.code != 0 or "staging-1" not in run.recap or run.changed == 0, run.output
    assert "promoted" not in run.output


@pytest.mark.parametrize("task", TASKS[1:])
def test_starting_at_a_later_task_activates_nothing(promotion: Promotion, task: str) -> None:
    activates_nothing(promotion, "--start-at-task", task)


@pytest.mark.parametrize("arguments", [("--tags", "activate"), ("--tags", "stage,activate"), ("--tags", "never")])
def test_choosing_tags_activates_nothing(promotion: Promotion, arguments: tuple[str, ...]) -> None:
    activates_nothing(promotion, *arguments)


@pytest.mark.parametrize("tags", ["all", "always,untagged"])
def test_skipping_tags_activates_nothing(promotion: Promotion, tags: str) -> None:
    activates_nothing(promotion, "--skip-tags", tags)


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"validate_run": {"hosts": []}}, id="no hosts"),
        pytest.param({"promotion_targets": ["staging-1"], "validate_run": {"hosts": []}}, id="a made-up group"),
        pytest.param({"promotion_action": "rollback"}, id="another action"),
    ],
)
def test_made_up_variables_activate_nothing(promotion: Promotion, variables: dict[str, object]) -> None:
    activates_nothing(promotion, "-e", json.dumps(variables))


@pytest.mark.parametrize(
    ("name", "reason"), [("verdict", "reachability"), ("promotion_verdict", "the unknown variable")]
)
def test_a_made_up_verdict_does_not_open_the_gate(promotion: Promotion, name: str, reason: str) -> None:
    promotion.write(SECOND, lambda text: text.replace("port: 5432", "port: 9"))
    passed = json.dumps({name: {"verdict": "PASSED", "outcome": "promoted", "results": []}})
    before = promotion.host.snapshot()
    promotion.promote("-e", passed).refused(reason)
    assert promotion.host.snapshot() == before


def test_a_host_that_was_not_judged_is_not_touched(promotion: Promotion, new_promotion: Promote) -> None:
    other = new_promotion("prod-1")
    other.stack = promotion.stack
    smuggled = json.dumps({"validate_run": {"hosts": ["staging-1", "prod-1"]}})
    run = promotion.play(
        "playbooks/promote.yml", "--limit", "staging-1,prod-1", "-e", "promotion_environment=staging", "-e", smuggled
    )
    assert run.code != 0, run.output
    assert other.host.run("ls", "/opt").split().count(promotion.stack.name) == 0
    assert "prod-1 is not a host of this run" in run.output


def test_a_lookup_that_fails_half_way_strands_no_lock(promotion: Promotion) -> None:
    """Such a host fails before its task begins, so no action can keep it from dropping out of the plays."""
    later = "{{ 10 if ansible_role_name | default('') != 'mint.promotion.activate' else lookup('file', '/nowhere') }}"
    before = promotion.host.live()
    run = promotion.promote("-e", json.dumps({"ansible_ssh_timeout": later})).refused("not_started")
    assert run.outcomes == {"staging-1": "not_started"}
    assert promotion.host.live() == before
    assert "lock" not in promotion.host.run("ls", promotion.host.folder).split()


def test_another_strategy_does_not_judge_hosts_one_by_one(promotion: Promotion) -> None:
    usual = promotion.playbooks
    promotion.playbooks = replace(usual, environment={"ANSIBLE_STRATEGY": "free"})
    try:
        run = promotion.promote("--check").ended_well()
    finally:
        promotion.playbooks = usual
    assert run.output.count("Run CAP-") == 1


def test_without_pipelining_no_secret_is_sent(promotion: Promotion) -> None:
    before = promotion.host.snapshot()
    promotion.promote("-e", "ansible_pipelining=false").refused("Without pipelining")
    assert promotion.host.snapshot() == before


def test_in_debug_mode_no_secret_is_printed(promotion: Promotion) -> None:
    before = promotion.host.snapshot()
    usual = promotion.playbooks
    promotion.playbooks = replace(usual, environment={"ANSIBLE_DEBUG": "1"})
    try:
        run = promotion.promote()
    finally:
        promotion.playbooks = usual
    assert run.code != 0
    assert "Unset ANSIBLE_DEBUG" in run.output
    assert promotion.values["ARTWORK_INTAKE_TOKEN"] not in run.output
    assert promotion.host.snapshot() == before


def test_an_activation_by_hand_is_refused_by_the_control_node(promotion: Promotion) -> None:
    before = promotion.host.snapshot()
    inventory = promotion.playbooks.inventory_options
    module = ("-m", "mint.promotion.release_activate", "-a", f"stack={promotion.stack.name} run_key={INVENTED}")
    run = promotion.playbooks.run((command("ansible"), "staging-1", *inventory, *module))
    run.refused("No run is open in this process")
    assert promotion.host.snapshot() == before


def test_an_activation_past_the_control_node_is_refused_by_the_host(promotion: Promotion) -> None:
    """A module under another name has no action: nothing on the control node stands before it."""
    folder = promotion.manifest.parent
    (folder / "library").mkdir(exist_ok=True)
    shutil.copy(ROOT / "plugins" / "modules" / "release_activate.py", folder / "library" / "by_hand.py")
    task = {"name": "Activate", "by_hand": {"stack": promotion.stack.name, "run_key": INVENTED}}
    play = {"name": "By hand", "hosts": "staging-1", "gather_facts": False, "tasks": [task]}
    (folder / "by_hand.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    before = promotion.host.live(), promotion.host.identities(), promotion.host.events()
    promotion.play(str(folder / "by_hand.yml")).refused(f"The run {INVENTED} has staged nothing on this host")
    assert (promotion.host.live(), promotion.host.identities(), promotion.host.events()) == before
