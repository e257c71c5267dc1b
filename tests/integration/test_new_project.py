# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A new project, from a few answers to a release that is live: init.yml, build.yml, promote.yml, pin.yml."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import read_log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import SIGNER
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, load_trusted_keys
from bed.bed import Bed
from integration.catalog import Catalog
from integration.playbooks import ROOT, Playbooks, Run, command
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP, TOKEN

SOURCE = "https://git.example.com/mint/new-project.git"
REVISION = re.compile(r'^    revision: "([0-9a-f]{40})"$', re.MULTILINE)
PINNED = re.compile(r'(?<=@sha256:)[0-9a-f]{64}|(?<=revision: ")[0-9a-f]{40}')


@dataclass(frozen=True)
class Project:
    """The modules' repository, in which init.yml writes its files, and the host that they are promoted to."""

    folder: Path
    bed: Bed
    promotion: Promotion

    @property
    def manifest(self) -> Path:
        return self.folder / "deploy/promotion.yml"

    def play(self, playbook: str, **variables: Any) -> Run:
        """A playbook of the installed collection, run in the project with nothing but the project's settings."""
        environment = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache/collections")}
        playbooks = Playbooks((), self.folder, environment)
        return playbooks(f"mint.promotion.{playbook}", "-e", json.dumps(variables))

    def init(self) -> Run:
        facts = self.bed.facts()
        host = facts["hosts"]["staging-1"]
        reached = {"ansible_host": host["address"], "ansible_ssh_common_args": f'-F "{self.bed.ssh_config}"'}
        return self.play(
            "init",
            init_stack=self.promotion.stack.name,
            init_repository=SOURCE,
            init_registry=f"{facts['registry']}/team",
            init_modules=modules(self.promotion),
            init_staging_hosts={"staging-1": reached},
            init_prod_hosts="web1.example.com, web2.example.com",
        )

    def build(self) -> Run:
        images = self.bed.facts()["images"]
        arguments = {"BUILD_IMAGE": images["node-build"], "RUNTIME_IMAGE": images["node-runtime"]}
        return self.play("build", promotion_build_args=arguments)

    def fill_in_secrets(self) -> None:
        """What `ansible-vault edit` does, without an editor."""
        database = self.bed.facts()["postgres"]["databases"]["staging"]["url"]
        secrets = {"vault_artwork_database_url": database, "vault_artwork_intake_token": TOKEN}
        vault = self.folder / "inventory/group_vars/staging/vault.yml"
        vault.write_text(json.dumps(secrets), encoding="utf-8")
        subprocess.run([command("ansible-vault"), "encrypt", str(vault)], cwd=self.folder, check=True)

    def requester(self, name: str) -> dict[str, str]:
        """A person with an SSH key, as variables."""
        key = self.folder.parent / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        return {"promotion_requester": name, "promotion_requester_key": str(key)}

    def who_asked(self, run: Run) -> list[str]:
        """The people whose signatures the intent of a run carries, as the trusted keys have them."""
        trusted = load_trusted_keys(str(self.folder / "keys"))
        envelopes = map(parse_envelope, read_log(str(self.folder / "receipts/ledger")).data.splitlines())
        marks = (b'"phase":"intent"', run.receipt["runKey"].encode())
        (intent,) = (one for one in envelopes if all(mark in one.payload for mark in marks))
        signed = [trusted.who_signed(intent.signed_bytes, one, CRYPTO) for one in intent.signatures]
        assert not [one.fault for one in signed if one.fault]
        return [one.principal for one in signed if one.role == SIGNER]


def modules(promotion: Promotion) -> dict[str, Any]:
    """The answers that describe the example's modules, on the ports of this stack."""
    artwork, order_intake, quote_page = (
        promotion.stack.ports[name] for name in ("artwork", "order-intake", "quote-page")
    )
    return {
        "artwork": {
            "port": artwork,
            "health_path": "/health",
            "values": {"PORT": artwork},
            "secrets": ["DATABASE_URL", "INTAKE_TOKEN"],
            "networks": ["mint-database"],
        },
        "order-intake": {
            "port": order_intake,
            "health_path": "/health",
            "values": {"PORT": order_intake, "ARTWORK_URL": f"http://artwork:{artwork}"},
            "secrets": {"ARTWORK_TOKEN": "ARTWORK_INTAKE_TOKEN"},
            "depends_on": ["artwork"],
        },
        "quote-page": {
            "port": quote_page,
            "health_path": "/health",
            "values": {"PORT": quote_page, "INTAKE_URL": f"http://order-intake:{order_intake}", "SHOP_NAME": SHOP},
            "depends_on": ["order-intake"],
        },
    }


@pytest.fixture(scope="module")
def project(bed: Bed, catalog: Catalog, new_promotion: Promote, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project") / "shop"
    script = str(ROOT / "examples/make_repository.py")
    subprocess.run([sys.executable, script, str(folder)], check=True, capture_output=True)
    shutil.rmtree(folder / "deploy")
    return Project(folder, bed, new_promotion("staging-1"))


def test_a_few_answers_and_the_secrets_are_enough_for_a_first_promotion(project: Project) -> None:
    project.init().ended_well()
    project.build().ended_well()
    refused = project.play("promote", promotion_environment="staging")
    refused.refused("ARTWORK_DATABASE_URL", "found no value", "promotion_gate_key: found nothing", "promotion.keys")
    project.fill_in_secrets()
    ada = project.requester("ada@example.com")
    project.play("keys", **ada).ended_well()
    run = project.play("promote", promotion_environment="staging", **ada).ended_well()
    assert run.outcomes == {"staging-1": "promoted"}
    assert project.who_asked(run) == ["ada@example.com"]
    assert project.promotion.heading().startswith(SHOP)
    assert project.play("promote", promotion_environment="staging").outcomes == {"staging-1": "no_change"}
    assert project.init().ended_well().changed == 0


def test_what_was_pushed_is_pinned_again_by_its_tags(project: Project) -> None:
    """Of a registry as teams have it, and down to the same bytes."""
    text = project.manifest.read_text(encoding="utf-8")
    names = [name for name in modules(project.promotion) if f"\n  {name}:\n" in text]
    tags = dict(zip(names, (found[:12] for found in REVISION.findall(text)), strict=True))
    project.manifest.write_text(PINNED.sub(lambda found: "0" * len(found.group()), text), encoding="utf-8")
    run = project.play("pin", promotion_tags=tags, promotion_tag="unused").ended_well()
    assert run.changed == 1
    assert project.manifest.read_text(encoding="utf-8") == text
    project.play("pin", promotion_tag="v9").refused("has 3 faults", "has no team/", "order-intake:v9")
