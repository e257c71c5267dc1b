# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions and orders to a real engine."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.command import Files
from ansible_collections.mint.promotion.plugins.module_utils._compose.driver import Compose
from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import TIMED_OUT, Engine
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Image
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.module_utils._gates.observe import Subject, observe
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Attachment,
    Manifest,
    Module,
    Port,
)
from bed.small_image import small_filesystem

from .conftest import docker

ABSENT = f"127.0.0.1:1/mint/artwork@sha256:{'0' * 64}"


def bring_up(folder: Path, project: str, services: dict[str, Any]) -> None:
    (folder / "compose.yaml").write_text(json.dumps({"services": services}))
    (folder / ".env").write_text("")
    Compose(Files(project, str(folder), (str(folder / "compose.yaml"),), str(folder / ".env"))).up()


def id_of(image: Image | None) -> str | None:
    return image.id if image else None


def test_images_are_found_tagged_and_removed(image: str, project: str) -> None:
    engine, tag = Engine(), f"{project}-tagged:1"
    found = engine.image(image)
    assert found is not None
    assert found.labels == {"org.opencontainers.image.revision": "a" * 40}
    engine.tag(image, tag)
    assert id_of(engine.image(tag)) == found.id
    assert engine.remove_image(tag) is True
    assert engine.remove_image(tag) is False
    assert engine.image(tag) is None
    assert engine.image(image) == found


def test_many_images_are_asked_for_at_once_and_each_answer_is_that_of_its_reference(image: str, project: str) -> None:
    engine, others = Engine(), [f"{project}-{letter}:1" for letter in "cab"]
    for name in others:
        docker("import", "--change", f"LABEL name={name}", "-", name, content=small_filesystem())
    found = engine.images([others[0], image, *others, image])
    assert found == {name: engine.image(name) for name in (*others, image)}
    assert [one.labels["name"] for name in others if (one := found[name])] == others
    assert engine.images([ABSENT, image, others[1]]) == {
        ABSENT: None,
        image: found[image],
        others[1]: found[others[1]],
    }
    assert engine.images([ABSENT]) == {ABSENT: None}
    assert engine.images([]) == {}
    for name in others:
        engine.remove_image(name)


def test_a_pull_that_fails_says_why_and_what_to_do() -> None:
    with pytest.raises(CommandFailed) as caught:
        Engine().pull(ABSENT)
    assert ABSENT in caught.value.message
    assert "this host reaches it" in caught.value.remedy


def test_a_registry_that_does_not_answer_has_said_nothing_of_the_image() -> None:
    found = Engine().registry_image(ABSENT)
    assert found.exists is None
    assert "connection refused" in found.reason


def test_a_project_without_containers_has_none(project: str) -> None:
    assert Engine().containers(project) == ()


def test_a_container_that_dies_is_told_at_once(tmp_path: Path, image: str, project: str) -> None:
    engine = Engine()
    with engine.deaths(project) as watch:
        assert watch.died() == ()
        bring_up(
            tmp_path,
            project,
            {
                "web": {"image": image},
                "crash": {"image": image, "command": ["sh", "-c", "echo why >&2; sleep 0.3; exit 3"], "restart": "no"},
            },
        )
        deadline = time.monotonic() + 10
        while not watch.died() and time.monotonic() < deadline:
            time.sleep(0.02)
        (death,) = watch.died()
    crash, web = engine.containers(project)
    assert (death.service, death.exit_code, death.container_id) == ("crash", 3, crash.id)
    assert abs(death.time - time.time()) < 30
    assert (crash.state, crash.exit_code, web.state) == ("exited", 3, "running")
    assert engine.logs(crash.id, 20) == ("why",)


def test_a_death_before_the_stream_is_connected_is_not_missed(tmp_path: Path, image: str, project: str) -> None:
    engine = Engine()
    bring_up(tmp_path, project, {"web": {"image": image, "init": True}})
    (container,) = engine.containers(project)
    with engine.deaths(project) as watch:
        engine.execute(container.id, ["sh", "-c", "kill 1"], 10)
        deadline = time.monotonic() + 10
        while not watch.died() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [death.container_id for death in watch.died()] == [container.id]


