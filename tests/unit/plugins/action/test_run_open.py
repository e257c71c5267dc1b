# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run is about, and how it is refused, as the playbooks' first role has it: no host is contacted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from gate_keys import make_gate_key

from .test_manifest_actions import EXAMPLE, ROOT, call, collections

__all__ = ["collections"]

VALUES = {"ARTWORK_DATABASE_URL": "postgres://db/artwork", "ARTWORK_INTAKE_TOKEN": "0123456789abcdef0123456789"}
BLOG, SHOP = "mint-modules", "shop"
STACKS = {"web1": [BLOG, SHOP], "web2": [SHOP]}
VALIDATE = [
    {
        "hosts": "all:localhost",
        "gather_facts": False,
        "any_errors_fatal": True,
        "tasks": [
            {
                "ansible.builtin.import_role": {"name": "mint.promotion.validate", "rolespec_validate": False},
                "vars": {"promotion_action": "{{ asked }}"},
            },
            {"ansible.builtin.debug": {"msg": "about {{ validate_run.hosts }}"}, "run_once": True},
        ],
    }
]


def pinned(text: str) -> str:
    """The text of a manifest as build.yml leaves it."""
    return re.sub("(?<!0)(0{64}|0{40})(?!0)", lambda zeros: "1" * len(zeros[0]), text)


class Playbooks:
    """Runs playbooks against web1 and web2 of prod, which exist on paper only."""

    def __init__(self, collections: Path, folder: Path) -> None:
        self._collections = collections
        self._folder = folder
        self.manifest = folder / "promotion.yml"
        self.manifest.write_text(pinned(EXAMPLE.read_text()))
        receipts = str(folder / "receipts")
        self.variables: dict[str, Any] = {
            "promotion_values": VALUES,
            "promotion_receipts": receipts,
            **make_gate_key(folder),
        }
        self.environment: dict[str, str] = {}

    def __call__(self, playbook: str, stacks: dict[str, Any], *arguments: str) -> tuple[int, str]:
        hosts = {host: {"promotion_stacks": names} if names else {} for host, names in stacks.items()}
        inventory = {"all": {"vars": self.variables, "children": {"prod": {"hosts": hosts}}}}
        (self._folder / "hosts.yml").write_text(json.dumps(inventory))
        (self._folder / "validate.yml").write_text(yaml.safe_dump(VALIDATE))
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(self._collections / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_SHOW_CUSTOM_STATS": "1",
            **self.environment,
        }
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", playbook, *arguments]
        done = subprocess.run(argv, env=environment, cwd=self._folder, capture_output=True, text=True, check=False)
        return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def play(collections: Path, tmp_path: Path) -> Playbooks:
    return Playbooks(collections, tmp_path)


