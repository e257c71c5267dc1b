# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arguments by which every module that works on a host names its stack (doc_fragments/stack_on_host.py)."""

from __future__ import annotations

import json
import os
import platform
from typing import Any, Dict, Mapping

from .._data import decode
from .._errors import Refused
from .._manifest.supply import Supply
from .._registry.model import Login
from .files import ownership
from .host import Host, open_host

STACK_ON_HOST: Mapping[str, Mapping[str, Any]] = {
    "root": {"type": "path", "default": "/opt"},
    "stack": {"type": "str", "required": True},
    "host": {"type": "str"},
}

OWNERSHIP: Mapping[str, Mapping[str, Any]] = {
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "directory_mode": {"type": "str", "default": "0750"},
    "file_mode": {"type": "str", "default": "0640"},
    "env_mode": {"type": "str", "default": "0600"},
}


def host_of(parameters: Mapping[str, Any]) -> Host:
    """Return the host that these arguments name; without a name it goes by its own host name.

    A module that writes has OWNERSHIP among its arguments. Raises Refused for an owner that the host does not know, and
    for a root that is no absolute path: it would depend on the folder that a process is in, and the worker leaves the
    one that its connection was in.
    """
    if not os.path.isabs(parameters["root"]):
        message = f"The root {parameters['root']!r} is no absolute path"
        raise Refused(message, "Set promotion_root to an absolute path such as /opt.")
    owned = ownership(*(parameters[name] for name in OWNERSHIP)) if "file_mode" in parameters else None
    name = parameters["host"] or platform.node()
    return open_host(parameters["root"], parameters["stack"], name, owned, logins_of(parameters))


def logins_of(parameters: Mapping[str, Any]) -> Dict[str, Login]:
    """Return the registry logins that a caller encoded as JSON, by registry; none where none were given.

    They are one text, because of a mapping Ansible would mask every value wherever it occurs in a result.
    """
    given = json.loads(parameters.get("registry_logins") or "{}")
    return {registry: decode(Login, one) for registry, one in given.items()}


def supplies_of(parameters: Mapping[str, Any]) -> Dict[str, Supply]:
    """Return the supplies that a caller encoded, by module."""
    return {name: decode(Supply, one) for name, one in (parameters["supplies"] or {}).items()}