def test_a_volume_that_is_made_anew_is_told_and_one_that_is_written_to_is_not(image: str, project: str) -> None:
    kept, anew = f"{project}-kept", f"{project}-anew"
    try:
        docker("volume", "create", kept)
        docker("volume", "create", anew)
        with Engine().deaths(project) as watch:
            docker("run", "--rm", "--volume", f"{kept}:/data", image, "sh", "-c", ": > /data/file")
            docker("volume", "rm", anew)
            docker("volume", "create", anew)
            deadline = time.monotonic() + 10
            while not watch.removed_volumes() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert watch.removed_volumes() == (anew,)
    finally:
        docker("volume", "rm", kept, anew)


def test_commands_in_a_container_end_in_their_time(tmp_path: Path, image: str, project: str) -> None:
    engine = Engine()
    bring_up(tmp_path, project, {"web": {"image": image}})
    (container,) = engine.containers(project)
    code, output = engine.execute(container.id, ["sh", "-c", "echo out; echo err >&2; exit 4"], 10)
    assert (code, sorted(output.split())) == (4, ["err", "out"])  # the engine keeps no order between streams
    assert engine.execute(container.id, ["no-such-program"], 10)[0] in (126, 127)
    assert engine.execute(container.id, ["sleep", "30"], 0.5)[0] == TIMED_OUT


def test_a_command_in_no_container_is_no_answer_and_shows_no_argument() -> None:
    with pytest.raises(CommandFailed) as caught:
        Engine().execute("no-such-container", ["echo", "s3cret"], 10)
    assert "s3cret" not in str(caught.value)


def test_the_log_of_a_container_that_is_gone_is_one_line_that_says_so() -> None:
    (line,) = Engine().logs("no-such-container", 20)
    assert "could not be read" in line


def test_volumes_and_networks_are_told_by_name(tmp_path: Path, image: str, project: str) -> None:
    bring_up(tmp_path, project, {"web": {"image": image}})
    assert Engine().volumes([f"{project}-missing"]) == ()
    assert f"{project}_default" in Engine().networks()


def test_of_a_container_that_ran_once_only_the_volumes_without_a_name_go(image: str, project: str) -> None:
    name, kept = f"{project}-once", f"{project}-kept"
    try:
        docker("run", "--detach", "--name", name, "--volume", f"{kept}:/kept", "--volume", "/own", image)
        mounts = json.loads(docker("inspect", "--format", "{{json .Mounts}}", name))
        Engine().remove_container(name, with_volumes=True)
        there = docker("volume", "ls", "--quiet").split()
        assert [one["Name"] for one in mounts if one["Name"] in there] == [kept]
    finally:
        docker("volume", "rm", "--force", kept)


def test_versions_are_those_of_this_machine() -> None:
    versions = Engine().versions()
    assert versions.engine
    assert versions.compose
    assert (versions.engine_reason, versions.compose_reason) == ("", "")


def test_evidence_of_a_host_with_all_it_needs(tmp_path: Path, image: str, project: str) -> None:
    ports = [{"target": 80, "published": "13508", "host_ip": "127.0.0.1"}]
    bring_up(tmp_path, project, {"web": {"image": image, "ports": ports}})
    modules = (
        Module("here", image, "web", ports=(Port(13508, 80, "127.0.0.1"), Port(13509, 81, "127.0.0.1"))),
        Module("absent", ABSENT, "other"),
    )
    networks = (Attachment("default", f"{project}_default"), Attachment("missing", f"{project}-missing"))
    volumes = (Attachment("files", f"{project}-files"),)
    wanted = Manifest(1, "shop", project, "r", "0" * 40, modules, networks=networks, volumes=volumes)
    found = observe(Subject(str(tmp_path), "shop", wanted, dict, str), Engine())
    assert [(one["published"], one["state"]) for one in found["ports"]["value"]] == [(13508, "ours"), (13509, "free")]
    assert found["networks"]["value"] == {f"{project}_default": True, f"{project}-missing": False}
    assert found["volumes"]["value"] == {f"{project}-files": False}
    here, absent = found["images"]["value"]
    assert (here["here"], here["registry"], here["platforms"]) == (True, None, [_platform(found)])
    assert (absent["here"], absent["registry"]) == (False, None)
    assert "connection refused" in absent["reason"]
    assert found["disk"]["value"]["data_free"] > 0
    other = observe(Subject(str(tmp_path), "shop", replace(wanted, project="other"), dict, str), Engine())
    assert other["ports"]["value"][0]["owner"] == f"container {project}-web-1"
    assert other["ports"]["value"][0]["state"] == "taken"


def _platform(found: dict[str, Any]) -> str:
    host = found["platform"]["value"]
    return f"{host['os']}/{host['arch']}"
