# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds and pushes images through the docker command of the control node."""

from __future__ import annotations

import os
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._engine.explain import remedy_for
from ansible_collections.mint.promotion.plugins.module_utils._engine.login import logged_in
from ansible_collections.mint.promotion.plugins.module_utils._engine.process import Completed, last_lines, run
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, NotVerified, PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._manifest.build import (
    ImagePlan,
    build_argv,
    build_environment,
    find_argv,
    found_image,
    kept_tag,
    pushed_anything,
    pushed_digest,
    without_notice,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Login
from ansible_collections.mint.promotion.plugins.module_utils._registry.names import image_name
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout
from ansible_collections.mint.promotion.plugins.plugin_utils._image_offer import saved_image

QUESTION_SECONDS = 30.0
PUSH_SECONDS = 1800.0
BUILD_SECONDS = 3600.0
SHOWN_LINES = 20  # of the output of a command that failed


@dataclass(frozen=True)
class BuiltImage:
    """An image that can be pinned. `image` names it by digest, or by its repository where hosts build their own."""

    module: str
    image: str
    reference: str
    revision: str
    built: bool
    pushed: bool


def engine_platform() -> str:
    """Return the platform of the Docker Engine, as linux/amd64. Raises `CommandFailed`."""
    argv = ("docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}")
    return _checked(argv, run(argv, QUESTION_SECONDS)).output.strip()


def is_built(plan: ImagePlan) -> bool:
    """Tell whether the engine has an image of the same inputs."""
    return _found(plan) is not None


def build_and_keep(checkout: Checkout, plan: ImagePlan) -> BuiltImage:
    """Build the image unless the engine has it, and tag it by the digest that it is sent under: it is not pushed.

    Raises `CommandFailed`, `NotVerified`.
    """
    built = build(checkout, plan)
    image = Engine().image(plan.reference)
    if image is None:
        raise NotVerified(f"The engine does not have {plan.reference}, which was built just now.")
    with tempfile.TemporaryDirectory() as folder:
        digest = saved_image(image.id, Path(folder)).digest
    Engine().tag(image.id, kept_tag(plan.repository, digest))
    return BuiltImage(plan.module, f"{plan.repository}@{digest}", plan.reference, plan.revision, built, False)


def build_and_push(checkout: Checkout, plan: ImagePlan, logins: Mapping[str, Login] | None = None) -> BuiltImage:
    """Build the image unless the engine has it, and push it. Raises `CommandFailed`, `NotVerified`.

    A registry that is not among `logins` is asked as the docker command of this user is configured.
    """
    built = build(checkout, plan)
    digest, pushed = push(plan, logins or {})
    return BuiltImage(plan.module, f"{plan.repository}@{digest}", plan.reference, plan.revision, built, pushed)


def build(checkout: Checkout, plan: ImagePlan) -> bool:
    """Make `plan.reference` name an image of the plan's inputs; True when it had to be built."""
    found = _found(plan)
    if found:
        tag = ("docker", "tag", found, plan.reference)
        _checked(tag, run(tag, QUESTION_SECONDS))
    else:
        _build(checkout, plan)
    return found is None


def push(plan: ImagePlan, logins: Mapping[str, Login]) -> tuple[str, bool]:
    """Push `plan.reference`; return its digest in the registry, and whether the registry lacked any layer."""
    argv = ("docker", "push", plan.reference)
    registry = image_name(plan.repository).registry
    known = {registry: logins[registry]} if registry in logins else {}
    with logged_in(known) if known else nullcontext() as environment:
        output = _checked(argv, run(argv, PUSH_SECONDS, environment, merged=True)).output
    digest = pushed_digest(output)
    if digest is None:
        last = "; ".join(last_lines(output, 3))
        raise NotVerified(f"`docker push {plan.reference}` named no digest: {last}", "Push it by hand to see why.")
    return digest, pushed_anything(output)


def _found(plan: ImagePlan) -> str | None:
    argv = find_argv(plan)
    return found_image(_checked(argv, run(argv, QUESTION_SECONDS)).output, plan)


def _build(checkout: Checkout, plan: ImagePlan) -> None:
    """Build from an archive of what is committed: nothing of the working tree can get into the image."""
    argv = build_argv(plan)
    with tempfile.TemporaryFile() as archive:
        checkout.archive(plan.revision, plan.context, archive)
        archive.seek(0)
        _checked(("docker", "build", "--tag", plan.reference), _run_build(argv, archive))


def _run_build(argv: Sequence[str], context: IO[bytes]) -> Completed:
    has_buildx = run(("docker", "buildx", "version"), QUESTION_SECONDS).returncode == 0
    done = run(argv, BUILD_SECONDS, build_environment(os.environ, has_buildx), merged=True, stdin=context)
    return replace(done, output=without_notice(done.output))


def _checked(argv: Sequence[str], done: Completed) -> Completed:
    if done.returncode == 0:
        return done
    if done.returncode is None:
        raise PromotionError(f"`{' '.join(argv)}` took too long and was ended.", "Look at the engine and the registry.")
    errors = "\n".join(last_lines(done.errors or done.output, SHOWN_LINES))
    raise CommandFailed(argv, done.returncode, errors, remedy_for(errors))
