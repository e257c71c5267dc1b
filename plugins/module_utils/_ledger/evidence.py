# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""evidence.json: what the gates were judged by (pure)."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from .._data import canonical_json, encode
from .text import recordable

Evidence = Mapping[str, Any]


def evidence_document(evidence: Mapping[str, Optional[Evidence]]) -> bytes:
    """Return `{"hosts": {<name>: <its evidence>}}` as canonical JSON; null for a host that nobody observed.

    `_gates/observe` says what evidence looks like. It is observed without any secret value; of a live manifest, which
    may be long, the digest stays and the text is left out.
    """
    hosts = {host: _without_manifest(encode(one)) for host, one in evidence.items()}
    return canonical_json(recordable({"hosts": hosts}))


def _without_manifest(evidence: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    live = (evidence or {}).get("live") or {}
    if evidence is None or not live.get("value"):
        return evidence
    value = {name: item for name, item in live["value"].items() if name != "manifest"}
    return {**evidence, "live": {**live, "value": value}}
