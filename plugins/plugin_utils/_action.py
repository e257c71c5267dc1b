# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of all actions of the collection: the one place where their errors become a task failure."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Mapping, Sequence

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, PromotionError
from ansible_collections.mint.promotion.plugins.plugin_utils._run import OnlyJudged


def failure(error: PromotionError) -> dict[str, Any]:
    """Return the fields of a failed task result. `violations` is empty unless an input has faults."""
    violations = error.violations if isinstance(error, InvalidInput) else ()
    return {"failed": True, "msg": str(error), "violations": encode(violations)}


class PromotionAction(ActionBase):  # type: ignore[misc]
    """An action that works on the control node. It implements `perform` and raises domain errors."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    @abstractmethod
    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Do the work and return the fields of the task result.

        Raises `PromotionError` for whatever a person can put right; `OSError` becomes a failure as well.
        """

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            result.update(self.perform(task_vars or {}))
        except OnlyJudged as error:
            result.update({"changed": False, "skipped": True, "skip_reason": error.message})
        except PromotionError as error:
            result.update(failure(error))
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            result.update(failure(PromotionError(f"{place}{error.strerror or error}")))
        return result

    def arguments(self, specification: Mapping[str, Any], **rules: Sequence[Sequence[str]]) -> dict[str, Any]:
        """Return the task's arguments, converted and checked as Ansible does for modules.

        Raises `PromotionError` for arguments that do not fit. `rules` takes what Ansible's validator takes:
        mutually_exclusive, required_together, required_one_of.
        """
        try:
            _result, arguments = self.validate_argument_spec(argument_spec=dict(specification), **rules)
        except AnsibleActionFail as error:
            raise PromotionError(error.message) from error
        return dict(arguments)

    @property
    def check_mode(self) -> bool:
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        return bool(self._task.diff)
