# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a command for a gate on the control node: in a stated environment, with a limit, and with a run key."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._checks.masking import Mask
from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import CommandRun
from ansible_collections.mint.promotion.plugins.module_utils._ledger.run_key import make_run_key
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context

INHERITED = ("PATH", "HOME", "LANG")  # of the environment of ansible-playbook; all else is stated
KEPT_BYTES = 1024 * 1024  # of the beginning of the output, and of its end
GRACE_SECONDS = 2.0  # between SIGTERM and SIGKILL, and for output after the end
_TICK = 0.2  # seconds
_POLL = 0.01  # seconds: a command ends a moment after its output
_CHUNK = 65536
_CUT_CHARACTER = 3  # characters that stand for one of UTF-8 that was cut through


@dataclass(frozen=True)
class Ran:
    """How a command ended. `output` is what it wrote, standard error included: the beginning and the end, masked."""

    run: CommandRun
    output: bytes
    timed_out: bool

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace")


def run_command(
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout_seconds: float,
    capability: str,
    context: Context,
) -> Ran:
    """Run `argv` without a shell and without input, in `folder`; keep its output for the receipt.

    It sees `environment`, and of ours `INHERITED` only. At the limit its whole process group is ended. `capability`
    becomes the middle of its run key. Raises `CommandFailed` when it can't be started, `CouldNotCheck` when the run
    was interrupted.
    """
    with context.slots:
        if context.stop.is_set():
            raise CouldNotCheck("The run was interrupted")
        key = str(make_run_key(now(), _as_capability(capability), os.urandom(16)))
        began = time.monotonic()
        process = _start(argv, folder, environment)
        kept = _Kept()
        try:
            ended = _follow(process, kept, began + timeout_seconds, context)
        finally:
            _end(process)
    if context.stop.is_set():
        raise CouldNotCheck("The run was interrupted")
    output = kept.text(Mask(context.secrets)).encode("utf-8")
    context.outputs[key] = output
    seconds = round(time.monotonic() - began, 3)
    code = process.returncode if ended else None
    return Ran(CommandRun(key, tuple(argv), code, seconds, sha256_digest(output)), output, not ended)


def _as_capability(name: str) -> str:
    """As run keys write one: the name of a gate may have colons."""
    return re.sub("^[^a-z0-9]+", "", re.sub("[^a-z0-9._-]+", ".", name.lower())) or "command"


def _start(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    try:
        return subprocess.Popen(
            list(argv),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**inherited, **environment},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        raise CommandFailed(argv[:1], None, reason, f"Install {argv[0]}, or correct argv and directory.") from error


@dataclass
class _Kept:
    """The first and the last bytes of an output."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = KEPT_BYTES - len(self.head)
        self.head += chunk[:room]
        self.tail += chunk[room:]
        excess = len(self.tail) - KEPT_BYTES
        if excess > 0:
            self.dropped += excess
            del self.tail[:excess]

    def text(self, mask: Mask) -> str:
        """Return it masked. What was cut through at the gap would not be found, so as much is left out there."""
        if not self.dropped:
            return mask.text(_decoded(self.head + self.tail))
        head, tail = (mask.text(_decoded(part)) for part in (self.head, self.tail))
        edge = mask.longest + _CUT_CHARACTER if mask.longest else 0
        gap = f"\n[{self.dropped} bytes are left out here]\n"
        return head[: max(0, len(head) - edge)] + gap + tail[edge:]


def _decoded(data: bytearray) -> str:
    return data.decode("utf-8", "replace")


def _follow(process: subprocess.Popen[bytes], kept: _Kept, deadline: float, context: Context) -> bool:
    """Read until the command has ended; False at the deadline. Children that outlive it don't keep the run."""
    stream: IO[bytes] | None = process.stdout
    with selectors.DefaultSelector() as selector:
        if stream is not None:
            selector.register(stream, selectors.EVENT_READ)
        while not context.stop.is_set():
            if process.poll() is not None:
                deadline = min(deadline, time.monotonic() + GRACE_SECONDS)
            if time.monotonic() >= deadline:
                return process.poll() is not None
            if not _read(selector, kept):
                return _is_over(process, deadline, context)
    return False


def _read(selector: selectors.BaseSelector, kept: _Kept) -> bool:
    """Take what is there now; False once the output has ended."""
    for key, _events in selector.select(_TICK):
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            return False
        kept.add(chunk)
    return True


def _is_over(process: subprocess.Popen[bytes], deadline: float, context: Context) -> bool:
    """Wait for a command that has closed its output."""
    while process.poll() is None and time.monotonic() < deadline and not context.stop.is_set():
        time.sleep(_POLL)
    return process.poll() is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the process group: children that nobody waits for, too."""
    _signal(process.pid, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    _signal(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(group: int, sign: signal.Signals) -> None:
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return
