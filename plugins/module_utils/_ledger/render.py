# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A statement as text for people: receipt.md and the table that ends a run (pure)."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Sequence

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
            host.get("from") or "-",
            host.get("live") or "-",
            host.get("outcome") or "-",
            f"{host.get('seconds') or 0:.1f}",
        )
        for host in predicate["hosts"]
    ]


def receipt_markdown(statement: Mapping[str, Any]) -> str:
    """Render the statement of a run. The same statement gives the same bytes."""
    predicate = statement["predicate"]
    parts = [
        f"# Receipt: {predicate['runKey']}",
        _markdown_table(("Field", "Value"), _summary(predicate)),
        "## Modules",
        _markdown_table(
            ("Module", "Image", "Revision"),
            [(one["name"], one["image"], one["revision"] or "-") for one in predicate["modules"]],
        ),
        "## Hosts",
        _markdown_table(HOST_HEADERS, host_rows(predicate)),
        *_gates(predicate["gates"]),
        *(part for host in predicate["hosts"] for part in _host_steps(host)),
        *_bullets("## Faults", predicate["faults"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(predicate: Mapping[str, Any]) -> List[Sequence[str]]:
    digest, source = predicate["manifest"]["digest"], predicate["source"]
    return [
        ("Outcome", predicate["outcome"]),
        ("Action", predicate["action"]),
        ("Environment", predicate["environment"]),
        ("Stack", predicate["stack"] or "-"),
        ("Requester", f"{predicate['requester']['user']} on {predicate['requester']['controlNode']}"),
        ("Manifest", predicate["manifest"]["uri"] or "-"),
        ("Manifest digest", _digest(digest)),
        *_origin(predicate),
        ("Source", source.get("uri", "-")),
        ("Revision", source.get("digest", {}).get("gitCommit", "-")),
        ("Started", predicate["startedOn"]),
        ("Finished", predicate["finishedOn"]),
    ]


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


def _markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "none"
    lines = [headers, tuple("---" for _header in headers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _gates(gates: Any) -> List[str]:
    if not gates:
        return []
    rows = [(one["gate"], one["host"], one["verdict"], one["mode"], one["found"]) for one in gates["results"]]
    return [
        f"## Gates: {gates['verdict']}",
        _markdown_table(("Gate", "Host", "Verdict", "Mode", "Found"), rows),
    ]


def _host_steps(host: Mapping[str, Any]) -> List[str]:
    rows = [
        (
            step["name"],
            step["state"],
            step["started_at"],
            f"{step['seconds']:.2f}",
            _observed(step["observed"]),
        )
        for report in host.get("reports", ())
        for step in report["steps"]
    ]
    notes = [_cell(note) for report in host.get("reports", ()) for note in report["notes"]]
    parts = [f"## Steps on {host['name']}"] if rows or notes or host.get("message") else []
    if rows:
        parts.append(_markdown_table(("Step", "State", "Started", "Seconds", "Observed"), rows))
    if notes:
        parts.append("\n".join(f"- {note}" for note in notes))
    if host.get("message"):
        parts.append("\n".join(f"    {line}" for line in host["message"].splitlines()))
    return parts


def _observed(observed: Mapping[str, Any]) -> str:
    return "; ".join(f"{key}: {_brief(value)}" for key, value in observed.items())


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_brief(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_brief(item) for item in value)
    return str(value)


def _bullets(title: str, lines: Sequence[str]) -> List[str]:
    return [title, "\n".join(f"- {line}" for line in lines)] if lines else []
