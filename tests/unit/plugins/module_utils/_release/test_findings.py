# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with what was seen, in words that a person can act on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Container, Death, Image, Volume
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Check, Module, Mount
from ansible_collections.mint.promotion.plugins.module_utils._release.findings import (
    companion_failure,
    container_failure,
    death_failure,
    drift,
    foreign,
    image_failure,
    inventory,
    mount_failure,
    project_folder,
    volume_failure,
)

from .conftest import a_manifest, a_module

REVISION = "org.opencontainers.image.revision"
CONFIG = "com.docker.compose.config-hash"


def image(revision: str | None = "a" * 40, name: str = "sha256:1") -> Image:
    return Image(name, (), {REVISION: revision} if revision else {}, "linux/amd64", 1)


def container(service: str = "web", **fields: Any) -> Container:
    given = {"image_id": "sha256:1", "state": "running", "exit_code": 0, "restarts": 0, "started_at": "t", **fields}
    return Container(given.pop("id", service), f"shop-{service}-1", service, **given)


def test_a_stale_build_names_both_revisions() -> None:
    failure = image_failure("check", a_module(), image("b" * 40))
    assert failure is not None
    assert "stale build" in failure.message
    assert "b" * 40 in failure.found
    assert "a" * 40 in failure.wanted


def test_an_image_without_the_label_is_no_evidence_of_a_revision() -> None:
    failure = image_failure("check", a_module(), image(None))
    assert failure is not None
    assert "no such label" in failure.found


def test_an_image_of_others_carries_no_revision() -> None:
    assert image_failure("check", a_module(revision=None, third_party=True), image(None)) is None


def test_an_own_tag_that_was_given_to_another_image_is_a_failure() -> None:
    own = a_module(image="mint-promotion/shop/web:" + "1" * 64)
    assert image_failure("check", own, image(), {"web": "sha256:1"}) is None
    failure = image_failure("check", own, image(), {"web": "sha256:2"})
    assert failure is not None
    assert (failure.found, "sha256:2" in failure.wanted) == ("sha256:1", True)


def test_a_digest_names_its_image_whatever_id_the_engine_gives_it() -> None:
    assert image_failure("check", a_module(), image(), {"web": "sha256:of-another-engine"}) is None


def test_an_absent_image_is_a_failure() -> None:
    failure = image_failure("check", a_module(), None)
    assert failure is not None
    assert failure.wanted == a_module().image


def test_an_image_that_would_keep_data_in_an_anonymous_volume_is_a_failure() -> None:
    postgres = replace(image("a" * 40), volumes=("/var/lib/postgresql/data",))
    failure = mount_failure("stage", a_module(), postgres)
    assert failure is not None
    assert "/var/lib/postgresql/data" in failure.found
    assert "named volume" in failure.wanted


def test_data_under_a_named_volume_or_a_tmpfs_is_well() -> None:
    redis = replace(image("a" * 40), volumes=("/data", "/run/redis"))
    module = replace(a_module(), volumes=(Mount("data", "/data"),), tmpfs=("/run/redis:size=1m",))
    assert mount_failure("stage", module, redis) is None
    assert mount_failure("stage", a_module(), redis, ("/data", "/run/redis")) is None


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ([], "no container"),
        ([container("db")], "no container"),
        ([container(state="exited", exit_code=3)], "does not run"),
        ([container(image_id="sha256:2")], "another image"),
        ([container(), container(image_id="sha256:2", id="second")], "another image"),
    ],
)
def test_a_module_must_run_the_pinned_image(seen: list[Container], said: str) -> None:
    failure = container_failure("running", a_module(), seen, image())
    assert failure is not None
    assert said in failure.message
    assert container_failure("running", a_module(), [container()], image()) is None


def test_a_death_names_the_module_and_the_exit_code() -> None:
    manifest, here = a_manifest(a_module("web", service="front")), [container("front", id="new")]
    failure, found = death_failure("health", manifest, here, [Death("front", "new", 137, 1.0)], {})
    assert failure is not None
    assert (failure.module, found) == ("web", "new")
    assert "137" in failure.found


def test_the_end_of_a_replaced_container_and_of_a_job_is_no_death() -> None:
    manifest, here = a_manifest(a_module("web")), [container(id="new"), container("job", id="job", state="exited")]
    ended = [Death("web", "old", 0, 1.0), Death("job", "job", 0, 1.0)]
    assert death_failure("health", manifest, here, ended, {}) == (None, "")


