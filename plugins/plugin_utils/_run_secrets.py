# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secret values that a run works with, so that no receipt holds one. They stay in memory."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import (
    contract_values,
    secret_sources,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access
from ansible_collections.mint.promotion.plugins.plugin_utils._values import host_values


def run_secrets(run: Run, task_vars: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the secret values of all hosts, each once; none of a rollback, which sends no values.

    Raises `InvalidInput` where they can't be computed.
    """
    manifest = run.promoted
    if manifest is None:
        return ()
    return tuple(sorted({secret for host in run.hosts for secret in _of_host(manifest, host, task_vars)}))


def _of_host(manifest: Manifest, host: str, task_vars: Mapping[str, Any]) -> Iterator[str]:
    values = contract_values(manifest, host_values(host, task_vars))
    yield from (values[name] for name in secret_sources(manifest) if name in values)
    yield from (login.password for login in host_access(host, task_vars).logins.values())
