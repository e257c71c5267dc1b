# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies in the folder of a command that a gate ran: its output, and the gate's receipt as text (pure)."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, Sequence

from .._gates.model import PASSED
from .markdown import table
from .model import OUTPUT_FILE, RECEIPT_FILE, RENDERING_FILE
from .render import receipt_text
from .run_key import parse_run_key

Data = Mapping[str, Any]


def command_runs(statement: Data) -> List[Data]:
    """Return the runs of commands that the statement of a gate stands on."""
    return [one["run"] for one in statement["predicate"]["found"] if one.get("run")]


def command_sessions(statements: Sequence[Data], outputs: Mapping[str, bytes]) -> Dict[str, Dict[str, bytes]]:
    """Return the files of each command of these gates, by its run key. `outputs` are what they wrote, by run key."""
    return {
        run["runKey"]: {
            OUTPUT_FILE: outputs[run["runKey"]],
            RECEIPT_FILE: receipt_text(statement).encode("utf-8"),
            RENDERING_FILE: gate_markdown(statement, run).encode("utf-8"),
        }
        for statement in statements
        for run in command_runs(statement)
        if run["runKey"] in outputs
    }


def gate_markdown(statement: Data, run: Data) -> str:
    """Render receipt.md of one command of a gate, laid out as that of a promotion. Equal data gives equal bytes."""
    predicate = json.loads(json.dumps(statement["predicate"], sort_keys=True))
    key = parse_run_key(run["runKey"])
    code = "none: its time limit ended it" if run["exitCode"] is None else str(run["exitCode"])
    (told,) = [one for one in predicate["found"] if (one.get("run") or {}).get("runKey") == run["runKey"]]
    summary = [
        ("Run ID", run["runKey"]),
        ("Capability", key.capability),
        ("Status", "done" if told["verdict"] == PASSED else "failed"),
        ("Exit Code", code),
        ("Generated", predicate["recordedOn"]),
        ("Gate", f"{predicate['gate']}: {told['verdict']} ({predicate['mode']})"),
        ("Found", told["found"]),
        ("Wanted", told["wanted"]),
        ("Counts", told["counts"] or "-"),
    ]
    inputs = [
        ("Command", " ".join(run["argv"])),
        ("Stack", predicate["stack"]),
        ("Environment", predicate["environment"]),
        ("Parent run", predicate["runKey"]),
    ]
    times = [("Started", f"{key.time.isoformat()}Z"), ("Seconds", f"{run['seconds']:.1f}")]
    parts = [
        f"# Receipt: {run['runKey']}",
        table(("Field", "Value"), summary),
        "## Inputs",
        table(("Field", "Value"), inputs),
        "## Outputs",
        table(("File", "SHA-256"), [(OUTPUT_FILE, run["output"]["sha256"])]),
        "## Timestamps",
        table(("Field", "Value"), times),
    ]
    return "\n\n".join(parts) + "\n"
