# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""import.yml as a person runs it. What it takes over and refuses, plugin_utils/test_ledger_import.py tells."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey
from ledgers import Ledger, People, gate_key

from .test_manifest_actions import collections

__all__ = ["collections"]

OURS = GateKey.make()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with an inventory and a gate key, and what CI has recorded in `ci`."""
    source = Ledger.begin(People(tmp_path))
    source.promote(1)
    (tmp_path / "ci").mkdir()
    source.write(tmp_path / "ci")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/gate.pub").write_text(OURS.public_pem + gate_key("first").public_pem)
    (tmp_path / "gate.key").write_text(OURS.private_pem)
    variables = {"promotion_gate_key_file": str(tmp_path / "gate.key")}
    inventory = {"all": {"vars": variables, "children": {"prod": {"hosts": {"web1": {}}}}}}
    (tmp_path / "hosts.yml").write_text(json.dumps(inventory))
    return tmp_path


def play(collections: Path, project: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Return exit code, result of the task and everything that was printed."""
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(collections / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    }
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml", "mint.promotion.import", *options]
    done = subprocess.run(argv, env=environment, cwd=project, capture_output=True, text=True, check=False)
    found = re.search(r"=> (\{.*?^\})", done.stdout, re.DOTALL | re.MULTILINE)
    assert found, done.stdout + done.stderr
    return done.returncode, json.loads(found.group(1)), done.stdout + done.stderr


def test_a_dry_run_tells_what_an_import_does_and_a_second_import_does_nothing(collections: Path, project: Path) -> None:
    code, planned, _output = play(collections, project, "-e", "promotion_import=ci/receipts", "--check")
    assert (code, planned["changed"]) == (0, True)
    assert not (project / "receipts").exists()
    code, done, _output = play(collections, project, "-e", "promotion_import=ci/receipts")
    assert (code, done["changed"]) == (0, True)
    kinds = [(one["index"], one["kind"]) for one in done["receipts"]]
    assert kinds == [(one["index"], one["kind"]) for one in planned["receipts"]]
    lines = (project / "receipts/ledger/log.jsonl").read_bytes().splitlines()
    assert len(lines) == len(kinds)
    assert [f"R{run}" for run in done["runs"]] == os.listdir(project / "receipts/sessions")
    code, again, _output = play(collections, project, "-e", "promotion_import=ci/receipts")
    assert (code, again["changed"], again["receipts"]) == (0, False, [])


def test_a_source_that_was_altered_is_refused(collections: Path, project: Path) -> None:
    log = project / "ci/receipts/ledger/log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"A", b"B", 1))
    code, result, output = play(collections, project, "-e", "promotion_import=ci/receipts")
    assert code == 2
    assert "is INVALID" in result["msg"]
    assert "Traceback" not in output
    assert not (project / "receipts").exists()
