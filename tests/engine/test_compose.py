# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What we write for Compose is what Compose reads, and what it then does."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any, Mapping, Sequence

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.command import Files
from ansible_collections.mint.promotion.plugins.module_utils._compose.driver import Compose
from ansible_collections.mint.promotion.plugins.module_utils._compose.env import render_env
from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Attachment,
    Healthcheck,
    Manifest,
    Module,
    Mount,
    Port,
    Resources,
    Variable,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text

from .conftest import ROOT

CHARACTERS = "'\"\\$#`=!% \t:-{}aé\x01\x0b\x0c\x1b\x7f\x85\xa0\u2028\ufeff😀"
PIECES = [*CHARACTERS, "$$", "${A}", "\\n", "\\'", '\\"', "\\$", " #"]
VALUES = 4000


def corpus(seed: int) -> list[str]:
    """Values made of everything that quoting can get wrong, always the same for one seed."""
    chance = random.Random(seed)
    return ["".join(chance.choices(PIECES, k=chance.randint(0, 12))) for _number in range(VALUES)]


def write(folder: Path, compose: str, values: Mapping[str, str]) -> Path:
    (folder / ".env").write_bytes(render_env(values).encode())
    (folder / "compose.yaml").write_bytes(compose.encode())
    return folder


def driver(project: str, folder: Path) -> Compose:
    return Compose(Files(project, str(folder), (str(folder / "compose.yaml"),), str(folder / ".env")))


