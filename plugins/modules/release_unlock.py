#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Break the lock of a run that is dead."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_unlock
short_description: Break the lock of a run that is dead
version_added: 0.1.0
description:
  - Removes the lock of a stack when the named run holds it and no worker of it lives.
  - A lock that is not there, or is held by another run, is no failure; the result says which.
  - What that run left unfinished is finished or undone by the next staging.
options:
  lock:
    description: Key of the run whose lock is to be broken, as the refusal of another run names it.
    type: str
    required: true

extends_documentation_fragment:
  - mint.promotion.stack_on_host
author:
  - mint.promotion contributors (@mint-promotion)
requirements:
  - On the host Python 3.8 or later, the docker command with its compose plugin, and a running Docker Engine.
attributes:
  check_mode:
    support: full
    description: Says whether the lock would be broken.
  diff_mode:
    support: none
    description: There is nothing to compare.
"""

EXAMPLES = r"""
- name: Break a dead lock
  mint.promotion.release_unlock:
    root: /opt
    stack: mint-modules
    lock: CAP-20260131-120000__promote__R1a2b3c4d
"""

RETURN = r"""
lock:
  description: Key of the run that was named.
  type: str
  returned: success
state:
  description: V(broken), in check mode also where it would be, or V(not_there).
  type: str
  returned: success
holding:
  description: The lock of another run, where there is one - run, holder, since, until.
  type: dict
  returned: success
"""

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._adapter import run_module
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._release.arguments import STACK_ON_HOST, host_of
from ansible_collections.mint.promotion.plugins.module_utils._release.identity import require_names
from ansible_collections.mint.promotion.plugins.module_utils._release.unlocking import BROKEN, unlock

ARGUMENTS = {
    **STACK_ON_HOST,
    "lock": {"type": "str", "required": True},
}


def perform(parameters: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Break the lock, or say whether it would be broken."""
    require_names(parameters["stack"], parameters["lock"])
    host = host_of(parameters)
    found = unlock(host, parameters["lock"], check_mode)
    return {"changed": found.state == BROKEN, "lock": parameters["lock"], **encode(found)}


def main() -> None:
    """Run the module."""
    run_module(ARGUMENTS, perform)


if __name__ == "__main__":
    main()
