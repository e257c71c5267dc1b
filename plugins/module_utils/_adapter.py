# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one place that knows AnsibleModule: arguments in, one result or one failure out."""

from __future__ import annotations

import os
import traceback
from typing import Any, Callable, Dict, Mapping, Optional

from ansible.module_utils.basic import AnsibleModule

from ._errors import InvalidInput, PromotionError

Perform = Callable[[Mapping[str, Any], bool], Dict[str, Any]]


def run_module(
    argument_spec: Mapping[str, Any],
    perform: Perform,
    required_together: Optional[Any] = None,
    mutually_exclusive: Optional[Any] = None,
    required_one_of: Optional[Any] = None,
    required_if: Optional[Any] = None,
) -> None:
    """Run one module: `perform(parameters, check_mode)` gives the result; `failed` in it makes it a failure.

    Domain errors and errors of the system become one sentence for a person. What nobody expected becomes one
    too, with its type and place; its traceback goes to `exception`, which Ansible shows at -vvv only.
    It does not return: AnsibleModule ends the process.
    """
    module = AnsibleModule(
        argument_spec=dict(argument_spec),
        supports_check_mode=True,
        required_together=required_together,
        mutually_exclusive=mutually_exclusive,
        required_one_of=required_one_of,
        required_if=required_if,
    )
    try:
        result = perform(module.params, module.check_mode)
    except InvalidInput as error:
        module.fail_json(msg=str(error), violations=[vars(one) for one in error.violations])
    except PromotionError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"The system refuses: {error}")
    except Exception as error:  # noqa: BLE001  the boundary: nobody above could say it better
        module.fail_json(msg=_unexpected(error), exception=traceback.format_exc())
    if result.pop("failed", False):
        module.fail_json(**{"msg": "it gave no reason", **result})
    module.exit_json(**{"changed": False, **result})


def _unexpected(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"A fault in mint.promotion: {type(error).__name__} in {place}: {error}. Please report it."
