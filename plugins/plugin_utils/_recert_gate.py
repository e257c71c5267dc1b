# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recertifies the modules that shall go live: their steps, in clean checkouts of their revision."""

from __future__ import annotations

import os
import threading
from functools import partial
from pathlib import Path
from typing import Iterator

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.recert import (
    folder_of,
    gate_name,
    inputs_of,
    judge_step,
    not_run,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module, RecertStep
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout
from ansible_collections.mint.promotion.plugins.plugin_utils._command import run_command
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._worktree import worktree

REPORT_LIMIT = 32 * 1024 * 1024  # bytes


def recert_questions(context: Context) -> Iterator[Question]:
    """Yield a question for each step of each module that is to be promoted."""
    manifest = context.run.promoted
    if manifest is None:
        return
    turns = threading.BoundedSemaphore(manifest.recert.parallel)
    for module in manifest.modules:
        series = Series(context, manifest, module, turns)
        for index, step in enumerate(module.recert):
            ask = partial(series.finding, index)
            inputs = inputs_of(manifest, module, index)
            yield Question(gate_name(module, step), ask, inputs, manifest.recert.reuse_seconds)


class Series:
    """The steps of one module, each run once and after the one before it, in one checkout.

    Questions ask for them in threads of their own, and not for all: where a receipt stands for one, and not for a
    later one, it runs again for the sake of the checkout.
    """

    def __init__(self, context: Context, manifest: Manifest, module: Module, turns: threading.BoundedSemaphore) -> None:
        self._context = context
        self._manifest = manifest
        self._module = module
        self._turns = turns  # of all modules: how many commands run at once
        self._locks = [threading.Lock() for _step in module.recert]
        self._findings: dict[int, Finding] = {}
        self._folder: Path | None = None

    def finding(self, index: int) -> Finding:
        """Return what step `index` has shown. Raises `PromotionError` and `OSError` where it could not be run."""
        with self._locks[index]:
            if index not in self._findings:
                self._findings[index] = self._after_the_others(index)
            return self._findings[index]

    def _after_the_others(self, index: int) -> Finding:
        step = self._module.recert[index]
        if index and self.finding(index - 1).verdict != PASSED:
            return not_run(self._module, step, self._first_bad(index))
        with self._turns:
            return self._run(step)

    def _first_bad(self, end: int) -> RecertStep:
        return next(self._module.recert[one] for one in range(end) if self._findings[one].verdict != PASSED)

    def _run(self, step: RecertStep) -> Finding:
        folder = self._checkout() / (step.directory or folder_of(self._module))
        if not folder.is_dir():
            remedy = "Correct the step's directory, or build.context, in the manifest."
            raise Refused(f"{self._module.name} has no folder {step.directory or folder_of(self._module)}.", remedy)
        report = folder / step.report if step.report else None
        if report is not None:
            report.unlink(missing_ok=True)  # what was committed is no report of this run
        name, mark = gate_name(self._module, step), _mark(folder)
        self._context.say(f"gate {name}: {' '.join(step.argv)}")
        ran = run_command(
            step.argv, folder, self._manifest.recert.environment, step.timeout_seconds, name, self._context
        )
        text = _report(report, mark) if report is not None else None
        return judge_step(self._module, step, ran.run, ran.text, text)

    def _checkout(self) -> Path:
        """The module's checkout; the steps of a module run one after the other, so one of them makes it."""
        if self._folder is None:
            if self._context.repository is None:
                remedy = "Run it in a git checkout of the modules, or set promotion_repository_path to one."
                raise CouldNotCheck("The manifest lies in no git checkout", remedy)
            checkout = Checkout(str(self._context.repository))
            commit = commit_to_certify(checkout, self._manifest, self._module)
            self._folder = self._context.cleanup.enter_context(worktree(checkout, commit))
        return self._folder


def commit_to_certify(checkout: Checkout, manifest: Manifest, module: Module) -> str:
    """Return source.revision where the module is there what it is at its own revision, else its own revision.

    What goes live was built from the module's revision. Raises `Refused` when it is not here.
    """
    own = checkout.commit(module.revision or manifest.revision)
    try:
        described = checkout.commit(manifest.revision)
        folder = folder_of(module)
        return described if checkout.tree(described, folder) == checkout.tree(own, folder) else own
    except Refused:
        return own


def _mark(folder: Path) -> int:
    """Return now (nanoseconds) as the file system that `folder` lies in dates its files."""
    os.utime(folder)
    return folder.stat().st_mtime_ns


def _report(path: Path, mark: int) -> str | None:
    """Return the text of a report that was written since `mark`, None where there is none."""
    if not path.is_file() or path.stat().st_mtime_ns < mark:
        return None
    if path.stat().st_size > REPORT_LIMIT:
        raise CouldNotCheck(f"{path.name} is larger than {REPORT_LIMIT} bytes")
    return path.read_text(encoding="utf-8", errors="replace")
