# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Promotions that end with the gate, because their host has no Docker Engine: what the control node saw is recorded."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pytest
from engine.registry import Registry, running_registry
from gate_keys import make_gate_key

from .test_manifest_actions import ROOT, collections

__all__ = ["collections"]

SOURCE = "https://git.example.com/team/shop.git"
MANIFEST = """\
schema: 1
stack: {name: shop}
source: {repository: "https://git.example.com/team/shop.git", revision: "%(revision)s"}
modules:
  web:
    image: %(image)s
    revision: "%(revision)s"
    build: {context: web}
    recert:
      - {name: build, argv: [sh, -c, "cat answer > built"]}
      - {name: test, argv: [sh, -c, "printf 'TAP version 14\\n1..1\\nok 1 - it is %%s\\n' $(cat built)"], reader: tap}
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running_registry() as registry:
        yield registry


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def push(registry: Registry, revision: str) -> str:
    """Put an image for this machine's platform without layers into the registry; returns it by digest."""
    labels = {"org.opencontainers.image.revision": revision, "org.opencontainers.image.source": SOURCE}
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Labels": labels}}).encode()
    kind = "application/vnd.oci.image.manifest.v1+json"
    named = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(config), "size": len(config)}
    content = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": named, "layers": []}).encode()
    registry.blobs[digest_of(config)] = config
    registry.manifests[f"/v2/web/manifests/{digest_of(content)}"] = (kind, content)
    return f"{registry.name}/web@{digest_of(content)}"


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Shop:
    """A repository with one module, its manifest, and a host without Docker."""

    folder: Path
    collections: Path

    def commit(self, answer: str) -> str:
        (self.folder / "shop/web").mkdir(parents=True, exist_ok=True)
        (self.folder / "shop/web/answer").write_text(answer)
        git(self.folder / "shop", "init", "--quiet")
        git(self.folder / "shop", "add", "web")
        git(self.folder / "shop", "commit", "--quiet", "--message", "Change")
        return git(self.folder / "shop", "rev-parse", "HEAD")

    def promote(self, revision: str, image: str) -> tuple[dict[str, dict[str, Any]], str]:
        """Return the predicates of the gates that the run has recorded of the control node, and what it has shown."""
        (self.folder / "shop/promotion.yml").write_text(MANIFEST % {"revision": revision, "image": image})
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        variables = {
            "promotion_manifest": str(self.folder / "shop/promotion.yml"),
            "promotion_receipts": str(self.folder / "receipts"),
            "promotion_root": str(self.folder / "root"),
            **make_gate_key(self.folder),
        }
        inventory = {"all": {"vars": variables, "children": {"prod": {"hosts": {"prod-1": host}}}}}
        (self.folder / "hosts.yml").write_text(json.dumps(inventory))
        before = self._lines()
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                "-i",
                "hosts.yml",
                f"{ROOT}/playbooks/promote.yml",
            ],
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(self.collections / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
                "ANSIBLE_PIPELINING": "1",
                "DOCKER_HOST": "tcp://127.0.0.1:9",
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stdout + done.stderr
        statements = [
            json.loads(base64.b64decode(json.loads(line)["payload"])) for line in self._lines()[len(before) :]
        ]
        gates = [one["predicate"] for one in statements if "gate" in one["predicate"]]
        found = {one["gate"]: one["found"][0] for one in gates if one["found"][0]["host"] == "control"}
        return found, done.stdout + done.stderr

    def _lines(self) -> list[str]:
        logs = sorted((self.folder / "receipts").rglob("*.jsonl"))
        return [line for log in logs for line in log.read_text().splitlines()]


def test_what_was_certified_once_is_certified_until_something_else_shall_go_live(
    tmp_path: Path, collections: Path, registry: Registry
) -> None:
    shop = Shop(tmp_path, collections)
    first = shop.commit("42")
    found, shown = shop.promote(first, push(registry, first))
    verdicts = {gate: one["verdict"] for gate, one in found.items()}
    assert verdicts == dict.fromkeys(("provenance", "recert:web:build", "recert:web:test"), "PASSED"), shown
    assert found["recert:web:test"]["counts"] == "1/1 test"
    again, shown = shop.promote(first, push(registry, first))
    assert again["recert:web:test"]["reused"], shown
    assert "recert:web:test: PASSED" in shown

    second = shop.commit("44")
    later, shown = shop.promote(second, push(registry, first))
    assert later["provenance"]["verdict"] == "FAILED", shown
    assert first in later["provenance"]["found"]
    assert not later["recert:web:test"]["reused"]
    assert git(tmp_path / "shop", "worktree", "list").count("\n") == 0