def test_a_receipt_that_cannot_be_written_does_not_hide_why_the_run_was_refused(
    collections: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    receipts = str(tmp_path / "file" / "receipts")
    _code, result, output = call(
        collections, "run_open", action="promote", environment="nowhere", manifest=str(EXAMPLE), receipts=receipts
    )
    assert result["outcome"] == "refused"
    assert "found nowhere" in result["message"]
    assert f"No receipt could be written: {tmp_path}/file" in output


@pytest.mark.parametrize("callback", ["ansible.builtin.default", "ansible.builtin.minimal", "ansible.builtin.oneline"])
def test_a_refusal_is_read_under_every_callback_and_ends_the_playbook(play: Playbooks, callback: str) -> None:
    play.environment = {"ANSIBLE_STDOUT_CALLBACK": callback}
    code, output = play(f"{ROOT}/playbooks/promote.yml", STACKS, "-e", "promotion_lock_lease=0")
    assert code == 2
    assert "promotion_manifest: found nothing" in output
    assert "promotion_lock_lease of web1, web2: found '0', wanted a whole number of seconds above 0" in output
    assert "Judge the evidence" not in output


@pytest.mark.parametrize("playbook", ["promote", "rollback"])
def test_a_misspelt_variable_of_the_command_line_is_refused_and_not_passed_over(
    play: Playbooks, playbook: str, tmp_path: Path
) -> None:
    """Without its own value `promotion_environment` would be prod, and all modules would be promoted."""
    play.variables["promotion_manifest"] = str(EXAMPLE)
    play.variables["promotion_of_our_own"] = "of the inventory"
    (tmp_path / "job.yml").write_text("promotion_modles: artwork")
    given = ("-e", "promotion_environmnet=staging", "-e", "@job.yml", "-e", "promotion_become=true")
    code, output = play(f"{ROOT}/playbooks/{playbook}.yml", {"web1": [BLOG]}, *given)
    assert code == 2
    assert 'found the unknown variable "promotion_environmnet"' in output
    assert 'did you mean "promotion_environment"?' in output
    assert 'did you mean "promotion_modules"?' in output
    assert "promotion_become" not in output
    assert "promotion_of_our_own" not in output


def test_a_refused_run_leaves_its_outcome_and_run_key_to_programs(play: Playbooks, tmp_path: Path) -> None:
    code, output = play(f"{ROOT}/playbooks/rollback.yml", STACKS)
    statistics = output.partition("CUSTOM STATS:")[2]
    (folder,) = (tmp_path / "receipts" / "sessions").iterdir()
    assert code == 2
    assert f"receipt: {folder}/receipt.json" in statistics
    assert f"run_key: {folder.name[1:]}" in statistics
    assert "outcome: refused" in statistics


@pytest.mark.parametrize(
    ("given", "parent"),
    [
        ([], "CAP-20260212-011314__spine.verify__R1onr74009"),
        (["-e", "promotion_parent_run=RCAP-20260213-011314__ops.status"], "CAP-20260213-011314__ops.status"),
    ],
)
def test_a_run_that_another_tool_started_names_that_run(
    play: Playbooks, tmp_path: Path, given: list[str], parent: str
) -> None:
    play.environment = {"RUN_KEY": "CAP-20260212-011314__spine.verify__R1onr74009"}
    play(f"{ROOT}/playbooks/rollback.yml", STACKS, *given)
    (folder,) = (tmp_path / "receipts" / "sessions").iterdir()
    assert json.loads((folder / "receipt.json").read_text())["predicate"]["parentRunKey"] == parent
    assert f"| Parent run | {parent} |" in (folder / "receipt.md").read_text()


def test_a_parent_that_is_no_run_key_is_refused(play: Playbooks) -> None:
    code, output = play(f"{ROOT}/playbooks/rollback.yml", STACKS, "-e", "promotion_parent_run=yesterday")
    assert code == 2
    assert 'promotion_parent_run: found "yesterday", wanted a run key' in output


def test_a_refused_request_that_holds_a_secret_leaves_no_receipt(play: Playbooks, tmp_path: Path) -> None:
    play.variables["promotion_manifest"] = str(play.manifest)
    secret = VALUES["ARTWORK_INTAKE_TOKEN"]
    code, output = play(
        f"{ROOT}/playbooks/promote.yml", STACKS, "-e", f"promotion_requester={secret}", "-e", "promotion_lock_lease=0"
    )
    assert code == 2
    assert "A secret value stands in predicate.requester.user, and nothing was recorded" in output
    assert not [path for path in (tmp_path / "receipts").rglob("*") if path.is_file() and secret in path.read_text()]


def test_a_manifest_that_nobody_has_pinned_is_refused_with_the_playbook_that_does(play: Playbooks) -> None:
    play.variables["promotion_manifest"] = str(EXAMPLE)
    code, output = play("validate.yml", STACKS, "-e", "asked=promote")
    assert code == 2
    assert "modules.artwork.image: found zeros, wanted the digest of an image (run mint.promotion.build" in output


def test_a_template_of_the_change_pack_that_fails_is_told_with_all_other_faults(
    play: Playbooks, tmp_path: Path
) -> None:
    play.variables["promotion_manifest"] = str(play.manifest)
    (tmp_path / "pack.j2").write_text("{% for gate in pack.gates %}{{ gate.verdikt }}{% endfor %}")
    given = ("-e", "promotion_change_pack_template=pack.j2", "-e", "promotion_lock_lease=0")
    code, output = play("validate.yml", {"web1": [BLOG]}, "-e", "asked=promote", *given)
    assert code == 2
    assert f"promotion_change_pack_template: {tmp_path}/pack.j2: found" in output
    assert "'verdikt'" in output
    assert "promotion_lock_lease of web1: found '0'" in output


def test_only_hosts_that_carry_the_stack_belong_to_the_run(play: Playbooks) -> None:
    play.variables["promotion_manifest"] = str(play.manifest)
    assert "about ['web1']" in play("validate.yml", STACKS, "-e", "asked=promote")[1]
    assert "about ['web1', 'web2']" in play("validate.yml", {**STACKS, "web2": None}, "-e", "asked=promote")[1]


def test_path_and_values_may_go_by_the_name_of_the_stack(play: Playbooks, tmp_path: Path) -> None:
    for name in (BLOG, SHOP):
        text = re.sub(r"(name|project): mint-modules", rf"\1: {name}", play.manifest.read_text())
        (tmp_path / f"{name}.yml").write_text(text)
    play.variables |= {
        "promotion_manifest": "{{ inventory_dir }}/{{ promotion_stack }}.yml",
        "values": {SHOP: VALUES, BLOG: {}},
        "promotion_values": "{{ values[promotion_stack] }}",
    }
    code, output = play("validate.yml", STACKS, "-e", "asked=promote", "-e", f"promotion_stack={SHOP}")
    assert (code, "about ['web1', 'web2']" in output) == (0, True), output
    code, output = play("validate.yml", STACKS, "-e", "asked=promote", "-e", f"promotion_stack={BLOG}")
    assert code == 2
    assert "promotion_values of web1: ARTWORK_INTAKE_TOKEN: found no value" in output
    code, output = play("validate.yml", STACKS, "-e", "asked=promote")
    assert code == 2
    assert f"-e promotion_stack=NAME where its path names the stack; these hosts carry {BLOG}, {SHOP}" in output


@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_a_stack_that_no_host_carries_is_refused(play: Playbooks, action: str) -> None:
    play.variables["promotion_manifest"] = str(play.manifest)
    carried = {"web1": [SHOP], "web2": [SHOP, "wiki"]}
    code, output = play("validate.yml", carried, "-e", f"asked={action}")
    assert code == 2
    assert f"found {BLOG}" in output
    assert "web1 carries shop; web2 carries shop, wiki" in output


def test_a_rollback_without_a_name_touches_the_only_stack_or_none(play: Playbooks) -> None:
    code, output = play("validate.yml", STACKS, "-e", "asked=rollback")
    assert code == 2
    assert f"one of the stacks of these hosts ({BLOG}, {SHOP}) (-e promotion_stack=NAME)" in output
    code, output = play("validate.yml", STACKS, "-e", "asked=rollback", "--limit", "web2,localhost")
    assert (code, "about ['web2']" in output) == (0, True), output


@pytest.mark.parametrize("modules", ["artwork, artwrok", ["artwork", "artwrok"]])
def test_an_unknown_module_is_told_with_all_other_faults(collections: Path, tmp_path: Path, modules: object) -> None:
    arguments = {"action": "promote", "environment": "nowhere", "manifest": str(EXAMPLE), "modules": modules}
    _code, result, _output = call(collections, "run_open", receipts=str(tmp_path), **arguments)
    assert result["outcome"] == "refused"
    assert "found nowhere" in result["message"]
    assert 'promotion_modules: found "artwrok", wanted modules of the manifest (artwork, ' in result["message"]
    assert 'found "artwork"' not in result["message"]


def test_a_rollback_of_some_modules_is_refused(collections: Path, tmp_path: Path) -> None:
    arguments = {"action": "rollback", "stack": "mint-modules", "modules": "artwork"}
    _code, result, _output = call(collections, "run_open", receipts=str(tmp_path), **arguments)
    assert result["outcome"] == "refused"
    assert "a rollback takes back the whole release" in result["message"]


def test_own_compose_files_are_read_at_the_pinned_commit_and_every_fault_of_them_is_told(
    play: Playbooks, collections: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "repository"
    argv = [sys.executable, str(ROOT / "examples" / "make_repository.py"), str(repository)]
    made = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    manifest = repository / "deploy" / "own-compose.yml"
    text = re.sub('revision: "0+"', f'revision: "{made["first"]}"', manifest.read_text())
    text = re.sub("(image: .*)@sha256:0+", r"\1@sha256:" + "1" * 64, text)
    manifest.write_text(text)
    play.variables["promotion_manifest"] = str(manifest)

    code, output = play("validate.yml", STACKS, "-e", "asked=promote")
    assert code == 2
    assert f"{manifest}: compose.digest: found sha256:{'0' * 64}, wanted sha256:" in output
    assert "mint.promotion.build or mint.promotion.pin pin revision and digest" in output

    manifest.write_text(
        text.replace("compose.prod.yaml", "absent.yaml").replace("service: quote-page", "service: quote")
    )
    play.variables["promotion_values"] = {}
    code, output = play("validate.yml", STACKS, "-e", "asked=promote")
    assert code == 2
    assert "absent.yaml: found no such file in the commit" in output
    assert 'compose.yaml: services: found no service "quote" for the module quote-page' in output
    assert "promotion_values of web1: ARTWORK_DATABASE_URL: found no value" in output

    play.variables["promotion_values"] = VALUES
    manifest.write_text(text)
    _code, result, _output = call(collections, "manifest_pin", path=str(manifest), revision=made["first"])
    assert result["changed"] is True
    code, output = play("validate.yml", STACKS, "-e", "asked=promote")
    assert (code, "about ['web1']" in output) == (0, True), output

    (repository / "compose.yaml").write_text("services: {}\n")
    assert play("validate.yml", STACKS, "-e", "asked=promote")[0] == 0