@pytest.mark.parametrize(
    ("module", "seen", "code", "died"),
    [
        (a_module(), container(restart_policy="no"), 0, False),
        (a_module(), container(state="exited", restart_policy="no"), 0, False),
        (a_module(), container(state="exited", restart_policy="no", exit_code=1), 1, True),
        (a_module(), container(state="exited", restart_policy="unless-stopped"), 0, True),
        (a_module(health=Check("answers")), container(state="exited", restart_policy="no"), 0, True),
    ],
)
def test_a_module_that_is_a_job_may_end_well(module: Module, seen: Container, code: int, died: bool) -> None:
    """The event may come before the engine says that the container has ended."""
    seen = replace(seen, id="c1")
    for deaths in ([Death("web", "c1", code, 1.0)], []):
        failure, _id = death_failure("health", a_manifest(module), [seen], deaths, {})
        assert (failure is not None) is died
    assert (container_failure("running", module, [seen], None) is not None) is died


def test_a_service_without_a_module_runs_its_image_or_has_done_its_job() -> None:
    wanted = {"db": "sha256:1", "job": "sha256:1"}
    done = container("job", state="exited", restart_policy="no")
    assert companion_failure("running", wanted, [container("db"), done]) is None
    for seen, said in (
        (container("db", image_id="sha256:2"), "another image"),
        (container("db", state="restarting"), "does not run"),
        (replace(done, exit_code=1), "does not run"),
    ):
        failure = companion_failure("running", wanted, [seen])
        assert failure is not None
        assert (failure.module, said in failure.message) == (seen.service, True)


@pytest.mark.parametrize(
    ("before", "now", "died"), [({}, 1, True), ({"web": 1}, 1, False), ({"web": 1}, 2, True), ({}, 0, False)]
)
def test_a_restart_since_then_is_a_death_that_no_event_told(before: dict[str, int], now: int, died: bool) -> None:
    failure, _id = death_failure("health", a_manifest(a_module("web")), [container(restarts=now)], [], before)
    assert (failure is not None) is died


def noted(**fields: Any) -> dict[str, Any]:
    seen = [container(volumes={"/data": fields.get("mounted", "data")})]
    return inventory(seen, [Volume(fields.get("name", "data"))])


@pytest.mark.parametrize(
    ("after", "removed", "said"),
    [
        (noted(name="other"), (), "volume data is gone"),
        (noted(), ("other", "data"), "volume data was removed and made anew"),
        (noted(mounted="fresh"), (), "is volume fresh now, it was data"),
    ],
)
def test_a_data_volume_must_stay_the_same_one(after: dict[str, Any], removed: tuple[str, ...], said: str) -> None:
    failure = volume_failure("running", noted(), after, removed)
    assert failure is not None
    assert said in failure.found


def test_the_same_volumes_are_no_fault_in_an_older_journal_too() -> None:
    assert volume_failure("running", noted(), noted(), ("other",)) is None
    assert volume_failure("running", {**noted(), "volumes": {"data": "2026-01-31T10:00:00Z"}}, noted()) is None


def test_new_volumes_and_services_are_no_fault() -> None:
    after = inventory(
        [container(volumes={"/data": "data", "/cache": "new"}), container("extra", volumes={"/x": "new"})],
        [Volume("data"), Volume("new")],
    )
    assert volume_failure("running", noted(), after) is None
    assert volume_failure("running", inventory([], []), after) is None


def test_drift_is_a_stopped_another_an_extra_or_a_reconfigured_container() -> None:
    manifest = a_manifest(a_module("web"))
    well = [container(labels={CONFIG: "c1"})]
    proven = inventory(well, [])
    images = {"web": image()}
    assert drift(manifest, images, well, proven) == ()
    assert drift(manifest, images, well, {}) == ()
    for seen, said in (
        ([], "no container"),
        ([container(state="paused", labels={CONFIG: "c1"})], "does not run"),
        ([container(labels={CONFIG: "c2"})], "another configuration"),
        ([*well, container("stray")], "extra"),
    ):
        (found,) = drift(manifest, images, seen, proven)
        assert said in found.message


def test_containers_that_no_release_made_are_foreign() -> None:
    ours = container(labels={"mint.promotion.stack": "shop"})
    theirs = container("db", labels={"mint.promotion.stack": "other"})
    assert foreign("shop", [ours, theirs, container("old")]) == ("shop-db-1", "shop-old-1")


def test_the_same_stack_below_another_root_is_foreign() -> None:
    label = "com.docker.compose.project.working_dir"
    here = container(labels={"mint.promotion.stack": "shop", label: "/opt/shop"})
    there = container("db", labels={"mint.promotion.stack": "shop", label: "/srv/shop"})
    assert [project_folder(one) for one in (here, there)] == ["/opt/shop", "/srv/shop"]
    assert foreign("shop", [here, there], {"/srv/shop"}) == ("shop-db-1",)
