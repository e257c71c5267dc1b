# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the three example modules promise the manifest and one another."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

STACK = Path(__file__).resolve().parents[3] / "examples/mint-modules"
MODULES = ("artwork", "order-intake", "quote-page")
MANIFEST = yaml.safe_load((STACK / "deploy/promotion.yml").read_text(encoding="utf-8"))


def test_the_http_shell_is_the_same_in_every_module_that_has_it() -> None:
    contents: dict[str, set[bytes]] = {}
    for path in STACK.glob("*/src/shell/*.ts"):
        contents.setdefault(path.name, set()).add(path.read_bytes())
    assert {"service.ts", "health.ts", "run.ts", "settings.ts", "upstream.ts"} == set(contents)
    assert [name for name, found in contents.items() if len(found) > 1] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_lock_file_names_no_address_and_pins_every_package_by_its_hash(module: str) -> None:
    text = (STACK / module / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert "resolved" not in text
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


@pytest.mark.parametrize("module", MODULES)
def test_only_artwork_has_a_runtime_dependency_and_it_is_the_postgres_client(module: str) -> None:
    package = json.loads((STACK / module / "package.json").read_text(encoding="utf-8"))
    assert list(package.get("dependencies", {})) == (["pg"] if module == "artwork" else [])


@pytest.mark.parametrize("module", MODULES)
def test_every_variable_of_the_manifest_is_read_and_the_port_is_the_modules_own(module: str) -> None:
    settings = (STACK / module / "src/settings.ts").read_text(encoding="utf-8")
    read = set(re.findall(r'reader\.\w+\("(\w+)"', settings))
    declared = MANIFEST["modules"][module]
    assert read == set(declared["environment"])
    assert f"DEFAULT_PORT = {declared['ports'][0]['target']};" in settings
