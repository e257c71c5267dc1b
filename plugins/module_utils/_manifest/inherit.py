# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A promotion of some modules: the others stay as what is live says them (pure)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Container, Dict, FrozenSet, Iterable, Iterator, Mapping, Sequence, Tuple

from .._errors import Violation
from .._schema.wording import nearest, quoted
from .model import Attachment, Manifest

NAMED_MODULES = "promotion_modules"


def module_names(given: Iterable[str]) -> Tuple[str, ...]:
    """Return the names of a list without blanks, each once: an empty text is an empty list."""
    return tuple(dict.fromkeys(name.strip() for name in given if name.strip()))


def unknown_modules(manifest: Manifest, names: Iterable[str]) -> Tuple[Violation, ...]:
    """Return a violation for every name that is no module of the manifest."""
    known = [module.name for module in manifest.modules]
    wanted = f"modules of the manifest ({', '.join(known)})"
    return tuple(
        Violation(NAMED_MODULES, "", quoted(name), wanted, nearest(name, known)) for name in names if name not in known
    )


def with_inherited(given: Mapping[str, Any], live: Mapping[str, Any], names: Container[str]) -> Dict[str, Any]:
    """Return the data of a manifest that says of the named modules, and all else, what `given` says, and of the
    other modules and their migrations what `live` says.

    Both are the data of valid manifests. The modules come in the order of the live one, new ones behind them.
    """
    old, new = live["modules"], given["modules"]
    order = [*old, *(name for name in new if name in names and name not in old)]
    modules = {name: new[name] if name in names else old[name] for name in order}
    migrations = [one for one in live.get("migrations") or () if one["module"] not in names]
    migrations += [one for one in given.get("migrations") or () if one["module"] in names]
    said = {"migrations": migrations} if migrations or "migrations" in given else {}
    return {**given, "modules": modules, **said}


def with_live_images(manifest: Manifest, inherited: Container[str], images: Mapping[str, str]) -> Manifest:
    """Return the manifest with the images that inherited modules have on a host, whatever their source is by now."""
    modules = [replace(one, image=images[one.name]) if one.name in inherited else one for one in manifest.modules]
    return replace(manifest, modules=tuple(modules))


def says_the_same(one: Manifest, other: Manifest) -> bool:
    """Tell whether two manifests differ in source.revision at most.

    That names a commit of the whole repository, which moves on with every module; what is promoted is named by the
    revisions of the modules.
    """
    return replace(one, revision=other.revision) == other


def moved_attachments(composed: Manifest, live: Manifest, inherited: Iterable[str]) -> Iterator[Violation]:
    """Yield a violation for every network and volume of an inherited module that is another one by now.

    Its container would be made anew for it. A key that is gone is a fault of the composed manifest itself.
    """
    for name in inherited:
        module = composed.module(name)
        yield from _moved(name, module.networks, composed.networks, live.networks)
        yield from _moved(name, [mount.volume for mount in module.volumes], composed.volumes, live.volumes)


def _moved(
    module: str, keys: Iterable[str], after: Iterable[Attachment], before: Iterable[Attachment]
) -> Iterator[Violation]:
    new, old = {one.key: one for one in after}, {one.key: one for one in before}
    for key in dict.fromkeys(keys):
        if key in new and key in old and new[key] != old[key]:
            found, wanted = f"{key} as {_described(new[key])}", f"{_described(old[key])}, as it is live"
            yield Violation(NAMED_MODULES, f"modules.{module}", found, wanted, f"promote {module} as well")


def _described(attachment: Attachment) -> str:
    return f"the external {attachment.name}" if attachment.external else f"the project's own {attachment.name}"


def sources_of(manifest: Manifest, modules: Container[str]) -> FrozenSet[str]:
    """Return the source names of the values that the variables of these modules come from."""
    return frozenset(
        variable.source for module in manifest.modules if module.name in modules for variable in module.environment
    )


def inherited_values(
    manifest: Manifest, inherited: Sequence[str], given: Mapping[str, str], live: Mapping[str, str]
) -> Tuple[Dict[str, str], Tuple[str, ...]]:
    """Return the values of the whole release, and the source names of those that make it impossible.

    `given` are the values of all else, `live` those of the live release, by source name. Inherited modules keep
    theirs, whatever the inventory says by now: so their containers stay. A value that is for both has to be the
    live one, or the inherited ones would change too.
    """
    kept = sources_of(manifest, inherited)
    promoted = sources_of(manifest, [module.name for module in manifest.modules if module.name not in inherited])
    shared = kept & promoted.union(given)
    clashes = tuple(sorted(source for source in shared if given.get(source) != live.get(source)))
    return {**{source: live[source] for source in kept if source in live}, **given}, clashes
