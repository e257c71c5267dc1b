# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A registry for as long as one host pulls: read-only, on loopback, for whoever knows its password.

The API is that of opencontainers/distribution-spec 1.1, "Pull". The password is there because everybody on the control
node and on the host can connect to a port of loopback.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterator, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._registry.authentication import basic
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Login
from ansible_collections.mint.promotion.plugins.plugin_utils._image_offer import Offer

USER = "mint-promotion"
_PLACE = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs)/(?P<digest>sha256:[a-f0-9]{64})")


class ImageServer(ThreadingHTTPServer):
    """Gives out images by name. `sent` counts the bytes of configurations and layers."""

    daemon_threads = True

    def __init__(self, offers: Mapping[str, Offer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.offers = offers
        self.login = Login(USER, secrets.token_urlsafe(32))
        self.sent = 0
        self.fault = ""  # why the last blob could not be given
        self._counting = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def is_allowed(self, authorization: str) -> bool:
        return hmac.compare_digest(authorization.encode(), basic(self.login).encode())

    def count(self, size: int) -> None:
        with self._counting:
            self.sent += size


@contextmanager
def serving(offers: Mapping[str, Offer]) -> Iterator[ImageServer]:
    """Serve images until the end of the block."""
    with ImageServer(offers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ImageServer

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: what was sent is told once, by its size."""

    def do_GET(self) -> None:
        if not self.server.is_allowed(self.headers.get("Authorization") or ""):
            return self._refuse(401, "UNAUTHORIZED", {"WWW-Authenticate": 'Basic realm="mint.promotion"'})
        if self.path == "/v2/":
            return self._answer(200, {"Content-Type": "application/json"}, b"{}")
        place = _PLACE.fullmatch(self.path)
        offer = self.server.offers.get(place["name"]) if place else None
        if place is None or offer is None:
            return self._refuse(404, "NAME_UNKNOWN")
        return self._manifest(offer, place["digest"]) if place["kind"] == "manifests" else self._blob(offer, place)

    do_HEAD = do_GET

    def _manifest(self, offer: Offer, digest: str) -> None:
        document = offer.documents.get(digest)
        if document is None:
            return self._refuse(404, "MANIFEST_UNKNOWN")
        headers = {"Content-Type": document.media_type, "Docker-Content-Digest": digest}
        return self._answer(200, headers, document.content)

    def _blob(self, offer: Offer, place: re.Match[str]) -> None:
        blob = offer.blobs.get(place["digest"])
        if blob is None:
            return self._refuse(404, "BLOB_UNKNOWN")
        self.send_response(200)
        self._headers({"Content-Type": "application/octet-stream", "Docker-Content-Digest": place["digest"]}, blob.size)
        if self.command == "HEAD":
            return None
        try:
            with blob.open() as chunks:
                for chunk in chunks:
                    self.wfile.write(chunk)
                    self.server.count(len(chunk))
        except PromotionError as error:  # its registry gave it up in the middle: the connection ends short
            self.server.fault = error.message
            self.close_connection = True
        except ConnectionError:  # the host has gone
            self.close_connection = True
        return None

    def _refuse(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        """Answer with an error as the specification words it ("Error Codes")."""
        content = json.dumps({"errors": [{"code": code, "message": code.lower()}]}).encode()
        self._answer(status, {"Content-Type": "application/json", **(headers or {})}, content)

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        self._headers(headers, len(content))
        if self.command != "HEAD":
            self.wfile.write(content)

    def _headers(self, headers: Mapping[str, str], size: int) -> None:
        for name, text in {
            **headers,
            "Content-Length": str(size),
            "Docker-Distribution-API-Version": "registry/2.0",
        }.items():
            self.send_header(name, text)
        self.end_headers()
