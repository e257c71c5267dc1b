# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the image of a module comes to a host that does not pull it from its registry (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Mapping, Optional, Tuple

from .._data import canonical_json, sha256_digest
from .._engine.model import Image
from .build import INPUTS_LABEL, REVISION_LABEL, SOURCE_LABEL, build_command
from .model import Manifest

_TAG_PREFIX = "mint-promotion/"


@dataclass(frozen=True)
class Recipe:
    """What a host builds an image from. Digests are sha256:<64 hex> of bytes."""

    archive: str  # of the tar archive of the build context
    dockerfile: str  # its path in the archive
    dockerfile_digest: str
    source: str
    revision: str
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def build_args(self) -> Mapping[str, str]:
        return {**self.args, "SOURCE": self.source, "REVISION": self.revision}

    def inputs(self, platform: str) -> str:
        """Return the digest of all that the image is made from, on a host of this platform."""
        return sha256_digest(
            canonical_json((self.archive, self.dockerfile, self.dockerfile_digest, self.build_args, platform))
        )

    def argv(self, tag: str, inputs: str) -> Tuple[str, ...]:
        """Return the command that builds the image from the archive on its standard input, labelled with its inputs."""
        labels = {SOURCE_LABEL: self.source, REVISION_LABEL: self.revision, INPUTS_LABEL: inputs}
        return build_command(self.dockerfile, tag, self.build_args, labels)


@dataclass(frozen=True)
class Parcel:
    """An image that the control node sends."""

    digest: str  # the one that the manifest pins
    images: Mapping[str, str]  # platform (linux/amd64) -> image id
    size: int  # bytes of all layers for one platform, as the control node knows them


@dataclass(frozen=True)
class Supply:
    """The source of one module's image: a recipe, a parcel, or with neither the registry."""

    recipe: Optional[Recipe] = None
    parcel: Optional[Parcel] = None

    def digest(self, platform: str) -> str:
        """Return the digest that the host's own tag of the image carries; empty for one of a registry."""
        if self.recipe is not None:
            return self.recipe.inputs(platform)
        return self.parcel.digest if self.parcel is not None else ""


def is_supplied(image: Optional[Image], digest: str, supply: Optional[Supply]) -> bool:
    """Tell whether an image is there and is the one of `digest` that its source gives.

    A host's own tag can be given to another image: one that was built here says by its label what it was built from,
    one that was sent has the id that it has on the control node (with containerd's store that of its manifest).
    """
    if image is None or supply is None:
        return image is not None
    if supply.recipe is not None:
        return image.labels.get(INPUTS_LABEL) == digest
    return supply.parcel is None or image.id in (*supply.parcel.images.values(), digest)


def image_tag(stack: str, module: str, digest: str) -> str:
    """Return the host's own tag of an image, which keeps it from `docker image prune`. `digest` is sha256:<64 hex>."""
    return f"{_TAG_PREFIX}{stack}/{module}:{digest.partition(':')[2]}"


def is_own_tag(reference: str) -> bool:
    """Tell whether a reference is a tag that `image_tag` gives, of any stack."""
    return reference.startswith(_TAG_PREFIX)


def resolved(manifest: Manifest, supplies: Mapping[str, Supply], platform: str) -> Manifest:
    """Return the manifest with the host's own tag for every image that is no registry's."""
    modules = []
    for module in manifest.modules:
        digest = supplies.get(module.name, Supply()).digest(platform)
        image = image_tag(manifest.stack, module.name, digest) if digest else module.image
        modules.append(replace(module, image=image))
    return replace(manifest, modules=tuple(modules))
