# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A promotion of some modules: the others are inherited from what is live, with their containers and their values."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Iterator, Mapping

import pytest

from integration.catalog import FIRST, SECOND
from integration.hosts import HostView
from integration.playbooks import ROOT, Run
from integration.promotions import Promote, Promotion
from integration.stacks import SHOP, TOKEN, values

NEW_TOKEN = "another-token-of-the-tests-9876543210"
SCRIPTS = ROOT / "examples/mint-modules/scripts/release"

# Asks one address after the other until a file is there; prints how often it asked and what failed.
_TRAFFIC = """
import json, os, sys, time, urllib.request
asked, failed = 0, []
while not os.path.exists(sys.argv[1]):
    for url in sys.argv[2:]:
        asked += 1
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError as error:
            failed.append(url + ": " + str(error))
    time.sleep(0.02)
print(json.dumps([asked, failed]))
"""


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """A stack whose manifest and release scripts lie in one folder, as in the example."""
    promotion = new_promotion("prod-1", "prod-3")
    folder = promotion.manifest.parent
    shutil.copytree(SCRIPTS, folder / "scripts" / "release")
    promotion.manifest = folder / "deploy" / "promotion.yml"
    promotion.manifest.parent.mkdir()
    return promotion


def script(promotion: Promotion, name: str, *arguments: str) -> Run:
    """Run one of the scripts as a person does, with the options for ansible-playbook behind --."""
    options = promotion.argv("")[2:]
    path = promotion.manifest.parents[1] / "scripts" / "release" / name
    return promotion.playbooks.run((str(path), *arguments, "--", *options))


def some(promotion: Promotion, modules: str, *arguments: str) -> Run:
    return promotion.promote("-e", f"promotion_modules={modules}", *arguments)


def identities(promotion: Promotion) -> dict[str, Mapping[str, object]]:
    return {name: host.identities() for name, host in promotion.hosts.items()}


def recreated(before: dict[str, Mapping[str, object]], promotion: Promotion) -> dict[str, list[str]]:
    after = identities(promotion)
    return {host: [one for one in services if services[one] != after[host][one]] for host, services in before.items()}


@contextmanager
def traffic(promotion: Promotion, host: HostView, *modules: str) -> Iterator[None]:
    """Users of these modules while the block lasts: not one of their requests may fail."""
    urls = [f"http://127.0.0.1:{promotion.stack.ports[module]}/health" for module in modules]
    stop = f"/tmp/{promotion.stack.name}-stop"
    host.run("rm", "-f", stop)
    with ThreadPoolExecutor(1) as pool:
        users = pool.submit(host.run, "python3", "-c", _TRAFFIC, stop, *urls)
        try:
            yield
        finally:
            host.run("touch", stop)
        asked, failed = json.loads(users.result())
    assert asked > 100
    assert failed == []


def test_nothing_is_inherited_from_a_bare_host(promotion: Promotion) -> None:
    promotion.write(FIRST)
    run = some(promotion, "quote-page").refused("nothing is live", "promote the whole manifest first")
    assert set(run.outcomes.values()) == {"refused"}
    assert not any(host.exists() for host in promotion.hosts.values())


