# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who has a port, by the kernel's own tables and by what containers have published."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.model import PublishedPort
from ansible_collections.mint.promotion.plugins.module_utils._gates.ports import (
    FREE,
    OURS,
    TAKEN,
    Listener,
    PortState,
    overlaps,
    parse_listeners,
    port_state,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Port

WEB = Port(3500, 80)


def has_loopback_of_version_six() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def listening(address: str, port: int = 3500, protocol: str = "tcp") -> Listener:
    return Listener(address, port, protocol, 77)


def test_listening_sockets_are_read_from_the_kernel() -> None:
    family, address = socket.AF_INET, "127.0.0.1"
    with socket.create_server((address, 0), family=family) as server:
        told = parse_listeners(Path("/proc/net/tcp").read_text(encoding="ascii"), "tcp")
        inode = os.stat(server.fileno()).st_ino
        assert Listener(address, server.getsockname()[1], "tcp", inode) in told


@pytest.mark.skipif(not has_loopback_of_version_six(), reason="this machine has no loopback of IPv6")
def test_sockets_of_version_six_are_read_too() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        told = parse_listeners(Path("/proc/net/tcp6").read_text(encoding="ascii"), "tcp")
        assert ("::1", server.getsockname()[1]) in {(one.address, one.port) for one in told}


def test_sockets_of_udp_are_read_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        told = parse_listeners(Path("/proc/net/udp").read_text(encoding="ascii"), "udp")
        assert ("127.0.0.1", server.getsockname()[1]) in {(one.address, one.port) for one in told}


def test_a_connection_is_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        told = parse_listeners(Path("/proc/net/tcp").read_text(encoding="ascii"), "tcp")
        assert client.getsockname()[1] not in {one.port for one in told}


def test_a_port_nobody_has_is_free() -> None:
    others = [listening("0.0.0.0", 3501), listening("0.0.0.0", protocol="udp")]
    published = [PublishedPort("x-1", "other", "0.0.0.0", 3501, "tcp")]
    assert port_state(WEB, "shop", published, others) == PortState(FREE)


def test_a_port_of_our_own_containers_is_ours() -> None:
    published = [PublishedPort("shop-web-1", "shop", "0.0.0.0", 3500, "tcp")]
    assert port_state(WEB, "shop", published, [listening("0.0.0.0")]) == PortState(OURS, "container shop-web-1")


def test_a_container_of_another_project_has_it_even_beside_one_of_ours() -> None:
    ours = PublishedPort("shop-web-1", "shop", "10.0.0.1", 3500, "tcp")
    other = PublishedPort("blog-1", "blog", "10.0.0.2", 3500, "tcp")
    assert port_state(WEB, "shop", [ours, other], []) == PortState(TAKEN, "container blog-1")


def test_another_program_has_it_by_its_socket() -> None:
    assert port_state(WEB, "shop", [], [listening("127.0.0.1")]) == PortState(TAKEN, None, 77)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("::", "127.0.0.1", True),
        ("0.0.0.0", "::", True),
        ("0.0.0.0", "::1", False),
        ("::", "::1", True),
        ("127.0.0.1", "::1", False),
    ],
)
def test_addresses_exclude_each_other_as_the_kernel_has_it(one: str, other: str, expected: bool) -> None:
    assert overlaps(one, other) is expected
