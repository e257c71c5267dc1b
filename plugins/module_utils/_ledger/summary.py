# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of a run for programs: what CI reads instead of the text that people read (pure)."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping

from .model import CHANGE_PACK_NAME
from .render import HOST_HEADERS, host_rows, text_table


def host_table(statement: Mapping[str, Any]) -> str:
    """The closing table of a run; empty for one that has no hosts."""
    rows = host_rows(statement["predicate"])
    return text_table(HOST_HEADERS, rows) if rows else ""


def run_summary(statement: Mapping[str, Any], receipt: str, message: str) -> Dict[str, Any]:
    """Sum up a run that has ended. `receipt` is the path of its receipt, empty where none was written.

    `message` says why it was refused or not recorded; what befell a host stands with the host.
    """
    predicate = statement["predicate"]
    return {
        "run_key": predicate["runKey"],
        "action": predicate["action"],
        "environment": predicate["environment"],
        "stack": predicate["stack"],
        "outcome": predicate["outcome"],
        "manifest_digest": _manifest_digest(predicate),
        "gates": predicate["gates"]["results"] if predicate["gates"] else [],
        "hosts": {host["name"]: _host(host) for host in predicate["hosts"]},
        "table": host_table(statement),
        "receipt": receipt,
        "change_pack": _change_pack(predicate, receipt),
        "message": message,
    }


def _manifest_digest(predicate: Mapping[str, Any]) -> str:
    """The manifest of the run; of a rollback that of the release it went to, where all hosts say the same."""
    if predicate["manifest"]:
        return f"sha256:{predicate['manifest']['digest']['sha256']}"
    reports = [report for host in predicate["hosts"] for report in host["reports"]]
    told = {report["manifest"]["sha256"] for report in reports if report["manifest"]}
    return f"sha256:{told.pop()}" if len(told) == 1 else ""


def _change_pack(predicate: Mapping[str, Any], receipt: str) -> str:
    """The path of the change pack, which lies beside the receipt; empty where there is none."""
    names = [one["name"] for one in predicate["files"] if re.fullmatch(CHANGE_PACK_NAME, one["name"])]
    return f"{receipt.rpartition('/')[0]}/{names[0]}" if receipt and names else ""


def _host(host: Mapping[str, Any]) -> Dict[str, Any]:
    """`release` is the one that the run was about, `live` the one that is live now."""
    told = {name: host[name] for name in ("outcome", "from", "live", "seconds", "message")}
    releases = [report["release"] for report in host["reports"] if report["release"]]
    return {**told, "release": releases[-1] if releases else None}
