# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host without any route to a registry: it builds the images itself, or they come over the SSH connection."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest

from bed.bed import Bed
from bed.engine import docker
from bed.small_image import small_filesystem
from integration.catalog import Catalog
from integration.hosts import HostView, wait_until
from integration.playbooks import Run
from integration.promotions import Promote, Promotion

HOST = "without-registry"
BASE = f"mint-test-base:{os.getpid()}"
NOISE_BYTES = 1_000_000
SENT = re.compile(r"(\d+) bytes of images were sent over SSH")
REPOSITORY = "registry.invalid/team/web"
MANIFEST = """\
schema: 1
stack: {{name: {stack}}}
source: {{repository: "https://git.example.com/team/shop.git", revision: "{revision}"}}
image_source: {source}
modules:
  web:
    image: {image}
    revision: "{revision}"
    build: {{context: web, args: {{COLOUR: mint}}}}
    smoke:
      - name: holds the text
        command: {{argv: [cat, /text], inside: true, contains: ["{text}"]}}
"""
DOCKERFILE = """\
ARG BASE
FROM ${BASE}
ARG COLOUR
COPY text noise /
LABEL colour=${COLOUR}
CMD ["sh", "-c", "exec sleep 86400"]
"""


class Repository:
    """A repository of one module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._git("init", "--quiet")

    def commit(self, text: str, dockerfile: str = DOCKERFILE) -> str:
        """Commit the module with this text; return the revision."""
        web = self.folder / "web"
        web.mkdir(exist_ok=True)
        (web / "text").write_text(text)
        (web / "noise").write_bytes(os.urandom(NOISE_BYTES))
        (web / "Dockerfile").write_text(dockerfile)
        self._git("add", "web")
        self._git("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", text)
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        argv = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


class Shop:
    """One stack of one module on the host without a registry."""

    def __init__(self, promotion: Promotion, repository: Repository) -> None:
        self.promotion = promotion
        self.host = promotion.host
        self.repository = repository
        promotion.values = {}
        promotion.variables = {
            "promotion_environments": [promotion.environment],
            "promotion_repository_path": str(repository.folder),
            "promotion_build_args": {"BASE": BASE},
        }

    def write(self, revision: str, text: str, source: str, image: str = REPOSITORY) -> None:
        names = {"stack": self.promotion.stack.name, "revision": revision, "text": text, "source": source}
        self.promotion.manifest.write_text(MANIFEST.format(image=image, **names))

    def build(self, revision: str) -> None:
        """Have build.yml pin what the control node has built."""
        argv = ("playbooks/build.yml", "-e", f"promotion_revision={revision}")
        self.promotion.play(*argv).ended_well()

    def text(self) -> str:
        return self.host.docker("exec", self.host.containers()["web"]["Id"], "cat", "/text")

    def facts(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = json.loads(self.host.read("current/release.json"))
        return facts

    def temporary_files(self) -> str:
        return self.host.run("find", "/home/deploy/.ansible/tmp", "/tmp", "/dev/shm", "-mindepth", "1", check=False)


def import_base(*command: str) -> None:
    """Make the image that the others are built on, with the docker command of this machine or of another one."""
    docker(*command, "import", "--change", "ENV PATH=/bin", "-", BASE, data=small_filesystem())


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The base on the control node; what was built on it goes as well."""
    import_base()
    yield BASE
    built = docker("image", "ls", "--quiet", "--filter", f"reference={REPOSITORY}").stdout.split()
    docker("image", "rm", "--force", *set(built), BASE)


