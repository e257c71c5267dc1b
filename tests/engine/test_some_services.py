# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A promotion of some modules leaves the services of the team's compose files alone that no module claims."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Module
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Host
from ansible_collections.mint.promotion.plugins.module_utils._release.model import HostReport
from ansible_collections.mint.promotion.plugins.module_utils._release.prepare import Inherited, Request
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import Staging, stage

from .conftest import REVISION, docker
from .test_own_compose import OwnShop, pinned, shop  # noqa: F401  # pylint: disable=unused-import


def promoted(shop: OwnShop, *inherited: str) -> HostReport:  # noqa: F811
    """Promote the shop, whose job is a module of its own."""
    manifest = shop.manifest()
    job = Module("job", shop.images[0], "setup", REVISION)
    both = replace(manifest, modules=(*manifest.modules, job))

    def some(host: Host, request: Request) -> Staging:
        live = host.store.current()
        if not inherited or live is None:
            return stage(host, request)
        return stage(host, replace(request, inherited=Inherited(inherited, host.store.read(live).manifest_digest)))

    return shop.activated(shop.stage(some, manifest=both))


def test_it_keeps_their_images_though_a_tag_names_another_one(shop: OwnShop) -> None:  # noqa: F811
    assert promoted(shop).outcome == "promoted"
    before = shop.ids()
    docker("build", "--tag", shop.images[1], "-", content=f"FROM {shop.images[0]}\nLABEL moved=yes\n".encode())
    try:
        shop.health = "test 1"
        report = promoted(shop, "job")
    finally:
        docker("tag", shop.images[0], shop.images[1])
    assert report.outcome == "promoted", report.failure
    assert "proxy" not in shop.changed(before)


def test_it_is_refused_when_one_of_them_would_change(shop: OwnShop) -> None:  # noqa: F811
    assert promoted(shop).outcome == "promoted"
    before = shop.ids()
    shop.files["nginx/nginx.conf"] = "events { worker_connections 9; }\n"
    report = promoted(shop, "job")
    assert report.outcome == "refused"
    assert report.failure is not None
    assert "What was not named would change with what was: proxy (files)" in report.failure.message
    assert shop.changed(before) == []
