# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a registry that a push needs, on a loopback address: it gives images their digests.

OCI distribution-spec 1.0, "Pushing": blobs by POST and PATCH and PUT, manifests by PUT, HEAD to see what is there.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator
from urllib.parse import parse_qs, urlsplit


class Registry(ThreadingHTTPServer):
    """Keeps everything in memory, by digest or tag."""

    daemon_threads = True

    def __init__(self, authorization: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authorization = authorization  # what it asks for, empty for nothing
        self.seen: list[str] = []  # the command lines of this machine while somebody was asking, where it is guarded
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, tuple[str, bytes]] = {}
        self.uploads: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextmanager
def running_registry(authorization: str = "") -> Iterator[Registry]:
    with Registry(authorization) as registry:
        threading.Thread(target=registry.serve_forever, daemon=True).start()
        try:
            yield registry
        finally:
            registry.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def log_message(self, *arguments: object) -> None:
        """Say nothing: the tests read their own output."""

    def _is_refused(self) -> bool:
        wanted = self.server.authorization
        if not wanted:
            return False
        self.server.seen += _command_lines()
        if self.headers.get("Authorization") == wanted:
            return False
        self._answer(401, {"WWW-Authenticate": 'Basic realm="test"'})
        return True

    def do_GET(self) -> None:
        if self._is_refused():
            return None
        parts = urlsplit(self.path).path.rpartition("/")
        if self.path == "/v2/":
            return self._answer(200)
        if "/blobs/" in self.path and parts[2] in self.server.blobs:
            return self._answer(200, {}, self.server.blobs[parts[2]])
        if "/manifests/" in self.path and self.path in self.server.manifests:
            kind, content = self.server.manifests[self.path]
            return self._answer(200, {"Content-Type": kind, "Docker-Content-Digest": _digest(content)}, content)
        return self._answer(404)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        if self._is_refused():
            return
        upload = f"{urlsplit(self.path).path.rstrip('/')}/{len(self.server.uploads)}"
        self.server.uploads[upload] = self._body()
        self._answer(202, {"Location": upload, "Range": "0-0"})

    def do_PATCH(self) -> None:
        path = urlsplit(self.path).path
        self.server.uploads[path] += self._body()
        self._answer(202, {"Location": path, "Range": f"0-{max(0, len(self.server.uploads[path]) - 1)}"})

    def do_PUT(self) -> None:
        place = urlsplit(self.path)
        if "/manifests/" in place.path:
            content = self._body()
            kept = (self.headers["Content-Type"], content)
            self.server.manifests[place.path] = kept
            self.server.manifests[f"{place.path.rpartition('/')[0]}/{_digest(content)}"] = kept
            return self._answer(201, {"Docker-Content-Digest": _digest(content)})
        digest = parse_qs(place.query)["digest"][0]
        self.server.blobs[digest] = self.server.uploads.pop(place.path) + self._body()
        return self._answer(201, {"Docker-Content-Digest": digest})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def _answer(self, status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # a process that has ended since
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return found


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
