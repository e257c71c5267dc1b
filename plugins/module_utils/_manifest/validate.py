# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plain data in, a Manifest or all violations out. No file is read here."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .._data import decode
from .._errors import InvalidInput
from .._schema.place import Findings, Positions
from .._schema.structure import normalise
from .model import Manifest
from .rules import check_rules
from .schema import MANIFEST
from .sources import source_name


def validate(data: Any, positions: Positions, source: str) -> Manifest:
    """Return the manifest that `data` says, with all defaults filled in.

    `positions` maps paths of `data` to line and column in `source`, the name of the file.
    Raises `InvalidInput` with every violation there is.
    """
    findings = Findings(source, positions)
    normalised = normalise(data, MANIFEST, (), findings)
    if normalised is not None:
        check_rules(normalised, findings)
    if findings.violations:
        raise InvalidInput(findings.violations, f"The manifest {source}")
    return decode(Manifest, _manifest(normalised))


def _manifest(data: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the fields of `Manifest` as `decode` takes them."""
    stack, compose = data["stack"], data["compose"]
    project = stack["project"] or stack["name"]
    return {
        "schema": data["schema"],
        "stack": stack["name"],
        "project": project,
        "repository": data["source"]["repository"],
        "revision": data["source"]["revision"],
        "image_source": data["image_source"],
        "retention": data["retention"]["releases"],
        "compose": _own_compose(compose) if compose else None,
        "modules": [_module(name, module) for name, module in data["modules"].items()],
        "networks": _attachments(data["networks"], project),
        "volumes": _attachments(data["volumes"], project),
        "reachability": data["reachability"],
        "migrations": data["migrations"],
        "gates": data["gates"],
        "capabilities": [_capability(one) for one in data["capabilities"]],
        "policy": data["policy"],
        "loops": data["loops"],
        "authority": data["authority"],
        "attestations": data["attestations"],
        "recert": data["recert"],
    }


def _module(name: str, data: Mapping[str, Any]) -> Dict[str, Any]:
    environment = [_variable(name, key, variable) for key, variable in data["environment"].items()]
    return {**data, "name": name, "service": data["service"] or name, "environment": environment}


def _capability(data: Mapping[str, Any]) -> Dict[str, Any]:
    return {**data, "expect": {**data["expect"], "exit_codes": data["expect"]["exit_codes"] or []}}


def _own_compose(data: Mapping[str, Any]) -> Dict[str, Any]:
    """A value that the files interpolate has one name: Compose knows it by that of the env file."""
    variables = [_variable("", name, {**one, "from": name}) for name, one in data["variables"].items()]
    return {**data, "variables": variables}


def _variable(module: str, name: str, data: Mapping[str, Any]) -> Dict[str, Any]:
    required = data["default"] is None if data["required"] is None else data["required"]
    return {**data, "name": name, "source": source_name(module, name, data), "required": required}


def _attachments(data: Mapping[str, Any], project: str) -> List[Dict[str, Any]]:
    """What Compose makes bears the project's name, as Compose itself names it: stacks share nothing unasked."""
    return [
        {**one, "key": key, "name": one["name"] or (key if one["external"] else f"{project}_{key}")}
        for key, one in data.items()
    ]
