# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verifying as a person does it: verify.yml, with anchors of hosts and in files, and ledger_info for a proof."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mint.promotion.plugins.module_utils._ledger.tlog_proof import leads_to_checkpoint, parse_proof
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import leaf_hash
from ledgers import Ledger, People
from ledgers.maker import ORIGIN

from .test_manifest_actions import call, collections

__all__ = ["collections"]


@dataclass(frozen=True)
class Site:
    """An inventory with two hosts of one environment, which are this machine, and a ledger."""

    folder: Path
    collections: Path
    ledger: Ledger

    @property
    def variables(self) -> dict[str, Any]:
        receipts, keys = self.folder / "receipts", self.folder / "keys"
        return {"promotion_receipts": str(receipts), "promotion_keys": str(keys), "promotion_ledger_origin": ORIGIN}

    def keep(self, host: str, note: str) -> None:
        """Give a host a checkpoint to keep."""
        folder = self.folder / host / "shop"
        folder.mkdir(parents=True)
        (folder / "checkpoint").write_text(note, encoding="utf-8")

    def verify(self, **extra: Any) -> tuple[int, str]:
        """Run verify.yml; return its exit status and what it printed, on one line."""
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {name: {"promotion_root": str(self.folder / name)} for name in ("prod-1", "prod-2")}
        common = {**self.variables, **local, "promotion_stacks": ["shop"]}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"prod": {"hosts": hosts, "vars": common}}))
        paths = {"ANSIBLE_COLLECTIONS_PATH": str(self.collections), "ANSIBLE_LOCALHOST_WARNING": "0"}
        environment = {**os.environ, **paths, "ANSIBLE_CONFIG": str(self.collections / "ansible.cfg")}
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), "mint.promotion.verify"]
        argv += [word for name, value in extra.items() for word in ("-e", f"{name}={value}")]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, cwd=self.folder)
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


@pytest.fixture
def site(tmp_path: Path, collections: Path) -> Site:
    (tmp_path / "people").mkdir()
    ledger = Ledger.begin(People(tmp_path / "people"))
    ledger.promote()
    return Site(tmp_path, collections, ledger)


def test_a_ledger_that_the_hosts_have_seen_is_ok(site: Site) -> None:
    site.ledger.write(site.folder)
    site.keep("prod-1", site.ledger.checkpoint(6))
    code, output = site.verify()
    assert code == 0, output
    assert f"{site.folder}/receipts 7 7 0 0 6 of 7 OK" in output
    assert "no anchor of prod-2 shop: " in output
    assert "changed=0" in output


def test_a_ledger_that_was_rolled_back_is_invalid_for_a_host_that_has_seen_more(site: Site) -> None:
    site.keep("prod-2", site.ledger.checkpoint())
    del site.ledger.lines[5:]
    site.ledger.write(site.folder)
    code, output = site.verify()
    assert code != 0
    assert "ledger/checkpoint covers 5 receipts, and anchor prod-2 shop has seen 7: rolled back" in output
    assert "INVALID: these receipts are no proof." in output


def test_without_any_anchor_it_is_indeterminate_and_a_file_can_be_one(site: Site) -> None:
    site.ledger.write(site.folder)
    code, output = site.verify()
    assert code != 0
    assert "INDETERMINATE: nothing was found wrong, and not everything could be told." in output
    assert "INVALID:" not in output
    kept = site.folder / "kept"
    kept.write_text(site.ledger.checkpoint(3), encoding="utf-8")
    assert site.verify(promotion_anchors=kept)[0] == 0


def test_a_proof_of_one_receipt_leads_to_the_checkpoint(site: Site) -> None:
    site.ledger.write(site.folder)
    options = [word for name, value in site.variables.items() for word in ("-e", f"{name}={value}")]
    code, result, _output = call(site.collections, "ledger_info", *options, receipt="4")
    assert (code, result["verdict"], result["changed"]) == (0, "INDETERMINATE", False)
    proof = parse_proof(result["proof"]["tlog_proof"])
    assert result["proof"]["envelope"].encode() == site.ledger.lines[4]
    assert leads_to_checkpoint(proof, leaf_hash(site.ledger.lines[4]))
    digest = result["ledgers"][0]["receipts"][4]["digest"]
    assert call(site.collections, "ledger_info", *options, receipt=digest)[1]["proof"] == result["proof"]
    assert "has no receipt 99" in call(site.collections, "ledger_info", *options, receipt="99")[1]["msg"]


def test_missing_keys_are_told_with_what_to_do(site: Site) -> None:
    site.ledger.write(site.folder)
    (site.folder / "keys" / "gate.pub").unlink()
    code, output = site.verify()
    assert code != 0
    assert "gate.pub" in output and "mint.promotion.keys" in output
