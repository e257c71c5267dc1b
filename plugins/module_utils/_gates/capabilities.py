# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the run of a capability says (pure): its reader first, then what its manifest expects of it."""

from __future__ import annotations

import re
import shlex
from typing import List, Tuple

from .._checks.expect import CommandAnswer, compare_command
from .._checks.masking import Mask
from .._manifest.model import TEXT, Capability, CommandCheck
from .finding import Finding
from .model import FAILED, INCONCLUSIVE, PASSED, CommandRun
from .readers.table import reader_named


def judge_capability(capability: Capability, run: CommandRun, output: str, own: str = "") -> Finding:
    """Return the finding of a capability's gate. `output` is what the command wrote, without secret values.

    `own` is the loop that the promotion belongs to, which does not count as open. A command that did not end by itself
    has no answer, whatever it wrote.
    """
    again = f"try it: {shlex.join(capability.argv)}"
    if run.exit_code is None:
        found = f"it was ended after {run.seconds:.0f} s"
        wanted = f"an end within {capability.timeout_seconds} s"
        return Finding(INCONCLUSIVE, found, wanted, f"raise timeout_seconds of {capability.name}, or {again}", run=run)
    holds, found, wanted = _expected(capability, run.exit_code, output)
    if capability.reader == TEXT:
        return Finding(PASSED if holds else FAILED, found, wanted, "" if holds else again, run=run)
    reading = reader_named(capability.reader, own)(output, run.exit_code)
    if reading.verdict == PASSED and not holds:
        return Finding(FAILED, found, wanted, again, reading.counts, run)
    remedy = [reading.remedy, again] if reading.remedy else [again]
    told = "" if reading.verdict == PASSED else "; ".join(remedy)
    return Finding(reading.verdict, reading.found, reading.wanted, told, reading.counts, run)


def _expected(capability: Capability, exit_code: int, output: str) -> Tuple[bool, str, str]:
    """Whether all that the manifest expects holds, what was found, and what is wanted."""
    expect = capability.expect
    codes = expect.exit_codes or ((0,) if capability.reader == TEXT else (exit_code,))
    right = exit_code if exit_code in codes else codes[0]
    check = CommandCheck(capability.argv, False, right, expect.contains, expect.excludes)
    told = compare_command(CommandAnswer(exit_code, output), check, Mask(()))
    wanted = told.wanted.replace(f"exit code {right}", f"exit code {' or '.join(map(str, codes))}", 1)
    found: List[str] = [told.found]
    if expect.matches is None:
        return told.passed, told.found, wanted
    matched = re.search(expect.matches, output, re.MULTILINE) is not None
    found.append(f"{'a' if matched else 'no'} match of {expect.matches}")
    return told.passed and matched, ", ".join(found), f"{wanted}, a match of {expect.matches}"
