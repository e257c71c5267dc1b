# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all compose files together say of the services, as far as a promotion depends on it (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import AbstractSet, Iterator, Mapping, Optional

from .._errors import Violation
from .._manifest.model import Manifest, OwnCompose
from .._schema.place import Path
from .._schema.wording import nearest, quoted
from .interpolation import has_variables
from .survey import Service


@dataclass(frozen=True)
class Facts:
    """A service, and where its image stands, or the service itself where it has none."""

    file: str
    line: int
    column: int
    service: Service

    def over(self, base: Optional[Facts], replaced: AbstractSet[Path] = frozenset()) -> Facts:
        """Return what holds when this is said after `base`; `replaced` are the paths that do not build upon it."""
        path = self.service.path
        if base is None or path in replaced:
            return self
        one, below = self.service, base.service
        keeps = {key: (*path, key) not in replaced for key in ("image", "build", "profiles")}
        service = replace(
            one,
            image=one.image if one.image is not None or not keeps["image"] else below.image,
            build=one.build or (keeps["build"] and below.build),
            provider=one.provider or below.provider,
            profiles=one.profiles if one.profiles is not None or not keeps["profiles"] else below.profiles,
        )
        return replace(base if one.image is None and below.image is not None else self, service=service)

    def is_active(self, compose: OwnCompose) -> bool:
        """Tell whether Compose starts it: it has no profile, or an active one."""
        profiles = self.service.profiles
        return not profiles or "*" in compose.profiles or bool(set(profiles) & set(compose.profiles))


def moving_tag(image: str) -> str:
    """Say what is wrong with the name of an image that no manifest pins; empty when its tag or digest names one."""
    name, at, _digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if at or (tag and tag != "latest"):
        return ""
    return f"the image {image} with the tag latest" if tag else f"the image {image} without a tag"


def service_faults(manifest: Manifest, compose: OwnCompose, services: Mapping[str, Facts]) -> Iterator[Violation]:
    """Yield what keeps services from being carried: modules without one, and images that nobody pins."""
    claimed = {module.service: module.name for module in manifest.modules}
    for service, module in claimed.items():
        if service not in services:
            found = f"no service {quoted(service)} for the module {module}"
            remedy = nearest(service, list(services)) or "correct modules.<name>.service of the manifest"
            yield Violation(compose.files[0], "services", found, "a service for each module of the manifest", remedy)
        elif not services[service].is_active(compose):
            profiles = ", ".join(services[service].service.profiles or ())
            found, wanted = f"the module {module} in the profiles {profiles}", "a service that is started"
            yield _fault(services[service], service, found, wanted, "add one of them to compose.profiles")
    for name, facts in services.items():
        if name not in claimed and facts.is_active(compose) and not facts.service.provider:
            yield from _image_faults(name, facts)


def _image_faults(name: str, facts: Facts) -> Iterator[Violation]:
    image = facts.service.image
    if image is None:
        found = "build without image" if facts.service.build else "neither an image nor a module"
        remedy = f"name a module of the manifest for it (modules.{name}), or give it an image with a tag"
        yield _fault(facts, name, found, "an image that a host can get", remedy)
    elif not has_variables(image) and moving_tag(image):
        remedy = "write a version that does not move, or a digest, or make it a module of the manifest"
        yield _fault(facts, name, moving_tag(image), "an image that stays the same", remedy)


def _fault(facts: Facts, name: str, found: str, wanted: str, remedy: str) -> Violation:
    return Violation(facts.file, f"services.{name}", found, wanted, remedy, facts.line, facts.column)
