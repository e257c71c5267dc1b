# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates `recert:MODULE:STEP` (pure): how a command went that certifies a module in a clean checkout."""

from __future__ import annotations

from typing import Optional

from .._data import canonical_json, encode, sha256_digest
from .._manifest.model import Build, Manifest, Module, RecertStep
from .finding import Finding
from .model import INCONCLUSIVE, PASSED, CommandRun
from .readers.table import READERS

FAMILY = "recert"
_EXCERPT = 160  # characters of the last line of an output


def gate_name(module: Module, step: RecertStep) -> str:
    return f"{FAMILY}:{module.name}:{step.name}"


def inputs_of(manifest: Manifest, module: Module, index: int) -> str:
    """Return the digest of all that the answer of the module's step `index` depends on.

    The steps before it belong to it: they prepare the checkout that it runs in. Tools of the control node do not:
    a receipt of another control node is good, and `recert.environment` can name what shall tell two apart.
    """
    facts = {
        "repository": manifest.repository,
        "revision": manifest.revision,
        "module": module.name,
        "moduleRevision": module.revision,
        "context": folder_of(module),
        "steps": encode(module.recert[: index + 1]),
        "environment": manifest.recert.environment,
    }
    return sha256_digest(canonical_json(facts))


def folder_of(module: Module) -> str:
    """Return the folder of the repository that a module is in."""
    return (module.build or Build(context=".")).context


def judge_step(module: Module, step: RecertStep, run: CommandRun, output: str, report: Optional[str]) -> Finding:
    """Return what a command has shown. `report` is the text of its report, None where this run wrote none."""
    remedy = f"see output.txt of {run.run_key}; correct {module.name}, commit it and run mint.promotion.build"
    if run.exit_code is None:
        found = f"it still ran after {step.timeout_seconds:g} s and was ended{_last_line(output)}"
        return Finding(INCONCLUSIVE, found, "a command that ends within its time limit", remedy, run=run)
    text = output if step.report is None else report
    if text is None:
        found = f"it ended with {run.exit_code} and wrote no {step.report}{_last_line(output)}"
        return Finding(INCONCLUSIVE, found, "a report that this run has written", remedy, run=run)
    reading = READERS[step.reader](text, run.exit_code)
    if reading.verdict == PASSED:
        return Finding(PASSED, reading.found, reading.wanted, "", reading.counts, run)
    found = reading.found if reading.counts else f"{reading.found}{_last_line(output)}"
    return Finding(reading.verdict, found, reading.wanted, remedy, reading.counts, run)


def not_run(module: Module, step: RecertStep, earlier: RecertStep) -> Finding:
    """What a step shows that was not run, because one before it did not pass."""
    found = f"it was not run: {earlier.name} did not pass"
    return Finding(INCONCLUSIVE, found, f"`{' '.join(step.argv)}` to pass", f"see {gate_name(module, earlier)}")


def _last_line(output: str) -> str:
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")
    return f": {last[:_EXCERPT]}" if last else ""
