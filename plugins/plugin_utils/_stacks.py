# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts carry which stack, as `promotion_stacks` of the inventory says."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._release.identity import is_stack_name
from ansible_collections.mint.promotion.plugins.plugin_utils._host_settings import SETTINGS, STACK_NAME, STACKS

Carried = Mapping[str, tuple[str, ...] | None]
"""The stacks of each host; None stands for a host that does not say so, and carries every stack."""


def carried_stacks(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> Carried:
    """Return what each host carries. A wrong `promotion_stacks` counts as none: `bad_settings` tells it."""
    return {host: _stacks(hostvars[host]) for host in hosts}


def _stacks(variables: Mapping[str, Any]) -> tuple[str, ...] | None:
    try:
        stacks = variables.get(STACKS)
    except AnsibleError:
        return None
    return tuple(stacks) if stacks is not None and SETTINGS[STACKS].is_right(stacks) else None


def carriers(stack: str, carried: Carried) -> tuple[str, ...]:
    """Return the hosts that carry the stack, in their order. Raises `InvalidInput` where none does."""
    if not is_stack_name(stack):
        fault = Violation("promotion_stack", "", repr(stack), STACK_NAME)
        raise InvalidInput([fault], "The request")
    hosts = tuple(host for host, stacks in carried.items() if stacks is None or stack in stacks)
    if carried and not hosts:
        who = "; ".join(f"{host} carries {', '.join(stacks or ()) or 'none'}" for host, stacks in carried.items())
        wanted = "a stack that one of the run's hosts carries"
        remedy = f"{who}: name another stack, add {stack} to promotion_stacks, or change --limit"
        raise InvalidInput([Violation("promotion_stack", "", stack, wanted, remedy)], "The request")
    return hosts


def only_stack(carried: Carried) -> str:
    """Return the one stack that all these hosts carry. Raises `InvalidInput` where it is not the only one."""
    names = known_stacks(carried)
    if len(names) == 1 and None not in carried.values():
        return names[0]
    wanted = f"one of the stacks of these hosts ({', '.join(names)})" if names else "the name of a stack"
    fault = Violation("promotion_stack", "", "nothing", wanted, "-e promotion_stack=NAME")
    raise InvalidInput([fault], "The request")


def known_stacks(carried: Carried) -> Sequence[str]:
    """Return every name that the hosts say, once, sorted."""
    return sorted({stack for stacks in carried.values() for stack in stacks or ()})


def stacks_to_visit(carried: Carried, stack: str, otherwise: str) -> Mapping[str, tuple[str, ...]]:
    """Return the stacks to look at on each host: `stack` where it is carried, or all that are carried.

    `otherwise` is the stack of a host that does not say what it carries; empty where none is known. Raises
    `InvalidInput` when such a host is left without one, and when no host carries `stack`.
    """
    if stack:
        hosts = carriers(stack, carried)
        return dict.fromkeys(hosts, (stack,))
    silent = [host for host, stacks in carried.items() if stacks is None]
    if silent and not otherwise:
        wanted = f"the name of a stack, because {', '.join(silent)} does not say which it carries"
        remedy = "-e promotion_stack=NAME, promotion_stacks of these hosts, or a promotion_manifest that names it"
        raise InvalidInput([Violation("promotion_stack", "", "nothing", wanted, remedy)], "The request")
    return {host: (otherwise,) if stacks is None else stacks for host, stacks in carried.items()}
