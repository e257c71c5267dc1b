# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The outcome of a run as text for people: receipt.md, output.txt, and the tables that a run shows (pure)."""

from __future__ import annotations

import json
from typing import Any, Iterable, List, Mapping, Sequence

from .._data import sha256_digest
from .._gates.model import INCONCLUSIVE, PASSED
from .._manifest.model import ENFORCE
from .._release.model import GOOD_OUTCOMES
from .markdown import cell, table
from .model import OUTPUT_FILE, RENDERING_FILE
from .run_key import parse_run_key
from .text import on_one_line

HOST_HEADERS = ("host", "from", "to", "outcome", "seconds")


def text_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Align columns with two spaces between them; no line ends in white space."""
    lines = [tuple(headers), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def host_rows(predicate: Mapping[str, Any]) -> List[Sequence[str]]:
    """The rows of the closing table: host, the release before, the release now, outcome, seconds."""
    return [
        (
            host["name"],
            host["from"] or "-",
            host["live"] or "-",
            host["outcome"] or "-",
            f"{host['seconds']:.1f}",
        )
        for host in predicate["hosts"]
    ]


def receipt_text(statement: Mapping[str, Any]) -> str:
    """Return what receipt.json holds."""
    return json.dumps(statement, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def renderings(statement: Mapping[str, Any]) -> Mapping[str, bytes]:
    """Return receipt.md and output.txt of the outcome of a run, as they lie beside it.

    They follow from the signed bytes: a statement that was read from the log gives the same as the one that was built.
    """
    signed = json.loads(json.dumps(statement, sort_keys=True))
    texts = {RENDERING_FILE: receipt_markdown(signed), OUTPUT_FILE: output_text(signed)}
    return {name: text.encode("utf-8") for name, text in texts.items()}


def gate_table(results: Sequence[Mapping[str, Any]]) -> str:
    """One line a gate (results as a deployment tells them): its worst verdict, and what was found where it did not pass
    or an earlier receipt stands for it.

    Seconds and counts have columns where there are gates of the control node.
    """
    timed = any("seconds" in one for one in results)
    headers = ("gate", "verdict", "seconds", "counts", "found") if timed else ("gate", "verdict", "found")
    rows: List[Sequence[str]] = []
    for gate in dict.fromkeys(one["gate"] for one in results):
        own = [one for one in results if one["gate"] == gate]
        bad = [one for one in own if one["verdict"] != PASSED]
        verdict = bad[0]["verdict"] if bad else PASSED
        mode = "" if own[0]["mode"] == ENFORCE else " (report)"
        told = bad or [one for one in own if one.get("reused")]
        found = "; ".join(f"{one['host']}: {one['found']}" for one in told)
        rows.append((gate, verdict + mode, *(_measured(own[0]) if timed else ()), found))
    return text_table(headers, rows)


def _measured(result: Mapping[str, Any]) -> Sequence[str]:
    """How long a gate of the control node was judged, and what it counted; a dash for one of hosts."""
    if "seconds" not in result:
        return "-", "-"
    return f"{result['seconds']:.1f}", result["counts"] or "-"


def exit_code(outcome: str) -> int:
    """The exit status of the playbook (ansible-core 2.19, TaskQueueManager: 2 where a host has failed)."""
    return 0 if outcome in GOOD_OUTCOMES else 2


def output_text(statement: Mapping[str, Any]) -> str:
    """Render output.txt of the outcome of a run: its tables and messages. The same statement gives the same bytes."""
    predicate = statement["predicate"]
    asked = f"{predicate['action']} {predicate['stack']} in {predicate['environment']}"
    rows, gates = host_rows(predicate), predicate["gates"]
    parts = [
        f"{on_one_line(asked)}: {predicate['outcome']}",
        gate_table(gates["results"]) if gates else "",
        text_table(HOST_HEADERS, rows) if rows else "",
        *(_indented(host["name"], host["message"]) for host in predicate["hosts"] if host["message"]),
        *(_indented("inconclusive", reason) for reason in predicate["inconclusive"]),
        *(_indented("fault", fault) for fault in predicate["faults"]),
        f"Run Key:  {predicate['runKey']}\nStatus:   {_status(predicate)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _indented(title: str, text: str) -> str:
    return "\n".join([f"{title}:", *(f"  {line}".rstrip() for line in text.splitlines())])


def receipt_markdown(statement: Mapping[str, Any]) -> str:
    """Render receipt.md of the outcome of a run. The same statement gives the same bytes.

    Title, the first table, Inputs, Outputs and Timestamps stand where tools that read such receipts look for them.
    """
    predicate = statement["predicate"]
    parts = [
        f"# Receipt: {predicate['runKey']}",
        table(("Field", "Value"), _summary(predicate)),
        "## Inputs",
        table(("Field", "Value"), _inputs(predicate)),
        "## Outputs",
        table(("File", "SHA-256"), _outputs(statement)),
        "## Timestamps",
        table(("Field", "Value"), [("Started", predicate["startedOn"]), ("Finished", predicate["finishedOn"])]),
        *_bullets("## Inconclusive", predicate["inconclusive"]),
        "## Modules",
        table(
            ("Module", "Image", "Revision"),
            [(one["name"], one["image"], one["revision"] or "-") for one in predicate["modules"]],
        ),
        "## Hosts",
        table(HOST_HEADERS, host_rows(predicate)),
        *_gates(predicate["gates"]),
        *(part for host in predicate["hosts"] for part in _host_steps(host)),
        *_bullets("## Faults", predicate["faults"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(predicate: Mapping[str, Any]) -> List[Sequence[str]]:
    return [
        ("Run ID", predicate["runKey"]),
        ("Capability", parse_run_key(predicate["runKey"]).capability),
        ("Status", _status(predicate)),
        ("Exit Code", str(exit_code(predicate["outcome"]))),
        ("Generated", predicate["recordedOn"]),
        ("Outcome", predicate["outcome"]),
    ]


def _status(predicate: Mapping[str, Any]) -> str:
    """`done` and `failed` as other tools say it; a receipt that is no complete proof says so in the first place."""
    if predicate["inconclusive"]:
        return INCONCLUSIVE
    return "failed" if exit_code(predicate["outcome"]) else "done"


def _inputs(predicate: Mapping[str, Any]) -> List[Sequence[str]]:
    manifest, source, verdict = predicate["manifest"], predicate["source"], predicate["verdictReceipt"]
    return [
        ("Action", predicate["action"]),
        ("Environment", predicate["environment"] or "-"),
        ("Stack", predicate["stack"] or "-"),
        ("Requester", f"{predicate['requester']['user']} on {predicate['requester']['controlNode']}"),
        ("Request signed by", predicate["requestSignedBy"] or "nobody"),
        ("Parent run", predicate["parentRunKey"] or "-"),
        ("Requested release", predicate["requestedRelease"] or "-"),
        ("Manifest", manifest["uri"] if manifest else "-"),
        ("Manifest digest", _digest(manifest["digest"]) if manifest else "-"),
        *_origin(predicate),
        ("Source", source["uri"] if source else "-"),
        ("Revision", source["digest"]["gitCommit"] if source else "-"),
        ("Verdict receipt", _digest(verdict["digest"]) if verdict else "-"),
        ("Resolves", predicate["resolves"] or "-"),
    ]


def _outputs(statement: Mapping[str, Any]) -> List[Sequence[str]]:
    """The files beside the receipt. Those that are no renderings stand in the statement by digest."""
    files = [(one["name"], one["digest"]["sha256"]) for one in statement["predicate"]["files"]]
    output = sha256_digest(output_text(statement).encode("utf-8")).partition(":")[2]
    return [*files, (OUTPUT_FILE, output)]


def _origin(predicate: Mapping[str, Any]) -> List[Sequence[str]]:
    """What a promotion of some modules was about, and what its manifest was composed of."""
    rows: List[Sequence[str]] = []
    if predicate["requestedModules"]:
        rows.append(("Modules named", ", ".join(predicate["requestedModules"])))
    inherited = predicate["inherited"]
    if inherited:
        rows.append(("Modules inherited", ", ".join(inherited["modules"]) or "none"))
        rows.append(("Inherited from manifest", _digest(inherited["from"]["digest"])))
        rows.append(("Given manifest", f"{inherited['given']['uri']} {_digest(inherited['given']['digest'])}"))
    return rows


def _digest(digest: Mapping[str, str]) -> str:
    return "".join(f"{kind}:{value}" for kind, value in digest.items()) or "-"


def _gates(gates: Any) -> List[str]:
    if not gates:
        return []
    results = gates["results"]
    timed = any("seconds" in one for one in results)
    headers = ("Gate", "Host", "Verdict", "Mode", *(("Seconds", "Counts") if timed else ()), "Found")
    rows = [
        (one["gate"], one["host"], one["verdict"], one["mode"], *(_measured(one) if timed else ()), one["found"])
        for one in results
    ]
    return [f"## Gates: {gates['verdict']}", table(headers, rows)]


def _host_steps(host: Mapping[str, Any]) -> List[str]:
    rows = [
        (
            step["name"],
            step["state"],
            step["startedOn"],
            f"{step['seconds']:.2f}",
            "; ".join(f"{key}: {value}" for key, value in sorted(step["observed"].items())),
        )
        for report in host["reports"]
        for step in report["steps"]
    ]
    notes = [cell(note) for report in host["reports"] for note in report["notes"]]
    parts = [f"## Steps on {host['name']}"] if rows or notes or host["message"] else []
    if rows:
        parts.append(table(("Step", "State", "Started", "Seconds", "Observed"), rows))
    if notes:
        parts.append("\n".join(f"- {note}" for note in notes))
    if host["message"]:
        parts.append("\n".join(f"    {line}" for line in host["message"].splitlines()))
    return parts


def _bullets(title: str, lines: Sequence[str]) -> List[str]:
    return [title, "\n".join(f"- {cell(line)}" for line in lines)] if lines else []
