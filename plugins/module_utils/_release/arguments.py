# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arguments by which every module that works on a host names its stack (doc_fragments/stack_on_host.py)."""

from __future__ import annotations

import platform
from typing import Any, Mapping, Optional

from .files import Ownership
from .host import Host, open_host

STACK_ON_HOST: Mapping[str, Mapping[str, Any]] = {
    "root": {"type": "path", "default": "/opt"},
    "stack": {"type": "str", "required": True},
    "host": {"type": "str"},
}


def host_of(parameters: Mapping[str, Any], ownership: Optional[Ownership] = None) -> Host:
    """Return the host that these arguments name; without a name it goes by its own host name."""
    return open_host(parameters["root"], parameters["stack"], parameters["host"] or platform.node(), ownership)
