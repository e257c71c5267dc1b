# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The manifest of a promotion of some modules: whole, valid, and the same bytes for the same input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._gates.inheritance import NAME
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    PASSED,
    Evaluation,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.plugin_utils._inheritance import inheriting, with_composed_manifest

EXAMPLE = Path(__file__).resolve().parents[4] / "examples/mint-modules/deploy/promotion.yml"
LIVE = EXAMPLE.read_text(encoding="utf-8")
NEXT = LIVE.replace("0" * 40, "1" * 40).replace("0" * 64, "2" * 64)


def a_run(text: str, *modules: str) -> Run:
    digest, manifest = sha256_digest(text.encode()), validate(yaml.safe_load(text), {}, "promotion.yml")
    people = ("ops", "desk", "2026-02-12T01:13:14.000Z")
    run = Run("CAP-1", "promote", "prod", manifest.stack, ("web1",), *people, "deploy/promotion.yml", digest, text)
    return Run(**{**vars(run), "manifest": manifest, "modules": modules})


def test_the_named_module_is_new_and_the_others_are_live() -> None:
    run = inheriting(a_run(NEXT, "artwork"), LIVE)
    assert run.manifest is not None and run.inheritance is not None
    assert {one.name: one.revision for one in run.manifest.modules} == {
        "artwork": "1" * 40,
        "order-intake": "0" * 40,
        "quote-page": "0" * 40,
    }
    assert run.manifest.revision == "1" * 40
    assert run.inheritance.modules == ("order-intake", "quote-page")
    assert run.inheritance.live_digest == sha256_digest(LIVE.encode())
    assert run.inheritance.given_digest == sha256_digest(NEXT.encode())


def test_its_text_is_the_whole_manifest_and_says_where_it_is_from() -> None:
    run = inheriting(a_run(NEXT, "artwork"), LIVE)
    assert validate(yaml.safe_load(run.manifest_text), {}, "composed") == run.manifest
    assert run.manifest_digest == sha256_digest(run.manifest_text.encode())
    head = run.manifest_text.split("\nschema:")[0]
    assert sha256_digest(LIVE.encode()) in head and sha256_digest(NEXT.encode()) in head
    assert inheriting(a_run(NEXT, "artwork"), LIVE).manifest_text == run.manifest_text


def test_what_is_live_already_is_the_live_manifest_byte_for_byte() -> None:
    first = inheriting(a_run(NEXT, "artwork"), LIVE)
    again = inheriting(a_run(NEXT, "artwork"), first.manifest_text)
    assert (again.manifest_text, again.manifest_digest) == (first.manifest_text, first.manifest_digest)
    other_commit = LIVE.replace("0" * 40, "3" * 40, 1)
    unchanged = inheriting(a_run(other_commit, "artwork"), LIVE)
    assert unchanged.manifest_text == LIVE


def test_modules_that_are_promoted_one_after_the_other_add_up() -> None:
    text = LIVE
    for name in ("artwork", "order-intake", "quote-page"):
        text = inheriting(a_run(NEXT, name), text).manifest_text
    assert yaml.safe_load(text) == yaml.safe_load(NEXT)


def test_with_every_module_named_it_is_the_given_manifest() -> None:
    run = inheriting(a_run(NEXT, "quote-page", "artwork", "order-intake"), LIVE)
    assert run.manifest_text == NEXT
    assert run.inheritance is not None and run.inheritance.modules == ()


def test_a_network_that_an_inherited_module_needs_and_the_new_manifest_lacks_is_a_fault() -> None:
    without = LIVE.replace("    networks: [database]\n", "").replace(
        "networks:\n  database:\n    name: mint-database\n    external: true\n", ""
    )
    with pytest.raises(InvalidInput, match="modules.artwork.networks") as caught:
        inheriting(a_run(without, "quote-page"), LIVE)
    (fault,) = caught.value.violations
    assert fault.source == "deploy/promotion.yml with artwork, order-intake as live"


def test_a_network_that_has_become_another_one_is_a_fault() -> None:
    moved = LIVE.replace("name: mint-database", "name: other-database")
    with pytest.raises(InvalidInput, match="promote artwork as well"):
        inheriting(a_run(moved, "quote-page"), LIVE)


def test_an_inherited_migration_that_several_hosts_could_not_run_once_is_a_fault() -> None:
    data = yaml.safe_load(LIVE)
    migration = {"id": "0002", "module": "order-intake", "kind": "reversible", "forward": ["up"], "reverse": ["down"]}
    live = yaml.safe_dump({**data, "migrations": [migration]}, sort_keys=False)
    assert inheriting(a_run(NEXT, "quote-page"), live).manifest is not None
    with pytest.raises(InvalidInput, match="2 hosts that share a database"):
        inheriting(replace(a_run(NEXT, "quote-page"), hosts=("web1", "web2")), live)


def judged(*verdicts: str) -> Evaluation:
    hosts = [f"web{number + 1}" for number in range(len(verdicts))]
    return Evaluation("", tuple(GateResult(NAME, *one, "enforce", "", "") for one in zip(hosts, verdicts, strict=True)))


@pytest.mark.parametrize("evaluation", [judged(PASSED), judged(PASSED, FAILED), judged(FAILED, PASSED), judged()])
def test_nothing_is_composed_unless_every_host_can_be_inherited_from(evaluation: Evaluation) -> None:
    run = replace(a_run(NEXT, "artwork"), hosts=("web1", "web2"))
    evidence = {"web1": {"unreachable": "silence"}, "web2": None}
    assert with_composed_manifest(run, evaluation, evidence) == (run, evaluation)


def test_a_fault_of_the_composed_manifest_is_a_gate_that_fails() -> None:
    run = a_run(LIVE.replace("name: mint-database", "name: other-database"), "quote-page")
    evidence = {"web1": {"live": {"value": {"manifest": LIVE}}}}
    same, evaluation = with_composed_manifest(run, judged(PASSED), evidence)
    assert (same, evaluation.verdict) == (run, FAILED)
    (stopper,) = evaluation.stoppers
    assert "database as the external other-database" in stopper.found
    assert stopper.remedy == "promote artwork as well"
    composed, evaluation = with_composed_manifest(a_run(NEXT, "quote-page"), judged(PASSED), evidence)
    assert composed.inheritance is not None
    assert evaluation == judged(PASSED)
