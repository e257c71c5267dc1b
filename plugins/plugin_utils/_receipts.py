# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a run ends on the control node: its receipt, its end in the run state, and its statistics."""

from __future__ import annotations

import contextlib
from typing import Any, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.files import write_receipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.summary import run_summary
from ansible_collections.mint.promotion.plugins.plugin_utils._run import CLOSED, RunState

display = Display()


def keep_receipt(receipts: str, statement: Mapping[str, Any]) -> tuple[str, str]:
    """Write the receipt and say where it lies; return its path and why it could not be written.

    One of the two is empty. That it could not be written must not hide where the hosts stand.
    """
    try:
        path = write_receipt(receipts, statement)
    except OSError as error:
        fault = f"No receipt could be written: {error.filename}: {error.strerror}"
        display.display(fault)
        return "", fault
    display.display(f"Receipt: {path}")
    return path, ""


def end_run(
    state: RunState,
    statement: Mapping[str, Any],
    receipt: str,
    message: str = "",
    violations: Sequence[Violation] = (),
) -> dict[str, Any]:
    """Close the run and return a result that carries its summary; with a `message` run_assert fails the run.

    The task itself does not fail: Ansible drops the statistics of one that does (ansible-core 2.19,
    StrategyBase._process_pending_results).
    """
    summary = run_summary(statement, receipt, message)
    end = {"outcome": summary["outcome"], "message": message, "violations": encode(violations)}
    with contextlib.suppress(OSError):  # a full disk: run_assert fails a run whose end it does not find
        state.record(CLOSED, "", end)
    statistics = {"data": {"promotion": summary}, "per_host": False, "aggregate": False}
    return {"changed": False, **summary, "ansible_stats": statistics}
