# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client of registries: manifests, configurations and layers by the API that all registries speak.

Source: opencontainers/distribution-spec 1.1, "Pull"; tokens as `module_utils/_registry/authentication` says. What a
registry sends is compared with its digest. A login stays in memory, and goes to its registry and token service only.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
from contextlib import contextmanager
from typing import Iterator, Sequence
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, NotVerified, Refused
from ansible_collections.mint.promotion.plugins.module_utils._registry.authentication import (
    basic,
    challenges,
    offered,
    token_of,
    token_url,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.documents import (
    DIGEST,
    INDEX_TYPES,
    MANIFEST_TYPES,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import (
    Access,
    Challenge,
    Descriptor,
    Document,
    ImageName,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.names import is_loopback, registry_address

DOCUMENT_LIMIT = 4 * 1024 * 1024  # bytes; distribution-spec, "Pushing Manifests": registries take at least these
CHUNK = 256 * 1024  # bytes
SECONDS = 30.0  # without a byte from the other side
REDIRECTS = 5
_REDIRECTED = (301, 302, 303, 307, 308)
_LOGIN_REMEDY = "Give a user who may: promotion_registry_logins: {%s: {username: NAME, password: PASSWORD}}."


class Registry:
    """One registry by the name that logins and images give it. Keeps what it was authorised with."""

    def __init__(self, name: str, access: Access, seconds: float = SECONDS) -> None:
        self.name = name
        address = registry_address(name)
        scheme = "http" if _is_plain(address, access) else "https"
        self._base = f"{scheme}://{address}"
        self._access = access
        self._login = access.logins.get(name)
        self._seconds = seconds
        self._authorization: dict[str, str] = {}  # by repository
        self._openers: dict[bool, OpenerDirector] = {}

    def manifest(self, path: str, reference: str) -> Document:
        """Return the manifest or index of a tag or digest.

        Raises `Refused` (unknown, not authorised), `CouldNotCheck` (no answer, certificate) and `NotVerified`
        (bytes that do not fit the digest).
        """
        subject = f"{self.name}/{path}{'@' if DIGEST.fullmatch(reference) else ':'}{reference}"
        accept = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES))
        with self._answer(path, f"manifests/{reference}", subject, accept) as answer:
            content = self._bytes(answer, subject)
            told = answer.headers.get("Docker-Content-Digest", "")
            media_type = answer.headers.get("Content-Type", "")
        digest = sha256_digest(content)
        for wanted in (reference, told):
            if DIGEST.fullmatch(wanted) and wanted != digest:
                raise _other_bytes(subject, digest, wanted)
        return Document(content, media_type, digest)

    def blob(self, path: str, descriptor: Descriptor) -> bytes:
        """Return a small blob, as a configuration is one. Raises what `manifest` raises."""
        with self.open_blob(path, descriptor) as chunks:
            return b"".join(chunks)

    @contextmanager
    def open_blob(self, path: str, descriptor: Descriptor) -> Iterator[Iterator[bytes]]:
        """Give the bytes of a blob in pieces, as they come.

        Raises what `manifest` raises; `NotVerified` after the last piece when the bytes were not those of the
        digest, so whoever keeps them keeps them for good only when the pieces have ended without it.
        """
        subject = f"{self.name}/{path}@{descriptor.digest}"
        with self._answer(path, f"blobs/{descriptor.digest}", subject, "*/*") as answer:
            yield self._verified(answer, descriptor, subject)

    def _verified(self, answer: http.client.HTTPResponse, wanted: Descriptor, subject: str) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        while chunk := self._read(answer, CHUNK, subject):
            digest.update(chunk)
            size += len(chunk)
            if size > wanted.size:
                raise NotVerified(f"{subject} has more than the {wanted.size} bytes that its manifest names.")
            yield chunk
        if f"sha256:{digest.hexdigest()}" != wanted.digest:
            raise _other_bytes(subject, f"sha256:{digest.hexdigest()}", wanted.digest)

    @contextmanager
    def _answer(self, path: str, what: str, subject: str, accept: str) -> Iterator[http.client.HTTPResponse]:
        """Ask, authorised when the registry wants it."""
        url = f"{self._base}/v2/{path}/{what}"
        answer = self._follow(url, accept, self._authorization.get(path))
        if answer.status == 401:
            known = challenges(answer.headers.get_all("WWW-Authenticate") or [])
            answer.close()
            self._authorization[path] = self._authorize(path, known)
            answer = self._follow(url, accept, self._authorization[path])
        with answer:
            if answer.status != 200:
                raise self._refusal(answer, path, subject)
            yield answer

    def _authorize(self, path: str, known: Sequence[Challenge]) -> str:
        bearer = offered(known, "bearer")
        if bearer is not None:
            return f"Bearer {self._token(bearer, path)}"
        if offered(known, "basic") is not None and self._login is not None:
            return basic(self._login)
        raise self._denied(path, 401, "")

    def _token(self, bearer: Challenge, path: str) -> str:
        url = token_url(bearer, path, self._login)
        service = f"The token service {_origin(url)} of {self.name}"
        if urlsplit(url).scheme != "https" and not _is_plain(urlsplit(url).netloc, self._access):
            raise Refused(f"{service} would be asked over plain HTTP.", "Let the registry name an https address.")
        with self._follow(url, "application/json", basic(self._login) if self._login else None) as answer:
            if answer.status in (400, 401, 403):
                raise self._denied(path, answer.status, "")
            token = token_of(self._bytes(answer, service)) if answer.status == 200 else None
        if token is None:
            raise CouldNotCheck(f"{service} gave no token: its answer was {answer.status}.")
        return token

    def _follow(self, url: str, accept: str, authorization: str | None) -> http.client.HTTPResponse:
        """Ask for `url` and what it redirects to; only its own origin sees the authorization."""
        origin = _origin(url)
        for _attempt in range(REDIRECTS):
            headers = {"Accept": accept, "User-Agent": "mint.promotion"}
            if authorization is not None and _origin(url) == origin:
                headers["Authorization"] = authorization
            answer = self._ask(Request(url, headers=headers))
            if answer.status not in _REDIRECTED:
                return answer
            answer.close()
            url = urljoin(url, answer.headers.get("Location") or "")
            if urlsplit(url).scheme != "https" and not _is_plain(urlsplit(url).netloc, self._access):
                raise Refused(f"{self.name} redirects to {_origin(url)}, which is no https address.")
        raise CouldNotCheck(f"{self.name} redirected more than {REDIRECTS} times.")

    def _ask(self, request: Request) -> http.client.HTTPResponse:
        address = urlsplit(request.full_url).netloc
        try:
            answer: http.client.HTTPResponse = self._opener(address).open(request, timeout=self._seconds)
        except URLError as error:
            raise _unreachable(address, error.reason) from error
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(address, error) from error
        return answer

    def _opener(self, address: str) -> OpenerDirector:
        here = is_loopback(address)
        if here not in self._openers:
            self._openers[here] = _new_opener(ProxyHandler({}) if here else ProxyHandler())
        return self._openers[here]

    def _bytes(self, answer: http.client.HTTPResponse, subject: str) -> bytes:
        content = b""
        while chunk := self._read(answer, CHUNK, subject):
            content += chunk
            if len(content) > DOCUMENT_LIMIT:
                raise NotVerified(f"{subject} is larger than {DOCUMENT_LIMIT} bytes.")
        return content

    def _read(self, answer: http.client.HTTPResponse, size: int, subject: str) -> bytes:
        try:
            chunk = answer.read(size)
        except (OSError, http.client.HTTPException) as error:
            raise CouldNotCheck(f"{subject} was cut off: {_reason(error)}.", "Run it again.") from error
        if not chunk and answer.length:  # http.client takes an early end for the end
            raise CouldNotCheck(f"{subject} was cut off: {answer.length} bytes are missing.", "Run it again.")
        return chunk

    def _refusal(self, answer: http.client.HTTPResponse, path: str, subject: str) -> Exception:
        code = _error_code(self._read(answer, CHUNK, subject))
        if answer.status in (401, 403):
            return self._denied(path, answer.status, code)
        if answer.status == 404:
            missing = f"repository {path}" if code == "NAME_UNKNOWN" else subject.partition("/")[2]
            return Refused(f"{self.name} has no {missing}.", "Push the image, or name a tag that is there.")
        told = f"{answer.status} {answer.reason} {code}".rstrip()
        return CouldNotCheck(f"{self.name} did not give {subject}: {told}.", "Look at the registry, run it again.")

    def _denied(self, path: str, status: int, code: str) -> Refused:
        told = f"{status} {code}".rstrip()
        if self._login is None:
            return Refused(f"{self.name} lets nobody read {path} without a login: {told}.", _LOGIN_REMEDY % self.name)
        remedy = "Check username and password in promotion_registry_logins, and what that user may read."
        return Refused(f"{self.name} does not let {self._login.username} read {path}: {told}.", remedy)


class Registries:
    """The registries that a run asks, each one made once. `seconds` is how long they may say nothing."""

    def __init__(self, access: Access, seconds: float = SECONDS) -> None:
        self._access = access
        self._seconds = seconds
        self._known: dict[str, Registry] = {}

    def of(self, image: ImageName) -> Registry:
        """Return the registry of an image."""
        return self._known.setdefault(image.registry, Registry(image.registry, self._access, self._seconds))


def _is_plain(address: str, access: Access) -> bool:
    """Tell whether an address may be asked over plain HTTP, as Docker does for this machine's own."""
    return is_loopback(address) or address.lower() in access.insecure


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _new_opener(proxies: ProxyHandler) -> OpenerDirector:
    """Certificates as the system trusts them, proxies as the environment names them, but none for this machine."""
    opener = OpenerDirector()
    for handler in (proxies, HTTPHandler(), HTTPSHandler(context=ssl.create_default_context())):
        opener.add_handler(handler)
    return opener


def _unreachable(address: str, cause: object) -> CouldNotCheck:
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = "Add its authority to the certificates that the system trusts."
        return CouldNotCheck(f"The certificate of {address} is not trusted: {cause.verify_message}.", remedy)
    if isinstance(cause, ssl.SSLError):
        remedy = "A registry with plain HTTP has to be named in promotion_insecure_registries."
        return CouldNotCheck(f"{address} does not speak TLS: {cause.reason or cause}.", remedy)
    remedy = "Check the name, the network, and whether the registry runs."
    return CouldNotCheck(f"The registry {address} does not answer: {_reason(cause)}.", remedy)


def _reason(cause: object) -> str:
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return str(text)[:200].lower()


def _error_code(content: bytes) -> str:
    """Return the code of a registry's error (distribution-spec, "Error Codes"), empty when it gives none."""
    try:
        code = json.loads(content)["errors"][0]["code"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code) else ""


def _other_bytes(subject: str, found: str, wanted: str) -> NotVerified:
    remedy = "Something between the registry and here changes what it sends."
    return NotVerified(f"{subject} has the digest {found}, wanted {wanted}.", remedy)
