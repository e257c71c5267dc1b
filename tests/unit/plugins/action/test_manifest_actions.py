# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The actions on manifests as a person calls them: through the ansible command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
EXAMPLE = ROOT / "examples/mint-modules/deploy/promotion.yml"
IMAGE = "127.0.0.1:5000/mint/artwork@sha256:" + "a1" * 32
REVISION = "b2" * 20


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    (folder / "ansible_collections/mint").mkdir(parents=True)
    (folder / "ansible_collections/mint/promotion").symlink_to(ROOT)
    (folder / "ansible.cfg").touch()
    return folder


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return Path(shutil.copy(EXAMPLE, tmp_path / "promotion.yml"))


def call(collections: Path, plugin: str, /, *options: str, **arguments: Any) -> tuple[int, dict[str, Any], str]:
    """Return exit code, result and everything that was printed."""
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(collections / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }
    command = [str(Path(sys.executable).parent / "ansible"), "-i", "localhost,", "localhost"]
    argv = [*command, "-m", f"mint.promotion.{plugin}", "-a", json.dumps(arguments), *options]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"=> (\{.*\})", done.stdout, re.DOTALL)
    assert found, done.stdout + done.stderr
    return done.returncode, json.loads(found.group(1)), done.stdout + done.stderr


def test_manifest_info_returns_the_normalised_manifest_and_its_digest(collections: Path) -> None:
    code, result, _output = call(collections, "manifest_info", "--check", path=str(EXAMPLE))
    assert code == 0
    assert result["changed"] is False
    assert re.search("^sha256:[0-9a-f]{64}$", result["digest"])
    assert result["manifest"]["modules"][0]["service"] == "files-api"
    assert result["environment_contract"]["ARTWORK_INTAKE_TOKEN"]["secret"] is True


def test_manifest_info_keeps_jinja_as_text(collections: Path, manifest: Path) -> None:
    text = manifest.read_text().replace("Mint Print Shop", '\'{{ 6 * 7 }} {{ lookup("pipe", "id") }}\'')
    manifest.write_text(text)
    _code, result, output = call(collections, "manifest_info", path=str(manifest))
    assert '{{ 6 * 7 }} {{ lookup(\\"pipe\\", \\"id\\") }}' in output
    assert result["environment_contract"]["QUOTE_PAGE_SHOP_NAME"]["default"].startswith("{{ 6 * 7 }}")


def test_manifest_info_fails_with_all_faults_and_no_traceback(collections: Path, manifest: Path) -> None:
    manifest.write_text(manifest.read_text().replace("schema: 1", "schema: 7").replace("target: 3341", "target: no"))
    code, result, output = call(collections, "manifest_info", "-vvv", path=str(manifest))
    assert code != 0
    assert [one["path"] for one in result["violations"]] == ["schema", "modules.quote-page.ports[0].target"]
    assert "2 faults" in result["msg"]
    assert "Traceback" not in output


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: [", b"a: 1\na: 2\n", b"[1, 2]", b"x" * 2_000_000])
def test_manifest_info_fails_cleanly_on_anything(collections: Path, manifest: Path, content: bytes) -> None:
    manifest.write_bytes(content)
    code, result, output = call(collections, "manifest_info", path=str(manifest))
    assert code != 0
    assert result["violations"]
    assert "Traceback" not in output
    assert "MODULE FAILURE" not in output


def test_manifest_pin_changes_the_file_once_and_only_the_values(collections: Path, manifest: Path) -> None:
    arguments = {
        "path": str(manifest),
        "revision": REVISION,
        "images": {"artwork": {"image": IMAGE, "revision": REVISION}},
    }
    before = manifest.read_text().splitlines()
    assert call(collections, "manifest_pin", "--check", **arguments)[1]["changed"] is True
    assert manifest.read_text().splitlines() == before
    assert call(collections, "manifest_pin", **arguments)[1]["changed"] is True
    after = manifest.read_text().splitlines()
    assert [line.strip() for line, old in zip(after, before, strict=True) if line != old] == [
        f'revision: "{REVISION}"',
        f"image: {IMAGE}",
        f'revision: "{REVISION}"',
    ]
    assert call(collections, "manifest_pin", **arguments)[1]["changed"] is False


def test_manifest_pin_writes_nothing_that_is_not_valid(collections: Path, manifest: Path) -> None:
    before = manifest.read_bytes()
    images = {"artwork": {"image": "mint/artwork:latest", "revision": REVISION}}
    code, result, _output = call(collections, "manifest_pin", path=str(manifest), images=images)
    assert code != 0
    assert result["violations"][0]["path"] == "modules.artwork.image"
    assert manifest.read_bytes() == before


def test_manifest_document_writes_what_differs(collections: Path, manifest: Path) -> None:
    folder = manifest.parent
    arguments = {
        "path": str(manifest),
        "document": str(folder / "PROMOTION_MANIFEST.md"),
        "env_example": str(folder / ".env.prod.example"),
    }
    assert call(collections, "manifest_document", "--check", **arguments)[1]["changed"] is True
    assert [one.name for one in folder.iterdir()] == ["promotion.yml"]
    assert call(collections, "manifest_document", **arguments)[1]["changed"] is True
    assert "ARTWORK_DATABASE_URL=\n" in (folder / ".env.prod.example").read_text()
    assert call(collections, "manifest_document", **arguments)[1]["changed"] is False


def test_the_compose_file_for_review_is_what_a_host_gets(collections: Path, manifest: Path) -> None:
    path = manifest.parent / "docker-compose.prod.yml"
    arguments = {"path": str(manifest), "compose": str(path)}
    _code, checked, output = call(collections, "manifest_document", "--check", "--diff", **arguments)
    assert (checked["changed"], path.exists()) == (True, False)
    assert "+services:" in output
    assert call(collections, "manifest_document", **arguments)[1]["changed"] is True
    services = yaml.safe_load(path.read_text())["services"]
    assert services["files-api"]["environment"]["INTAKE_TOKEN"] == "${ARTWORK_INTAKE_TOKEN}"
    assert services["files-api"]["image"].startswith("registry.example.com/mint/artwork@sha256:")
    assert call(collections, "manifest_document", **arguments)[1]["changed"] is False


def test_a_folder_that_cannot_be_written_is_a_plain_failure(collections: Path, manifest: Path) -> None:
    target = manifest.parent / "missing/PROMOTION_MANIFEST.md"
    code, result, output = call(collections, "manifest_document", path=str(manifest), document=str(target))
    assert code != 0
    assert "No such file or directory" in result["msg"]
    assert "Traceback" not in output
