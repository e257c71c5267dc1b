# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the approvals, windows, staging evidence and drills of a policy must agree in."""

from __future__ import annotations

from datetime import date
from typing import Any, Iterator, Mapping, Tuple

from .._schema.place import Findings, Path
from .._schema.wording import quoted

Data = Mapping[str, Any]


def approvals(data: Data, findings: Findings) -> None:
    """Report what nobody could approve of, windows that no calendar has, and an environment that proves itself."""
    for name, policy in (data["policy"] or {}).items():
        if policy is not None:
            path: Path = ("policy", name)
            _people(policy["approvals"], path + ("approvals",), findings)
            _windows(policy, path, findings)
            for key in ("staging", "drill"):
                _elsewhere(policy[key], name, path + (key, "environment"), findings)


def _people(asked: Any, path: Path, findings: Findings) -> None:
    """Each person counts once, and there are enough of them."""
    if asked is None or asked["principals"] is None:
        return
    people = [one for one in asked["principals"] if one is not None]
    for index, one in enumerate(people):
        if one in people[:index]:
            findings.report(path + ("principals", index), f"{quoted(one)} again", "each person once")
    known = len(set(people))
    for key in ("threshold", "irreversible"):
        number = asked.get(key)
        if number is not None and number > known and None not in asked["principals"] and people:
            found, wanted = f"{number} of {known} people", f"a number up to {known}"
            findings.report(path + (key,), found, wanted, "name more people, or ask for fewer")


def _windows(policy: Data, path: Path, findings: Findings) -> None:
    seen = set()
    for index, window in enumerate(policy["windows"] or ()):
        if window is None:
            continue
        here = path + ("windows", index)
        if window["name"] in seen:
            findings.report(here + ("name",), f"the name {quoted(window['name'])} again", "a name of its own")
        seen.add(window["name"])
        _people(window["override"], here + ("override",), findings)
        for text, place in _dates(window, here):
            fault = _date_fault(text)
            if fault:
                findings.report(place, fault, "days that exist, the first one first")


def _dates(window: Data, path: Path) -> Iterator[Tuple[str, Path]]:
    for index, text in enumerate(window["dates"] or ()):
        if text is not None:
            yield text, path + ("dates", index)


def _date_fault(text: str) -> str:
    first, _slash, last = text.partition("/")
    try:
        ordered = date.fromisoformat(first) <= date.fromisoformat(last or first)
    except ValueError as error:
        return f"{quoted(text)}: {error}"
    return "" if ordered else f"{quoted(text)}, whose last day is before its first"


def _elsewhere(asked: Any, environment: str, path: Path, findings: Findings) -> None:
    if asked is not None and asked["environment"] == environment:
        findings.report(path, f"the environment {quoted(environment)} itself", "another environment")
