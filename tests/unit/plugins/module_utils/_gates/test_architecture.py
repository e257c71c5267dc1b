# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processors by the names that images have for them."""

from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.architecture import (
    image_architecture,
    image_platform,
)


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("x86_64", "amd64"),
        ("aarch64", "arm64"),
        ("armv7l", "arm/v7"),
        ("s390x", "s390x"),
        ("other", "other"),
    ],
)
def test_a_machine_is_named_as_images_name_it(machine: str, name: str) -> None:
    assert image_architecture(machine) == name


def test_the_only_variant_of_arm64_is_no_difference() -> None:
    assert image_platform("linux/arm64/v8") == "linux/arm64"
    assert image_platform("linux/arm/v7") == "linux/arm/v7"
