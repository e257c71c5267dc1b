# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a migration must say beside its schema (pure)."""

from __future__ import annotations

from typing import Any, Mapping

from .._schema.place import Findings
from .._schema.wording import nearest, quoted
from .model import IRREVERSIBLE, REVERSIBLE


def migrations(data: Mapping[str, Any], findings: Findings) -> None:
    """Report every migration of an unknown module, and every way back that is absent or cannot be."""
    known = list(data["modules"] or {})
    for index, migration in enumerate(data["migrations"] or ()):
        if not isinstance(migration, Mapping):
            continue
        path, module = ("migrations", index), migration["module"]
        if module is not None and module not in known:
            found = f"the unknown module {quoted(module)}"
            findings.report((*path, "module"), found, "a module of this manifest", nearest(module, known))
        if migration["kind"] == REVERSIBLE and migration["reverse"] == []:
            findings.report((*path, "reverse"), "no command", "the command that takes it back")
        if migration["kind"] == IRREVERSIBLE and migration["reverse"]:
            findings.report((*path, "reverse"), "a command", "none: an irreversible migration has no way back")
