# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a manifest may say and this version does not carry out yet: refused, never passed over in silence."""

from __future__ import annotations

from typing import Iterator, Tuple

from .._errors import Violation
from .model import RECREATE, Manifest

_REMEDY = "this version does not carry it out; leave it out"


def unsupported(manifest: Manifest, source: str) -> Tuple[Violation, ...]:
    """Return a violation for everything in `manifest` that a promotion would have to pass over."""
    return tuple(_unsupported(manifest, source))


def _unsupported(manifest: Manifest, source: str) -> Iterator[Violation]:
    if manifest.compose_file is not None:
        yield Violation(source, "compose.file", manifest.compose_file, "a rendered compose file", _REMEDY)
    for migration in manifest.migrations:
        yield Violation(source, f"migrations.{migration.id}", "a migration", "none", _REMEDY)
    for module in manifest.modules:
        strategy = module.activation.strategy
        if strategy != RECREATE:
            path = f"modules.{module.name}.activation.strategy"
            yield Violation(source, path, strategy, RECREATE, _REMEDY)
        for check in (*module.smoke, *((module.health,) if module.health else ())):
            if check.run_from != "host":
                path = f"modules.{module.name} check {check.name!r}"
                yield Violation(source, path, f"run_from: {check.run_from}", "run_from: host", _REMEDY)
    for name, policy in manifest.policy.items():
        if policy.rollback_secrets != "release":
            path = f"policy.{name}.rollback_secrets"
            yield Violation(source, path, policy.rollback_secrets, "release", _REMEDY)
