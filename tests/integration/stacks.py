# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stacks of the tests: manifests of the example, renamed and moved to other ports so that tests don't meet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping

MODULES = {"artwork": 3500, "order-intake": 3400, "quote-page": 3341}
"""The example's modules, and the ports that its manifest publishes."""

SHOP = "The Test Print Shop"
TOKEN = "token-of-the-tests-0123456789"


@dataclass(frozen=True)
class Stack:
    """One stack: `name` is also its Compose project, `first_port` the first of three ports on the host."""

    name: str
    first_port: int

    @property
    def ports(self) -> Mapping[str, int]:
        """The published port of each module."""
        return {module: self.first_port + index for index, module in enumerate(MODULES)}

    def manifest(self, pinned: str, own: bool = False) -> str:
        """The text of a pinned manifest of the example, for this stack. Values say the ports of own compose files."""
        text = replaced(pinned, r"^(  (?:name|project): )mint-modules$", rf"\g<1>{self.name}", 2)
        if own:
            return text
        for module, port in MODULES.items():
            text = replaced(text, rf"published: {port}$", f"published: {self.ports[module]}", 1)
        return text


def port_values(stack: Stack) -> dict[str, int]:
    """The values by which the example's own compose files take other ports than those of the example."""
    return {f"{module.upper().replace('-', '_')}_PUBLISHED": port for module, port in stack.ports.items()}


def replaced(text: str, pattern: str, replacement: str, times: int) -> str:
    """`text` with every match replaced; it must match exactly so many times, else the test means nothing."""
    changed, found = re.subn(pattern, replacement, text, flags=re.MULTILINE)
    assert found == times, f"{pattern!r} was found {found} times in the manifest, wanted {times}"
    return changed


def edit(old: str, new: str) -> Callable[[str], str]:
    """An edit that replaces the one place where a text stands."""

    def apply(text: str) -> str:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the manifest, wanted once"
        return text.replace(old, new)

    return apply


def values(**changes: Any) -> dict[str, Any]:
    """What the environment contract of the example asks for, with changes."""
    given = {
        "ARTWORK_DATABASE_URL": "{{ bed_postgres_url }}",
        "ARTWORK_INTAKE_TOKEN": TOKEN,
        "QUOTE_PAGE_SHOP_NAME": SHOP,
    }
    return {**given, **changes}


def write_inventory(folder: Path, variables: Mapping[str, Any], groups: Mapping[str, Any] | None = None) -> Path:
    """An inventory beside the bed's: the bed knows the hosts, this one knows the stack."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "stack.yml"
    inventory = {"all": {"vars": dict(variables), "children": dict(groups or {})}}
    path.write_text(json.dumps(inventory, indent=2), encoding="utf-8")
    return path
