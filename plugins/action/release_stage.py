# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage the run's release on a host: render it here, send it with its values, keep the outcome in sight."""

from __future__ import annotations

from typing import Any, Mapping

from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._compose.env import render_env
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import (
    contract_values,
    secret_sources,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import FAILED, Verdict
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text
from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import HostAction
from ansible_collections.mint.promotion.plugins.plugin_utils._run import STAGE, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._values import host_values

# A shorter secret would mask every other word of a result.
SHORTEST_MASKED = 4


class ActionModule(HostAction):
    """`mint.promotion.release_stage`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        state, host = RunState.current(), str(task_vars["inventory_hostname"])
        state.require(host)
        if state.evaluation is None or state.evaluation.verdict != PASSED:
            raise Refused("This run has no PASSED verdict", "Run the playbook from the beginning.")
        if state.run.manifest is not None:  # a rollback sends no values
            self._refuse_traces()
        arguments = {
            **self._task.args,
            **_request(state.run),
            "host": host,
            **_rendered(state.run, host, task_vars),
        }
        result = self.call_for_outcome("release_stage", arguments, task_vars, unknown=FAILED)
        state.record(STAGE, host, result)
        self.show(host, "stage", result)
        return result

    def _refuse_traces(self) -> None:
        """Raise `Refused` where Ansible would write the module's arguments, secrets included, to a file or print them.

        Debug mode prints them whatever no_log says (ansible-core, configuration settings, DEFAULT_DEBUG).
        """
        if C.DEFAULT_DEBUG:
            raise Refused("In debug mode Ansible prints secret values", "Unset ANSIBLE_DEBUG; -vvvv is safe.")
        if not self._is_pipelining_enabled("new", wrap_async=False):
            raise Refused(
                "Without pipelining Ansible writes secret values to a temporary file on the host",
                "Leave ansible_pipelining true and ANSIBLE_KEEP_REMOTE_FILES unset.",
            )


def _request(run: Run) -> dict[str, Any]:
    verdict = Verdict(PASSED, run.manifest_digest, run.environment, run.key)
    request: dict[str, Any] = {
        "stack": run.stack,
        "run_key": run.key,
        "environment": run.environment,
        "requester": f"{run.requester}@{run.control_node}",
        "verdict": encode(verdict),
    }
    return request if run.manifest else {**request, "restore": run.selector}


def _rendered(run: Run, host: str, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with its files for this host; nothing for a rollback, whose files lie there."""
    manifest = run.manifest
    if manifest is None:
        return {}
    values = contract_values(manifest, host_values(host, task_vars))
    secrets = [values[name] for name in secret_sources(manifest) if name in values]
    return {
        "manifest": encode(manifest),
        "manifest_text": run.manifest_text,
        "compose": compose_text(manifest, values),
        "env": render_env(values),
        "secret_values": sorted({secret for secret in secrets if len(secret) >= SHORTEST_MASKED}),
    }
