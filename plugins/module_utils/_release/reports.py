# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the journal's outcomes say of earlier activations (pure).

Apart from `activation`, so that a module which only observes does not bring all that activates to the host.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .entries import DONE, OUTCOME, UNDONE, Entry
from .plan import RUNNING


def report_of(entry: Entry) -> Mapping[str, Any]:
    """Return the report that an outcome entry holds, as plain data."""
    report = entry.fields.get("report")
    return report if isinstance(report, Mapping) else {}


def proven(entries: Sequence[Entry], release: Optional[str]) -> Mapping[str, Any]:
    """Return the inventory that was taken when the release was last found running as it should."""
    if release is None:
        return {}
    reports = (
        report_of(one) for one in reversed(entries) if one.event == OUTCOME and one.fields.get("live") == release
    )
    steps = (step for report in reports for step in reversed(report.get("steps", [])))
    for step in steps:
        if str(step["name"]).startswith(RUNNING) and step["state"] in (DONE, UNDONE):
            observed: Mapping[str, Any] = step["observed"]
            return observed
    return {}
