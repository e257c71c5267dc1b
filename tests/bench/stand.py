# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same stack twice on one host: as mint.promotion keeps it, and as a plain folder with compose files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate_keys import make_gate_key

from bed import Bed

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".cache" / "bench"  # everything that is written on this machine
PLAIN = "/srv/plain"
STACK = "mint-modules"
PORTS = (3341, 3400, 3500)
PLAIN_PORT = 10_000  # added to each port of the plain copy


@dataclass(frozen=True)
class PlaybookRun:
    """How long one playbook took, and what its receipt says of the host's steps."""

    seconds: float
    receipt: dict[str, Any]


class Stand:
    """One host with both stacks."""

    def __init__(self, bed: Bed, host: str) -> None:
        self._bed = bed
        self._host = host
        self._folder = WORK / "promotion"
        self._repository = self._folder / STACK
        self.live = "first"

    def prepare(self) -> None:
        """Build both revisions, make the first one live in both ways, and let every image arrive."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._bed.reset(self._host)
        self._write_inventory()
        _run(["python", "examples/make_repository.py", str(self._repository)])
        database = self._bed.facts()["postgres"]["host"]
        for revision in ("first", "second"):
            self._build(revision, database)
            self.promote(revision)
            self._copy_plain(revision)
        self.promote("first")
        self.compose("second")
        self.compose("first")

    def promote(self, revision: str) -> PlaybookRun:
        """Promote a revision with promote.yml and return how long that took from start to end."""
        run = self._play("promote.yml", "-e", f"promotion_manifest={self._manifest(revision)}")
        self.live = revision
        return run

    def roll_back(self) -> PlaybookRun:
        """Promote the other revision, which is not measured, and roll it back, which is."""
        other = "second" if self.live == "first" else "first"
        self.promote(other)
        return self._play("rollback.yml", "-e", f"promotion_stack={STACK}")

    def compose(self, revision: str) -> float:
        """Bring the plain copy to a revision by one SSH command and return the seconds."""
        files = f"--env-file {PLAIN}/{revision}.env -f {PLAIN}/{revision}.yaml"
        command = f"docker compose --project-directory {PLAIN} {files} up -d --wait --quiet-pull"
        began = time.monotonic()
        _run(["ssh", "-F", str(self._bed.ssh_config), "-o", "ControlPath=none", self._host, command])
        return time.monotonic() - began

    def _build(self, revision: str, database: str) -> None:
        _run(["git", "-C", str(self._repository), "checkout", "--quiet", revision])
        example = self._repository / "deploy" / "promotion.yml"
        text = example.read_text("utf-8").replace("mint-postgres.example.com", database)
        self._manifest(revision).write_text(text, "utf-8")
        self._play(
            "build.yml",
            *("-e", f"promotion_manifest={self._manifest(revision)}"),
            *("-e", f"promotion_repository_path={self._repository}"),
            measured=False,
        )

    def _copy_plain(self, revision: str) -> None:
        """Take the files of the live release as they are, with a project name and ports of their own."""
        current = f"/opt/{STACK}/current"
        self._bed.run(self._host, ["mkdir", "-p", PLAIN])
        self._bed.run(self._host, ["cp", f"{current}/.env", f"{PLAIN}/{revision}.env"])
        text = self._bed.run(self._host, ["cat", f"{current}/compose.yaml"]).stdout
        text = text.replace(f"name: {STACK}\n", "name: plain\n", 1)
        for port in PORTS:
            text = re.sub(rf"published: ['\"]?{port}['\"]?\n", f"published: '{port + PLAIN_PORT}'\n", text)
        self._bed.run(self._host, ["tee", f"{PLAIN}/{revision}.yaml"], data=text)

    def _manifest(self, revision: str) -> Path:
        return self._folder / f"{revision}.yml"

    def _write_inventory(self) -> None:
        facts = self._bed.facts()
        variables = {
            "promotion_environment": "staging",
            "promotion_receipts": str(self._folder / "receipts"),
            **make_gate_key(self._folder),
            "promotion_registry": facts["registry"],
            "promotion_build_args": {
                "BUILD_IMAGE": facts["images"]["node-build"],
                "RUNTIME_IMAGE": facts["images"]["node-runtime"],
            },
            "promotion_values": {
                "ARTWORK_DATABASE_URL": "{{ bed_postgres_url }}",
                "ARTWORK_INTAKE_TOKEN": "bench-token",
            },
        }
        (self._folder / "inventory.yml").write_text(json.dumps({"all": {"vars": variables}}), "utf-8")

    def _play(self, playbook: str, *arguments: str, measured: bool = True) -> PlaybookRun:
        argv = ["ansible-playbook", "-i", str(self._bed.inventory), "-i", str(self._folder / "inventory.yml")]
        argv += [f"playbooks/{playbook}", "--limit", self._host, *arguments]
        began = time.monotonic()
        _run(argv)
        seconds = time.monotonic() - began
        return PlaybookRun(seconds, self._last_receipt() if measured else {})

    def _last_receipt(self) -> dict[str, Any]:
        newest = max(
            (self._folder / "receipts" / "sessions").glob("*/receipt.json"), key=lambda path: path.stat().st_mtime_ns
        )
        receipt: dict[str, Any] = json.loads(newest.read_text("utf-8"))
        return receipt


def _run(argv: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
