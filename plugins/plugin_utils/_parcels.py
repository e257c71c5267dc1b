# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the control node has the images that it sends: in its own Docker Engine, or in a registry that it reaches."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.mint.promotion.plugins.module_utils._data import decode, encode, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Image
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CommandFailed,
    NotVerified,
    PromotionError,
    Refused,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.build import kept_tag
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.supply import Parcel
from ansible_collections.mint.promotion.plugins.module_utils._registry.documents import (
    read_config,
    read_manifest,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Access, ImageIndex
from ansible_collections.mint.promotion.plugins.module_utils._registry.names import image_name
from ansible_collections.mint.promotion.plugins.plugin_utils._image_offer import Offer, pushed_image, saved_image
from ansible_collections.mint.promotion.plugins.plugin_utils._registry import Registries

NO_IMAGE = "unknown/unknown"  # attestations (docs.docker.com/build/metadata/attestations/attestation-storage)


@dataclass(frozen=True)
class Parcels:
    """The images of this control node. What it finds out of one it keeps in `folder`, for the actions that follow."""

    folder: Path
    access: Access

    def parcel(self, module: Module) -> Parcel:
        """Return what is known of a module's image. Raises `Refused` when the control node does not have it."""
        path = self.folder / f"{sha256_digest(module.image.encode()).partition(':')[2]}.parcel"
        if path.exists():
            return decode(Parcel, json.loads(path.read_text(encoding="utf-8")))
        parcel = self._parcel(module)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(encode(parcel)), encoding="utf-8")
        os.replace(temporary, path)
        return parcel

    def offer(self, module: Module) -> Offer:
        """Return a module's image as it can be given out. Raises what `parcel` raises, and `NotVerified`."""
        image = engine_image(module)
        if image is None:
            name = image_name(module.repository)
            return pushed_image(Registries(self.access).of(name), name, module.digest)
        offer = saved_image(image.id, self.folder)
        if module.image not in image.digests and offer.digest != module.digest:
            raise NotVerified(
                f"{kept_tag(module.repository, module.digest)} is not the image that mint.promotion.build has pinned",
                "Somebody has given its tag to another one: run mint.promotion.build again.",
            )
        return offer

    def _parcel(self, module: Module) -> Parcel:
        image = engine_image(module)
        if image is not None:
            return Parcel(module.digest, {image.platform: image.id}, image.size)
        try:
            return self._of_registry(module)
        except PromotionError as error:
            raise Refused(
                f"the control node's Docker Engine has no {module.image}, and its registry did not give it either: "
                f"{error.message}",
                error.remedy or "Build it here with mint.promotion.build, or pull it here.",
            ) from error

    def _of_registry(self, module: Module) -> Parcel:
        name = image_name(module.repository)
        registry = Registries(self.access).of(name)
        images: dict[str, str] = {}
        sizes = [0]
        for document in pushed_image(registry, name, module.digest).documents.values():
            read = read_manifest(document.content, document.media_type, module.image)
            if isinstance(read, ImageIndex):
                continue
            config = read_config(registry.blob(name.path, read.config), f"The configuration of {module.image}")
            if config.platform != NO_IMAGE:
                images[config.platform] = read.config.digest
                sizes.append(sum(layer.size for layer in read.layers))
        return Parcel(module.digest, images, max(sizes))


def engine_image(module: Module) -> Image | None:
    """Return the image as this machine's engine has it; None where there is no engine."""
    engine = Engine()
    try:
        return engine.image(module.image) or engine.image(kept_tag(module.repository, module.digest))
    except CommandFailed:
        return None
