# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secret values that a run can come across: what its receipts are searched for. They are kept nowhere."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Mapping, Sequence

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import ROLLBACK, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import secret_sources, value_text
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._release.masking import passwords_in
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import GATE_KEY
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access
from ansible_collections.mint.promotion.plugins.plugin_utils._values import host_values, plain

LONGEST_LINE_OF_WORDS = 16  # characters: a line of a key or certificate is longer


def run_secrets(run: Run, task_vars: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the secret values of all hosts of the run, for `refuse_secrets`.

    Raises `InvalidInput` where a promotion's can't be computed. A rollback needs none and goes on without.

    These are the values that the manifest calls secret, the passwords in those that are URLs, the passwords of
    registries, and the gate key. A rollback without a manifest at hand knows none of the first kind; what hosts report
    is masked by them there. A value that is a name of the run (a user and password `postgres`, a module postgres) is
    left out: each receipt would hold it, and nobody learns from that.
    """
    return _secrets(run, run.hosts, task_vars, (InvalidInput,) if run.action == ROLLBACK else ())


def request_secrets(run: Run, task_vars: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the secret values of a request that is refused: of all hosts of the play, as far as there are any."""
    hosts = [host for host in task_vars["ansible_play_hosts_all"] if host in task_vars["hostvars"]]
    return _secrets(run, hosts, task_vars, (InvalidInput,))


def _secrets(
    run: Run, hosts: Sequence[str], task_vars: Mapping[str, Any], tolerated: tuple[type[Exception], ...]
) -> tuple[str, ...]:
    manifest = run.manifest or _manifest_at(run.manifest_path)
    found: set[str] = set()
    for host in hosts:
        with contextlib.suppress(*tolerated):
            found.update(_of_host(host, manifest, task_vars))
    lines = {line for value in found if "\n" in value for line in value.splitlines()}
    found |= {line for line in lines if len(line) >= LONGEST_LINE_OF_WORDS and not line.startswith("-----")}
    return tuple(sorted(found - _names(run, manifest)))


def _of_host(host: str, manifest: Manifest | None, task_vars: Mapping[str, Any]) -> Iterator[str]:
    values = host_values(host, task_vars)
    for source in secret_sources(manifest) if manifest else ():
        text = value_text(values.get(source))
        if text:
            yield from (text, *passwords_in(text))
    for login in host_access(host, task_vars).logins.values():
        yield login.password
    try:
        key = plain(task_vars["hostvars"][host].get(GATE_KEY))
    except AnsibleError:  # the run is refused for it where the key is needed
        return
    if isinstance(key, str):
        yield key


def _manifest_at(path: str) -> Manifest | None:
    try:
        return load_manifest(path).manifest if path else None
    except PromotionError:
        return None


def _names(run: Run, manifest: Manifest | None) -> set[str]:
    names = {run.environment, run.stack, *run.hosts}
    for module in manifest.modules if manifest else ():
        names |= {module.name, module.service, *module.repository.replace(":", "/").split("/")}
    return names
