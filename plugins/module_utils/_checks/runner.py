# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask the checks of a manifest: HTTP requests and commands, from where this runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from .._engine.driver import COMMAND_OUTPUT_BYTES, TIMED_OUT
from .._engine.model import Observation
from .._engine.process import run
from .._errors import CommandFailed, CouldNotCheck
from .._manifest.model import Check, CommandCheck, HttpCheck
from .expect import (
    CommandAnswer,
    Comparison,
    captured,
    compare_command,
    compare_http,
    wanted_command,
    wanted_http,
)
from .http import NoAnswer, Request, ask
from .masking import Mask
from .model import Target
from .placeholders import Values

SKIPPED = "skipped: runs from the control node"


@dataclass(frozen=True)
class _Result:
    passed: Optional[bool]
    found: str
    wanted: str
    captures: Mapping[str, str]


def run_check(
    check: Check,
    target: Target,
    secrets: Mapping[str, str],
    captures: Mapping[str, str],
    mask: Optional[Mask] = None,
) -> Observation:
    """Ask one check. `passed` is None only when the question could not be asked.

    `secrets` are what `${secret:NAME}` stands for. `mask` hides values in found and wanted: all of `secrets` by
    default; a caller who puts plain values among them gives the mask of the secret ones.
    `captures` of the observation are the values that this check captured. They may hold what the module answered,
    so they are not for records.
    """
    began = time.monotonic()
    values, mask = Values(captures, secrets), mask or Mask(secrets.values())
    try:
        result = _ask(check, target, values, mask)
    except (CouldNotCheck, CommandFailed) as error:
        result = _Result(None, f"could not be asked: {mask.text(error.message)}", _wanted(check, mask), {})
    seconds = round(time.monotonic() - began, 3)
    return Observation(check.name, result.passed, result.found, result.wanted, seconds, result.captures)


def run_checks(
    checks: Sequence[Check], target: Target, secrets: Mapping[str, str], mask: Optional[Mask] = None
) -> Tuple[Observation, ...]:
    """Ask checks in their order, carrying captured values forward, up to the first that isn't passed.

    Checks that run from the control node are reported as skipped (`passed` None) and stop nothing.
    """
    mask = mask or Mask(secrets.values())
    observations: List[Observation] = []
    captures: Dict[str, str] = {}
    for check in checks:
        if check.run_from == "control":
            observations.append(skipped(check, mask))
            continue
        observation = run_check(check, target, secrets, captures, mask)
        observations.append(observation)
        captures.update(observation.captures)
        if not observation.passed:
            break
    return tuple(observations)


def is_skipped(observation: Observation) -> bool:
    """Whether the check was left to the control node: no pass, and no reason to fail here."""
    return observation.passed is None and observation.found == SKIPPED


def skipped(check: Check, mask: Mask) -> Observation:
    """What is reported of a check that runs from the control node: that it was not asked here."""
    return Observation(check.name, None, SKIPPED, _wanted(check, mask), 0.0)


def _ask(check: Check, target: Target, values: Values, mask: Mask) -> _Result:
    if check.http is not None:
        return _ask_http(check.http, check.timeout_seconds, target, values, mask)
    if check.command is not None:
        return _ask_command(check.command, check.timeout_seconds, target, values, mask)
    raise CouldNotCheck("it asks nothing: neither http nor command is set")


def _ask_http(http: HttpCheck, timeout: float, target: Target, values: Values, mask: Mask) -> _Result:
    request = _request(http, target, values)
    try:
        answer = ask(request, timeout)
    except NoAnswer as error:
        place = f"{request.method} {request.url.partition('?')[0]}"
        found = mask.text(f"{error} ({place})")
        return _Result(False, found, wanted_http(http.expect, mask), {})
    compared = compare_http(answer, http.expect, mask)
    taken, missing = captured(answer.body, http.capture) if compared.passed else ({}, ())
    if missing:
        compared = _without_captures(compared, missing)
    return _Result(compared.passed, compared.found, compared.wanted, taken)


def _request(http: HttpCheck, target: Target, values: Values) -> Request:
    if http.url is not None:
        url = values.expand_path(http.url)
    else:
        url = target.base_url(http.port).rstrip("/") + values.expand_path(http.path or "/")
    body = None if http.body is None else values.expand(http.body)
    return Request(http.method, url, values.expand_all(http.headers), body)


def _without_captures(compared: Comparison, missing: Sequence[str]) -> Comparison:
    found = ", ".join(f"no $.{path}" for path in missing)
    wanted = ", ".join(f"$.{path} to capture" for path in missing)
    return replace(compared, passed=False, found=f"{compared.found}, {found}", wanted=f"{compared.wanted}, {wanted}")


def _ask_command(command: CommandCheck, timeout: float, target: Target, values: Values, mask: Mask) -> _Result:
    argv = [values.expand(argument) for argument in command.argv]
    code, output = target.execute(argv, timeout) if command.inside else _run_here(argv, timeout)
    if code == TIMED_OUT:
        return _Result(False, f"no end within {timeout:g} s", wanted_command(command, mask), {})
    compared = compare_command(CommandAnswer(code, output), command, mask)
    return _Result(compared.passed, compared.found, compared.wanted, {})


def _run_here(argv: Sequence[str], timeout: float) -> Tuple[int, str]:
    done = run(argv, timeout, merged=True, kept=COMMAND_OUTPUT_BYTES)
    return (TIMED_OUT if done.returncode is None else done.returncode), done.output


def _wanted(check: Check, mask: Mask) -> str:
    if check.command is not None:
        return wanted_command(check.command, mask)
    return wanted_http(check.http.expect, mask) if check.http is not None else ""
