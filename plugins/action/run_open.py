# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open the run: read what was asked for, find every fault of it, and do that before any host is contacted."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import Any, Callable, Iterable, Mapping, Sequence

from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import to_arguments
from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidInput,
    PromotionError,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    OUTCOME,
    PROMOTE,
    ROLLBACK,
    Run,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.run_key import make_run_key, parent_run_key
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import check_values
from ansible_collections.mint.promotion.plugins.module_utils._manifest.inherit import (
    NAMED_MODULES,
    module_names,
    unknown_modules,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.module_utils._manifest.support import (
    shared_database_faults,
    unapproved_faults,
    unpinned,
    unsupported,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import REFUSED
from ansible_collections.mint.promotion.plugins.module_utils._schema.wording import quoted
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._change_pack import check_template
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import (
    control_node,
    now,
    requester,
    timestamp,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import unknown_variables
from ansible_collections.mint.promotion.plugins.plugin_utils._host_settings import bad_settings
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._own_compose import pinned_files
from ansible_collections.mint.promotion.plugins.plugin_utils._pushed_image import host_access
from ansible_collections.mint.promotion.plugins.plugin_utils._receipts import Kept, end_run, keep_outcome
from ansible_collections.mint.promotion.plugins.plugin_utils._run import CARRIED, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import (
    Recorded,
    RunLedger,
    Statement,
    check_ledger,
    run_ledger,
    why,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._run_secrets import request_secrets
from ansible_collections.mint.promotion.plugins.plugin_utils._stacks import (
    Carried,
    carried_stacks,
    carriers,
    known_stacks,
    only_stack,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._supplies import supply_faults
from ansible_collections.mint.promotion.plugins.plugin_utils._targets import (
    choose_environment,
    choose_hosts,
    refuse_reserved,
    refuse_shared,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._values import VARIABLE, host_values

display = Display()

ARGUMENTS: Mapping[str, Any] = {
    "action": {"type": "str", "required": True, "choices": [PROMOTE, ROLLBACK]},
    "environment": {"type": "str"},
    "environments": {"type": "list", "elements": "str", "default": ["staging", "prod"]},
    "manifest": {"type": "path"},
    "stack": {"type": "str"},
    "release": {"type": "str", "default": ""},
    "modules": {"type": "list", "elements": "str", "default": []},
    "receipts": {"type": "path", "default": "receipts"},
    "requester": {"type": "str"},
    "repository_path": {"type": "path"},
    "parent_run": {"type": "str", "default": ""},
}
PARENT = "RUN_KEY"  # of the environment: tools that start a run say there which of theirs does


class ActionModule(PromotionAction):
    """`mint.promotion.run_open`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        began = now()
        run = Run(
            key=str(make_run_key(began, f"promotion.{arguments['action']}", os.urandom(16))),
            action=arguments["action"],
            environment=arguments["environment"] or "",
            stack=arguments["stack"] or "",
            hosts=(),
            requester=arguments["requester"] or requester(),
            control_node=control_node(),
            started_at=timestamp(),
            manifest_path=arguments["manifest"] or "",
            selector=arguments["release"],
            modules=module_names(arguments["modules"]),
            receipts=os.path.abspath(arguments["receipts"]),
            repository_path=arguments["repository_path"] or "",
            parent=parent_run_key(arguments["parent_run"], os.environ.get(PARENT, "")),
        )
        try:
            run, files = _prepared(run, arguments, task_vars, load_extra_vars(self._loader))
            RunState.begin(run).record(CARRIED, "", {"files": to_arguments(files)})
        except PromotionError as error:
            return self._refused(run, error, task_vars)
        display.display(f"Run {run.key}: {run.action} {run.stack} in {run.environment}, {len(run.hosts)} host(s)")
        return {
            "changed": False,
            "run_key": run.key,
            "environment": run.environment,
            "stack": run.stack,
            "hosts": list(run.hosts),
            "manifest_digest": run.manifest_digest,
        }

    def _refused(self, run: Run, error: PromotionError, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """End the run, which is about no host: no later phase finds it open. Raises `Refused` when another is open."""
        violations = error.violations if isinstance(error, InvalidInput) else ()
        faults = tuple(map(str, violations)) or (str(error),)
        state, build = RunState.begin(run), partial(_outcome, run, faults)
        kept = Kept(build(Recorded()), "")
        if not self.check_mode:
            kept = keep_outcome(
                run, _ledger(run, task_vars), build, Recorded(), secrets=request_secrets(run, task_vars)
            )
        ended = end_run(state, kept.statement, kept.path, str(error), violations)
        return {**ended, "hosts": []}


def _outcome(run: Run, faults: tuple[str, ...], recorded: Recorded) -> Statement:
    return deployment_statement(run, OUTCOME, timestamp(), REFUSED, faults=faults, **recorded.fields)


def _ledger(run: Run, task_vars: Mapping[str, Any]) -> RunLedger | PromotionError:
    """Return the ledger for what is refused here, or the error that says why there is none."""
    try:
        return run_ledger(run, task_vars)
    except PromotionError as error:
        return error


def _prepared(
    run: Run, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], extra: Iterable[object]
) -> tuple[Run, tuple[CarriedFile, ...]]:
    """Fill in environment, stack, manifest and hosts, and read the files that the manifest's own compose files need.

    Raises `InvalidInput` with the faults of all of them, and of `extra`, the names of the variables of `-e`.
    """
    faults: list[Violation] = [*unknown_variables(extra), *_bad_parent(arguments["parent_run"], run.parent)]
    steps: tuple[Callable[[Run], Run], ...] = (
        lambda run: _with_hosts(run, arguments, task_vars),
        lambda run: _with_manifest(run, task_vars) if run.action == PROMOTE else _with_stack(run, task_vars),
        lambda run: _with_carriers(run, task_vars),
    )
    for step in steps:
        try:
            run = step(run)
        except InvalidInput as error:
            faults += error.violations
    if run.manifest is not None:
        faults += shared_database_faults(run.manifest, len(run.hosts), run.manifest_path)
        faults += unapproved_faults(run.manifest, run.environment, run.manifest_path) if run.environment else ()
    faults += _bad_variables(run, task_vars)
    faults += _bad_ledger(run, task_vars)
    faults += _bad_template(run, task_vars)
    files: tuple[CarriedFile, ...] = ()
    if run.manifest is not None and run.manifest.compose is not None:
        try:
            files = pinned_files(run.manifest, run.manifest.compose, run.manifest_path, arguments["repository_path"])
        except InvalidInput as error:
            faults += error.violations
    if not faults and run.promoted is not None:
        faults += supply_faults(run, run.promoted, task_vars)
    if faults:
        raise InvalidInput(faults, "The request")
    return run, files


def _bad_parent(given: str, parent: str) -> Sequence[Violation]:
    if not given or parent:
        return ()
    wanted = "a run key: CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>"
    return (Violation("promotion_parent_run", "", quoted(given), wanted, "leave it out where there is none"),)


def _bad_ledger(run: Run, task_vars: Mapping[str, Any]) -> Sequence[Violation]:
    """What keeps a promotion from recording what it does. A rollback is warned, and goes on."""
    try:
        if run.hosts:
            check_ledger(run, task_vars)
    except InvalidInput as error:
        if run.action == PROMOTE:
            return error.violations
        display.warning(f"The receipts of this rollback will be no complete proof: {why(error)}")
    return ()


def _bad_template(run: Run, task_vars: Mapping[str, Any]) -> Sequence[Violation]:
    try:
        if run.action == PROMOTE:
            check_template(run, task_vars)
    except InvalidInput as error:
        return error.violations
    return ()


def _with_hosts(run: Run, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Run:
    groups, limited = task_vars["groups"], task_vars["ansible_play_hosts_all"]
    environments = arguments["environments"]
    environment = choose_environment(run.action, run.environment, environments, groups, limited)
    hosts = choose_hosts(environment, groups, limited)
    refuse_shared(hosts, environments, groups)
    if run.action == PROMOTE:
        refuse_reserved(hosts)
    return replace(run, environment=environment, hosts=hosts)


def _with_carriers(run: Run, task_vars: Mapping[str, Any]) -> Run:
    return replace(run, hosts=carriers(run.stack, _carried(run, task_vars))) if run.stack else run


def _carried(run: Run, task_vars: Mapping[str, Any]) -> Carried:
    return carried_stacks(run.hosts, task_vars["hostvars"])


def _with_manifest(run: Run, task_vars: Mapping[str, Any]) -> Run:
    if not run.manifest_path:
        stacks = ", ".join(known_stacks(_carried(run, task_vars)))
        remedy = f"-e promotion_stack=NAME where its path names the stack; these hosts carry {stacks}" if stacks else ""
        fault = Violation("promotion_manifest", "", "nothing", "the path of a promotion manifest", remedy)
        raise InvalidInput([fault], "The inventory")
    loaded = load_manifest(run.manifest_path)
    manifest = loaded.manifest
    faults = (
        *unpinned(manifest.only(run.modules) if run.modules else manifest, run.manifest_path),
        *unsupported(manifest, run.manifest_path),
        *unknown_modules(manifest, run.modules),
    )
    if run.stack and run.stack != manifest.stack:
        faults += (Violation("promotion_stack", "", run.stack, f"{manifest.stack}, as {run.manifest_path} says"),)
    if faults:
        raise InvalidInput(faults, run.manifest_path)
    policy = manifest.policy.get(run.environment, Policy())
    return replace(
        run,
        stack=manifest.stack,
        manifest=manifest,
        manifest_digest=loaded.digest,
        manifest_text=loaded.content.decode("utf-8"),
        fleet=policy.fleet,
    )


def _with_stack(run: Run, task_vars: Mapping[str, Any]) -> Run:
    """A rollback needs no manifest, only the name of one stack; a manifest at hand tells it and the policy."""
    if run.modules:
        found, wanted = ", ".join(run.modules), "nothing: a rollback takes back the whole release"
        raise InvalidInput([Violation(NAMED_MODULES, "", found, wanted, f"leave {NAMED_MODULES} out")], "The request")
    if not run.manifest_path:
        stack = run.stack or only_stack(_carried(run, task_vars))
        return replace(run, stack=stack)
    try:
        manifest = load_manifest(run.manifest_path).manifest
    except PromotionError:
        if not run.stack:
            raise
        return run  # what a manifest lacks keeps nobody from going back
    policy = manifest.policy.get(run.environment, Policy())
    if run.stack and run.stack != manifest.stack:
        return run
    return replace(run, stack=manifest.stack, fleet=policy.fleet)


def _bad_variables(run: Run, task_vars: Mapping[str, Any]) -> list[Violation]:
    """The faults of every host's variables; one that several hosts share is told once, with their names."""
    sharers: dict[Violation, list[str]] = {}
    for host in run.hosts:
        faults = [*bad_settings(task_vars["hostvars"][host]), *_bad_access(host, task_vars)]
        if run.promoted is not None:
            faults += _bad_values(run.promoted, host, task_vars)
        for fault in faults:
            sharers.setdefault(fault, []).append(host)
    return [replace(fault, source=f"{fault.source} of {', '.join(hosts)}") for fault, hosts in sharers.items()]


def _bad_values(manifest: Manifest, host: str, task_vars: Mapping[str, Any]) -> Sequence[Violation]:
    try:
        return check_values(manifest, host_values(host, task_vars), VARIABLE)
    except InvalidInput as error:
        return error.violations


def _bad_access(host: str, task_vars: Mapping[str, Any]) -> Sequence[Violation]:
    try:
        host_access(host, task_vars)
    except InvalidInput as error:
        return error.violations
    return ()
