# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the gates of the control node ask, and what they may know of the run."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Callable, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import Envelope
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import History
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import ENFORCE
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import RunLedger

COMMANDS = 4  # that run at the same time

BEFORE, AFTER = "before", "after"  # the activation


@dataclass(frozen=True)
class Context:
    """What a gate of the control node may look at.

    Questions are asked in threads of their own, several at once. `task_vars` are for the providers only: Ansible
    templates what is read there, and does so in one thread.
    """

    run: Run  # with the manifest that would go live
    task_vars: Mapping[str, Any]
    evidence: Mapping[str, Mapping[str, Any] | None]  # what the hosts told, as `evaluate` takes it
    ledger: RunLedger | PromotionError  # the error says why there is none
    history: History | None  # None where the ledger could not be read
    lines: tuple[bytes, ...]  # the receipts under its checkpoint
    secrets: tuple[str, ...]  # the values to mask
    phase: str = BEFORE
    outputs: dict[str, bytes] = field(default_factory=dict)  # of commands, by their run keys: see `_command`
    approved: list[Envelope] = field(default_factory=list)  # what people signed and a gate has counted: used up then
    stop: threading.Event = field(default_factory=threading.Event)  # set once nobody waits for answers any more
    cleanup: ExitStack = field(default_factory=ExitStack)  # what is closed when everything is judged
    slots: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(COMMANDS))
    said: SimpleQueue[str] = field(default_factory=SimpleQueue)  # what is yet to be shown

    def say(self, line: str) -> None:
        """Have one line of progress shown."""
        self.said.put(line)

    @cached_property
    def repository(self) -> Path | None:
        """The top of the git repository around the manifest, or promotion_repository_path; None where there is none."""
        try:
            folder = self.run.repository_path or os.path.dirname(os.path.abspath(self.run.manifest_path))
            return Path(checkout_around(folder).root)
        except CommandFailed:
            return None


@dataclass(frozen=True)
class Question:
    """One gate of the control node.

    `ask` observes, and calls a pure rule for its finding; a `PromotionError` or `OSError` from it makes the gate
    INCONCLUSIVE. `inputs` is the digest (sha256:<hex>) of the canonical JSON of all that the answer depends on: a
    PASSED receipt of the gate with the same one that is at most `reusable_seconds` old satisfies it, unasked.
    """

    gate: str
    ask: Callable[[], Finding]
    inputs: str = ""
    reusable_seconds: float = 0.0
    vital: bool = False  # the policy can't lower it to report
    mode: str = ENFORCE  # where the policy names neither the gate nor its family
    unknown_mode: str = ENFORCE  # the same, for an answer that is INCONCLUSIVE