def read_by_compose(folder: Path) -> Any:
    argv = ["docker", "compose", "--project-directory", str(folder), "--env-file", str(folder / ".env")]
    argv += ["--file", str(folder / "compose.yaml"), "config", "--format", "json"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
    done = subprocess.run(argv, capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def unescaped(texts: Sequence[str]) -> list[str]:
    """`config` doubles every `$` of what it read, so that its output is a compose file again."""
    return [text.replace("$$", "$") for text in texts]


def module(image: str, **fields: Any) -> Module:
    return Module("artwork", image, "files-api", revision="a" * 40, **fields)


def manifest(project: str, *modules: Module, **fields: Any) -> Manifest:
    return Manifest(1, "shop", project, "r", "0" * 40, modules, **fields)


@pytest.mark.parametrize("seed", [1, 2])
def test_compose_reads_every_value_as_it_was_given(tmp_path: Path, seed: int) -> None:
    values = {f"V{number}": value for number, value in enumerate(corpus(seed))}
    one = manifest("shop", module("image", environment=tuple(Variable(name, name) for name in values)))
    write(tmp_path, compose_text(one, values), values)
    found = read_by_compose(tmp_path)["services"]["files-api"]["environment"]
    assert dict(zip(found, unescaped(list(found.values())), strict=True)) == values


def test_compose_reads_every_literal_as_the_manifest_has_it(tmp_path: Path) -> None:
    words = tuple(corpus(3)[:1000]) + ("yes", "1e3", "0o17", "0x1F", "1:30", "null", "~", "2001-01-01", "=", "<<")
    write(tmp_path, compose_text(manifest("shop", module("image", command=words)), ()), {})
    assert unescaped(read_by_compose(tmp_path)["services"]["files-api"]["command"]) == list(words)


def test_a_container_gets_the_bytes_that_were_given(tmp_path: Path, image: str, project: str) -> None:
    values = {f"V{number}": value for number, value in enumerate(corpus(4)[:200])}
    one = manifest(project, module(image, environment=tuple(Variable(name, name) for name in values)))
    write(tmp_path, compose_text(one, values), values)
    driver(project, tmp_path).up()
    (container,) = Engine().containers(project)
    told = subprocess.run(["docker", "inspect", container.id], capture_output=True, check=True).stdout
    environment = dict(line.split("=", 1) for line in json.loads(told)[0]["Config"]["Env"])
    assert {name: environment[name] for name in values} == values


def test_every_limit_takes_effect(tmp_path: Path, image: str, project: str) -> None:
    volume, network = f"{project}-files", f"{project}-database"
    one = manifest(
        project,
        module(
            image,
            resources=Resources("64m", 0.5, 50),
            read_only=True,
            tmpfs=("/tmp",),
            user="1000:1000",
            command=("sh", "-c", "sleep 600; echo $HOME"),
            ports=(Port(13507, 80, "127.0.0.1"),),
            healthcheck=Healthcheck(("CMD", "true"), interval_seconds=7, retries=2),
            stop_grace_seconds=3,
            networks=("database",),
            volumes=(Mount("files", "/data", read_only=True),),
        ),
        networks=(Attachment("database", network, external=False),),
        volumes=(Attachment("files", volume, external=False),),
    )
    write(tmp_path, compose_text(one, ()), {})
    driver(project, tmp_path).up()
    (container,) = Engine().containers(project)
    told = json.loads(subprocess.run(["docker", "inspect", container.id], capture_output=True, check=True).stdout)[0]
    host, config = told["HostConfig"], told["Config"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (64 * 1024 * 1024, 500_000_000, 50)
    assert (host["ReadonlyRootfs"], host["Init"], host["RestartPolicy"]["Name"]) == (True, True, "unless-stopped")
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}
    assert host["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "13507"}]}
    assert list(host["Tmpfs"]) == ["/tmp"]
    assert (config["User"], config["StopTimeout"], config["Cmd"][2]) == ("1000:1000", 3, "sleep 600; echo $HOME")
    assert (config["Healthcheck"]["Interval"], config["Healthcheck"]["Retries"]) == (7_000_000_000, 2)
    assert config["Labels"]["mint.promotion.module"] == "artwork"
    assert set(told["NetworkSettings"]["Networks"]) == {f"{project}_default", network}
    assert container.volumes == {"/data": volume}
    assert [mount["RW"] for mount in told["Mounts"] if mount["Type"] == "volume"] == [False]


def services_after(project: str, project_directory: str, folder: Path) -> dict[str, str]:
    """The container ids by service, after the release in `folder` was brought up."""
    Compose(Files(project, project_directory, (str(folder / "compose.yaml"),), str(folder / ".env"))).up()
    return {one.service: one.id for one in Engine().containers(project)}


def test_only_what_changed_is_recreated_whatever_release_it_comes_from(
    tmp_path: Path, image: str, project: str
) -> None:
    other = Module("shop", image, "web", third_party=True)
    folders = [tmp_path / name for name in ("r1", "r2")]
    for folder, command in zip(folders, ("600", "700"), strict=True):
        folder.mkdir()
        write(folder, compose_text(manifest(project, module(image, command=("sleep", command)), other), ()), {})
    before, after = (services_after(project, str(tmp_path), folder) for folder in folders)
    assert before["web"] == after["web"]
    assert before["files-api"] != after["files-api"]


def test_a_service_that_is_no_longer_there_is_removed_and_volumes_are_kept(
    tmp_path: Path, image: str, project: str
) -> None:
    files = Attachment("files", f"{project}-files", external=False)
    one = manifest(project, module(image, volumes=(Mount("files", "/data"),)), volumes=(files,))
    two = manifest(project, Module("shop", image, "web", third_party=True), volumes=(files,))
    for wanted, services in ((one, ["files-api"]), (two, ["web"])):
        write(tmp_path, compose_text(wanted, ()), {})
        driver(project, tmp_path).up()
        assert [container.service for container in Engine().containers(project)] == services
    driver(project, tmp_path).down()
    assert Engine().containers(project) == ()
    assert [volume.name for volume in Engine().volumes([files.name])] == [files.name]


def test_a_variable_of_the_caller_does_not_reach_a_release(
    tmp_path: Path, image: str, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_NAME", "of the caller")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "another")
    one = manifest(project, module(image, environment=(Variable("SHOP_NAME", "SHOP_NAME"),)))
    write(tmp_path, compose_text(one, ["SHOP_NAME"]), {"SHOP_NAME": "of the release"})
    driver(project, tmp_path).up()
    (container,) = Engine().containers(project)
    assert Engine().execute(container.id, ["sh", "-c", "echo $SHOP_NAME"], 10) == (0, "of the release\n")


def test_a_missing_external_network_is_told_with_what_to_do(tmp_path: Path, image: str, project: str) -> None:
    network = Attachment("database", f"{project}-missing")
    one = manifest(project, module(image, networks=("database",)), networks=(network,))
    write(tmp_path, compose_text(one, ()), {})
    driver(project, tmp_path).validate()
    with pytest.raises(CommandFailed, match=f"{project}-missing") as caught:
        driver(project, tmp_path).up()
    assert caught.value.remedy == "Create it on the host before the promotion."


def test_an_image_that_is_not_here_is_not_pulled(tmp_path: Path, project: str) -> None:
    reference = f"127.0.0.1:1/mint/artwork@sha256:{'0' * 64}"
    write(tmp_path, compose_text(manifest(project, module(reference)), ()), {})
    with pytest.raises(CommandFailed, match="(?i)no such image"):
        driver(project, tmp_path).up()
    assert Engine().containers(project) == ()


def test_files_that_are_only_in_memory_are_read_too(tmp_path: Path, project: str) -> None:
    """A dry run lets Compose read what would be staged, and no secret touches a disk."""
    one = manifest(project, module("image", environment=(Variable("TOKEN", "TOKEN"),)))
    paths = []
    for name, text in (("compose.yaml", compose_text(one, ["TOKEN"])), (".env", render_env({"TOKEN": "s3cret"}))):
        descriptor = os.memfd_create(name)
        os.write(descriptor, text.encode())
        paths.append(f"/proc/{os.getpid()}/fd/{descriptor}")
    Compose(Files(project, str(tmp_path), (paths[0],), paths[1])).validate()


def test_a_file_that_compose_refuses_is_told_before_anything_is_changed(tmp_path: Path) -> None:
    write(tmp_path, "services: {a: {image: x, no_such_key: 1}}\n", {})
    with pytest.raises(CommandFailed, match="no_such_key"):
        driver("shop", tmp_path).validate()


SHAPES = [
    ("plain", ("compose.yaml",), {"web", "db"}),
    ("merged", ("deploy/compose.yaml", "deploy/compose.prod"), {"web", "proxy"}),
    ("included", ("compose.yaml",), {"web", "search", "mail"}),
    ("extended", ("docker-compose.yml",), {"web", "worker"}),
    ("jobs", ("compose.yaml",), {"web", "migrate", "queue"}),
]


@pytest.mark.parametrize(("shape", "files", "services"), SHAPES, ids=[one[0] for one in SHAPES])
def test_compose_itself_reads_every_shape_that_is_carried(
    tmp_path: Path, shape: str, files: tuple[str, ...], services: set[str]
) -> None:
    """The same folders as in the unit tests: what those carry is what Compose needs."""
    shutil.copytree(ROOT / "tests" / "unit" / "compose_files" / shape, tmp_path / shape)
    (tmp_path / "included" / "search").mkdir(parents=True, exist_ok=True)
    (tmp_path / "included" / "search" / ".env").write_text("SEARCH_VERSION=v1.11\n")
    overlay, env = tmp_path / "overlay.yaml", tmp_path / "env"
    overlay.write_text(json.dumps({"services": {name: {"labels": {"ours": "1"}} for name in services}}))
    env.write_text(render_env({"DATABASE_URL": "u", "POSTGRES_PASSWORD": "p", "SESSION_KEY": "s"}))
    paths = [tmp_path / shape / name for name in files]
    argv = (*map(str, paths), str(overlay))
    resolved = Compose(Files("shop", str(paths[0].parent), argv, str(env))).resolve()
    assert set(resolved.services) == services
