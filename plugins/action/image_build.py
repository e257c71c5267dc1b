# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the images of a manifest from a clean archive of a revision, on the control node."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Callable, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import text_table
from ansible_collections.mint.promotion.plugins.module_utils._manifest.build import ImagePlan, with_registry
from ansible_collections.mint.promotion.plugins.module_utils._manifest.inherit import module_names
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import BUILD, SSH, Build, Manifest, Module
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout, checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._image_builder import (
    BuiltImage,
    build_and_keep,
    build_and_push,
    engine_platform,
    is_built,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._own_compose import carries_the_same
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access

display = Display()

ARGUMENTS = {
    "manifest": {"type": "path", "required": True},
    "repository_path": {"type": "path"},
    "revision": {"type": "str", "default": "HEAD"},
    "registry": {"type": "str"},
    "build_args": {"type": "dict", "default": {}},
    "modules": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        manifest = load_manifest(arguments["manifest"]).manifest
        folder = arguments["repository_path"] or os.path.dirname(os.path.abspath(arguments["manifest"]))
        checkout = checkout_around(folder)
        asked = checkout.commit(arguments["revision"])
        modules = _chosen(manifest, module_names(arguments["modules"]))
        on_hosts = manifest.image_source == BUILD
        settings = {**arguments, "platform": "" if on_hosts else engine_platform()}
        plans = [_plan(manifest, *one, checkout, asked, settings) for one in modules]
        _refuse_shared_tags(plans)
        if arguments["revision"] == "HEAD":
            _warn_of_uncommitted(checkout, plans)
        result = {"revision": _described(manifest, checkout, plans, asked, arguments["revision"])}
        if on_hosts:
            return {**result, "changed": False, "images": {plan.module: encode(_unbuilt(plan)) for plan in plans}}
        if self.check_mode:
            missing = [plan.reference for plan in plans if not is_built(plan)]
            return {**result, "changed": bool(missing), "images": {}, "missing": missing}
        access = host_access(str(task_vars["inventory_hostname"]), task_vars)
        make = partial(build_and_push, checkout, logins=access.logins)
        images = _build_all(plans, partial(build_and_keep, checkout) if manifest.image_source == SSH else make)
        changed = any(image.built or image.pushed for image in images)
        display.display(text_table(("module", "revision", "made", "image"), map(_row, images)))
        return {**result, "changed": changed, "images": {one.module: encode(one) for one in images}}


def _chosen(manifest: Manifest, names: Sequence[str]) -> list[tuple[Module, Build]]:
    """Return the modules to build: those named, or all that say how they are built."""
    buildable = {one.name: (one, one.build) for one in manifest.modules if one.build is not None}
    for name in names:
        if name not in buildable:
            known = ", ".join(buildable) or "none"
            raise Refused(f"The manifest says nothing about building {name!r}.", f"It builds: {known}.")
    return [buildable[name] for name in (names or buildable)]


def _plan(
    manifest: Manifest,
    module: Module,
    build: Build,
    checkout: Checkout,
    asked: str,
    settings: Mapping[str, Any],
) -> ImagePlan:
    """A module's revision is the commit that last changed its folder: others leave its image alone."""
    return ImagePlan(
        module=module.name,
        repository=with_registry(module.repository, settings["registry"]),
        source=manifest.repository,
        revision=checkout.last_change(asked, build.context),
        context=build.context,
        tree=checkout.tree(asked, build.context),
        dockerfile=build.dockerfile,
        platform=settings["platform"],
        args={**build.args, **{str(name): str(value) for name, value in settings["build_args"].items()}},
    )


def _described(manifest: Manifest, checkout: Checkout, plans: list[ImagePlan], asked: str, revision: str) -> str:
    """Return the commit to pin as source.revision.

    Committing the pinned manifest makes a new HEAD that changes no module. While all modules, and what the manifest's
    own compose files need, are the same there, the commit that the manifest names already goes on describing them; one
    that was asked for by name wins.
    """
    if revision != "HEAD":
        return asked
    try:
        same = all(checkout.tree(manifest.revision, plan.context) == plan.tree for plan in plans)
    except PromotionError:
        return asked
    own = manifest.compose
    if own is not None and not carries_the_same(checkout, manifest, own, manifest.revision, asked):
        return asked
    return manifest.revision if same else asked


def _warn_of_uncommitted(checkout: Checkout, plans: list[ImagePlan]) -> None:
    """What is not committed is in no image: a person who has just edited a file may think otherwise."""
    for plan in plans:
        files = checkout.uncommitted(plan.context)
        if files:
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            display.warning(f"{plan.module}: not committed, and so not in the image: {files[0]}{more}")


def _row(image: BuiltImage) -> tuple[str, str, str, str]:
    made = "built" if image.built else "pushed" if image.pushed else "was there"
    return image.module, image.revision[:12], made, image.image


def _refuse_shared_tags(plans: list[ImagePlan]) -> None:
    """Two images under one tag would overwrite each other between build and push."""
    first: dict[str, ImagePlan] = {}
    for plan in plans:
        other = first.setdefault(plan.reference, plan)
        if other.inputs != plan.inputs:
            remedy = "Give each module's image a repository of its own."
            raise Refused(f"{other.module} and {plan.module} would both be tagged {plan.reference}.", remedy)


def _unbuilt(plan: ImagePlan) -> BuiltImage:
    """An image that every host builds for itself: only its revision can be pinned."""
    return BuiltImage(plan.module, plan.repository, plan.reference, plan.revision, built=False, pushed=False)


def _build_all(plans: list[ImagePlan], make: Callable[[ImagePlan], BuiltImage]) -> list[BuiltImage]:
    """Build as many at a time as there are processors. Raises `PromotionError` with the faults of all of them."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        started = [pool.submit(make, plan) for plan in plans]
    faults = [one.exception() for one in started if one.exception()]
    unexpected = [one for one in faults if not isinstance(one, PromotionError)]
    if unexpected or len(faults) == 1:
        raise (unexpected or faults)[0]  # type: ignore[misc]
    if faults:
        raise PromotionError("\n".join(str(fault) for fault in faults))
    return [one.result() for one in started]
