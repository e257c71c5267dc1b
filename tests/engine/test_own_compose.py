# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compose files of a team's own on a real engine: carried, brought up, changed, taken back, refused."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import carried_digest
from ansible_collections.mint.promotion.plugins.module_utils._compose.env import render_env
from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Activation,
    Check,
    CommandCheck,
    Manifest,
    Module,
    OwnCompose,
    Variable,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.detached import activate_or_explain
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Host, open_host
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Content, HostReport, Verdict
from ansible_collections.mint.promotion.plugins.module_utils._release.observe import observe
from ansible_collections.mint.promotion.plugins.module_utils._release.prepare import Request
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import Staging, preview, stage
from ansible_collections.mint.promotion.plugins.module_utils._release.worker import sitting
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text

from .conftest import REVISION, docker
from .registry import running_registry

RUNS = count(1)
SECRET = "hunter2-not-to-be-seen"

COMPOSE = """
x-stay: &stay
  stop_grace_period: 0s
services:
  web:
    <<: *stay
    build: web
    container_name: ${CONTAINER}
    command: [sh, -c, "sleep 600"]
    depends_on:
      setup: {condition: service_completed_successfully}
    volumes:
      - ./data:/data
      - files:/files
    env_file: web.env
    labels: [team=shop]
  proxy:
    <<: *stay
    image: ${COMPANION}
    volumes: ["../nginx:/etc/nginx:ro"]
    secrets: [key]
    configs: [greeting]
  setup:
    image: ${COMPANION}
    command: ["true"]
    restart: "no"
  never:
    image: ${COMPANION}
    profiles: [ops]
volumes:
  files: {}
secrets:
  key: {environment: WEB_TOKEN}
configs:
  greeting: {content: "hello"}
"""
FILES = {"deploy/compose.yaml": COMPOSE, "deploy/web.env": "LEVEL=info\n", "nginx/nginx.conf": "events {}\n"}


@pytest.fixture(scope="module")
def pinned(image: str) -> Iterator[tuple[str, str]]:
    """The image by its digest, and by a tag that does not move."""
    with running_registry() as registry:
        name = f"{registry.name}/engt/own:1.4"
        docker("tag", image, name)
        docker("push", name)
        yield docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", name), name
        docker("image", "rm", "--force", name)


@dataclass
class OwnShop:
    """One stack with compose files of its own on this machine."""

    root: Path
    project: str
    images: tuple[str, str]
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    health: str = "true"
    secret: str = SECRET
    own_directory: str | None = None
    runs: list[str] = field(default_factory=list)

    @property
    def host(self) -> Host:
        return open_host(str(self.root), self.project, "web1")

    @property
    def directory(self) -> Path:
        return self.root / self.project / "project"

    def carried(self) -> tuple[CarriedFile, ...]:
        return tuple(CarriedFile(path, text.encode(), path.endswith(".sh")) for path, text in self.files.items())

    def manifest(self) -> Manifest:
        own = OwnCompose(
            ("deploy/compose.yaml",),
            carried_digest(self.carried()),
            directory=self.own_directory,
            variables=(Variable("COMPANION", "COMPANION"), Variable("CONTAINER", "CONTAINER")),
        )
        web = Module(
            "shop",
            self.images[0],
            "web",
            REVISION,
            environment=(Variable("TOKEN", "WEB_TOKEN", secret=True),),
            health=Check("answers", command=CommandCheck(("sh", "-c", self.health), inside=True)),
            activation=Activation(health_timeout_seconds=3, observe_seconds=0),
        )
        return Manifest(1, self.project, self.project, "r", REVISION, (web,), compose=own)

    def stage(
        self,
        how: Callable[[Host, Request], Staging] = stage,
        restore: str | None = None,
        manifest: Manifest | None = None,
    ) -> Staging:
        run = f"CAP-20260131-000000__promote__R{next(RUNS)}"
        self.runs.append(run)
        manifest = manifest or self.manifest()
        values = {"WEB_TOKEN": self.secret, "COMPANION": self.images[1], "CONTAINER": f"{self.project}-the-web"}
        digest = sha256_digest(canonical_json(manifest))
        content = Content(
            compose_text(manifest, values).encode(),
            render_env(values).encode(),
            carried=self.carried() if manifest.compose else (),
        )
        request = Request(run, "prod", "ann", Verdict("PASSED", digest, "prod", run), 600)
        if restore is None:
            return how(self.host, replace(request, manifest=manifest, manifest_digest=digest, content=content))
        return how(self.host, replace(request, restore=restore))

    def promote(self, **changes: str) -> HostReport:
        self.files.update({name.replace("__", "/").replace("_dot_", "."): text for name, text in changes.items()})
        return self.activated(self.stage())

    def rollback(self) -> HostReport:
        return self.activated(self.stage(restore=""))

    def activate(self) -> HostReport:
        return activate_or_explain(self.host, self.runs[-1], 600)

    def activated(self, staged: Staging) -> HostReport:
        return self.activate() if staged.report.outcome == "staged" else staged.report

    def has_begun(self, step: str) -> bool:
        own = [entry.fields for entry in self.host.journal.entries() if entry.run == self.runs[-1]]
        return any(one.get("step") == step and one.get("state") == "started" for one in own)

    def ids(self) -> Mapping[str, str]:
        return {one.service: one.id for one in self.host.engine.containers(self.project)}

    def changed(self, before: Mapping[str, str]) -> list[str]:
        return sorted(service for service, one in self.ids().items() if before.get(service) != one)

    def place(self, path: str) -> Path:
        return self.directory / path


