# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which environment and which hosts a run is about (pure)."""

from __future__ import annotations

from typing import Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import CONTROL
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ROLLBACK

DEFAULT_ENVIRONMENT = "prod"


def choose_environment(
    action: str,
    asked: str,
    environments: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    limited: Sequence[str],
) -> str:
    """Return the environment: the one asked for; prod for a promotion; for a rollback the one of its hosts.

    `limited` are the hosts that --limit left. Raises `InvalidInput` for a group that is no environment (the policy
    of an environment would not hold for it, and it could span several) and for a rollback over more than one.
    """
    if asked and (asked not in groups or asked not in environments):
        known = ", ".join(name for name in environments if name in groups) or "none"
        remedy = f"{asked} is a group; promotion_environments says which groups are environments"
        wanted = f"a group of the inventory (environments: {known})"
        raise _fault("promotion_environment", "", asked, wanted, remedy if asked in groups else "")
    touched = tuple(name for name in environments if set(groups.get(name, ())) & set(limited))
    if action == ROLLBACK and len(touched) > 1 and not asked:
        raise _fault(
            "the limit", "", f"hosts of {', '.join(touched)}", "hosts of one environment", f"--limit {touched[-1]}"
        )
    if asked or action != ROLLBACK:
        return asked or DEFAULT_ENVIRONMENT
    return touched[0] if touched else DEFAULT_ENVIRONMENT


def choose_hosts(environment: str, groups: Mapping[str, Sequence[str]], limited: Sequence[str]) -> tuple[str, ...]:
    """Return the environment's hosts that --limit left, in the inventory's order. Raises `InvalidInput` for none."""
    members = groups.get(environment, ())
    another = "or name another environment: -e promotion_environment=NAME"
    if not members:
        raise _fault("the inventory", environment, "no hosts", "hosts in this group", f"add them, {another}")
    hosts = tuple(host for host in members if host in limited)
    if not hosts:
        wanted = f"some of {', '.join(members)}"
        raise _fault("the limit", environment, "none of its hosts", wanted, f"change --limit, {another}")
    return hosts


def refuse_shared(hosts: Sequence[str], environments: Sequence[str], groups: Mapping[str, Sequence[str]]) -> None:
    """Raise `InvalidInput` for hosts of several environments: one would replace the release of the other there."""
    homes = {host: [name for name in environments if host in groups.get(name, ())] for host in hosts}
    faults = [
        Violation("the inventory", host, f"a host of {', '.join(names)}", "a host of one", "keep it in one group")
        for host, names in homes.items()
        if len(names) > 1
    ]
    if faults:
        raise InvalidInput(faults, "The request")


def refuse_reserved(hosts: Sequence[str]) -> None:
    """Raise `InvalidInput` for a host of the name that the results of the control node have: nobody could tell them
    apart."""
    if CONTROL in hosts:
        raise _fault("the inventory", CONTROL, "a host of this name", "another name", "it stands for the control node")


def _fault(source: str, path: str, found: str, wanted: str, remedy: str = "") -> InvalidInput:
    return InvalidInput([Violation(source, path, found, wanted, remedy)], "The request")
