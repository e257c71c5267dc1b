# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a manifest with compose files of the team's own must not say, because those files say it."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Tuple

from .._schema.place import Findings, Path
from .schema_module import MODULE

Data = Mapping[str, Any]

_OF_MODULES = (
    "ports",
    "healthcheck",
    "resources",
    "read_only",
    "tmpfs",
    "user",
    "command",
    "stop_grace_seconds",
    "networks",
    "volumes",
)
_WANTED = "what the compose files of `compose` say of it"
_REMEDY = "remove it here; a promotion takes it from the compose files"


def own_compose(data: Data, findings: Findings) -> None:
    """Report every key that would be passed over because the compose files are the team's own."""
    if data["compose"] is None:
        return
    _repeated(data["compose"]["files"] or [], findings)
    for name, module in (data["modules"] or {}).items():
        for key in _OF_MODULES if module is not None else ():
            if _is_set(module[key], MODULE.field(key).default):
                findings.report(("modules", name, key), f"{key} beside compose files", _WANTED, _REMEDY)
    for key in ("networks", "volumes"):
        if data[key]:
            findings.report((key,), f"{key} beside compose files", _WANTED, _REMEDY)


def compose_variables(data: Data) -> Iterator[Tuple[str, Data, Path]]:
    """Yield name, declaration and path of every value that the compose files interpolate."""
    for name, variable in ((data["compose"] or {}).get("variables") or {}).items():
        if variable is not None:
            yield name, variable, ("compose", "variables", name)


def _repeated(files: Any, findings: Findings) -> None:
    for index, file in enumerate(files):
        if file is not None and file in files[:index]:
            findings.report(("compose", "files", index), f"{file} again", "each file once")


def _is_set(value: Any, default: Any) -> bool:
    if isinstance(value, Mapping) and default == {}:
        return any(item is not None for item in value.values())
    return value is not None and value != default
