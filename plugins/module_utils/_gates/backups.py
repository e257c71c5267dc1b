# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask a host when it was backed up last: by a file, or by a command of the team."""

from __future__ import annotations

import contextlib
import datetime
import glob
import os
import re
import time
from typing import Any, Dict

from .._engine.process import last_lines, run
from .._errors import CouldNotCheck
from .._manifest.policy_model import Backup

_KEPT_BYTES = 64 * 1024
_EPOCH = re.compile(r"[0-9]{9,11}(?:\.[0-9]+)?$")  # from 1973 up to 5138
_RFC3339 = re.compile(  # RFC 3339, section 5.6, with the space that its note allows
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:[Zz]|([+-][0-9]{2}:[0-9]{2}))$"
)


def last_backup(backup: Backup) -> Dict[str, Any]:
    """Return source, age_seconds by the clock of this host, and fault: why there is no backup at all, then without age.

    Raises CouldNotCheck, CommandFailed or OSError where that can't be told.
    """
    if backup.command:
        source = f"says {os.path.basename(backup.command[0])}"
        return {"source": source, "age_seconds": time.time() - _told_by(backup), "fault": ""}
    return _newest(backup.file or "")


def _newest(pattern: str) -> Dict[str, Any]:
    """The last of the files that fit, each followed where it is a link. Raises PermissionError, not to mistake it."""
    try:
        _look_at(pattern)
    except FileNotFoundError:
        pass
    found: Dict[str, os.stat_result] = {}
    for path in glob.glob(pattern):
        with contextlib.suppress(FileNotFoundError):  # removed since, or a link that leads nowhere
            found[path] = os.stat(path)
    if not found:
        return {"source": pattern, "age_seconds": None, "fault": f"there is no {pattern}"}
    path = max(found, key=lambda name: found[name].st_mtime)
    if found[path].st_size == 0 or (os.path.isdir(path) and not os.listdir(path)):
        return {"source": path, "age_seconds": None, "fault": f"{path} is empty"}
    return {"source": path, "age_seconds": time.time() - found[path].st_mtime, "fault": ""}


def _look_at(pattern: str) -> None:
    """Meet what glob passes over in silence: a folder that this user may not look into."""
    parts = re.split(r"[*?\[]", pattern, maxsplit=1)
    if len(parts) > 1:
        os.listdir(os.path.dirname(parts[0]))
    else:
        os.stat(pattern)


def _told_by(backup: Backup) -> float:
    argv = backup.command or ()
    done = run(argv, backup.timeout_seconds, kept=_KEPT_BYTES)
    if done.returncode is None:
        raise CouldNotCheck(f"{argv[0]} has not ended within {backup.timeout_seconds:g} s")
    if done.returncode != 0:
        said = "; ".join(last_lines(done.errors or done.output, 2)) or "it printed no reason"
        raise CouldNotCheck(f"{argv[0]} ended with {done.returncode}: {said}")
    lines = last_lines(done.output, 1)
    if not lines:
        raise CouldNotCheck(f"{argv[0]} printed no time")
    return backup_time(lines[0])


def backup_time(text: str) -> float:
    """Return the seconds since 1970 of RFC 3339 with a zone, or of such seconds themselves. Raises CouldNotCheck."""
    text = text.strip()
    if _EPOCH.match(text):
        return float(text)
    match = _RFC3339.match(text)
    try:
        if match:
            day, clock, zone = match.groups()
            moment = datetime.datetime.strptime(f"{day}T{clock}{zone or '+00:00'}", "%Y-%m-%dT%H:%M:%S%z")
            return moment.timestamp()
    except ValueError:
        pass
    raise CouldNotCheck(f"{text[:60]!r} is no time: RFC 3339 with a zone, or seconds since 1970")
