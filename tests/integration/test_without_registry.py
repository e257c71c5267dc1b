# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host without any route to a registry: it builds the images itself, or they come over the SSH connection."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Mapping

import pytest

from bed.bed import Bed
from integration.promotions import Promote, Promotion

HOST = "without-registry"
BASE = "mint-test-base:1"
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
COPY text /text
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

    def write(self, revision: str, text: str, source: str, image: str = "team/web") -> None:
        names = {"stack": self.promotion.stack.name, "revision": revision, "text": text, "source": source}
        self.promotion.manifest.write_text(MANIFEST.format(image=image, **names))

    def text(self) -> str:
        return self.host.docker("exec", self.host.containers()["web"]["Id"], "cat", "/text")

    def facts(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = json.loads(self.host.read("current/release.json"))
        return facts

    def temporary_files(self) -> str:
        return self.host.run("find", "/home/deploy/.ansible/tmp", "/tmp", "/dev/shm", "-mindepth", "1", check=False)


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


def load_base(shop: Shop, bed: Bed) -> None:
    """Bring the base of the builds to the host, as its administrator would."""
    saved = subprocess.run(["docker", "save", bed.facts()["images"]["node-runtime"]], check=True, capture_output=True)
    argv = ["docker", "exec", "--interactive", shop.host.container, "docker", "load", "--quiet"]
    loaded = subprocess.run(argv, input=saved.stdout, check=True, capture_output=True).stdout.decode()
    shop.host.docker("tag", loaded.partition(":")[2].strip(), BASE)


def test_a_host_builds_what_it_cannot_pull(shop: Shop, bed: Bed) -> None:
    load_base(shop, bed)
    first, second = shop.repository.commit("one"), shop.repository.commit("two")
    shop.write(first, "one", "build")
    run = shop.promotion.promote().ended_well().says("web: its image was built here")
    assert shop.text() == "one"
    before = shop.facts()
    (image,) = json.loads(shop.host.docker("image", "inspect", before["images"]["web"]))
    assert image["Config"]["Labels"]["org.opencontainers.image.revision"] == first
    assert image["Config"]["Labels"]["colour"] == "mint"
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
