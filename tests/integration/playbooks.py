# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks as a user types them, and what they said."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 240
_RECAP = re.compile(r"^(?P<host>\S+)\s+: (?P<counts>ok=.*)$", re.MULTILINE)
_RECEIPT = re.compile(r"^Receipt: (?P<path>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One ended run of a playbook. `output` is all it printed."""

    argv: tuple[str, ...]
    code: int
    output: str

    @property
    def recap(self) -> Mapping[str, Mapping[str, int]]:
        """The last lines of Ansible: counts such as changed and failed, for each host."""
        return {
            match["host"]: {name: int(count) for name, count in (pair.split("=") for pair in match["counts"].split())}
            for match in _RECAP.finditer(self.output)
        }

    @property
    def changed(self) -> int:
        return sum(counts["changed"] for counts in self.recap.values())

    @property
    def receipt(self) -> Mapping[str, Any]:
        """The predicate of the receipt that the run wrote."""
        paths = [match["path"].strip() for match in _RECEIPT.finditer(self.output)]
        assert len(paths) == 1, f"wanted one receipt, the run names {paths}:\n{self.output}"
        statement: Mapping[str, Any] = json.loads(Path(paths[0]).read_text(encoding="utf-8"))
        predicate: Mapping[str, Any] = statement["predicate"]
        return predicate

    @property
    def outcomes(self) -> Mapping[str, str]:
        """The outcome of each host, as the receipt says it."""
        return {host["name"]: host["outcome"] for host in self.receipt["hosts"]}

    def ended_well(self) -> Run:
        assert self.code == 0, self._story("exit 0")
        return self

    def refused(self, *words: str) -> Run:
        """It ended as a failure, in words that a person understands, and without a trace of the machinery."""
        assert self.code not in (0, 250), self._story("a failure")
        for unwanted in ("Traceback", "MODULE FAILURE", "unexpected failure", "unhandled exception"):
            assert unwanted.lower() not in self.output.lower(), self._story(f"no {unwanted!r}")
        return self.says(*words)

    def says(self, *words: str) -> Run:
        text = flat(self.output)
        for word in words:
            assert flat(word) in text, self._story(f"the words {word!r}")
        return self

    def _story(self, wanted: str) -> str:
        return f"wanted {wanted}, exit was {self.code}: {' '.join(self.argv)}\n{self.output}"


def flat(text: str) -> str:
    """Text without the folding and escaping that Ansible's YAML output adds."""
    return " ".join(text.replace('\\"', '"').replace("\\n", " ").split())


@dataclass(frozen=True)
class Playbooks:
    """Runs playbooks of this checkout against inventories, from a folder of the checkout."""

    inventories: tuple[Path, ...]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def inventory_options(self) -> tuple[str, ...]:
        return tuple(part for path in self.inventories for part in ("-i", str(path)))

    def argv(self, playbook: str, *arguments: str) -> tuple[str, ...]:
        return (command("ansible-playbook"), playbook, *self.inventory_options, *arguments)

    def __call__(self, playbook: str, *arguments: str) -> Run:
        """Run a playbook to its end."""
        return self.run(self.argv(playbook, *arguments))

    def run(self, argv: Sequence[str]) -> Run:
        process = self.start(argv)
        try:
            output, _errors = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            kill_group(process)
            output, _errors = process.communicate()
            raise AssertionError(f"still running after {TIMEOUT_SECONDS} s: {' '.join(argv)}\n{output}") from None
        return Run(tuple(argv), process.returncode, output)

    def start(self, argv: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, which `kill_group` ends."""
        environment = {name: text for name, text in os.environ.items() if name not in _UNWANTED}
        return subprocess.Popen(
            argv,
            cwd=self.folder,
            env={**environment, "ANSIBLE_NOCOLOR": "1", **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )


_UNWANTED = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "ANSIBLE_INVENTORY", "ANSIBLE_CONFIG"})


def command(name: str) -> str:
    """A command of the environment that runs the tests."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else name


def kill_group(process: subprocess.Popen[str]) -> None:
    """End a process and all it has started, at once, as a lost control node would."""
    os.killpg(process.pid, signal.SIGKILL)
