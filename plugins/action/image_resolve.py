# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looks up the images that CI has pushed, by tag, on the control node."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Mapping, Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CommandFailed,
    InvalidInput,
    PromotionError,
    Refused,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render import text_table
from ansible_collections.mint.promotion.plugins.module_utils._manifest.inherit import module_names
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, OwnCompose
from ansible_collections.mint.promotion.plugins.module_utils._manifest.notation import REVISION
from ansible_collections.mint.promotion.plugins.module_utils._manifest.pushed import (
    Expectation,
    PinPlan,
    chosen_modules,
    image_faults,
    pin_plans,
    revision_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import PushedImage
from ansible_collections.mint.promotion.plugins.module_utils._schema.wording import describe
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout, checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._own_compose import carries_the_same
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access, look_up
from ansible_collections.mint.promotion.plugins.plugin_utils._registry import Registries

display = Display()

ARGUMENTS = {
    "manifest": {"type": "path", "required": True},
    "tag": {"type": "raw"},
    "tags": {"type": "dict", "default": {}},
    "revision": {"type": "str"},
    "repository_path": {"type": "path"},
    "registry": {"type": "str"},
    "platforms": {"type": "list", "elements": "str", "default": ["linux/amd64"]},
    "modules": {"type": "list", "elements": "str", "default": []},
}
LOOKUPS_AT_ONCE = 8


class ActionModule(PromotionAction):
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        manifest = load_manifest(arguments["manifest"]).manifest
        access = host_access(task_vars["inventory_hostname"], task_vars)
        folder = arguments["repository_path"] or os.path.dirname(os.path.abspath(arguments["manifest"]))
        revision = _asked(folder, arguments["revision"])
        tags, default = _tags(arguments)
        modules = chosen_modules(manifest, module_names(arguments["modules"]), tags)
        untagged = any(not one.third_party and one.name not in tags for one in modules)
        if untagged and default is None:
            default = revision or _head(folder)
        plans = pin_plans(modules, tags, default, arguments["registry"])
        wanted = Expectation(manifest.repository, tuple(arguments["platforms"]), revision)
        images = _look_up_all(Registries(access), plans, wanted, arguments["manifest"])
        pinned = {plan.module: _pinned(plan, image) for plan, image in zip(plans, images, strict=True)}
        display.display(text_table(("module", "revision", "tag", "image"), map(_row, plans, pinned.values())))
        described = revision or _described(manifest, pinned, folder)
        return {"changed": False, "revision": described, "images": pinned}


def _tags(arguments: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """Return the tags of modules and the common one. Raises `InvalidInput` for what may have been another text.

    YAML reads 1.10 as the number 1.1, which is another tag.
    """
    tags, default = {str(module): tag for module, tag in arguments["tags"].items()}, arguments["tag"]
    given = [("promotion_tags", module, tag) for module, tag in tags.items()]
    given += [("promotion_tag", "", default)] if default is not None else []
    faults = [
        Violation(source, module, describe(tag), "a text", "quote it")
        for source, module, tag in given
        if not isinstance(tag, (str, int)) or isinstance(tag, bool)
    ]
    if faults:
        raise InvalidInput(faults, "What shall be pinned")
    return {module: str(tag) for module, tag in tags.items()}, None if default is None else str(default)


def _asked(folder: str, revision: str | None) -> str | None:
    """Return the full commit that was asked for; a full one needs no checkout."""
    if revision is None or re.search(REVISION, revision):
        return revision
    return checkout_around(folder).commit(revision)


def _head(folder: str) -> str:
    """Return the commit whose tag CI gives: images without another tag are looked up by it."""
    try:
        return checkout_around(folder).commit("HEAD")
    except CommandFailed as error:
        remedy = "Set promotion_tag, promotion_tags or promotion_revision, or run it in a git checkout."
        raise Refused(f"Nothing says which tags to look up: {folder} is in no git checkout.", remedy) from error


def _look_up_all(
    registries: Registries, plans: Sequence[PinPlan], wanted: Expectation, manifest: str
) -> list[PushedImage]:
    """Return the images of all plans, looked up beside each other. Raises `InvalidInput` with all faults of all."""
    with ThreadPoolExecutor(LOOKUPS_AT_ONCE) as pool:
        found = list(pool.map(lambda plan: _looked_up(registries, plan, wanted), plans))
    faults = [fault for _image, faults in found for fault in faults]
    if faults:
        raise InvalidInput(faults, f"What the registries hold for {manifest}")
    return [image for image, _faults in found if image is not None]


def _looked_up(
    registries: Registries, plan: PinPlan, wanted: Expectation
) -> tuple[PushedImage | None, Sequence[Violation]]:
    try:
        image = look_up(registries, plan.repository, plan.tag, wanted.platforms)
    except PromotionError as error:
        found, remedy = f"nothing of use: {error.message.rstrip('.')}", error.remedy.rstrip(".")
        return None, [Violation(plan.reference, f"modules.{plan.module}", found, "an image", remedy)]
    return image, list(image_faults(plan, image, wanted))


def _row(plan: PinPlan, pinned: Mapping[str, str | None]) -> tuple[str, str, str, str]:
    return plan.module, (pinned["revision"] or "-")[:12], plan.tag, pinned["image"] or ""


def _pinned(plan: PinPlan, image: PushedImage) -> dict[str, str | None]:
    """What manifest_pin takes. An image of others has no revision."""
    revision = None if plan.third_party else revision_of(image)
    return {"image": f"{plan.repository}@{image.digest}", "revision": revision, "reference": plan.reference}


def _described(manifest: Manifest, pinned: Mapping[str, Mapping[str, str | None]], folder: str) -> str:
    """Return the commit to pin as source.revision: the one of all modules, or the latest among theirs.

    A manifest that names all of them already keeps its own. With compose files of the team's own it is the commit that
    is checked out where these have changed since.
    """
    named = {one.name: one.revision for one in manifest.modules if one.revision is not None}
    result = {**named, **{module: one["revision"] for module, one in pinned.items() if one["revision"]}}
    commits = sorted({one for one in result.values() if _is_set(one)})
    if not commits or (result == named and _is_set(manifest.revision)):
        latest = manifest.revision
    else:
        latest = commits[0] if len(commits) == 1 else _latest(checkout_around(folder), commits)
    return latest if manifest.compose is None else _with_compose(manifest, manifest.compose, latest, folder)


def _with_compose(manifest: Manifest, compose: OwnCompose, latest: str, folder: str) -> str:
    checkout = checkout_around(folder)
    head = checkout.commit("HEAD")
    return latest if carries_the_same(checkout, manifest, compose, latest, head) else head


def _is_set(revision: str | None) -> bool:
    """Before the first build a manifest has zeros."""
    return revision is not None and set(revision) != {"0"}


def _latest(checkout: Checkout, commits: Sequence[str]) -> str:
    for one in commits:
        if all(checkout.contains(one, other) for other in commits):
            return one
    found = f"The images are of commits of which none comes after all others: {', '.join(commits)}."
    raise Refused(found, "Pin images of one line of development, or name the commit: promotion_revision.")