@pytest.fixture
def shop(tmp_path: Path, project: str, pinned: tuple[str, str]) -> Iterator[OwnShop]:
    made = OwnShop(tmp_path, project, pinned)
    made.place("deploy/data").mkdir(parents=True)
    made.place("deploy/data/orders").write_text("kept")
    yield made
    for name in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"mint-promotion/{project}/*").split():
        docker("image", "rm", name)


def inspected(container: str) -> Any:
    return json.loads(docker("inspect", container))[0]


def test_files_names_and_services_of_the_team_hold(shop: OwnShop) -> None:
    report = shop.promote()
    assert report.outcome == "promoted", report.failure
    containers = {one.service: one for one in shop.host.engine.containers(shop.project)}
    assert sorted(containers) == ["proxy", "setup", "web"]
    assert (containers["setup"].state, containers["setup"].exit_code) == ("exited", 0)
    web = inspected(containers["web"].id)
    assert web["Name"] == f"/{shop.project}-the-web"
    assert {"LEVEL=info", f"TOKEN={SECRET}"} <= set(web["Config"]["Env"])
    assert web["Config"]["Labels"]["team"] == "shop"
    assert web["Config"]["Labels"]["mint.promotion.module"] == "shop"
    mounts = {one["Destination"]: one["Source"] for one in web["Mounts"]}
    assert mounts["/data"] == str(shop.place("deploy/data"))
    assert all(one.labels["mint.promotion.stack"] == shop.project for one in containers.values())
    assert {path: shop.place(path).read_text() for path in FILES} == FILES
    assert shop.promote().outcome == "no_change"


def test_a_changed_file_recreates_the_service_that_mounts_it_and_comes_back(shop: OwnShop) -> None:
    shop.promote()
    before = shop.ids()
    assert shop.promote(nginx__nginx_dot_conf="events { worker_connections 9; }\n", nginx__more_dot_conf="#\n").changed
    assert "proxy" in shop.changed(before)
    assert "web" not in shop.changed(before)
    assert shop.place("nginx/more.conf").exists()
    report = shop.rollback()
    assert report.outcome == "restored", report.failure
    assert shop.place("nginx/nginx.conf").read_text() == "events {}\n"
    assert not shop.place("nginx/more.conf").exists()
    assert shop.place("deploy/data/orders").read_text() == "kept"


def test_a_preview_says_which_modules_the_files_change(shop: OwnShop) -> None:
    shop.promote()
    assert shop.stage(preview).modules == {"shop": "unchanged"}
    shop.files["nginx/nginx.conf"] = "other\n"
    told = shop.stage(preview)
    assert told.modules == {"shop": "unchanged"}
    assert [one["before_header"].partition(" ")[0] for one in told.diff] == ["nginx/nginx.conf"]
    shop.files["deploy/web.env"] = "LEVEL=debug\n"
    assert shop.stage(preview).modules == {"shop": "changed"}


def test_a_secret_that_a_service_reads_as_a_file_changes_with_its_value(shop: OwnShop) -> None:
    shop.promote()
    shop.secret = "another-secret-of-the-test"
    before = shop.ids()
    assert shop.promote().outcome == "promoted"
    assert "proxy" in shop.changed(before)
    assert shop.secret not in docker("inspect", shop.ids()["proxy"])
    assert shop.host.engine.execute(shop.ids()["proxy"], ["cat", "/run/secrets/key"], 10) == (0, shop.secret)


@pytest.mark.parametrize("step", ["up", "health"])
def test_the_next_run_gives_the_files_back_when_a_worker_was_killed(shop: OwnShop, step: str) -> None:
    shop.promote()
    shop.health = "sleep 2; exit 1"
    shop.files["deploy/web.env"] = "LEVEL=cut off\n"
    shop.stage()
    waiting = threading.Thread(target=shop.activate)
    waiting.start()
    while not shop.has_begun(step):
        time.sleep(0.01)
    worker = sitting(shop.host.layout.worker_lock)
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    waiting.join()
    shop.health, shop.files = "true", dict(FILES)
    assert shop.promote().outcome == "no_change"
    assert shop.place("deploy/web.env").read_text() == "LEVEL=info\n"


def test_a_stack_can_take_up_its_own_compose_files_and_go_back(shop: OwnShop) -> None:
    own = shop.manifest()
    (web,) = own.modules
    rendered = replace(own, compose=None, modules=(replace(web, command=("sh", "-c", "sleep 600")),))
    assert shop.activated(shop.stage(manifest=rendered)).outcome == "promoted"
    before = shop.host.store.current()
    assert shop.promote().outcome == "promoted"
    assert sorted(shop.ids()) == ["proxy", "setup", "web"]
    report = shop.rollback()
    assert report.outcome == "restored", report.failure
    assert (shop.host.store.current(), sorted(shop.ids())) == (before, ["web"])
    assert [path.name for path in shop.directory.rglob("*") if path.is_file()] == ["orders"]


