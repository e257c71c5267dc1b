# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy that the demo lays over the example, put where its README says."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
WORDS = {"@DATES@": "2026-12-24/2026-12-26", "@LOOP@": "LOOP-SHOP-20261201", "@BUILD_IMAGE@": "node-build:1"}


def governed(folder: Path) -> Manifest:
    text = (EXAMPLES / "mint-modules/deploy/promotion.yml").read_text(encoding="utf-8")
    module, policy = (
        (EXAMPLES / f"governed/{one}.fragment").read_text(encoding="utf-8") for one in ("module", "policy")
    )
    text = re.sub(r"^    user: .*\n", lambda line: line[0] + module, text, flags=re.MULTILINE) + policy
    for word, value in WORDS.items():
        text = text.replace(word, value)
    path = folder / "promotion.yml"
    path.write_text(text, encoding="utf-8")
    return load_manifest(str(path)).manifest


def test_over_the_example_it_is_a_manifest_that_certifies_each_module_and_asks_people_in_prod_only(
    tmp_path: Path,
) -> None:
    manifest = governed(tmp_path)
    assert {one.name: [step.name for step in one.recert] for one in manifest.modules} == dict.fromkeys(
        ("artwork", "order-intake", "quote-page"), ["typecheck", "build", "test"]
    )
    prod = manifest.policy["prod"]
    assert prod.approvals is not None and prod.approvals.threshold == 2
    assert prod.staging is not None and [one.name for one in prod.windows] == ["stocktaking"]
    assert "staging" not in manifest.policy


def test_every_command_that_certifies_a_module_is_there_and_can_be_run(tmp_path: Path) -> None:
    commands = {step.argv[0] for module in governed(tmp_path).modules for step in module.recert}
    assert commands == {"../deploy/recert"}
    assert (EXAMPLES / "governed/deploy/recert").stat().st_mode & 0o111
