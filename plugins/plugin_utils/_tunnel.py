# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A port of a host's loopback that leads to a port of the control node's, through SSH.

The connection is one of its own, with the options of Ansible's: forwards that a multiplexed client asks for stay with
the master when the client ends (ssh(1), ControlMaster), and this port shall end with its use.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import IO, Any, Iterator, Sequence, cast

from ansible_collections.mint.promotion.plugins.module_utils._engine.process import last_lines
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused

OPEN_SECONDS = 60.0
GRACE_SECONDS = 2.0
KEPT_BYTES = 64 * 1024  # of what ssh says
_ALLOCATED = re.compile(rb"Allocated port (\d+) for remote forward")  # ssh.c, ssh_confirm_remote_forward
_OWN = (b"-N", b"-o", b"ControlMaster=no", b"-o", b"ControlPath=none", b"-o", b"ExitOnForwardFailure=yes", b"-o",
        b"ServerAliveInterval=10", b"-o", b"LogLevel=INFO", b"-o", b"BatchMode=yes")  # fmt: skip


class Tunnel:
    """An open tunnel; `port` is the one on the host."""

    def __init__(self, port: int, process: subprocess.Popen[bytes] | None = None, said: bytes = b"") -> None:
        self.port = port
        self._process = process
        self._said = said
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Keep the end of what ssh says: with -v it says much, and would stand still when nobody reads it."""
        if self._process is None:
            return
        stderr = cast(IO[bytes], self._process.stderr)
        with suppress(OSError, ValueError):  # closed under a program of ssh's own (ProxyCommand) that lives on
            while chunk := os.read(stderr.fileno(), 65536):
                self._said = (self._said + chunk)[-KEPT_BYTES:]

    def lost(self) -> str:
        """Say why the tunnel is no more; empty while it is there."""
        if self._process is None or self._process.poll() is None:
            return ""
        self.end()
        lines = last_lines(_ALLOCATED.sub(b"", self._said).decode("utf-8", "replace"), 3)
        return "; ".join(lines) or f"ssh ended with {self._process.returncode}"

    def end(self) -> None:
        """Wait for the last words of an ssh that has ended."""
        self._listener.join(GRACE_SECONDS)


@contextmanager
def tunnel(connection: Any, port: int) -> Iterator[Tunnel]:
    """Let a port of the host lead to `port` here until the end of the block.

    `connection` is Ansible's to the host. Raises `Refused` when there is no way to open one.
    """
    if connection.transport == "local":  # the host is this machine
        yield Tunnel(port)
        return
    with _started(_argv(connection, port)) as process:
        opened = None
        try:
            opened = _opened(process)
            yield opened
        finally:
            process.terminate()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if opened is not None:
                opened.end()


def _argv(connection: Any, port: int) -> list[bytes]:
    """The command that Ansible itself would run, with our options before its own: ssh keeps the first of each."""
    if connection.transport != "ssh":
        raise Refused(
            f"Images cannot be sent over the connection {connection.transport}", "Set ansible_connection to ssh."
        )
    if connection.get_option("password"):
        remedy = "Give ansible_user a key, or let the host pull: promotion_image_source: registry."
        raise Refused("Images cannot be sent to a host that asks for a password", remedy)
    executable = connection.get_option("ssh_executable")
    built: Sequence[bytes] = connection._build_command(executable, "ssh")
    forward = f"127.0.0.1:0:127.0.0.1:{port}".encode()
    host = connection.get_option("host") or connection.host
    return [built[0], *_OWN, b"-R", forward, *built[1:], str(host).encode()]


def _started(argv: Sequence[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def _opened(process: subprocess.Popen[bytes]) -> Tunnel:
    said = _read_until_allocated(cast(IO[bytes], process.stderr))
    found = _ALLOCATED.search(said)
    if found is None:
        process.terminate()
        told = "; ".join(last_lines(said.decode("utf-8", "replace"), 3)) or "ssh gave no reason"
        remedy = "sshd has to allow it: AllowTcpForwarding yes or remote, and no restriction of the key."
        raise Refused(f"No tunnel could be opened to the host: {told}", remedy)
    return Tunnel(int(found.group(1)), process, said)


def _read_until_allocated(stream: IO[bytes]) -> bytes:
    """Read what ssh says until it has named the port, has ended, or its time is over."""
    said, end = b"", time.monotonic() + OPEN_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not _ALLOCATED.search(said) and selector.select(max(0.0, end - time.monotonic())):
            chunk = os.read(stream.fileno(), 65536)
            if not chunk:
                break
            said += chunk
    return said
