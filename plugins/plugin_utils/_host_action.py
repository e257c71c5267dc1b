# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the actions that call a module on a host: silence and crashes become words, not task states.

Ansible drops a failed or unreachable host from the plays that follow; a run has to keep it in sight, because
the others must stop and those already switched must go back.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator, Mapping

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._data import decode, encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Login
from ansible_collections.mint.promotion.plugins.module_utils._release.describe import describe
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    GOOD_OUTCOMES,
    STAGED,
    UNREACHABLE,
    HostReport,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction, failure
from ansible_collections.mint.promotion.plugins.plugin_utils._run import RunState

display = Display()

# Texts of sudo 1.9 and of shells that lack it, lower case, with what each means.
_BECOME_FAULTS = {
    "sudo: not found": "sudo is not installed",
    "sudo: command not found": "sudo is not installed",
    "password is required": "sudo asks for a password",
    "missing sudo password": "sudo asks for a password",
    "not in the sudoers file": "sudo does not allow this user",
    "not allowed to execute": "sudo does not allow this user",
}
_BECOME_REMEDY = (
    "Give the user passwordless sudo, set ansible_become_password, or set ansible_become: false for a user of the "
    "docker group that owns the promotion root."
)


class Unreachable(PromotionError):
    """The host did not answer. What it holds is not known."""


class HostFailed(PromotionError):
    """The call failed on the host; `result` is what Ansible gave back."""

    def __init__(self, message: str, remedy: str, result: Mapping[str, Any]) -> None:
        super().__init__(message, remedy)
        self.result = result


class HostAction(PromotionAction):
    """An action with one remote call.

    TRANSFERS_FILES stays False: with True Ansible makes a folder on the host before `perform` is asked, and ends the
    task there when the host does not answer (ansible-core 2.19, ActionBase.run). A module's call makes its own.
    """

    _requires_connection = True

    def call(self, module: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Call a module of this collection on the host and return its result.

        Raises `Unreachable` when the host does not answer and `HostFailed` when the call fails there.
        """
        try:
            result: dict[str, Any] = self._execute_module(
                module_name=f"mint.promotion.{module}", module_args=dict(arguments), task_vars=task_vars
            )
        except AnsibleConnectionFailure as error:
            raise _silent(error) from error
        except AnsibleError as error:
            message, remedy = explain({"msg": str(error)})
            raise HostFailed(message, remedy, {}) from error
        if result.get("unreachable"):
            raise Unreachable(f"The host did not answer: {result.get('msg', '')}")
        if result.get("failed"):
            message, remedy = explain(result)
            raise HostFailed(message, remedy, result)
        return result

    def call_for_outcome(
        self, module: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], unknown: str
    ) -> dict[str, Any]:
        """Call a module that reports an outcome; return changed, outcome, message, report and diff.

        `unknown` is the outcome of a call that ended without one. Nothing is raised for what happened on the host.
        """
        try:
            result = self.call(module, arguments, task_vars)
        except Unreachable as error:
            return without_report(UNREACHABLE, error)
        except HostFailed as error:
            result = {"outcome": unknown, "report": None, **error.result, "msg": str(error)}
        report = result.get("report")
        failed = decode(HostReport, report).failure if report else None
        return {
            "changed": bool(result.get("changed")),
            "outcome": str(result["outcome"]),
            "message": describe(failed) if failed else str(result.get("msg", "")),
            "report": report,
            "diff": result.get("diff", []),
        }

    def refuse_traces(self) -> None:
        """Raise `Refused` where Ansible would write the module's arguments, secrets included, to a file or print them.

        Debug mode prints them whatever no_log says (ansible-core, configuration settings, DEFAULT_DEBUG).
        """
        if C.DEFAULT_DEBUG:
            raise Refused("In debug mode Ansible prints secret values", "Unset ANSIBLE_DEBUG; -vvvv is safe.")
        if not self._is_pipelining_enabled("new", wrap_async=False):
            raise Refused(
                "Without pipelining Ansible writes secret values to a temporary file on the host",
                "Leave ansible_pipelining true and ANSIBLE_KEEP_REMOTE_FILES unset.",
            )

    def logins_text(self, logins: Mapping[str, Login]) -> str:
        """Return registry logins as modules take them. Raises what `refuse_traces` raises."""
        if not logins:
            return ""
        self.refuse_traces()
        return json.dumps(encode(logins))

    @contextmanager
    def sent(self, files: Mapping[str, Path]) -> Iterator[Mapping[str, str]]:
        """Send files to the host; give their paths there by the same names, and remove them at the end of the block.

        Raises `Unreachable` when the host does not answer.
        """
        if not files:
            yield {}
            return
        try:
            folder = self._make_tmp_path()
            there = {name: self._connection._shell.join_path(folder, path.name) for name, path in files.items()}
            for name, path in files.items():
                self._transfer_file(str(path), there[name])
            self._fixup_perms2((folder, *there.values()), execute=False)
        except AnsibleConnectionFailure as error:
            raise _silent(error) from error
        try:
            yield there
        finally:
            with suppress(AnsibleConnectionFailure):  # what the block saw matters more than what stays in a tmp folder
                self._remove_tmp_path(folder, force=True)

    def keep(self, state: RunState, kind: str, host: str, result: dict[str, Any]) -> dict[str, Any]:
        """Tell a person where this host stands, then the run; return the result, as failed where that could not be.

        What the run does not know of counts as not done: the other hosts stop, and this one is put back.
        """
        self.show(host, kind.replace("_", " "), result)
        try:
            state.record(kind, host, result)
        except OSError as error:
            return {**result, **failure(PromotionError(f"The outcome of {host} could not be kept: {error.strerror}"))}
        return result

    def show(self, host: str, phase: str, result: Mapping[str, Any]) -> None:
        """Tell a person at once where this host stands."""
        text = f"{host}: {phase}: {result['outcome']}"
        notes = (result["report"] or {}).get("notes", ())
        for part in (*notes, result["message"]):
            text += "".join(f"\n    {line}" for line in part.splitlines())
        good = result["outcome"] in GOOD_OUTCOMES or result["outcome"] == STAGED
        display.display(text, color=None if good else C.COLOR_ERROR)


def without_report(outcome: str, error: PromotionError) -> dict[str, Any]:
    """Return the result of a host that could not be asked for one."""
    return {"changed": False, "outcome": outcome, "message": str(error), "report": None}


def _silent(error: AnsibleConnectionFailure) -> Unreachable:
    message = f"The host did not answer: {str(error).strip()}"
    return Unreachable(message, "Bring it back, or leave it out with --limit.")


def explain(result: Mapping[str, Any]) -> tuple[str, str]:
    """Say in one sentence each why a module call failed and what to do, from Ansible's failed result."""
    if "report" in result:
        return str(result.get("msg", "")), ""
    printed = "\n".join(str(result.get(key, "")) for key in ("msg", "module_stderr", "module_stdout", "exception"))
    for text, meaning in _BECOME_FAULTS.items():
        if text in printed.lower():
            return f"The host lets this user not become root: {meaning}.", _BECOME_REMEDY
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    if "MODULE FAILURE" in printed or "No start of json char found" in printed:
        said = "; ".join(line for line in lines if "MODULE FAILURE" not in line)[-600:]
        return (
            f"The host could not run the module: {said}",
            "Look at the host's Python (3.8 or later) and shell.",
        )
    return str(result.get("msg", "it gave no reason")), ""
