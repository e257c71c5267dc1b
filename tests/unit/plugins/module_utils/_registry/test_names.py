# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of images lead to the registry that Docker would ask."""

from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._registry.model import ImageName
from ansible_collections.mint.promotion.plugins.module_utils._registry.names import (
    image_name,
    is_loopback,
    registry_address,
    split_registry,
)


@pytest.mark.parametrize(
    ("repository", "name"),
    [
        ("registry.example.com/team/web", ImageName("registry.example.com", "team/web")),
        ("Registry.Example.com:5000/web", ImageName("registry.example.com:5000", "web")),
        ("localhost/web", ImageName("localhost", "web")),
        ("127.0.0.1:5000/mint/web", ImageName("127.0.0.1:5000", "mint/web")),
        ("postgres", ImageName("docker.io", "library/postgres")),
        ("team/web", ImageName("docker.io", "team/web")),
        ("docker.io/postgres", ImageName("docker.io", "library/postgres")),
        ("index.docker.io/team/web", ImageName("docker.io", "team/web")),
    ],
)
def test_a_repository_names_its_registry(repository: str, name: ImageName) -> None:
    assert image_name(repository) == name


def test_docker_io_answers_elsewhere() -> None:
    assert registry_address("docker.io") == "registry-1.docker.io"
    assert registry_address("registry.example.com:5000") == "registry.example.com:5000"


def test_a_registry_is_told_from_a_folder() -> None:
    assert split_registry("team/web") == ("", "team/web")
    assert split_registry("localhost:5000/team/web") == ("localhost:5000", "team/web")


@pytest.mark.parametrize("address", ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.8.7", "[::1]:5000"])
def test_this_machine_is_known(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["registry.example.com", "127.example.com:80", "localhost.example.com", "10.0.0.1"])
def test_other_machines_are_not_taken_for_this_one(address: str) -> None:
    assert not is_loopback(address)
