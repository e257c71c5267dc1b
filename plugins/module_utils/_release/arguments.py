# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arguments by which every module that works on a host names its stack (doc_fragments/stack_on_host.py)."""

from __future__ import annotations

import os
import platform
from typing import Any, Mapping, Optional

from .._errors import Refused
from .files import Ownership
from .host import Host, open_host

STACK_ON_HOST: Mapping[str, Mapping[str, Any]] = {
    "root": {"type": "path", "default": "/opt"},
    "stack": {"type": "str", "required": True},
    "host": {"type": "str"},
}


def host_of(parameters: Mapping[str, Any], ownership: Optional[Ownership] = None) -> Host:
    """Return the host that these arguments name; without a name it goes by its own host name.

    Raises Refused for a root that is no absolute path: it would depend on the folder that a process is in, and the
    worker leaves the one that its connection was in.
    """
    if not os.path.isabs(parameters["root"]):
        message = f"The root {parameters['root']!r} is no absolute path"
        raise Refused(message, "Set promotion_root to an absolute path such as /opt.")
    return open_host(parameters["root"], parameters["stack"], parameters["host"] or platform.node(), ownership)
