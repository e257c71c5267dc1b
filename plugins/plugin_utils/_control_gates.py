# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges the gates whose evidence is observed on the control node: all of them at once, and shown as they go."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Callable, Iterable, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import mode_of
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    CONTROL,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.reuse import Standing
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import ENFORCE
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.plugin_utils._approvals_gate import approval_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._attestations_gate import attestation_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._authority_gate import authority_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._capability_gate import capability_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._earlier_evidence import satisfied_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._loops_gate import loop_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._own_gates import own_gates
from ansible_collections.mint.promotion.plugins.plugin_utils._provenance_gate import provenance_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._recert_gate import recert_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import why
from ansible_collections.mint.promotion.plugins.plugin_utils._staging_gate import staging_questions

Provider = Callable[[Context], Iterable[Question]]

PROVIDERS: tuple[Provider, ...] = (
    capability_questions,
    own_gates,
    authority_questions,
    loop_questions,
    provenance_questions,
    attestation_questions,
    recert_questions,
    staging_questions,
    approval_questions,
)
"""Each returns the questions of its gates, none where the manifest asks for none. Nothing slow happens there."""

PATIENCE = 10.0  # seconds between two words about a gate that is still judged
_TICK = 0.2  # seconds


def judge(
    context: Context, say: Callable[[str], None], providers: Sequence[Provider] = PROVIDERS
) -> tuple[GateResult, ...]:
    """Ask all questions at once; return their results in the order of the providers.

    What an earlier receipt answers is not asked again. `say` is called in this thread only, for each gate that has its
    verdict, and for those that take long.
    """
    questions = [one for provider in providers for one in provider(context)]
    policy = context.run.manifest.policy.get(context.run.environment, Policy()) if context.run.manifest else Policy()
    satisfied = satisfied_questions(context, questions)
    results = {one.gate: _reused(one, satisfied[one.gate], policy) for one in questions if one.gate in satisfied}
    for one in results.values():
        say(_line(one))
    open_ones = [one for one in questions if one.gate not in results]
    with context.cleanup:
        results.update({one.gate: one for one in _asked(open_ones, policy, context, say)})
    return tuple(results[one.gate] for one in questions)


def _reused(question: Question, standing: Standing, policy: Policy) -> GateResult:
    found = f"receipt {standing.digest[7:19]} of {standing.time:%Y-%m-%d %H:%M} UTC: {standing.found}"
    finding = Finding(PASSED, found, standing.wanted, counts=standing.counts)
    return replace(_result(question, finding, policy, 0.0), reused=standing.digest)


def _asked(
    questions: Sequence[Question], policy: Policy, context: Context, say: Callable[[str], None]
) -> tuple[GateResult, ...]:
    """One thread a question: some wait for others of their family, and commands wait for a slot."""
    if not questions:
        return ()
    with ThreadPoolExecutor(len(questions), thread_name_prefix="gate") as pool:
        try:
            running = {pool.submit(_answer, one, policy): one.gate for one in questions}
            _watch(running, context, say)
        finally:
            context.stop.set()  # on an interruption: the commands end, and so do the threads
        return tuple(one.result() for one in running)


def _watch(running: Mapping[Future[GateResult], str], context: Context, say: Callable[[str], None]) -> None:
    """Show what gates say, each answer when it is there, and every `PATIENCE` seconds what is still missing."""
    began = told = time.monotonic()
    missing = set(running)
    while missing:
        done, missing = wait(missing, timeout=_TICK, return_when=FIRST_COMPLETED)
        while not context.said.empty():
            say(context.said.get())
        for one in done:
            say(_line(one.result()))
        now = time.monotonic()
        if missing and now - told >= PATIENCE:
            told = now
            names = ", ".join(running[one] for one in running if one in missing)
            say(f"gate {names}: still judged after {now - began:.0f} s")


def _answer(question: Question, policy: Policy) -> GateResult:
    began = time.monotonic()
    try:
        finding = question.ask()
    except (PromotionError, OSError) as error:
        remedy = error.remedy if isinstance(error, PromotionError) else ""
        finding = Finding(INCONCLUSIVE, why(error), "an answer", remedy)
    seconds = finding.run.seconds if finding.run else time.monotonic() - began  # without the time in a queue
    return _result(question, finding, policy, seconds)


def _result(question: Question, finding: Finding, policy: Policy, seconds: float) -> GateResult:
    otherwise = question.unknown_mode if finding.verdict == INCONCLUSIVE else question.mode
    return GateResult(
        gate=question.gate,
        host=CONTROL,
        verdict=finding.verdict,
        mode=ENFORCE if question.vital else mode_of(policy, question.gate, otherwise),
        found=finding.found,
        wanted=finding.wanted,
        remedy=finding.remedy,
        seconds=round(seconds, 3),
        counts=finding.counts,
        inputs=question.inputs,
        run=finding.run,
    )


def _line(result: GateResult) -> str:
    counts = f", {result.counts}" if result.counts else ""
    reused = ", by an earlier receipt" if result.reused else ""
    return f"gate {result.gate}: {result.verdict} ({result.seconds:.1f} s{counts}{reused})"
