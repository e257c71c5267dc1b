# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A module is asked at its published port, else at its container's address."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._checks.target import module_target
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Container, ContainerPort
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Module, Port

RUNNING = Container("c1", "shop-web-1", "web", "sha256:1", "running", 0, 0, "", addresses=("172.20.0.3", "fd00::3"))
MODULE = Module(
    "shop", "image", "web", ports=(Port(53, 53, protocol="udp"), Port(3500, 80), Port(3501, 81, "10.0.0.7"))
)


def execute(container: str, argv: Sequence[str], timeout: float) -> tuple[int, str]:
    return 0, f"{container} {' '.join(argv)} {timeout:g}"


def url(port: int | None, module: Module = MODULE, *containers: Container) -> str:
    return module_target(module, containers or (RUNNING,), execute).base_url(port)


@pytest.mark.parametrize(
    ("port", "wanted"),
    [(None, "http://127.0.0.1:3500"), (81, "http://10.0.0.7:3501"), (9000, "http://172.20.0.3:9000")],
)
def test_the_published_port_comes_first(port: int | None, wanted: str) -> None:
    assert url(port) == wanted


def test_a_module_that_says_no_ports_is_asked_where_its_container_is_published() -> None:
    silent = replace(MODULE, ports=())
    published = (
        ContainerPort(53, "0.0.0.0", 53, "udp"),
        ContainerPort(80, "0.0.0.0", 8080),
        ContainerPort(81, "", 8081),
    )
    there = replace(RUNNING, ports=published)
    assert [url(port, silent, there) for port in (None, 81)] == ["http://127.0.0.1:8080", "http://127.0.0.1:8081"]
    assert url(9000, silent, there) == "http://172.20.0.3:9000"


def test_addresses_of_version_six_are_written_as_urls_want_them() -> None:
    assert url(None, replace(MODULE, ports=(Port(3500, 80, "::"),))) == "http://[::1]:3500"
    assert url(80, replace(MODULE, ports=()), replace(RUNNING, addresses=("fd00::3",))) == "http://[fd00::3]:80"


@pytest.mark.parametrize(
    ("module", "containers", "words"),
    [
        (MODULE, (replace(RUNNING, service="other"),), "service web has no container"),
        (MODULE, (replace(RUNNING, state="exited", exit_code=3),), r"shop-web-1 is exited \(exit code 3\)"),
        (replace(MODULE, ports=()), (RUNNING,), "publishes no port and the check names none"),
    ],
)
def test_what_cannot_be_asked_says_why(module: Module, containers: tuple[Container, ...], words: str) -> None:
    with pytest.raises(CouldNotCheck, match=words):
        url(None, module, *containers)


def test_a_container_without_an_address_has_no_port_to_ask() -> None:
    with pytest.raises(CouldNotCheck, match="has no address"):
        url(9000, MODULE, replace(RUNNING, addresses=()))


def test_commands_run_in_the_running_container() -> None:
    old = replace(RUNNING, id="c0", state="exited")
    assert module_target(MODULE, (old, RUNNING), execute).execute(["ls", "/"], 3) == (0, "c1 ls / 3")
