# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several stacks on the same hosts: one inventory, modules of the same images and names, and nothing in common."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from integration.catalog import FIRST, SECOND
from integration.hosts import HostView, Snapshot
from integration.interrupted import until_staged
from integration.playbooks import TIMEOUT_SECONDS, Run
from integration.promotions import Edit, Promote, Promotion
from integration.stacks import SHOP, edit, values

HOSTS = ("prod-1", "prod-3")
KEEP_NONE = edit("  releases: 3", "  releases: 0")
BLOG_TITLE = "The Test Blog"
OPEN_FILES = {
    "promotion_owner": "deploy",
    "promotion_group": "docker",
    "promotion_directory_mode": "0755",
    "promotion_file_mode": "0644",
    "promotion_env_mode": "0640",
}


@dataclass
class Neighbours:
    """Two stacks in one inventory: prod-1 carries both, prod-3 carries the shop only."""

    shop: Promotion
    blog: Promotion

    def write(self, stack: Promotion, name: str, *edits: Edit) -> None:
        """Write the manifest of a stack where `promotion_manifest` of the inventory finds it."""
        text = stack.write(name, *edits)
        (self.shop.manifest.parent / f"{stack.stack.name}.yml").write_text(text, encoding="utf-8")

    def play(self, playbook: str, stack: Promotion | None, *arguments: str) -> Run:
        return self.shop.play(f"playbooks/{playbook}.yml", *_named(stack), *arguments)

    def promote(self, stack: Promotion, *arguments: str) -> Run:
        return self.play("promote", stack, *arguments)

    def hold(self, stack: Promotion) -> str:
        """Stage what is written and lose the control node; the run key of the lock that stays."""
        playbook = str(until_staged(self.shop.manifest.parent))
        self.shop.play(playbook, *_named(stack), "-e", "promotion_action=promote").ended_well()
        return str(stack.hosts["prod-1"].lock()["run"])


def _named(stack: Promotion | None) -> tuple[str, ...]:
    return ("-e", f"promotion_stack={stack.stack.name}") if stack else ()


@pytest.fixture(scope="module")
def both(new_promotion: Promote) -> Neighbours:
    """The first revision of both is live."""
    shop, blog = new_promotion(*HOSTS), new_promotion(*HOSTS)
    names = [shop.stack.name, blog.stack.name]
    shop.variables = {
        "promotion_manifest": f"{shop.manifest.parent}/{{{{ promotion_stack }}}}.yml",
        "promotion_values": "{{ values_of[promotion_stack] }}",
        "values_of": {names[0]: values(), names[1]: values(QUOTE_PAGE_SHOP_NAME=BLOG_TITLE)},
    }
    hosts: dict[str, Any] = {
        "prod-1": {"promotion_stacks": names, **OPEN_FILES},
        "prod-3": {"promotion_stacks": names[:1]},
    }
    shop.groups = {"prod": {"hosts": hosts}}
    both = Neighbours(shop, blog)
    both.write(blog, FIRST)
    both.write(shop, FIRST, KEEP_NONE)
    assert both.promote(blog).ended_well().outcomes == {"prod-1": "promoted"}
    assert both.promote(shop).ended_well().outcomes == dict.fromkeys(HOSTS, "promoted")
    return both


def state(host: HostView) -> tuple[Snapshot, list[str]]:
    """Everything of a stack on a host, with the images that its releases keep."""
    return host.snapshot(), kept_images(host)


def kept_images(host: HostView) -> list[str]:
    pattern = f"reference=mint-promotion/{host.stack}/*"
    return sorted(
        host.docker(
            "image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", "--filter", pattern
        ).splitlines()
    )