@pytest.fixture(scope="module")
def shop(bed: Bed, new_promotion: Promote, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    promotion = new_promotion(HOST)
    registry = bed.units()["registry"].container
    argv = ["docker", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", registry]
    address = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    promotion.host.run("ip", "route", "replace", "unreachable", f"{address}/32")
    for place in (f"{address}:5000", bed.facts()["registry"]):
        asked = bed.run(HOST, ["curl", "--silent", "--max-time", "3", f"http://{place}/v2/"], check=False)
        assert asked.returncode != 0, f"{HOST} reaches the registry at {place}"
    return Shop(promotion, Repository(tmp_path_factory.mktemp("repository")))


def test_a_host_builds_what_it_cannot_pull(shop: Shop, bed: Bed) -> None:
    import_base("exec", "--interactive", shop.host.container, "docker")  # as its administrator would
    first, second = shop.repository.commit("one"), shop.repository.commit("two")
    shop.write(first, "one", "build")
    run = shop.promotion.promote().ended_well().says("web: its image was built here")
    assert shop.text() == "one"
    before = shop.facts()
    (image,) = json.loads(shop.host.docker("image", "inspect", before["images"]["web"]))
    assert image["Config"]["Labels"]["org.opencontainers.image.revision"] == first
    assert image["Config"]["Labels"]["colour"] == "mint"
    assert sorted(before["builds"]["web"]) == ["archive", "dockerfile"]
    assert run.outcomes == {HOST: "promoted"}
    assert shop.temporary_files() == ""

    assert shop.promotion.promote().ended_well().outcomes == {HOST: "no_change"}
    shop.write(second, "two", "build")
    shop.promotion.promote("--check").ended_well().says("would be built here")
    shop.promotion.promote().ended_well()
    assert shop.text() == "two"
    shop.promotion.rollback().ended_well()
    assert shop.text() == "one"
    assert shop.facts() == before


def test_a_build_that_fails_stops_before_anything_live_is_touched(shop: Shop) -> None:
    text = shop.text()
    containers = shop.host.identities()
    broken = shop.repository.commit("broken", DOCKERFILE + "RUN echo the-reason-why; exit 7\n")
    shop.write(broken, "broken", "build")
    run = shop.promotion.promote().refused("web: its image could not be built", "the-reason-why")
    assert run.outcomes == {HOST: "failed"}
    assert (shop.text(), shop.host.identities(), shop.host.locked()) == (text, containers, False)
    assert shop.temporary_files() == ""


def sent(run: Run) -> int:
    """How many bytes of images a run says it has sent."""
    found = SENT.findall(run.output)
    assert len(found) == 1, run.output
    return int(found[0])


def test_images_of_the_control_node_travel_over_ssh(shop: Shop, base: str) -> None:
    unpinned = f"{REPOSITORY}@sha256:{'0' * 64}"
    first, second = shop.repository.commit("three"), shop.repository.commit("four")
    shop.write(first, "three", "ssh", unpinned)
    shop.build(first)
    shop.promotion.promote("--check").ended_well().says("would be sent by the control node")
    runs = {}
    for revision, text in ((first, "three"), (second, "four")):
        shop.write(revision, text, "ssh", unpinned)
        shop.build(revision)
        runs[text] = shop.promotion.promote().ended_well().says("web: its image was sent by the control node")
        assert shop.text() == text
    layer = NOISE_BYTES + len("four")
    assert layer < sent(runs["four"]) < 1.2 * layer
    assert layer < sent(runs["three"])
    assert "127.0.0.1" not in shop.host.docker("image", "ls", "--digests")
    assert shop.temporary_files() == ""

    shop.promotion.rollback().ended_well()
    assert shop.text() == "three"


def test_an_image_of_a_registry_that_only_the_control_node_reaches_is_passed_on(
    shop: Shop, base: str, bed: Bed, catalog: Catalog
) -> None:
    tag = f"{bed.facts()['registry']}/team/passed-on:{os.getpid()}"
    docker("tag", base, tag)
    pushed = docker("push", tag).stdout
    docker("image", "rm", tag)
    image = f"{tag.rpartition(':')[0]}@{re.findall('sha256:[0-9a-f]{64}', pushed)[-1]}"
    assert docker("image", "inspect", image, check=False).returncode != 0, "the control node's engine has it"
    third_party(shop, image)
    shop.promotion.promote().ended_well().says("web: its image was sent by the control node")

    third_party(shop, catalog.foreign)
    run = shop.promotion.promote().refused("platform", "web is for linux/arm64", "linux/amd64")
    assert not SENT.search(run.output)


def third_party(shop: Shop, image: str) -> None:
    """Write a manifest of an image of others, which the inventory lets come from the control node."""
    shop.promotion.variables["promotion_image_source"] = "ssh"
    shop.promotion.manifest.write_text(
        MANIFEST.partition("image_source")[0].format(stack=shop.promotion.stack.name, revision="1" * 40)
        + f"modules: {{web: {{image: '{image}', third_party: true, command: [sleep, '600']}}}}\n"
    )


def test_a_lost_tunnel_is_a_failed_staging(shop: Shop, base: str) -> None:
    containers = shop.host.identities()
    shop.promotion.variables.pop("promotion_image_source", None)
    revision = shop.repository.commit("lost")
    shop.write(revision, "lost", "ssh", f"{REPOSITORY}@sha256:{'0' * 64}")
    shop.build(revision)
    killer = threading.Thread(target=_kill_tunnel, args=(shop.host, shop.host.listeners()))
    killer.start()
    run = shop.promotion.promote().refused("The tunnel that images are sent through ended")
    killer.join()
    assert run.outcomes == {HOST: "failed"}
    assert (shop.host.identities(), shop.host.locked()) == (containers, False)


def _kill_tunnel(host: HostView, before: int) -> None:
    """End the tunnel when the host listens at its end, and the control node had time to read that it does.

    What asks for images has not even started on the host then: its module is still to be sent there.
    """
    wait_until(lambda: host.listeners() > before, "the end of a tunnel")
    time.sleep(0.3)
    for pid in _tunnels(host.address):
        os.kill(pid, 9)


def _tunnels(address: str) -> list[int]:
    """The processes of ssh that forward a port of this host."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            argv = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"-R" in argv and address.encode() in argv:
            found.append(int(path.parent.name))
    return found
