# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of a compose file says what the data says. tests/engine asks the real Compose the same."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._compose.render import compose_document
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_yaml import compose_text

IMAGE = f"registry.example.com/mint/artwork@sha256:{'1' * 64}"
WORDS = st.text(max_size=20) | st.sampled_from(["yes", "No", "1e3", "0o17", "1:30", "null", "~", "-", "a: b", "a #b"])


def manifest(*command: str) -> Manifest:
    return Manifest(1, "mint", "mint", "r", "0" * 40, (Module("artwork", IMAGE, "files-api", command=command),))


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_text_and_data_say_the_same(command: list[str]) -> None:
    one = manifest(*command)
    assert yaml.safe_load(compose_text(one, ())) == compose_document(one, ())


def test_text_that_another_reader_takes_for_a_number_is_quoted() -> None:
    text = compose_text(manifest("1e3", "0o17", "0x1F", "yes", "1:30", "serve", ".inf"), ())
    for word in ("1e3", "0o17", "0x1F", "yes", "1:30", ".inf"):
        assert f'- "{word}"\n' in text
    assert "- serve\n" in text


def test_it_is_for_people_to_read() -> None:
    text = compose_text(manifest("serve"), ())
    assert text.startswith("# Rendered by mint.promotion")
    assert f"\nservices:\n  files-api:\n    image: {IMAGE}\n" in text


def test_the_same_manifest_gives_the_same_bytes() -> None:
    assert compose_text(manifest("serve"), {"B", "A"}) == compose_text(manifest("serve"), ["A", "B"])
