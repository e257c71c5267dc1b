# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence of a host that lacks things: each is told with its reason, and nothing fails.

Evidence of a host with an engine is tested in tests/engine.
"""

from __future__ import annotations

import grp
import os
import pwd
import socket
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.observe import Subject, observe
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Check,
    CommandCheck,
    Endpoint,
    HttpCheck,
    Manifest,
    Module,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Backup

IMAGE = f"registry.example.com/mint/artwork@sha256:{'1' * 64}"
NAMES = {
    "anchor",
    "clock",
    "platform",
    "user",
    "engine",
    "compose",
    "disk",
    "ports",
    "networks",
    "volumes",
    "images",
    "reachability",
    "checks",
    "release",
}


def manifest(**fields: Any) -> Manifest:
    return Manifest(1, "shop", "shop", "r", "0" * 40, (Module("artwork", IMAGE, "files-api"),), **fields)


def evidence(root: Path, wanted: Manifest | None = None, **subject: Any) -> dict[str, dict[str, Any]]:
    return observe(Subject(str(root), "shop", wanted, **{"release": dict, "anchor": str, **subject}), Engine())


@pytest.fixture
def without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Endpoint("postgres", "127.0.0.1", server.getsockname()[1])


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_host_without_docker_tells_so_and_tells_the_rest(without_docker: Path) -> None:
    found = evidence(without_docker, manifest())
    assert set(found) == NAMES
    assert found["engine"] == {"value": None, "reason": "the docker command is not installed"}
    assert found["compose"] == {"value": None, "reason": "the docker command is not installed"}
    for name in ("disk", "ports", "images"):
        assert found[name] == {"value": None, "reason": "`docker` could not be started: it is not installed"}
    assert found["platform"]["value"]["os"] == "linux"
    assert found["user"]["value"]["root_writable"] is True


def test_compose_v1_alone_is_told_from_none(without_docker: Path) -> None:
    program(without_docker, "docker", "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1")
    program(without_docker, "docker-compose", "echo 1.29.2")
    reason = evidence(without_docker)["compose"]["reason"]
    assert reason == "the Compose v2 plugin is not installed, only Compose v1 (1.29.2)"


def test_a_daemon_that_does_not_run_is_told_from_one_that_may_not_be_asked(without_docker: Path) -> None:
    program(without_docker, "docker", "echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1")
    assert evidence(without_docker)["engine"]["reason"] == "the Docker daemon is not running"
    program(without_docker, "docker", "echo 'permission denied while trying to connect to the Docker' >&2; exit 1")
    assert evidence(without_docker)["engine"]["reason"] == "this user may not talk to the Docker daemon"


def test_without_a_manifest_nothing_of_one_is_observed(without_docker: Path) -> None:
    found = evidence(without_docker)
    assert set(found) == NAMES
    assert found["images"] == {"value": None, "reason": "no manifest was given"}
    assert found["platform"]["value"]


def test_a_root_that_is_not_there_yet_is_judged_by_the_folder_above(tmp_path: Path) -> None:
    user = evidence(tmp_path / "not" / "yet")["user"]["value"]
    assert user["root_writable"] is True
    assert (user["uid"], user["root"]) == (os.geteuid(), str(tmp_path / "not" / "yet"))


def test_a_root_that_is_a_file_cannot_be_written_below(tmp_path: Path) -> None:
    (tmp_path / "opt").write_text("")
    assert evidence(tmp_path / "opt")["user"]["value"]["root_writable"] is False


def test_the_owner_and_group_of_files_are_looked_up(tmp_path: Path) -> None:
    me, mine = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    user = evidence(tmp_path, owner=me, group=mine)["user"]["value"]
    assert user["owner"] == {"name": me, "known": True, "allowed": True}
    assert user["group"] == {"name": mine, "known": True, "allowed": True}
    user = evidence(tmp_path, owner="no-such-user")["user"]["value"]
    assert user["owner"] == {"name": "no-such-user", "known": False, "allowed": False}
    assert user["group"] is None


def test_endpoints_are_reached_or_told_why_not(tmp_path: Path, endpoint: Endpoint) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = Endpoint("closed", "127.0.0.1", server.getsockname()[1])
    unknown = Endpoint("unknown", "x" * 64, 1)
    told = evidence(tmp_path, manifest(reachability=(endpoint, closed, unknown)))["reachability"]["value"]
    assert [(one["name"], one["reachable"]) for one in told] == [
        ("postgres", True),
        ("closed", False),
        ("unknown", False),
    ]
    assert told[1]["reason"] == "connection refused"
    assert "cannot be resolved" in told[2]["reason"]


def test_the_time_is_told_with_how_long_the_answer_took(tmp_path: Path) -> None:
    before = time.time()
    told = evidence(tmp_path)["clock"]["value"]
    assert before <= told["time"] <= told["time"] + told["seconds"] <= time.time() + 0.01


def test_the_last_backup_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "shop.dump").write_text("dump")
    told = evidence(tmp_path, backup=Backup(60, file=f"{tmp_path}/*.dump"))["backup"]["value"]
    assert (told["source"], told["fault"]) == (f"{tmp_path}/shop.dump", "")
    unknown = evidence(tmp_path, backup=Backup(60, command=("false",)))["backup"]
    assert unknown == {"value": None, "reason": "false ended with 1: it printed no reason"}


def test_every_gate_of_the_manifest_is_asked_even_after_one_that_fails(tmp_path: Path) -> None:
    gates = (
        Check("fails", command=CommandCheck(("false",))),
        Check("passes", command=CommandCheck(("true",))),
        Check("outside", run_from="control", command=CommandCheck(("true",))),
        Check("of a module", http=HttpCheck(path="/health")),
    )
    told = evidence(tmp_path, manifest(gates=gates))["checks"]["value"]
    assert [(one["check"], one["passed"]) for one in told] == [
        ("fails", False),
        ("passes", True),
        ("of a module", None),
    ]
    assert "belongs to no module" in told[2]["found"]
    assert all("captures" not in one for one in told)


def test_a_stack_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    def refuse() -> None:
        raise Refused("the journal cannot be read")

    assert evidence(tmp_path, release=refuse)["release"] == {"value": None, "reason": "the journal cannot be read"}
    assert evidence(tmp_path, release=lambda: {"live": None})["release"] == {"value": {"live": None}}


def test_nothing_is_written(without_docker: Path) -> None:
    before = sorted(without_docker.rglob("*"))
    evidence(without_docker / "opt", manifest())
    assert sorted(without_docker.rglob("*")) == before