def test_what_one_stack_does_its_neighbour_does_not_notice(both: Neighbours) -> None:
    shop, blog = both.shop, both.blog.hosts["prod-1"]
    both.write(both.blog, SECOND)
    holder = both.hold(both.blog)
    before = state(blog)
    first = kept_images(shop.hosts["prod-1"])

    both.write(shop, SECOND, KEEP_NONE)
    assert both.promote(shop).ended_well().outcomes == dict.fromkeys(HOSTS, "promoted")
    assert both.play("rollback", shop).ended_well().outcomes == dict.fromkeys(HOSTS, "restored")
    both.promote(shop).ended_well()
    both.write(shop, SECOND, edit("  releases: 3", "  releases: 0  # a manifest of its own"))
    both.promote(shop).ended_well()
    assert "pruned" in shop.hosts["prod-1"].events()
    assert set(first) - set(kept_images(shop.hosts["prod-1"])), "retention was to remove an image of the shop"

    assert state(blog) == before
    assert f"<h1>{BLOG_TITLE}: ask for a quote</h1>" in blog.get(both.blog.stack.ports["quote-page"])
    assert shop.heading("prod-1") == shop.heading("prod-3") == f"{SHOP}: your quote in one minute"

    told = both.play("status", None).ended_well()
    told.says(f"prod-1, {blog.stack}: locked by {holder}")
    rows = {tuple(line.split()[:3]) for line in told.output.splitlines() if line.startswith(HOSTS)}
    live = {(name, host.stack, host.live()) for name, host in shop.hosts.items()} | {
        ("prod-1", blog.stack, blog.live())
    }
    assert live <= rows
    both.play("unlock", None, "-e", f"promotion_lock={holder}").ended_well().says("broken", "nobody holds one")
    assert not blog.locked()


def test_files_have_the_owner_and_the_modes_that_were_asked_for(both: Neighbours) -> None:
    host = both.shop.hosts["prod-1"]
    paths = ("", "journal.jsonl", "releases", "current/compose.yaml", "current/.env", "current/release.json")
    found = host.run("stat", "--format", "%U:%G %a", *(f"{host.folder}/{path}" for path in paths)).splitlines()
    assert found == [f"deploy:docker {mode}" for mode in ("755", "644", "755", "644", "640", "644")]


def test_a_rollback_never_guesses_which_stack_is_meant(both: Neighbours) -> None:
    before = [state(host) for stack in (both.shop, both.blog) for host in stack.hosts.values() if host.exists()]
    named = ", ".join(sorted(one.stack.name for one in (both.shop, both.blog)))
    both.play("rollback", None).refused(f"one of the stacks of these hosts ({named})", "-e promotion_stack=NAME")
    both.play("promote", None).refused(f"these hosts carry {named}")
    both.play("promote", both.blog, "--limit", "prod-3").refused(f"prod-3 carries {both.shop.stack.name}")
    after = [state(host) for stack in (both.shop, both.blog) for host in stack.hosts.values() if host.exists()]
    assert after == before


def test_two_stacks_can_not_have_the_same_compose_project(both: Neighbours, new_promotion: Promote) -> None:
    shop, other = both.shop, new_promotion("prod-1")
    before = state(shop.hosts["prod-1"])
    other.write(FIRST, edit(f"project: {other.stack.name}", f"project: {shop.stack.name}"))
    run = other.promote().refused(f"has the Compose project {shop.stack.name}, too", "a stack.project of its own")
    assert run.outcomes == {"prod-1": "refused"}
    assert state(shop.hosts["prod-1"]) == before


def test_of_two_runs_at_the_same_time_one_fails_and_the_other_notices_nothing(both: Neighbours) -> None:
    shop, blog = both.shop, both.blog
    both.write(blog, FIRST)
    carried = ("-e", json.dumps({"promotion_stacks": [shop.stack.name, blog.stack.name]}))
    both.promote(blog, *carried).ended_well()
    live = {name: (host.live(), host.live_files()) for name, host in shop.hosts.items()}
    both.write(blog, SECOND)
    both.write(shop, "smoke-broken", KEEP_NONE)

    argvs = [shop.argv("playbooks/promote.yml", *_named(stack), *carried) for stack in (shop, blog)]
    processes = [shop.playbooks.start(argv) for argv in argvs]
    ended = [process.communicate(timeout=TIMEOUT_SECONDS)[0] for process in processes]
    runs = [
        Run(tuple(argv), process.returncode, output)
        for argv, process, output in zip(argvs, processes, ended, strict=True)
    ]

    assert runs[0].refused("smoke").outcomes == {"prod-1": "rolled_back", "prod-3": "not_started"}
    assert runs[1].ended_well().outcomes == dict.fromkeys(HOSTS, "promoted")
    assert {name: (host.live(), host.live_files()) for name, host in shop.hosts.items()} == live
    assert shop.heading("prod-1") == f"{SHOP}: your quote in one minute"
    page = blog.hosts["prod-3"].get(blog.stack.ports["quote-page"])
    assert f"<h1>{BLOG_TITLE}: your quote in one minute</h1>" in page
    assert not any(host.locked() for stack in (shop, blog) for host in stack.hosts.values())
