# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage the run's release on a host: render it here, send it with its values, keep the outcome in sight."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._compose.env import render_env
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.architecture import platform_of
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import (
    contract_values,
    secret_sources,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.inherit import sources_of, with_live_images
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.supply import Supply, resolved
from ansible_collections.mint.promotion.plugins.module_utils._release.model import FAILED, UNREACHABLE, Verdict
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text
from ansible_collections.mint.promotion.plugins.plugin_utils._delivery import sending
from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import (
    HostAction,
    Unreachable,
    without_report,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run import (
    ASKED,
    CARRIED,
    CHECKPOINT,
    EVIDENCE,
    STAGE,
    RunState,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._supplies import Supplies, supplies_for
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
            self.refuse_traces()
        state.record(ASKED, host, {})
        return self.keep(state, STAGE, host, self._stage(state, host, task_vars))

    def _stage(self, state: RunState, host: str, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Have the module stage the release, with what it needs for images beside it on the host."""
        run = state.run
        arguments = {**self._task.args, **_request(run), "host": host, "checkpoint": state.data(CHECKPOINT, host)}
        if run.manifest is None or run.promoted is None:
            return self.call_for_outcome("release_stage", arguments, task_vars, unknown=FAILED)
        evidence = state.data(EVIDENCE, host) or {}
        try:
            supplies = supplies_for(run, run.promoted, host, task_vars)
            known, live = supplies.all(), evidence.get("live", {}).get("value")
            manifest = _as_live(run, resolved(run.manifest, known, _platform(evidence)), live)
            arguments.update(_rendered(run, manifest, host, task_vars, live), supplies=encode(known))
            arguments.update(state.data(CARRIED) or {})
            absent = frozenset() if self.check_mode else _absent(evidence)
            return self._supplied(supplies, known, absent, arguments, task_vars)
        except Unreachable as error:
            return without_report(UNREACHABLE, error)
        except PromotionError as error:
            return without_report(FAILED, error)

    def _supplied(
        self,
        supplies: Supplies,
        known: Mapping[str, Supply],
        absent: frozenset[str],
        arguments: Mapping[str, Any],
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Call the module while the images that are absent can be had."""
        with ExitStack() as stack:
            archives = stack.enter_context(self.sent(supplies.archives(known, absent)))
            way = stack.enter_context(sending(self, supplies.offers(known, absent)))
            logins = {**supplies.parcels.access.logins, **(way.logins if way else {})}
            delivered = {**archives, **(way.references if way else {})}
            call = {**arguments, "delivered": delivered, "registry_logins": self.logins_text(logins)}
            result = self.call_for_outcome("release_stage", call, task_vars, unknown=FAILED)
            return way.told(result) if way else result


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


def _platform(evidence: Mapping[str, Any]) -> str:
    """Return the platform of the host, as it was observed: images that are built there go by it."""
    observed = evidence.get("platform", {}).get("value")
    if observed is None:
        raise Refused("The platform of this host was not observed", "Run the playbook again.")
    return platform_of(observed)


def _absent(evidence: Mapping[str, Any]) -> frozenset[str]:
    """Return the modules whose images the host was seen without."""
    images = evidence.get("images", {}).get("value") or ()
    return frozenset(str(one["module"]) for one in images if not one["here"])


def _as_live(run: Run, manifest: Manifest, live: Any) -> Manifest:
    """The manifest with the images that inherited modules have on this host: nobody has to give those again."""
    if run.inheritance is None:
        return manifest
    images = {name: str(module["image"]) for name, module in live["modules"].items()}
    return with_live_images(manifest, run.inheritance.modules, images)


def _rendered(run: Run, manifest: Manifest, host: str, task_vars: Mapping[str, Any], live: Any) -> dict[str, Any]:
    """The manifest, resolved for this host, with its files. `live` is the evidence of what modules are inherited from.

    The values of inherited modules are not sent: they are on the host.
    """
    made_of = run.inheritance
    promoted = manifest.only(run.modules) if made_of else manifest
    values = contract_values(promoted, host_values(host, task_vars))
    secrets = [values[name] for name in secret_sources(promoted) if name in values]
    kept = sources_of(manifest, made_of.modules).intersection(live["sources"]) if made_of else frozenset()
    return {
        "manifest": encode(manifest),
        "manifest_text": run.manifest_text,
        "compose": compose_text(manifest, kept.union(values)),
        "env": render_env(values),
        "secret_values": sorted({secret for secret in secrets if len(secret) >= SHORTEST_MASKED}),
        "inherited": made_of and {"modules": list(made_of.modules), "manifest_digest": made_of.live_digest},
    }
