# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values of the environment contract, as the inventory gives them for each host."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation

VARIABLE = "promotion_values"


def host_values(host: str, task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `promotion_values` of `host`, templated. Raises `InvalidInput` where that can't be done.

    It is read here and not passed as a task argument, so that no task result ever carries it.
    """
    try:
        values = task_vars["hostvars"][host].get(VARIABLE, {})
        if isinstance(values, Mapping):
            return {str(name): plain(values[name]) for name in values}
    except AnsibleError as error:
        fault = Violation(VARIABLE, "", f"a template that fails ({error.message})", "values that can be computed")
        raise InvalidInput([fault], f"{VARIABLE} of {host}") from None
    fault = Violation(VARIABLE, "", type(values).__name__, "a mapping of names to values")
    raise InvalidInput([fault], f"{VARIABLE} of {host}")


def plain(value: Any) -> Any:
    """Return a variable with everything in it templated and decrypted. Raises `AnsibleError`.

    An inline `!vault` value is no text before ansible-core 2.19; its str() is the decrypted one.
    """
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if type(value).__name__ == "AnsibleVaultEncryptedUnicode" else value
