# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of `-e` by their names: a misspelt one would be passed over, and a default be taken in its place."""

from __future__ import annotations

from typing import Iterable, Iterator

from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation
from ansible_collections.mint.promotion.plugins.module_utils._schema.wording import nearest, quoted

PREFIX = "promotion_"
INTERNAL = frozenset({"promotion_action", "promotion_targets"})  # set by the playbooks themselves, over any other
INVENTORY = frozenset({"promotion_become"})  # what the inventories to copy make ansible_become of
SILENT = INTERNAL | INVENTORY
KNOWN = frozenset(
    {
        "promotion_accept_run",
        "promotion_anchors",
        "promotion_approvals",
        "promotion_approver_key",
        "promotion_build_args",
        "promotion_close_runs",
        "promotion_change_pack_template",
        "promotion_compose_document",
        "promotion_directory_mode",
        "promotion_env_mode",
        "promotion_environment",
        "promotion_environments",
        "promotion_file_mode",
        "promotion_finalizer",
        "promotion_gate_key",
        "promotion_gate_key_file",
        "promotion_gates_only",
        "promotion_group",
        "promotion_image_source",
        "promotion_import",
        "promotion_insecure_registries",
        "promotion_keys",
        "promotion_ledger",
        "promotion_ledger_anchor",
        "promotion_ledger_origin",
        "promotion_lock",
        "promotion_lock_lease",
        "promotion_loop",
        "promotion_loop_about",
        "promotion_manifest",
        "promotion_modules",
        "promotion_override_reason",
        "promotion_owner",
        "promotion_parent_run",
        "promotion_platforms",
        "promotion_reason",
        "promotion_receipts",
        "promotion_registry",
        "promotion_registry_logins",
        "promotion_release",
        "promotion_repository_path",
        "promotion_requester",
        "promotion_requester_key",
        "promotion_revision",
        "promotion_revoke",
        "promotion_root",
        "promotion_rotate",
        "promotion_serial",
        "promotion_stack",
        "promotion_stacks",
        "promotion_tag",
        "promotion_tags",
        "promotion_values",
    }
)


def unknown_variables(
    names: Iterable[object], prefix: str = PREFIX, known: frozenset[str] = KNOWN, silent: frozenset[str] = SILENT
) -> Iterator[Violation]:
    """Faults of the variables among `names` that begin like the collection's, and are none of them.

    `silent` ones are taken too, and never proposed.
    """
    for name in sorted(map(str, names)):
        if name.startswith(prefix) and name not in known | silent:
            remedy = f"variables of your own need another beginning; {nearest(name, sorted(known))}"
            yield Violation("-e", "", f"the unknown variable {quoted(name)}", "a variable of mint.promotion", remedy)
