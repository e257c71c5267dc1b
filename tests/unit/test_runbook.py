# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runbook is held to the code: at night nobody finds out that a command or a message is another one by now."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    PROMOTED,
    RESTORED,
    ROLLED_BACK,
    STAGED,
    TAKEN_BACK,
    UNREACHABLE,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import KNOWN

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = ROOT / "docs" / "READINESS" / "MINT_PROD_PROMOTION_GATE.md"
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
# Options of ansible-playbook (ansible-core 2.19, cli/playbook.py) with what follows each.
OPTIONS = {"-i": True, "-e": True, "--limit": True, "--check": False, "--diff": False}
TOOLS = {"ansible-playbook", "ssh", "ssh-keygen", "git"}
OUTCOMES = {PROMOTED, RESTORED, STAGED, ROLLED_BACK, TAKEN_BACK, UNREACHABLE}
LONG_ENOUGH = 10  # literal characters of a message that say which one it is


def blocks(language: str) -> list[str]:
    """The lines of all code blocks of a language, without those that are empty."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in found for line in block.splitlines() if line.strip()]


COMMANDS = list(dict.fromkeys(blocks("sh")))
MESSAGES = list(dict.fromkeys(blocks("text")))


def templates(tree: ast.AST) -> Iterator[list[str]]:
    """The texts of a file but its comments: each as its literal parts, with what is filled in left out between them."""
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in comments:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield [node.value]
        elif isinstance(node, ast.JoinedStr):
            parts = [""]
            for one in node.values:
                if isinstance(one, ast.Constant):
                    parts[-1] += str(one.value)
                else:
                    parts.append("")
            yield parts


@cache
def said() -> list[re.Pattern[str]]:
    """The patterns of all lines that the plugins can say."""
    patterns = []
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for parts in templates(ast.parse(path.read_text(encoding="utf-8"))):
            pattern = "\0".join(parts)
            for line in pattern.split("\n"):
                literal = line.replace("\0", "").strip()
                if len(literal) >= LONG_ENOUGH:
                    patterns.append(re.compile(".+?".join(map(re.escape, line.strip().strip("\0").split("\0")))))
    return patterns


def is_said(message: str) -> bool:
    """Tell whether the plugins can say this, or it is where a host stands: in a line of its own, or of the table."""
    outcomes = "|".join(OUTCOMES)
    standing = rf"\S+: (stage|activate|take back): ({outcomes})|\S+ +\S+ +\S+ +({outcomes}) +[0-9.]+"
    if re.fullmatch(standing, message):
        return True
    return any(pattern.search(message) for pattern in said())


def test_the_runbook_has_a_section_for_each_bad_night() -> None:
    titles = re.findall("^## (.*)", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert {"Promote", "Dry run", "Refused", "Roll back", "A host is down", "An interrupted run"} <= set(titles)
    assert {"Approve", "Override a freeze window"} <= set(titles)
    assert {"A lost control node", "A lost key", "A full disk"} <= set(titles)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_calls_a_playbook_that_exists_with_options_and_variables_that_exist(command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program in TOOLS
    if program != "ansible-playbook":
        return
    names, given = [], iter(arguments)
    for argument in given:
        if not argument.startswith("-"):
            names.append(argument)
        elif OPTIONS[argument]:
            value = next(given)
            assert argument != "-e" or value.split("=")[0] in KNOWN
    (name,) = names
    assert name.startswith("mint.promotion.")
    assert name.rpartition(".")[2] in PLAYBOOKS


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_that_it_quotes_is_one_that_the_code_says(message: str) -> None:
    assert is_said(message)


@pytest.mark.parametrize(
    "made_up", ["prod-1: the gate is closed tonight", "The run ended, as rolled back", "prod-1: switched: promoted"]
)
def test_a_message_that_nobody_says_is_found(made_up: str) -> None:
    """The test before this one can fail."""
    assert not is_said(made_up)


def test_variables_and_links_of_the_text_exist() -> None:
    text = RUNBOOK.read_text(encoding="utf-8")
    assert set(re.findall(r"\bpromotion_[a-z_]+\b", text)) - {"promotion_gate_key.yml"} <= KNOWN
    links = {link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)}
    assert not [link for link in links if link and not (RUNBOOK.parent / link).exists()]
