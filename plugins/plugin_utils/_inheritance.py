# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Composes the manifest of a promotion of some modules from the given one and the live one (pure)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import decide
from ansible_collections.mint.promotion.plugins.module_utils._gates.inheritance import NAME as INHERITANCE
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Inheritance, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.inherit import (
    moved_attachments,
    says_the_same,
    with_inherited,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import ENFORCE, Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.support import (
    shared_database_faults,
    unapproved_faults,
    unsupported,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_text import yaml_text

Evidence = Mapping[str, Mapping[str, Any] | None]


def with_composed_manifest(run: Run, evaluation: Evaluation, evidence: Evidence) -> tuple[Run, Evaluation]:
    """Return the run with the manifest that its promotion of some modules makes, and the evaluation with its faults.

    Where the gate did not see the same release on every host there is nothing to compose, and the evaluation says so.
    """
    passed = [one.host for one in evaluation.results if one.gate == INHERITANCE and one.verdict == PASSED]
    if set(passed) != set(run.hosts):
        return run, evaluation
    live = (evidence[run.hosts[0]] or {})["live"]["value"]
    try:
        return inheriting(run, live["manifest"]), evaluation
    except InvalidInput as error:
        results = (*evaluation.results, *(_fault(", ".join(run.hosts), one) for one in error.violations))
        return run, Evaluation(decide(results), results)


def _fault(hosts: str, one: Violation) -> GateResult:
    found = f"{one.path}: {one.found}" if one.path else one.found
    return GateResult(INHERITANCE, hosts, FAILED, ENFORCE, f"{one.source}: {found}", one.wanted, one.remedy)


def inheriting(run: Run, live_text: str) -> Run:
    """Return the run with the manifest that its named modules and the others of the live manifest make.

    `live_text` is the live manifest's exact text. Where the result says the same as the live manifest, it is the live
    manifest, byte for byte: so nothing changes. Raises `InvalidInput` with all faults of the result.
    """
    live_digest = sha256_digest(live_text.encode("utf-8"))
    live_data, live = _read(live_text, f"the live manifest {live_digest}")
    inherited = tuple(module.name for module in live.modules if module.name not in run.modules)
    made_of = Inheritance(inherited, live_digest, run.manifest_digest, run.manifest_path)
    if not inherited:
        return replace(run, inheritance=made_of)
    source = f"{run.manifest_path} with {', '.join(inherited)} as live"
    given_data = parse_yaml(run.manifest_text.encode("utf-8"), run.manifest_path).data
    text = _header(run, made_of) + yaml_text(with_inherited(given_data, live_data, run.modules))
    _data, manifest = _read(text, source)
    faults = (*unsupported(manifest, source), *moved_attachments(manifest, live, inherited))
    faults += shared_database_faults(manifest, len(run.hosts), source)
    faults += unapproved_faults(manifest, run.environment, source)
    if faults:
        raise InvalidInput(faults, source)
    if says_the_same(manifest, live):
        text, manifest = live_text, live
    digest = sha256_digest(text.encode("utf-8"))
    return replace(run, manifest=manifest, manifest_text=text, manifest_digest=digest, inheritance=made_of)


def _read(text: str, source: str) -> tuple[Any, Manifest]:
    """Read a manifest that is no file: its faults are told by their paths."""
    data = parse_yaml(text.encode("utf-8"), source).data
    return data, validate(data, {}, source)


def _header(run: Run, made_of: Inheritance) -> str:
    return (
        "# Composed by mint.promotion for a promotion of some modules.\n"
        f"# {', '.join(run.modules)}, and all but modules: manifest {made_of.given_digest}\n"
        f"# {', '.join(made_of.modules)}: live, manifest {made_of.live_digest}\n"
    )
