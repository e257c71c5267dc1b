# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documents for people say what goes live, and hold no secret."""

from __future__ import annotations

from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._manifest.documents import env_example, manifest_document
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate

DIGEST = "sha256:" + "c3" * 32


def document(data: dict[str, Any]) -> str:
    return manifest_document(validate(data, {}, "m.yml"), DIGEST)


def test_the_document_names_artifacts_in_full(data: dict[str, Any]) -> None:
    text = document(data)
    image = data["modules"]["web"]["image"]
    assert DIGEST in text
    assert all(part in text for part in image.split("@"))
    assert data["source"]["revision"] in text


def test_the_document_lists_modules_ports_and_checks(data: dict[str, Any]) -> None:
    text = document(data)
    assert "| api | backend | `b2b2b2b2b2b2` | 127.0.0.1:9000 → 9000/tcp |" in text
    assert "| web | health | health | `GET /` | status 200 |" in text
    assert "| `SHOP_API_KEY` | secret | required | api.API_KEY |" in text


def test_what_the_manifest_does_not_have_makes_no_section(data: dict[str, Any]) -> None:
    assert "## Policy" not in document(data)
    data["policy"] = {"prod": {"gates": {"disk": "report"}}}
    assert "| prod | disk: report | take_back | release |" in document(data)


def test_text_cannot_break_out_of_its_table_cell(data: dict[str, Any]) -> None:
    data["modules"]["api"]["environment"]["API_KEY"]["description"] = "a | b <script> c"
    assert "| a \\| b &lt;script> c |" in document(data)


def test_the_example_of_the_env_file_names_every_value_and_no_secret(data: dict[str, Any]) -> None:
    data["modules"]["web"]["environment"] = {
        "GREETING": {"from": "SHOP_GREETING", "default": "it's $5", "description": "what visitors read"},
        "LEVEL": {"required": False, "pattern": "^(info|debug)$"},
    }
    text = env_example(validate(data, {}, "m.yml"))
    assert "# what visitors read (optional)\n# for web.GREETING\nSHOP_GREETING='it\\'s $5'\n" in text
    assert "# (optional)\n# for web.LEVEL\n# must match ^(info|debug)$\nLEVEL=\n" in text
    assert "# (secret, required)\n# for api.API_KEY\nSHOP_API_KEY=\n" in text
