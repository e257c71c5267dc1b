# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Activate the run's release on a host, or put back what this run changed there."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import STOP
from ansible_collections.mint.promotion.plugins.module_utils._release import plan
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    GOOD_OUTCOMES,
    INTERRUPTED,
    STAGED,
    UNREACHABLE,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import HostAction
from ansible_collections.mint.promotion.plugins.plugin_utils._run import ACTIVATE, ASKED, STAGE, TAKE_BACK, RunState

_PHASES = {"active": ACTIVATE, "restored": TAKE_BACK}


class ActionModule(HostAction):
    """`mint.promotion.release_activate`.

    It asks the run before it asks the host: with trouble anywhere nothing is activated, without trouble
    nothing is put back. So a playbook calls it without conditions, and none can be walked around.
    """

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        state, host = RunState.current(), str(task_vars["inventory_hostname"])
        state.require(host)
        wanted = self._task.args.get("state", "active")
        if state.evaluation is None or state.evaluation.verdict != PASSED:
            raise Refused("This run has no PASSED verdict", "Run the playbook from the beginning.")
        earlier = _earlier_batches(task_vars["ansible_play_hosts_all"], task_vars["ansible_play_batch"])
        reason = _left_alone(state, host) if wanted == "restored" else _held(state, host, earlier)
        if reason or self.check_mode:
            return {
                "changed": False,
                "skipped": True,
                "skip_reason": "check mode activates nothing" if self.check_mode else reason,
            }
        hosts = [one for one in task_vars["ansible_play_hosts_all"] if one in state.run.hosts]
        arguments = {
            **self._task.args,
            "stack": state.run.stack,
            "run_key": state.run.key,
            "host": host,
            "leads": _leads(host, _changing(state, hosts)),
        }
        result = self.call_for_outcome("release_activate", arguments, task_vars, unknown=INTERRUPTED)
        if result["outcome"] == UNREACHABLE:
            # The worker on the host goes on without its connection; the same call again waits for it.
            result = self.call_for_outcome("release_activate", arguments, task_vars, unknown=INTERRUPTED)
        return self.keep(state, _PHASES[wanted], host, result)


def _earlier_batches(hosts: Sequence[str], batch: Sequence[str]) -> Sequence[str]:
    """Return the hosts of a play that had their turn before this batch; Ansible cuts batches in this order."""
    return hosts[: hosts.index(batch[0])] if batch and batch[0] in hosts else ()


def _held(state: RunState, host: str, earlier: Sequence[str]) -> str:
    """Why `host` is not activated; a host whose turn is over without any outcome failed before its task began."""
    passed_over = [host for host in earlier if host in state.run.hosts and not state.had_its_turn(host)]
    trouble = (*state.trouble(), *passed_over)
    if trouble:
        return f"the run has failed on {', '.join(trouble)}"
    return "its release is live already" if state.is_unchanged(host) else ""


def _changing(state: RunState, hosts: Sequence[str]) -> list[str]:
    """Return the hosts on which another release goes live: one that only mends what is live migrates nothing."""
    staged = {host: state.outcome(host, STAGE) for host in hosts}
    reports = {host: one.reports[-1] for host, one in staged.items() if one is not None and one.reports}
    return [host for host in hosts if host not in reports or reports[host].live != reports[host].release]


def _leads(host: str, hosts: Sequence[str]) -> list[str]:
    """Return what `host` does to the database for all: the first of `hosts` applies migrations, so that they are there
    for every other, and the last takes them away, so that no other needs them any more.
    """
    leading = {plan.FORWARDS: hosts[:1], plan.REVERSES: hosts[-1:]}
    return [move for move, chosen in leading.items() if host in chosen]


def _left_alone(state: RunState, host: str) -> str:
    """Why there is nothing to put back on `host`; empty when there is, or when that is not known."""
    if state.is_well():
        return "the run is well"
    staged, activated = state.outcome(host, STAGE), state.outcome(host, ACTIVATE)
    spared = not state.has(ASKED, host) or (staged is not None and staged.reports and staged.outcome != STAGED)
    if activated is None and spared:
        return "this run left nothing on this host"
    if activated and activated.outcome in GOOD_OUTCOMES and state.run.fleet == STOP:
        return "the fleet policy is to stop where the run failed"
    return ""
