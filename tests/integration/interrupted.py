# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks that end early or meet something in between: promote.yml cut where a test wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

import yaml

from integration.playbooks import ROOT

PLAYS = ("validate", "gate", "stage", "activate", "take_back", "record")
"""The roles of promote.yml, one a play."""


def until_staged(folder: Path) -> Path:
    """A run whose control node is lost when all hosts are staged: locks are held, nothing is live."""
    return _write(folder / "until_staged.yml", _plays()[: PLAYS.index("stage") + 1])


def with_mishap(folder: Path, argv: list[str], on: str) -> Path:
    """A run in which a command is run between staging and activation, on a host or on localhost."""
    plays = _plays()
    task = {"name": "Mishap", "ansible.builtin.command": {"argv": argv}, "delegate_to": on, "run_once": True}
    mishap = {"name": "Mishap", "hosts": "promotion_targets", "gather_facts": False, "tasks": [task]}
    plays.insert(PLAYS.index("activate"), mishap)
    return _write(folder / "with_mishap.yml", plays)


def _plays() -> list[Mapping[str, Any]]:
    plays: list[Mapping[str, Any]] = yaml.safe_load((ROOT / "playbooks" / "promote.yml").read_text(encoding="utf-8"))
    roles = tuple(_role(play).rpartition(".")[2] for play in plays)
    assert roles == PLAYS, f"promote.yml has other plays than these tests know: {roles}"
    return plays


def _role(play: Mapping[str, Any]) -> str:
    """The role of a play, which imports it as a task or names it."""
    name = play["roles"][0]["role"] if "roles" in play else play["tasks"][0]["ansible.builtin.import_role"]["name"]
    return str(name)


def _write(path: Path, plays: list[Mapping[str, Any]]) -> Path:
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    return path
