# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A registry that asks for a password is asked with it, and nothing of the password stays anywhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._engine.login import logged_in
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.module_utils._registry.authentication import basic
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Login

from .conftest import docker
from .registry import Registry, running_registry

LOGIN = Login("deploy", "hunter2-of-the-registry")


@pytest.fixture
def guarded(image: str) -> Iterator[tuple[Registry, str]]:
    """A registry that asks for LOGIN, and an image in it that the engine does not have under this name."""
    with running_registry(basic(LOGIN)) as registry:
        tag = f"{registry.name}/engt/guarded:1"
        docker("tag", image, tag)
        with logged_in({registry.name: LOGIN}) as environment:
            subprocess.run(["docker", "push", "--quiet", tag], env=environment, check=True, capture_output=True)
        reference = docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", tag)
        docker("image", "rm", tag)
        yield registry, reference


def traces(secret: str) -> list[str]:
    """Where the docker command keeps logins, and where files in memory and temporary ones lie."""
    found = [path for parent in ("/dev/shm", "/tmp", "/run") for path in Path(parent).glob("mint-promotion-*")]
    files = [Path.home() / ".docker/config.json", *(one for folder in found for one in folder.rglob("*"))]
    return [str(path) for path in files if path.is_file() and secret in path.read_text("utf-8", "replace")]


def test_an_image_is_pulled_with_the_login_and_without_a_trace(guarded: tuple[Registry, str]) -> None:
    registry, reference = guarded
    engine = Engine({registry.name: LOGIN})
    engine.pull(reference)
    assert engine.image(reference) is not None
    assert engine.remove_image(reference)
    encoded = basic(LOGIN).split()[1]
    assert registry.seen
    assert not [line for line in registry.seen if LOGIN.password in line or encoded in line]
    assert traces(encoded) == []


@pytest.mark.parametrize("logins", [{}, {"NAME": Login("deploy", "wrong")}, {"other.example.com": LOGIN}])
def test_without_the_right_login_the_image_is_refused(guarded: tuple[Registry, str], logins: dict[str, Login]) -> None:
    registry, reference = guarded
    known = {name.replace("NAME", registry.name): login for name, login in logins.items()}
    with pytest.raises(CommandFailed) as caught:
        Engine(known).pull(reference)
    assert "promotion_registry_logins" in caught.value.remedy


def test_what_a_killed_process_left_in_memory_is_removed() -> None:
    child = os.fork()
    if child == 0:
        context = logged_in({"registry.example.com": LOGIN})
        context.__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    left = list(Path("/dev/shm").glob(f"mint-promotion-login-{child}-*"))
    assert left
    with logged_in({}):
        assert not left[0].exists()


def test_logins_at_the_same_time_remove_the_same_leavings() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    for number in range(300):
        Path(f"/dev/shm/mint-promotion-login-{child}-{number}").mkdir(mode=0o700)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: _log_in(), range(8)))
    assert list(Path("/dev/shm").glob(f"mint-promotion-login-{child}-*")) == []


def _log_in() -> None:
    with logged_in({}):
        pass
