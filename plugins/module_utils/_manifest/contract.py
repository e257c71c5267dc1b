# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment contract: the values that an environment has to give to the modules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from .._errors import Violation
from .._schema.wording import control_character, describe, quoted
from .model import Manifest, Variable


@dataclass(frozen=True)
class Value:
    """One value by its source name, with all that the modules which use it say of it."""

    source: str
    secret: bool
    required: bool  # at least one module cannot do without it
    default: Optional[str]
    patterns: Tuple[str, ...]
    description: str
    used_by: Tuple[str, ...]  # module.VARIABLE


def contract(manifest: Manifest) -> Tuple[Value, ...]:
    """Return the values of a manifest, in the order of their first use."""
    uses: Dict[str, List[Tuple[str, Variable]]] = {}
    for module in manifest.modules:
        for variable in module.environment:
            uses.setdefault(variable.source, []).append((f"{module.name}.{variable.name}", variable))
    for variable in manifest.compose.variables if manifest.compose else ():
        uses.setdefault(variable.source, []).append((f"compose.{variable.name}", variable))
    return tuple(_value(source, found) for source, found in uses.items())


def _value(source: str, uses: List[Tuple[str, Variable]]) -> Value:
    variables = [variable for _name, variable in uses]
    return Value(
        source=source,
        secret=any(variable.secret for variable in variables),
        required=any(variable.required for variable in variables),
        default=next((variable.default for variable in variables if variable.default is not None), None),
        patterns=tuple(dict.fromkeys(one.pattern for one in variables if one.pattern is not None)),
        description="; ".join(dict.fromkeys(one.description for one in variables if one.description)),
        used_by=tuple(name for name, _variable in uses),
    )


def secret_sources(manifest: Manifest) -> Tuple[str, ...]:
    """Return the source names of the values that are secret, in the order of their first use."""
    return tuple(value.source for value in contract(manifest) if value.secret)


def contract_values(manifest: Manifest, values: Mapping[str, object]) -> Mapping[str, str]:
    """Return source name -> text, defaults included; optional values that nobody gave are left out.

    `values` must have passed `check_values`. Numbers become text as Python writes them, booleans
    `true` and `false`.
    """
    texts = {value.source: value_text(values.get(value.source, value.default)) for value in contract(manifest)}
    return {source: text for source, text in texts.items() if text is not None}


def value_text(value: object) -> Optional[str]:
    """Return a value of the inventory as the text that a container gets, or None when there is none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def check_values(manifest: Manifest, values: Mapping[str, object], source: str) -> Tuple[Violation, ...]:
    """Return every fault of `values` against the contract; `source` says where they come from.

    No message repeats a value of a secret. Values that no module uses are not looked at.
    """
    return tuple(
        Violation(source, one.source, found, wanted, remedy)
        for one in contract(manifest)
        for found, wanted, remedy in _faults(one, values.get(one.source))
    )


def _faults(one: Value, given: object) -> Iterator[Tuple[str, str, str]]:
    users = ", ".join(one.used_by)
    if given is None:
        if one.required and one.default is None:
            wanted = f"the value that {users} needs"
            yield "no value", wanted, f"set {one.source} in promotion_values{_vault_hint(one)}"
        return
    if not isinstance(given, (str, int, float)):
        yield _found(one, given), "text, a number or a boolean", f"correct {one.source} in promotion_values"
        return
    text = value_text(given) or ""
    control = control_character(text, allowed="\t")
    if control:
        remedy = "encode it in one line (base64), or let the module read a file"
        yield f"the control character {control} in the value", "text on one line", remedy
        return
    for pattern in one.patterns:
        if not re.search(pattern, text):
            yield _found(one, given), f"a match of the pattern {pattern}", f"it is for {users}"


def _vault_hint(one: Value) -> str:
    return ", from a vault or a lookup" if one.secret else ""


def _found(one: Value, given: Any) -> str:
    if not one.secret:
        return quoted(given) if isinstance(given, str) else describe(given)
    return "a secret value that does not fit" if isinstance(given, str) else "a secret value of another kind"
