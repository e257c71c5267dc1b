# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data volumes: no promotion, rollback or failure removes, replaces or empties one."""

from __future__ import annotations

import json

from integration.catalog import FIRST, SECOND
from integration.promotions import Promote, Promotion
from integration.stacks import edit

WORDS = "what users have stored"


def with_volume(text: str) -> str:
    """A manifest whose artwork module stores data in a volume of the stack."""
    text = edit(
        "      context: artwork\n",
        "      context: artwork\n    volumes:\n      - volume: seeds\n        target: /data\n",
    )(text)
    return edit("\nreachability:\n", "\nvolumes:\n  seeds:\n    external: false\n\nreachability:\n")(text)


def the_volume(promotion: Promotion) -> tuple[str, str, str]:
    """Name, time of creation and content of the volume that artwork has."""
    mounts = promotion.host.containers()["files-api"]["Mounts"]
    (name,) = [mount["Name"] for mount in mounts if mount["Type"] == "volume"]
    volume = json.loads(promotion.host.docker("volume", "inspect", name))[0]
    content = promotion.host.run("cat", f"{volume['Mountpoint']}/stored", check=False)
    return name, volume["CreatedAt"], content


def test_a_volume_stays_as_it_is_through_promotion_failure_and_rollback(new_promotion: Promote) -> None:
    promotion = new_promotion("staging-1")
    promotion.write(FIRST, with_volume)
    promotion.promote().ended_well()
    name = the_volume(promotion)[0]
    mountpoint = promotion.host.docker("volume", "inspect", "--format", "{{.Mountpoint}}", name)
    promotion.host.run("sh", "-c", f"cat > {mountpoint}/stored", data=WORDS)
    stored = the_volume(promotion)
    assert stored[2] == WORDS

    promotion.write(
        SECOND,
        with_volume,
        edit(
            '    read_only: true\n    tmpfs: [/tmp]\n    user: "1000:1000"\n\n  order-intake:',
            '    tmpfs: [/tmp]\n    user: "1000:1000"\n\n  order-intake:',
        ),
    )
    before = promotion.host.identities()["files-api"]
    promotion.promote().ended_well()
    assert promotion.host.identities()["files-api"] != before
    assert the_volume(promotion) == stored

    promotion.write("smoke-broken", with_volume)
    promotion.promote().refused("shows the form")
    assert the_volume(promotion) == stored

    promotion.rollback().ended_well()
    assert the_volume(promotion) == stored


def test_a_stack_that_is_taken_off_again_leaves_its_volume(new_promotion: Promote) -> None:
    promotion = new_promotion("staging-1")
    promotion.write("smoke-broken", with_volume)
    promotion.promote().refused("shows the form")
    assert promotion.host.containers() == {}
    assert f"{promotion.stack.name}_seeds" in promotion.host.docker("volume", "ls", "--quiet").split()
