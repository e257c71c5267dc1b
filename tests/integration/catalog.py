# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The releases that the tests promote: the example's revisions and its faulty ones, built and pinned by build.yml."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Mapping

from bed.bed import Bed
from bed.engine import docker
from integration.playbooks import ROOT, Playbooks, Run
from integration.stacks import write_inventory

FIRST, SECOND = "first", "second"
VARIANTS = ("unhealthy", "smoke-broken", "crash-loop")
OTHER_REVISION = "f" * 40
INPUTS_LABEL = "mint.promotion.build"  # by it build.yml finds again what it has built: nothing else may bear it
EXAMPLE_DATABASE = "mint-postgres.example.com"


@dataclass(frozen=True)
class Catalog:
    """Pinned manifests by name (first, second, each variant) as text, and the folder they were built in."""

    manifests: Mapping[str, str]
    own: Mapping[str, str]  # the same for deploy/own-compose.yml, of the good revisions
    repository: str  # the checkout that all these come from
    node: str  # a stock image with a tag, as the registry has it
    stale: str  # quote-page by digest, labelled with another revision than the one it is pinned for
    foreign: str  # quote-page by digest, for another platform

    def image(self, name: str, module: str) -> str:
        """The image by digest that a manifest pins for a module."""
        prefix = f"/{module}@sha256:"
        lines = [line.split("image:")[1].strip() for line in self.manifests[name].splitlines() if prefix in line]
        assert len(lines) == 1, f"{module} is pinned {len(lines)} times in {name}"
        return lines[0]


class Workbench:
    """The example's repository, and build.yml on each of its revisions."""

    def __init__(self, folder: Path, bed: Bed) -> None:
        self.repository = folder / "mint-modules"
        self.manifest = self.repository / "deploy" / "promotion.yml"
        self.own_manifest = self.repository / "deploy" / "own-compose.yml"
        self._database = bed.facts()["postgres"]["host"]
        self._registry = bed.facts()["registry"]
        self._images = images = bed.facts()["images"]
        variables = {
            "promotion_manifest": str(self.manifest),
            "promotion_registry": self._registry,
            "promotion_build_args": {"BUILD_IMAGE": images["node-build"], "RUNTIME_IMAGE": images["node-runtime"]},
        }
        self._playbooks = Playbooks((write_inventory(folder / "inventory", variables),))

    def catalog(self) -> Catalog:
        """Build and pin everything. What the engine has built before is not built again."""
        script = str(ROOT / "examples" / "make_repository.py")
        subprocess.run([sys.executable, script, str(self.repository)], check=True, capture_output=True)
        names = {FIRST: FIRST, SECOND: SECOND, **{name: f"variant/{name}" for name in VARIANTS}}
        manifests = {name: self.pinned(ref) for name, ref in names.items()}
        own = {name: self.pinned(name, self.own_manifest) for name in (FIRST, SECOND)}
        catalog = Catalog(manifests, own, str(self.repository), self._node(), "", "")
        good = catalog.image(SECOND, "quote-page")
        return replace(catalog, stale=self._relabelled(good), foreign=self._other_platform(good))

    def pinned(self, ref: str, manifest: Path | None = None) -> str:
        """The manifest of a revision after build.yml has built, pushed and pinned it."""
        manifest = manifest or self.manifest
        self.checkout(ref)
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace(EXAMPLE_DATABASE, self._database), encoding="utf-8")
        self.build("-e", f"promotion_manifest={manifest}").ended_well()
        return manifest.read_text(encoding="utf-8")

    def checkout(self, ref: str) -> None:
        argv = ["git", "-C", str(self.repository), "checkout", "--quiet", "--force", "--detach", ref]
        subprocess.run(argv, check=True, capture_output=True)

    def build(self, *arguments: str) -> Run:
        return self._playbooks("playbooks/build.yml", *arguments)

    def _node(self) -> str:
        """The image that the example's service without a module runs."""
        tag = f"{self._registry}/library/node:18.20"
        docker("tag", self._images["node-runtime"], tag)
        docker("push", "--quiet", tag)
        return tag

    def _relabelled(self, image: str) -> str:
        """The same image with the label of another revision: what a forgotten build argument gives."""
        recipe = f"FROM {image}\nLABEL org.opencontainers.image.revision={OTHER_REVISION} {INPUTS_LABEL}=stale\n"
        tag = f"{self._registry}/mint/quote-page:stale"
        docker("build", "--tag", tag, "-", data=recipe.encode(), env={"DOCKER_BUILDKIT": "0"})
        return self._push(tag)

    def _other_platform(self, image: str) -> str:
        """The same image, said to be for arm64: the platform is a word of its configuration."""
        tag = f"{self._registry}/mint/quote-page:arm64"
        docker("pull", "--quiet", image)
        docker("tag", image, tag)
        saved = subprocess.run(["docker", "save", tag], check=True, capture_output=True).stdout
        docker("load", "--quiet", data=_for_arm64(saved))
        return self._push(tag)

    def _push(self, tag: str) -> str:
        docker("push", "--quiet", tag)
        repository = tag.rpartition(":")[0]
        digests: list[str] = json.loads(docker("image", "inspect", "--format", "{{json .RepoDigests}}", tag).stdout)
        return next(one for one in digests if one.startswith(f"{repository}@"))


def _for_arm64(saved: bytes) -> bytes:
    """A saved image (image-spec v1, image/spec/v1.2.md) with another architecture in its configuration."""
    result = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(saved)) as source, tarfile.open(fileobj=result, mode="w") as target:
        for member in source.getmembers():
            content = source.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
            if member.name.endswith(".json") and member.name != "manifest.json" and "/" not in member.name:
                configuration: dict[str, Any] = json.loads(content)
                configuration["architecture"] = "arm64"
                configuration["config"]["Labels"][INPUTS_LABEL] = "arm64"
                content = json.dumps(configuration).encode()
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    return result.getvalue()
