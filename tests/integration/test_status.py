# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""status.yml: what is live since when, whether it is what was promoted, and what a rollback can go to."""

from __future__ import annotations

from typing import Iterator

import pytest

from integration.catalog import FIRST, SECOND, Catalog
from integration.playbooks import Run
from integration.promotions import Promote, Promotion


@pytest.fixture(scope="module")
def stack(new_promotion: Promote) -> Promotion:
    promotion = new_promotion("prod-1")
    for name in (FIRST, SECOND):
        promotion.write(name)
        promotion.promote().ended_well()
    return promotion


@pytest.fixture
def promotion(stack: Promotion) -> Iterator[Promotion]:
    """The second revision is live; what a test breaks is put right by the next promotion."""
    yield stack
    stack.write(SECOND)
    stack.promote()


def drift(run: Run) -> str:
    return run.output.partition("differs from what was promoted:")[2]


def test_a_host_without_the_stack_has_nothing_live(new_promotion: Promote) -> None:
    promotion = new_promotion("prod-1")
    promotion.write(FIRST)
    assert "nothing" in promotion.status().ended_well().output
    assert not promotion.host.exists()


def test_it_says_what_is_live_and_where_a_rollback_goes(promotion: Promotion) -> None:
    before = promotion.host.snapshot()
    run = promotion.status().ended_well()
    live = promotion.host.live()
    switched = next(one for one in reversed(promotion.host.journal()) if one["event"] == "switched")
    (row,) = [line for line in run.output.splitlines() if line.startswith("prod-1 ") and live in line]
    assert row.split()[1:3] == [promotion.stack.name, live]
    assert switched["time"] in row
    assert row.endswith("yes")
    run.says(f"a rollback goes to {switched['from']}")
    assert drift(run) == ""
    assert run.changed == 0
    assert promotion.host.snapshot() == before


def test_a_changed_byte_of_the_compose_file_is_seen(promotion: Promotion) -> None:
    path = f"{promotion.host.folder}/current/compose.yaml"
    saved = promotion.host.run("cat", path)
    promotion.host.run("sh", "-c", f"echo '# by hand' >> {path}")
    try:
        run = promotion.status()
        assert "compose.yaml" in drift(run), run.output
    finally:
        promotion.host.run("sh", "-c", f"cat > {path}", data=saved)
    assert drift(promotion.status().ended_well()) == ""


def test_a_stopped_container_is_seen_and_the_next_promotion_starts_it(promotion: Promotion) -> None:
    promotion.host.docker("stop", "--time", "1", promotion.host.containers()["quote-page"]["Id"])
    run = promotion.status()
    assert "quote-page" in drift(run), run.output
    assert "exited" in drift(run)
    promotion.write(SECOND)
    assert promotion.promote().ended_well().outcomes == {"prod-1": "promoted"}
    assert drift(promotion.status().ended_well()) == ""


def test_a_container_of_another_image_is_seen(promotion: Promotion, catalog: Catalog) -> None:
    host = promotion.host
    second, first = (catalog.image(name, "quote-page") for name in (SECOND, FIRST))
    script = f"sed s,{second},{first}, {host.folder}/current/compose.yaml"
    compose = (
        f"docker compose --project-name {host.stack} --project-directory {host.folder}"
        f" --env-file {host.folder}/current/.env -f - up --detach --no-deps quote-page"
    )
    host.run("sh", "-c", f"{script} | {compose}")
    run = promotion.status()
    assert "quote-page" in drift(run), run.output
    assert "image" in drift(run)


def test_it_looks_at_hosts_of_all_environments(promotion: Promotion) -> None:
    run = promotion.play("playbooks/status.yml", "--limit", "prod-1,staging-1").ended_well()
    assert any(line.startswith("staging-1 ") and "nothing" in line for line in run.output.splitlines())
