# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run one command with a time limit and a bound on what is kept of its output."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import IO, Dict, List, Mapping, Optional, Sequence

from .._errors import CommandFailed

KEPT_BYTES = 8 * 1024 * 1024  # of each stream; `docker inspect` of a hundred containers is about 1 MiB
GRACE_SECONDS = 2.0  # between SIGTERM and SIGKILL
CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Completed:
    """How a command ended. `returncode` is None when the time limit ended it."""

    returncode: Optional[int]
    output: str
    errors: str


def run(
    argv: Sequence[str],
    timeout: float,
    environment: Optional[Mapping[str, str]] = None,
    merged: bool = False,
    kept: int = KEPT_BYTES,
    stdin: Optional[IO[bytes]] = None,
) -> Completed:
    """Run `argv` without a shell, and without input unless `stdin` is given, for at most `timeout` seconds.

    `merged` puts standard error into the output, in order. Of each stream the first `kept` bytes are kept.
    Raises CommandFailed (returncode None) when the command cannot be started.
    """
    process = _start(argv, environment, merged, stdin)
    kept_bytes = {name: bytearray() for name in ("output", "errors")}
    deadline = time.monotonic() + timeout
    with process:
        _read({"output": process.stdout, "errors": process.stderr}, kept_bytes, kept, deadline)
        returncode = _wait(process, deadline)
    texts = {name: bytes(content).decode("utf-8", "replace") for name, content in kept_bytes.items()}
    return Completed(returncode, texts["output"], texts["errors"])


def _start(
    argv: Sequence[str], environment: Optional[Mapping[str, str]], merged: bool, stdin: Optional[IO[bytes]]
) -> subprocess.Popen[bytes]:
    try:
        # run_command has no time limit, and needs an AnsibleModule, which only the adapter knows
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            list(argv),
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            env=None if environment is None else dict(environment),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = "it is not installed" if isinstance(error, FileNotFoundError) else str(error)
        raise CommandFailed(argv[:1], None, reason, f"Install {argv[0]} or check its path.") from error


def _read(
    streams: Mapping[str, Optional[IO[bytes]]], kept_bytes: Dict[str, bytearray], kept: int, deadline: float
) -> None:
    """Read all streams to their ends, or until the deadline."""
    with selectors.DefaultSelector() as selector:
        for name, stream in streams.items():
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return
            for key, _events in selector.select(remaining):
                chunk = os.read(key.fd, CHUNK_BYTES)
                if not chunk:
                    selector.unregister(key.fileobj)
                content = kept_bytes[key.data]
                content.extend(chunk[: max(0, kept - len(content))])


def _wait(process: subprocess.Popen[bytes], deadline: float) -> Optional[int]:
    """The exit code; None for a command that had to be ended, with all its children, at the deadline."""
    try:
        return process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        _end(process)
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(pid: int, sign: signal.Signals) -> None:
    try:
        os.killpg(pid, sign)
    except ProcessLookupError:
        return


def last_lines(text: str, count: int = 8, width: int = 400) -> List[str]:
    """The last lines of a command's output that aren't empty, each cut to `width` characters."""
    return [line[:width] for line in text.splitlines() if line.strip()][-count:]
