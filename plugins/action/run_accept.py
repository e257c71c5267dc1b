# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes what people sign to accept a promotion that is live, and records who has signed."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.mint.promotion.plugins.module_utils._closeout.runs import ClosedRun, closed_runs
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._gates.approvals import signing_command
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Acceptance
from ansible_collections.mint.promotion.plugins.plugin_utils._acceptances import (
    Request,
    keep_request,
    read_accepted,
    record,
    recorded,
    request_of,
    sign_request,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import unknown_variables
from ansible_collections.mint.promotion.plugins.plugin_utils._verified_ledger import (
    one_ledger,
    signing_settings,
    verified_lines,
)

display = Display()

ARGUMENTS: Mapping[str, Any] = {
    "run": {"type": "str", "required": True},
    "receipts": {"type": "path", "default": ""},
    "reason": {"type": "str", "default": ""},
    "approver_key": {"type": "path", "default": ""},
}


class ActionModule(PromotionAction):
    """`mint.promotion.run_accept`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        faults = tuple(unknown_variables(load_extra_vars(self._loader)))
        if faults:
            raise InvalidInput(faults, "The request")
        settings = signing_settings(arguments["receipts"], task_vars)
        verdict, lines = verified_lines(one_ledger(arguments["receipts"], task_vars))
        runs, wrong = closed_runs([arguments["run"]], lines, verdict)
        if wrong:
            raise InvalidInput(wrong, f"The acceptance of {arguments['run']}")
        request = request_of(settings, _acceptance(runs[0], arguments["reason"]))
        written = not self.check_mode and keep_request(request)
        if arguments["approver_key"] and not self.check_mode:
            sign_request(settings, request, arguments["approver_key"], lines)
        signed = read_accepted(settings, request, lines)
        for fault in signed.faults:
            display.warning(f"It counts for nothing: {fault}")
        people = recorded(settings, request, lines)
        fresh = {name: one for name, one in signed.signatures.items() if name not in people}
        if fresh and not self.check_mode:
            people.update(dict.fromkeys(fresh, record(settings, request, list(fresh.values()))))
        display.display(_text(runs[0], request, people))
        return {"changed": written, "path": request.path, "accepted_by": people}


def _acceptance(run: ClosedRun, reason: str) -> Acceptance:
    told = run.outcome
    return Acceptance(
        run_key=run.key,
        environment=str(told["environment"]),
        stack=str(told["stack"]),
        manifest_path=str(told["manifest"]["uri"]),
        manifest_digest=f"sha256:{told['manifest']['digest']['sha256']}",
        receipt=run.receipt,
        accepted_on=timestamp(),
        reason=reason,
    )


def _text(run: ClosedRun, request: Request, people: Mapping[str, str]) -> str:
    """Tell a person what is accepted, by whom, and how to sign."""
    told = run.outcome
    by = "".join(f"\n  accepted by {name}: receipt {digest}" for name, digest in people.items())
    return (
        f"Acceptance of {told['stack']} in {told['environment']}, live since {told['finishedOn']} ({run.key})"
        f"{by or chr(10) + '  accepted by nobody yet'}\n"
        f"  to sign:  {signing_command(request.path)}\n"
        "  then run this again: it records who has signed"
    )
