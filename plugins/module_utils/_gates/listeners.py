# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sockets that listen on a host, as /proc/net/{tcp,tcp6,udp,udp6} tell them (pure).

The format is described in Documentation/networking/proc_net_tcp.rst of the Linux kernel.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

_TCP_LISTEN = "0A"
_UDP_UNCONNECTED = "07"
_ALL = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Listener:
    address: str
    port: int
    protocol: str
    inode: int  # of its socket: names it in /proc/<pid>/fd


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


def clash(address: str, port: int, protocol: str, others: Sequence[Listener]) -> Optional[Listener]:
    """The listener that keeps `address`:`port` from being published, if there is one.

    A socket on `::` takes IPv4 as well, unless it says otherwise, which /proc does not tell.
    """
    same = (one for one in others if one.port == port and one.protocol == protocol)
    return next((one for one in same if overlaps(address, one.address)), None)


def overlaps(one: str, other: str) -> bool:
    """Whether two addresses to listen on exclude each other."""
    if one == other or "::" in (one, other):
        return True
    return _is_all_of_family(one, other) or _is_all_of_family(other, one)


def _is_all_of_family(one: str, other: str) -> bool:
    return one in _ALL and (":" in one) == (":" in other)