def test_the_project_directory_may_lie_where_the_team_has_it(shop: OwnShop, tmp_path: Path) -> None:
    shop.own_directory = str(tmp_path / "srv" / "shop" / "deploy")
    (tmp_path / "srv" / "shop" / "deploy" / "data").mkdir(parents=True)
    report = shop.promote()
    assert report.outcome == "promoted", report.failure
    assert (tmp_path / "srv" / "shop" / "nginx" / "nginx.conf").read_text() == "events {}\n"
    mounts = {one["Destination"]: one["Source"] for one in inspected(shop.ids()["web"])["Mounts"]}
    assert mounts["/data"] == f"{shop.own_directory}/data"
    assert not shop.place("deploy/web.env").exists()
    assert shop.promote().outcome == "no_change"


def test_a_companion_stays_the_image_that_it_was_staged_with(shop: OwnShop) -> None:
    shop.promote()
    (kept,) = {one.image_id for one in shop.host.engine.containers(shop.project) if one.service == "proxy"}
    docker("build", "--tag", shop.images[1], "-", content=f"FROM {shop.images[0]}\nLABEL moved=yes\n".encode())
    shop.promote(deploy__web_dot_env="LEVEL=debug\n")
    (moved,) = {one.image_id for one in shop.host.engine.containers(shop.project) if one.service == "proxy"}
    assert moved != kept
    docker("image", "rm", shop.images[1])
    report = shop.rollback()
    docker("tag", shop.images[0], shop.images[1])
    assert report.outcome == "restored", report.failure
    assert {one.image_id for one in shop.host.engine.containers(shop.project) if one.service == "proxy"} == {kept}


def test_a_broken_release_gives_the_files_back(shop: OwnShop) -> None:
    shop.promote()
    shop.health = "exit 1"
    report = shop.promote(deploy__web_dot_env="LEVEL=broken\n", nginx__new_dot_conf="#\n")
    assert report.outcome == "rolled_back", report.failure
    assert shop.place("deploy/web.env").read_text() == "LEVEL=info\n"
    assert not shop.place("nginx/new.conf").exists()


def test_a_broken_first_release_leaves_nothing_but_the_data(shop: OwnShop) -> None:
    shop.health = "exit 1"
    assert shop.promote().outcome == "rolled_back"
    assert shop.ids() == {}
    assert [path.name for path in shop.directory.rglob("*") if path.is_file()] == ["orders"]


def test_a_file_that_was_changed_by_hand_is_seen_bars_a_promotion_and_no_rollback(shop: OwnShop) -> None:
    shop.promote()
    shop.promote(deploy__web_dot_env="LEVEL=debug\n")
    shop.place("nginx/nginx.conf").write_text("by hand\n")
    drift = observe(shop.host)["drift"]
    assert [one["subject"] for one in drift] == ["files"]
    assert str(shop.place("nginx/nginx.conf")) in drift[0]["found"]
    report = shop.promote(deploy__web_dot_env="LEVEL=warn\n")
    assert report.outcome == "refused"
    assert report.failure is not None
    assert f"{shop.place('nginx/nginx.conf')}: found a file that no release has brought" in report.failure.message
    assert shop.rollback().outcome == "restored"
    assert shop.place("nginx/nginx.conf").read_text() == "events {}\n"


LACKING = """
services:
  web:
    image: x
    volumes: ["./absent:/a", "/etc/no-such-file:/b"]
    ports: ["127.0.0.1:{port}:80"]
    networks: [away]
  worker:
    image: ${{COMPANION}}/other:latest
networks:
  away: {{external: true, name: no-such-network}}
"""


@pytest.mark.parametrize("how", [stage, preview])
def test_all_that_a_host_lacks_is_told_at_once_and_nothing_is_left(
    shop: OwnShop, how: Callable[[Host, Request], Staging], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shop.files = {"deploy/compose.yaml": LACKING.format(port=port)}
        report = shop.stage(how).report
    assert report.outcome == "refused"
    assert report.failure is not None
    for reason in (
        f"{shop.place('deploy/absent')}, which is neither on the host nor in the repository",
        "/etc/no-such-file, which is neither",
        f"the port 127.0.0.1:{port}, which ",
        "no external network no-such-network",
        f"the image {shop.images[1]}/other:latest with the tag latest",
    ):
        assert reason in report.failure.message
    assert "has 5 faults" in report.failure.message
    assert os.listdir(folder) == []
    assert not (shop.host.store.exists() and shop.host.store.releases())


def test_a_link_in_the_project_directory_leads_no_file_astray(shop: OwnShop, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shop.place("nginx").symlink_to(elsewhere)
    report = shop.promote()
    assert report.outcome in ("rolled_back", "rollback_failed")
    assert report.failure is not None
    assert "a symbolic link" in report.failure.message
    assert list(elsewhere.iterdir()) == []
