# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a tag of a registry names, looked up without pulling it."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, NotVerified, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.architecture import image_platform
from ansible_collections.mint.promotion.plugins.module_utils._registry.access import INSECURE, LOGINS, read_access
from ansible_collections.mint.promotion.plugins.module_utils._registry.documents import (
    CONFIG_TYPES,
    choose,
    read_config,
    read_manifest,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import (
    Access,
    ImageConfig,
    ImageIndex,
    ImageManifest,
    PushedImage,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.names import image_name
from ansible_collections.mint.promotion.plugins.plugin_utils._registry import Registries, Registry
from ansible_collections.mint.promotion.plugins.plugin_utils._values import plain


def host_access(host: str, task_vars: Mapping[str, Any]) -> Access:
    """Return how `host` asks registries, from its variables. Raises `InvalidInput`.

    They are read here and not passed as a task argument, so that no task result ever carries a password.
    """
    variables = task_vars["hostvars"][host]
    read: dict[str, Any] = {}
    for name in (LOGINS, INSECURE):
        try:
            read[name] = plain(variables.get(name))
        except AnsibleError as error:
            fault = Violation(name, "", f"a template that fails ({error.message})", "what can be computed")
            raise InvalidInput([fault], f"{name} of {host}") from None
    return read_access(read[LOGINS], read[INSECURE])


def look_up(registries: Registries, repository: str, tag: str, platforms: Sequence[str]) -> PushedImage:
    """Return what `repository`:`tag` names, with the configurations for `platforms` (linux/amd64) that it has.

    Raises what `Registry.manifest` raises.
    """
    name = image_name(repository)
    registry = registries.of(name)
    document = registry.manifest(name.path, tag)
    subject = f"{repository}:{tag}"
    read = read_manifest(document.content, document.media_type, subject)
    if isinstance(read, ImageManifest):
        config = _config(registry, name.path, read, subject)
        return PushedImage(document.digest, (config.platform,), {config.platform: config})
    return PushedImage(document.digest, _platforms(read), _configs(registry, name.path, read, platforms))


def _platforms(index: ImageIndex) -> tuple[str, ...]:
    """What is no image is for unknown/unknown (docs.docker.com/build/metadata/attestations/attestation-storage)."""
    return tuple(one.platform for one in index.manifests if one.platform not in (None, "unknown/unknown"))


def _configs(registry: Registry, path: str, index: ImageIndex, platforms: Sequence[str]) -> dict[str, ImageConfig]:
    found = {}
    for platform in platforms:
        for descriptor in choose(index, platform)[:1]:
            document = registry.manifest(path, descriptor.digest)
            subject = f"{registry.name}/{path}@{descriptor.digest}"
            read = read_manifest(document.content, document.media_type, subject)
            if isinstance(read, ImageIndex):
                raise NotVerified(f"{subject} is an index within an index, wanted an image for {platform}.")
            found[image_platform(platform)] = _config(registry, path, read, subject)
    return found


def _config(registry: Registry, path: str, manifest: ImageManifest, subject: str) -> ImageConfig:
    if manifest.config.media_type not in CONFIG_TYPES:
        kind = manifest.config.media_type
        raise NotVerified(f"{subject} is an artifact with the configuration {kind}, wanted an image.")
    return read_config(registry.blob(path, manifest.config), f"The configuration of {subject}")