def test_one_module_goes_live_and_a_rollback_takes_the_whole_release_back(promotion: Promotion) -> None:
    promotion.write(FIRST)
    promotion.promote().ended_well()
    ids, files = identities(promotion), {name: host.live_files() for name, host in promotion.hosts.items()}
    promotion.write(SECOND)
    promotion.values = values(ARTWORK_INTAKE_TOKEN=NEW_TOKEN, QUOTE_PAGE_SHOP_NAME="The Other Shop")

    dry = script(promotion, "promote-to-prod.sh", "--dry-run", "quote-page").ended_well()
    dry.says("The Other Shop", "To promote: quote-page; as live in manifest")
    assert NEW_TOKEN not in dry.output and TOKEN not in dry.output
    assert identities(promotion) == ids

    with traffic(promotion, promotion.hosts["prod-1"], "artwork", "order-intake"):
        run = script(promotion, "promote-to-prod.sh", "quote-page").ended_well()
        assert set(run.outcomes.values()) == {"promoted"}
        assert recreated(ids, promotion) == {"prod-1": ["quote-page"], "prod-3": ["quote-page"]}
        assert promotion.heading("prod-1") == "The Other Shop: your quote in one minute"
        _is_recorded(promotion, run)

        again = some(promotion, "quote-page").ended_well()
        assert (again.changed, set(again.outcomes.values())) == (0, {"no_change"})

        back = script(promotion, "rollback-prod.sh").ended_well()
        assert set(back.outcomes.values()) == {"restored"}
    assert {name: host.live_files() for name, host in promotion.hosts.items()} == files
    assert recreated(ids, promotion) == {"prod-1": ["quote-page"], "prod-3": ["quote-page"]}
    assert promotion.heading("prod-3") == f"{SHOP}: ask for a quote"


def _is_recorded(promotion: Promotion, run: Run) -> None:
    """The receipt, the hosts and status.yml say which module is of which revision, and from where."""
    receipt: Mapping[str, Any] = run.receipt
    assert receipt["requestedModules"] == ["quote-page"]
    assert receipt["inherited"]["modules"] == ["artwork", "order-intake"]
    kept = (promotion.receipts / "sessions" / f"R{receipt['runKey']}" / "manifest.yml").read_text(encoding="utf-8")
    assert {host.read("current/manifest.yml") for host in promotion.hosts.values()} == {kept}
    assert not [host for host in promotion.hosts.values() if NEW_TOKEN in host.read("current/.env")]
    revisions = {one["name"]: one["revision"][:12] for one in receipt["modules"]}
    assert revisions["quote-page"] != revisions["artwork"]
    promotion.status().ended_well().says(*(f"{name} {revision} sha256:" for name, revision in revisions.items()))


def test_a_value_that_an_inherited_module_shares_has_to_be_the_live_one(promotion: Promotion) -> None:
    promotion.write(SECOND)
    promotion.values = values(ARTWORK_INTAKE_TOKEN=NEW_TOKEN)
    before = {name: host.snapshot().containers for name, host in promotion.hosts.items()}
    run = some(promotion, "artwork")
    run.refused("ARTWORK_INTAKE_TOKEN: the value has changed", "Promote order-intake as well")
    assert NEW_TOKEN not in run.output
    assert {name: host.snapshot().containers for name, host in promotion.hosts.items()} == before
    assert not any(host.locked() for host in promotion.hosts.values())


def test_hosts_that_differ_are_refused_with_the_difference(promotion: Promotion) -> None:
    promotion.values = values()
    promotion.write(SECOND)
    promotion.promote("--limit", "prod-3").ended_well()
    run = some(promotion, "quote-page")
    run.refused("prod-1: inheritance FAILED", "prod-3: inheritance FAILED", "quote-page (revision")
    assert set(run.outcomes.values()) == {"refused"}
    assert not any(host.locked() for host in promotion.hosts.values())


def test_with_compose_files_of_the_team_the_other_services_stay_too(new_promotion: Promote) -> None:
    promotion = new_promotion("staging-1", own=True)
    promotion.write(FIRST)
    promotion.promote().ended_well()
    ids, files = identities(promotion), promotion.host.live_files()
    promotion.write(SECOND)
    promotion.values.update(ARTWORK_INTAKE_TOKEN=NEW_TOKEN)
    assert some(promotion, "quote-page").ended_well().outcomes == {"staging-1": "promoted"}
    assert recreated(ids, promotion) == {"staging-1": ["quote-page"]}
    assert promotion.heading() == f"{SHOP}: your quote in one minute"

    promotion.values.update(ORDER_INTAKE_PUBLISHED=promotion.stack.first_port + 2000)
    run = some(promotion, "quote-page")
    run.refused("What was not named would change", "order-intake (ports)")
    promotion.rollback().ended_well()
    assert promotion.host.live_files() == files
