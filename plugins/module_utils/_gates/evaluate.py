# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From evidence to one decision (pure)."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional, Sequence, Tuple

from .._ledger.model import Run
from .._manifest.model import ENFORCE
from .._manifest.policy_model import Policy
from .finding import Evidence, Finding, policy_of
from .inheritance import judge_inheritance
from .model import FAILED, INCONCLUSIVE, PASSED, Evaluation, GateResult, family_of
from .rules import GATES, own_check

OBSERVED = "observed"


def evaluate(run: Run, evidence: Mapping[str, Optional[Evidence]], anchors: Tuple[GateResult, ...] = ()) -> Evaluation:
    """Judge every host of the run and return the decision with all results.

    `evidence` maps each host to its observations, to `{"unreachable": why}` or `{"failed": why}` when the host
    could not be observed, and to None when nobody tried. `anchors` are the results of comparing hosts with the ledger.
    """
    policy = policy_of(run)
    results = [one for host in run.hosts for one in _judge_host(run, host, evidence.get(host), policy)]
    if run.modules:
        results += judge_inheritance({host: evidence.get(host) for host in run.hosts})
    results += anchors
    return Evaluation(decide(results), tuple(results))


def with_control(evaluation: Evaluation, results: Sequence[GateResult]) -> Evaluation:
    """Return the evaluation with what the gates of the control node say, and the decision over all."""
    everything = (*evaluation.results, *results)
    return Evaluation(decide(everything), everything) if results else evaluation


def mode_of(policy: Policy, gate: str, otherwise: str = ENFORCE) -> str:
    """Return the mode of a gate: by its name, else by its family (what its name has before the first colon)."""
    family = policy.gates.get(family_of(gate), otherwise)
    return policy.gates.get(gate, family)


def decide(results: Sequence[GateResult]) -> str:
    """PASSED only when there are results and every enforced one is PASSED; FAILED beats INCONCLUSIVE."""
    enforced = {one.verdict for one in results if one.mode == ENFORCE}
    if FAILED in enforced:
        return FAILED
    return PASSED if enforced == {PASSED} else INCONCLUSIVE


def _judge_host(run: Run, host: str, evidence: Optional[Evidence], policy: Policy) -> Iterator[GateResult]:
    trouble = _trouble(evidence)
    if evidence is None or trouble:
        remedy = str((evidence or {}).get("remedy", "")) or "bring the host back, or leave it out with --limit"
        yield GateResult(OBSERVED, host, INCONCLUSIVE, ENFORCE, trouble, "a host that can be observed", remedy)
        return
    for name, finding, mode in (*_built_in(run, evidence, policy), *_own(run, evidence, policy)):
        yield GateResult(name, host, finding.verdict, mode, finding.found, finding.wanted, finding.remedy)


def _built_in(run: Run, evidence: Evidence, policy: Policy) -> Iterator[Tuple[str, Finding, str]]:
    for gate in GATES:
        if run.action in gate.actions and gate.asked(policy):
            mode = ENFORCE if gate.vital else mode_of(policy, gate.name, gate.mode(policy))
            yield gate.name, gate.rule(run, evidence), mode


def _own(run: Run, evidence: Evidence, policy: Policy) -> Iterator[Tuple[str, Finding, str]]:
    """The manifest's own gates that are asked from hosts, by name; one that was not observed is inconclusive."""
    observed = {str(one["check"]): one for one in evidence.get("checks", {}).get("value") or ()}
    unseen = {"passed": None, "found": "it was not observed", "wanted": "an answer"}
    for check in (one for one in (run.manifest.gates if run.manifest else ()) if one.run_from == "host"):
        yield check.name, own_check(check, observed.get(check.name, unseen)), mode_of(policy, check.name)


def _trouble(evidence: Optional[Mapping[str, Any]]) -> str:
    if evidence is None:
        return "no evidence"
    return str(evidence.get("unreachable") or evidence.get("failed") or "")
