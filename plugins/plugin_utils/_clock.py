# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control node's clock and the name of who works there."""

from __future__ import annotations

import getpass
import socket
from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def timestamp() -> str:
    """The time as RFC 3339 in UTC, to the millisecond."""
    return now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def requester() -> str:
    """The name of the user that runs Ansible."""
    return getpass.getuser()


def control_node() -> str:
    """The name of this machine."""
    return socket.gethostname()
