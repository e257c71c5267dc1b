# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A TCP connection within a total time limit, the resolution of its name included."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any, List, Optional, Tuple

from .._errors import CouldNotCheck


class Deadline:
    """The end of a time limit of so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left; raises socket.timeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        return left


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Connect to the first address of `host` that answers.

    Raises CouldNotCheck for a name that does not resolve, socket.timeout at the deadline, and OSError with the
    reason of the last address.
    """
    failure: Optional[OSError] = None
    for family, kind, protocol, _name, address in _resolved(host, port, deadline):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.remaining())
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure or OSError("it has no address")


def _resolved(host: str, port: int, deadline: Deadline) -> List[Tuple[Any, ...]]:
    """Addresses of a name. getaddrinfo knows no time limit, so a thread waits for it in our place."""
    answers: List[Any] = []

    def resolve() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if not answers:
        raise CouldNotCheck(f"the name {host!r} cannot be resolved: no answer in time")
    if isinstance(answers[0], Exception):
        reason = getattr(answers[0], "strerror", None) or str(answers[0])
        raise CouldNotCheck(f"the name {host!r} cannot be resolved: {reason}")
    return list(answers[0])
