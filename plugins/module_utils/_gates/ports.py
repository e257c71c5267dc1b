# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who has a port of the host: containers that publish it, and sockets that listen (pure).

The format of /proc/net/{tcp,tcp6,udp,udp6} is described in the Linux kernel:
Documentation/networking/proc_net_tcp.rst.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from .._engine.model import PublishedPort
from .._manifest.model import Port

_TCP_LISTEN = "0A"
_UDP_UNCONNECTED = "07"
FREE, OURS, TAKEN = "free", "ours", "taken"


@dataclass(frozen=True)
class Listener:
    address: str
    port: int
    protocol: str
    inode: int  # of its socket: names it in /proc/<pid>/fd


@dataclass(frozen=True)
class PortState:
    """`owner` says who has the port; where only its socket is known, `inode` names that."""

    state: str
    owner: Optional[str] = None
    inode: Optional[int] = None


def parse_listeners(text: str, protocol: str) -> Tuple[Listener, ...]:
    """The listening sockets of one such file; `protocol` is tcp or udp."""
    state = _TCP_LISTEN if protocol == "tcp" else _UDP_UNCONNECTED
    rows = (line.split() for line in text.splitlines()[1:])
    return tuple(_listener(row, protocol) for row in rows if len(row) > 9 and row[3] == state)


def _listener(row: Sequence[str], protocol: str) -> Listener:
    address, _colon, port = row[1].partition(":")
    return Listener(_address(address), int(port, 16), protocol, int(row[9]))


def _address(digits: str) -> str:
    """The address of 8 or 32 hex digits: words of 32 bits, each in the byte order of the host."""
    words = (int(digits[start : start + 8], 16) for start in range(0, len(digits), 8))
    address = ipaddress.ip_address(b"".join(struct.pack("=I", word) for word in words))
    return str(getattr(address, "ipv4_mapped", None) or address)


def port_state(
    port: Port, project: str, published: Sequence[PublishedPort], listeners: Sequence[Listener]
) -> PortState:
    """Whether `port` can be published by `project`, and who has it now.

    Containers come first: a published port has a listener too, unless the engine runs without its proxy.
    """
    same = (one for one in published if (one.port, one.protocol) == (port.published, port.protocol))
    holders = [one for one in same if overlaps(port.address, one.address)]
    foreign = [one for one in holders if one.project != project]
    if holders:
        holder = (foreign or holders)[0]
        return PortState(TAKEN if foreign else OURS, f"container {holder.container}")
    others = (one for one in listeners if (one.port, one.protocol) == (port.published, port.protocol))
    clash = next((one for one in others if overlaps(port.address, one.address)), None)
    return PortState(FREE) if clash is None else PortState(TAKEN, inode=clash.inode)


def overlaps(one: str, other: str) -> bool:
    """Whether two addresses to listen on exclude each other.

    A socket on `::` takes IPv4 as well, unless it says otherwise, which /proc does not tell.
    """
    if one == other or "::" in (one, other):
        return True
    return _is_all_of_family(one, other) or _is_all_of_family(other, one)


def _is_all_of_family(wide: str, address: str) -> bool:
    return wide == "0.0.0.0" and ":" not in address
