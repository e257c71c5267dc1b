# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which pushed images a manifest shall name, and what they have to be (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, List, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidInput, Refused, Violation
from .._gates.architecture import image_platform
from .._registry.model import PushedImage
from .._schema.wording import nearest, quoted
from .build import REVISION_LABEL, SOURCE_LABEL, with_registry
from .inherit import unknown_modules
from .model import BUILD, Manifest, Module
from .notation import REVISION

TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"  # distribution-spec, "Pulling manifests"
_TAG_WANTED = "a tag: letters, digits, _ . and dashes, at most 128"
_LABEL_REMEDY = "let CI build with --label %s=%s"


@dataclass(frozen=True)
class PinPlan:
    """One image to be pinned: what `repository`:`tag` names."""

    module: str
    repository: str
    tag: str
    third_party: bool = False

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class Expectation:
    """What all pushed images have to be. `platforms` as linux/amd64; no `revision` leaves it to the images."""

    source: str
    platforms: Tuple[str, ...]
    revision: Optional[str] = None


def chosen_modules(manifest: Manifest, names: Sequence[str], tags: Mapping[str, str]) -> Tuple[Module, ...]:
    """Return the modules to pin: those named, or all of one's own and those of others that have a tag in `tags`.

    Raises `InvalidInput` for names that no module has, and `Refused` for modules whose images are in no registry.
    """
    known = [module.name for module in manifest.modules]
    faults = [*unknown_modules(manifest, names), *(_unknown(name, known) for name in tags if name not in known)]
    if faults:
        raise InvalidInput(faults, "What shall be pinned")
    chosen = tuple(
        module
        for module in manifest.modules
        if (module.name in names if names else not module.third_party or module.name in tags)
    )
    built = [module.name for module in chosen if manifest.image_source == BUILD and module.build is not None]
    if built:
        remedy = "mint.promotion.build pins their revisions; promotion_modules names others to pin."
        raise Refused(f"Every host builds {', '.join(built)} (image_source: build): no registry is asked.", remedy)
    return chosen


def pin_plans(
    modules: Sequence[Module], tags: Mapping[str, str], default: Optional[str], registry: Optional[str]
) -> Tuple[PinPlan, ...]:
    """Return where the image of each module is looked up: by its tag in `tags`, one's own else by `default`.

    `registry` replaces that of one's own modules. Raises `InvalidInput` with every tag that is missing or is none.
    """
    faults: List[Violation] = []
    plans: List[PinPlan] = []
    for module in modules:
        tag = tags.get(module.name, None if module.third_party else default)
        fault = _tag_fault(module.name, tag)
        faults += [fault] if fault else []
        repository = module.repository if module.third_party else with_registry(module.repository, registry)
        plans.append(PinPlan(module.name, repository, tag or "", module.third_party))
    if faults:
        raise InvalidInput(faults, "What shall be pinned")
    return tuple(plans)


def image_faults(plan: PinPlan, image: PushedImage, wanted: Expectation) -> Iterator[Violation]:
    """Yield what keeps a pushed image from being the module's."""
    for platform in wanted.platforms:
        config = image.configs.get(image_platform(platform))
        if config is None:
            found = f"an image for {', '.join(image.platforms) or 'no platform'}"
            remedy = "build it for that platform too, or name the hosts' own in promotion_platforms"
            yield _fault(plan, found, f"one for {platform}", remedy)
        elif config.platform != image_platform(platform):
            yield _fault(plan, f"an image for {config.platform} in the place of {platform}", "the one it is listed as")
        elif not plan.third_party:
            yield from _label_faults(plan, config.labels, wanted)
    revisions = {config.labels.get(REVISION_LABEL, "none") for config in image.configs.values()}
    if len(revisions) > 1 and not plan.third_party:
        yield _fault(plan, f"the commits {', '.join(sorted(revisions))}", "one commit for all platforms")


def revision_of(image: PushedImage) -> Optional[str]:
    """Return the revision label that all platforms of an image have, None when they differ or have none."""
    labels = {config.labels.get(REVISION_LABEL) for config in image.configs.values()}
    return labels.pop() if len(labels) == 1 else None


def _label_faults(plan: PinPlan, labels: Mapping[str, str], wanted: Expectation) -> Iterator[Violation]:
    revision, source = labels.get(REVISION_LABEL), labels.get(SOURCE_LABEL)
    remedy = _LABEL_REMEDY % (REVISION_LABEL, wanted.revision or "$(git rev-parse HEAD)")
    if revision is None or not re.search(REVISION, revision):
        yield _fault(plan, _label(REVISION_LABEL, revision), "a full git commit", remedy)
    elif wanted.revision not in (None, revision):
        yield _fault(plan, _label(REVISION_LABEL, revision), wanted.revision or "", "name the tag of that commit")
    if source is None or same_address(source) != same_address(wanted.source):
        remedy = _LABEL_REMEDY % (SOURCE_LABEL, wanted.source)
        yield _fault(plan, _label(SOURCE_LABEL, source), f"source.repository, {wanted.source}", remedy)


def same_address(address: str) -> str:
    """Return what two addresses of one git repository have in common: host and path, however they are reached.

    https://HOST/PATH.git, ssh://git@HOST/PATH and git@HOST:PATH are the same (git-clone(1), "GIT URLS").
    """
    short = re.fullmatch(r"(?:[^@/:]+@)?([^/:@]+):(?!//)(.+)", address)
    full = re.fullmatch(r"[a-z+]+://(?:[^/@]*@)?([^/]*)(/.*)?", address)
    if full:
        host, path = full.group(1), full.group(2) or ""
    elif short:
        host, path = short.groups()
    else:
        host, path = "", address
    return f"{host.lower()}/{re.sub('[.]git$', '', path.strip('/'))}"


def _label(name: str, text: Optional[str]) -> str:
    return f"no label {name}" if text is None else f"the label {name} {quoted(text)}"


def _tag_fault(module: str, tag: Optional[str]) -> Optional[Violation]:
    if tag is None:
        return Violation("promotion_tags", module, "no tag", "the tag of an image of others", f"add {module}: TAG")
    if not re.fullmatch(TAG, tag):
        return Violation("the tag", module, quoted(tag), _TAG_WANTED, "set promotion_tag or promotion_tags")
    return None


def _unknown(name: str, known: Sequence[str]) -> Violation:
    found = f"the unknown module {quoted(name)}"
    return Violation("promotion_tags", "", found, "a module of the manifest", nearest(name, known))


def _fault(plan: PinPlan, found: str, wanted: str, remedy: str = "") -> Violation:
    return Violation(plan.reference, f"modules.{plan.module}", found, wanted, remedy)
