# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One HTTP request within a total time limit: no redirects, no proxies, no cookies, a bounded body."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from dataclasses import dataclass
from typing import Any, BinaryIO, Dict, Mapping, Optional
from urllib.parse import SplitResult, quote, urlsplit

from .._errors import CouldNotCheck
from .connect import Deadline, connect
from .expect import HttpAnswer

BODY_BYTES = 1024 * 1024
_NOT_ALLOWED = "method, URL or headers have characters that HTTP does not allow"
_DEFAULT_HEADERS = {"connection": b"close", "user-agent": b"mint.promotion"}
_PATH_SAFE = "/?:@!$&'()*+,;=%~-._[]"


@dataclass(frozen=True)
class Request:
    """`body` of None sends none; header values are sent as UTF-8."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Optional[str]


class NoAnswer(Exception):
    """The server was asked and gave no answer; the text says how it failed."""


def ask(request: Request, timeout: float) -> HttpAnswer:
    """Send one request and read its answer, all within `timeout` seconds.

    Raises NoAnswer when there is none (refused, reset, too late, not HTTP), CouldNotCheck when the question
    cannot be asked: an URL that is none, a name that does not resolve.
    """
    parts = _split(request.url)
    deadline = Deadline(timeout)
    connection = _connection(parts, deadline)
    try:
        return _exchange(connection, request, parts)
    except socket.timeout:
        raise NoAnswer(f"no complete answer within {timeout:g} s") from None
    except http.client.InvalidURL:
        raise CouldNotCheck(_NOT_ALLOWED) from None
    except (http.client.HTTPException, ssl.SSLError) as error:
        raise NoAnswer(f"no HTTP answer: {type(error).__name__} {error}".strip()) from None
    except OSError as error:
        raise NoAnswer((error.strerror or str(error)).lower()) from None
    except ValueError:
        raise CouldNotCheck(_NOT_ALLOWED) from None
    finally:
        connection.release()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise CouldNotCheck(f"the URL cannot be used: {error}") from None
    if not valid:
        raise CouldNotCheck("the URL cannot be used: it does not begin with http:// or https:// and a host")
    return parts


def _exchange(connection: _Connection, request: Request, parts: SplitResult) -> HttpAnswer:
    body = None if request.body is None else request.body.encode("utf-8")
    connection.request(request.method, _path_and_query(parts), body, _headers(request))
    response = connection.getresponse()
    content = response.read(BODY_BYTES + 1)
    headers = {name.lower(): response.getheader(name) or "" for name, _value in response.getheaders()}
    text = content[:BODY_BYTES].decode("utf-8", "replace")
    return HttpAnswer(response.status, headers, text, truncated=len(content) > BODY_BYTES)


def _path_and_query(parts: SplitResult) -> str:
    """As it is sent: other characters than URLs allow are encoded, what is encoded stays so."""
    query = f"?{quote(parts.query, safe=_PATH_SAFE)}" if parts.query else ""
    return quote(parts.path or "/", safe=_PATH_SAFE) + query


def _headers(request: Request) -> Dict[str, bytes]:
    given = {name: value.encode("utf-8") for name, value in request.headers.items()}
    named = {name.lower() for name in given}
    return {**{name: value for name, value in _DEFAULT_HEADERS.items() if name not in named}, **given}


class _TimedReader(io.RawIOBase):
    """Reads a socket; each read may take only what is left of the whole time."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.remaining())
        return self._sock.recv_into(buffer)


class _TimedSocket:
    """What http.client uses of a socket, under one deadline for everything."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, content: bytes) -> None:
        self._sock.settimeout(self._deadline.remaining())
        self._sock.sendall(content)

    def makefile(self, _mode: str) -> BinaryIO:
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """Nothing yet: http.client closes before the body is read, and counts on the socket to outlive that."""

    def release(self) -> None:
        self._sock.close()


class _Connection(http.client.HTTPConnection):
    """Connects within the deadline, with TLS where a context is given; certificates are verified."""

    def __init__(self, host: str, port: int, deadline: Deadline, context: Optional[ssl.SSLContext]) -> None:
        super().__init__(host, port)
        self._deadline, self._context = deadline, context
        self._timed: Optional[_TimedSocket] = None
        if context is not None:
            self.default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        plain = connect(self.host, self.port, self._deadline)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock = plain
            if self._context is not None:
                plain.settimeout(self._deadline.remaining())
                sock = self._context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise
        self._timed = self.sock = _TimedSocket(sock, self._deadline)

    def release(self) -> None:
        """Close the socket, now that the answer was read or given up."""
        if self._timed is not None:
            self._timed.release()


def _connection(parts: SplitResult, deadline: Deadline) -> _Connection:
    secure = parts.scheme == "https"
    port = parts.port or (http.client.HTTPS_PORT if secure else http.client.HTTP_PORT)
    context = ssl.create_default_context() if secure else None
    return _Connection(parts.hostname or "", port, deadline, context)
