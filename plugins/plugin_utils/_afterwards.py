# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is judged again once the release is live on every host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import decide
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.findings import result_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import gate_table
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import run_outcome
from ansible_collections.mint.promotion.plugins.module_utils._release.model import PROMOTED
from ansible_collections.mint.promotion.plugins.plugin_utils._capability_gate import capability_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import AFTER, Context
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import RunLedger

display = Display()


@dataclass(frozen=True)
class Afterwards:
    """What the gates said after the activation. `evaluation` is None where there was nothing to judge."""

    evaluation: Evaluation | None = None
    outputs: Mapping[str, bytes] = field(default_factory=dict)  # of their commands, by run key
    rollback: str = ""  # the command that takes the release back

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(map(str, self.evaluation.stoppers)) if self.evaluation else ()

    @property
    def message(self) -> str:
        """Why the run fails though the release is live; empty where it does not."""
        if not self.faults:
            return ""
        told = "".join(f"\n  {one}" for one in self.faults)
        return f"The release is live on every host, and what was judged after it did not pass:{told}\n{self.rollback}"


NOTHING_AFTER = Afterwards()


def judge_afterwards(
    run: Run,
    outcomes: tuple[HostOutcome, ...],
    ledger: RunLedger | PromotionError,
    secrets: tuple[str, ...],
    task_vars: Mapping[str, Any],
) -> Afterwards:
    """Judge the gates of a promotion that brought its release to its hosts, and show them; nothing of another run."""
    if run.action != PROMOTE or run_outcome(outcomes) != PROMOTED:
        return NOTHING_AFTER
    context = Context(run, task_vars, {}, ledger, None, (), secrets, phase=AFTER)
    results = judge(context, display.display, (capability_questions,))
    if not results:
        return NOTHING_AFTER
    display.display(gate_table([result_of(one) for one in results]))
    stack = f"-e promotion_stack={run.stack}"
    rollback = f"To take it back: ansible-playbook mint.promotion.rollback --limit {run.environment} {stack}"
    return Afterwards(Evaluation(decide(results), results), context.outputs, rollback)
