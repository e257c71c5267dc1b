# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the fields about the project itself must agree with."""

from __future__ import annotations

from typing import Any, Mapping

from .._schema.place import Findings

Data = Mapping[str, Any]


def governance(data: Data, findings: Findings) -> None:
    """Report loops without a place to look at, and checks that are named twice."""
    loops, authority = data["loops"], data["authority"]
    if loops is not None and loops["folder"] is None and loops["gaps"] is None and not findings.violations:
        findings.report(("loops",), "neither folder nor gaps", "where loops or gaps are kept")
    checks = (authority or {}).get("checks") or []
    for index, name in enumerate(checks):
        if name is not None and name in checks[:index]:
            findings.report(("authority", "checks", index), f"{name} again", "each check once")
