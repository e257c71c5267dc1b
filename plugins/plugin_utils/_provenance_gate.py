# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looks where the images come from that hosts still have to get, and what they say they were made from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Iterator, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.architecture import platform_of
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.provenance import (
    PROVENANCE,
    Held,
    Seen,
    judge_provenance,
    to_look_up,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import REPORT, Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Access
from ansible_collections.mint.promotion.plugins.plugin_utils._parcels import engine_image
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access, look_up
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._registry import Registries
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import why

SECONDS = 5.0  # without a word from a registry: one that only hosts reach shall not hold up the run
LOOKUPS_AT_ONCE = 8

Evidence = Mapping[str, Mapping[str, Any] | None]


def provenance_questions(context: Context) -> Iterator[Question]:
    """Yield the question. What can't be told from here stops nothing, unless the policy names the gate."""
    manifest = context.run.promoted
    if manifest is not None:
        access = host_access(context.run.hosts[0], context.task_vars)
        yield Question(PROVENANCE, partial(_finding, manifest, context.evidence, access), unknown_mode=REPORT)


def _finding(manifest: Manifest, evidence: Evidence, access: Access) -> Finding:
    wanted, registries, platforms = to_look_up(manifest, evidence), Registries(access, SECONDS), _platforms(evidence)
    with ThreadPoolExecutor(max_workers=LOOKUPS_AT_ONCE) as pool:
        looks = pool.map(lambda one: _look(one[0], one[1], registries, platforms), wanted)
        seen = {module.name: look for (module, _held), look in zip(wanted, looks, strict=True)}
    return judge_provenance(manifest, evidence, seen)


def _platforms(evidence: Evidence) -> tuple[str, ...]:
    """The platforms of the hosts, as linux/amd64."""
    told = (((one or {}).get("platform") or {}).get("value") for one in evidence.values())
    return tuple(dict.fromkeys(platform_of(one) for one in told if one))


def _look(module: Module, held: Held, registries: Registries, platforms: Sequence[str]) -> Seen:
    if not module.digest:
        return Seen(reason="no host has told of its image")
    try:
        here = engine_image(module) if held.sent else None
        if here is not None:
            return Seen((here.labels,))
        image = look_up(registries, module.repository, module.digest, platforms)
    except PromotionError as error:
        return Seen(reason=why(error))
    labels = tuple(config.labels for config in image.configs.values())
    return Seen(labels, "" if labels or module.third_party else f"it is for {', '.join(image.platforms) or 'nothing'}")
