# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the control node gives for the images of a host that pulls none of them from a registry."""

from __future__ import annotations

import os
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Container, Mapping

from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json, sha256_digest, sha256_of
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    BUILD,
    REGISTRY,
    SSH,
    Build,
    Manifest,
    Module,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.supply import Recipe, Supply
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout, checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._image_offer import Offer
from ansible_collections.mint.promotion.plugins.plugin_utils._parcels import Parcels
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access

SOURCE = "promotion_image_source"
BUILD_ARGS = "promotion_build_args"
REPOSITORY_PATH = "promotion_repository_path"


@dataclass(frozen=True)
class Supplies:
    """The supplies of one host: by module, without those that it pulls from a registry."""

    manifest: Manifest
    manifest_path: str
    variables: Mapping[str, Any]  # of the host
    parcels: Parcels

    def all(self) -> dict[str, Supply]:
        """Return the supplies. Raises `Refused` and `CommandFailed` for what the control node does not have."""
        found = {module.name: self._supply(module) for module in self.manifest.modules}
        return {name: supply for name, supply in found.items() if supply is not None}

    def faults(self) -> list[Violation]:
        """Return what keeps the control node from giving the supplies, all of it."""
        found = []
        for module in self.manifest.modules:
            try:
                self._supply(module)
            except PromotionError as error:
                place = f"modules.{module.name}"
                found.append(Violation(self.manifest_path, place, error.message, "an image to give", error.remedy))
        return found

    def archives(self, supplies: Mapping[str, Supply], names: Container[str]) -> dict[str, Path]:
        """Return the archives that those of the named modules are built from that a host builds."""
        built = [name for name, supply in supplies.items() if supply.recipe is not None and name in names]
        return {name: self.archive(self.manifest.module(name)) for name in built}

    def offers(self, supplies: Mapping[str, Supply], names: Container[str]) -> dict[str, Offer]:
        """Return the images, of the named modules, that are sent to the host. Raises what `Parcels.offer` raises."""
        sent = [name for name, supply in supplies.items() if supply.parcel is not None and name in names]
        return {name: self.parcels.offer(self.manifest.module(name)) for name in sent}

    def archive(self, module: Module) -> Path:
        """Return the archive that the module is built from, made once in this process."""
        build, revision = module.build or Build(), module.revision or self.manifest.revision
        checkout = self._checkout()
        facts = (checkout.root, revision, build.context)
        path = folder() / f"{sha256_digest(canonical_json(facts)).partition(':')[2]}.tar"
        if not path.exists():
            _make_archive(checkout, revision, build.context, path)
        return path

    def _supply(self, module: Module) -> Supply | None:
        source = source_of(module, self.manifest, str(self.variables.get(SOURCE, "")))
        if source == SSH:
            return Supply(parcel=self.parcels.parcel(module))
        return Supply(recipe=self._recipe(module)) if source == BUILD else None

    def _recipe(self, module: Module) -> Recipe:
        build, archive = module.build or Build(), self.archive(module)
        given = self.variables.get(BUILD_ARGS, {})
        with open(archive, "rb") as file:
            digest = sha256_of(file)
        return Recipe(
            archive=digest,
            dockerfile=build.dockerfile,
            dockerfile_digest=_dockerfile_digest(archive, module, build),
            source=self.manifest.repository,
            revision=module.revision or self.manifest.revision,
            args={**build.args, **{str(name): str(given[name]) for name in given}},
        )

    def _checkout(self) -> Checkout:
        folder_of_manifest = os.path.dirname(os.path.abspath(self.manifest_path))
        return checkout_around(str(self.variables.get(REPOSITORY_PATH) or folder_of_manifest))


def supply_faults(run: Run, manifest: Manifest, task_vars: Mapping[str, Any]) -> list[Violation]:
    """Return what the control node lacks of the images that hosts do not pull; equal wants lack the same."""
    supplies = (supplies_for(run, manifest, host, task_vars) for host in run.hosts)
    return list(dict.fromkeys(fault for one in supplies for fault in one.faults()))


def supplies_for(run: Run, manifest: Manifest, host: str, task_vars: Mapping[str, Any]) -> Supplies:
    """Return the supplies of a host of the run. Raises `InvalidInput` for variables that make no sense."""
    variables = task_vars["hostvars"][host]
    return Supplies(manifest, run.manifest_path, variables, Parcels(folder(), host_access(host, task_vars)))


def source_of(module: Module, manifest: Manifest, chosen: str) -> str:
    """Return where a host gets an image from. `chosen` is the host's own choice, empty for none."""
    if manifest.image_source == BUILD:
        return BUILD if module.build is not None else chosen or REGISTRY
    return chosen or manifest.image_source


def folder() -> Path:
    """Return the folder of this process for what hosts are sent; Ansible removes it at the end."""
    path = Path(C.DEFAULT_LOCAL_TMP) / "mint.promotion.images"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _make_archive(checkout: Checkout, revision: str, context: str, path: Path) -> None:
    """Workers of several hosts may do so at the same time: the file gets its name when it is whole."""
    commit = checkout.commit(revision)
    checkout.tree(commit, context)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        checkout.archive(commit, context, file)
    os.replace(file.name, path)


def _dockerfile_digest(archive: Path, module: Module, build: Build) -> str:
    with tarfile.open(archive) as tar:
        try:
            content = tar.extractfile(os.path.normpath(build.dockerfile))
        except KeyError:
            content = None
        if content is None:
            place = f"{build.context}/{build.dockerfile} at the commit {module.revision}"
            remedy = "Correct build.dockerfile in the manifest, or commit the file."
            raise Refused(f"{module.name} has no Dockerfile {place}.", remedy)
        return sha256_of(content)
