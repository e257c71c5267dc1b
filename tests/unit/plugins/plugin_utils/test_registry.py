# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A registry is asked over real sockets: what it gives is verified, what it refuses is told."""

from __future__ import annotations

import datetime
import hashlib
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable, Iterator, Mapping

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck, NotVerified, Refused
from ansible_collections.mint.promotion.plugins.module_utils._registry.authentication import basic
from ansible_collections.mint.promotion.plugins.module_utils._registry.documents import MANIFEST_TYPES
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Access, Descriptor, Login
from ansible_collections.mint.promotion.plugins.plugin_utils._registry import DOCUMENT_LIMIT, Registry

ADA = Login("ada", "pass-of-ada")
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST_TYPES[0]}).encode()
LAYER = b"layer" * 100_000


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


BLOB = Descriptor("application/octet-stream", digest_of(LAYER), len(LAYER))


@dataclass(frozen=True)
class Answer:
    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0  # bytes that Content-Length promises beyond the content


Respond = Callable[[str, Mapping[str, str]], Answer]


class Server(ThreadingHTTPServer):
    """Answers each path as a test says, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.answers: dict[str, Answer | Respond] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.name}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *arguments: object) -> None:
        """Say nothing: the tests read their own output."""

    def do_GET(self) -> None:
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.asked.append((self.path, headers))
        answer = self.server.answers.get(self.path.partition("?")[0], Answer(404))
        if callable(answer):
            answer = answer(self.path, headers)
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.content) + answer.missing))
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(answer.content)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    with server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as one:
        one.answers["/v2/team/web/manifests/v1"] = Answer(200, MANIFEST, {"Content-Type": MANIFEST_TYPES[0]})
        one.answers[f"/v2/team/web/blobs/{BLOB.digest}"] = Answer(200, LAYER)
        yield one


@pytest.fixture
def other() -> Iterator[Server]:
    with serving(Server()) as one:
        yield one


def registry(server: Server, login: Login | None = None, seconds: float = 5) -> Registry:
    return Registry(server.name, Access({server.name: login} if login else {}), seconds)


def only(authorization: str, challenge: str, answer: Answer) -> Respond:
    """An answer for who is authorised, and a challenge for everybody else."""

    def respond(_path: str, headers: Mapping[str, str]) -> Answer:
        asked = headers.get("authorization")
        return answer if asked == authorization else Answer(401, b"", {"WWW-Authenticate": challenge})

    return respond


def test_a_tag_gives_the_digest_of_its_bytes(server: Server) -> None:
    document = registry(server).manifest("team/web", "v1")
    assert (document.digest, document.content) == (digest_of(MANIFEST), MANIFEST)
    assert MANIFEST_TYPES[0] in server.asked[0][1]["accept"]


@pytest.mark.parametrize("told", [True, False])
def test_bytes_that_do_not_fit_their_digest_are_refused(server: Server, told: bool) -> None:
    wrong = "sha256:" + "0" * 64
    headers = {"Docker-Content-Digest": wrong} if told else {}
    reference = "v1" if told else wrong
    server.answers[f"/v2/team/web/manifests/{reference}"] = Answer(200, MANIFEST, headers)
    with pytest.raises(NotVerified, match=f"has the digest {digest_of(MANIFEST)}, wanted {wrong}"):
        registry(server).manifest("team/web", reference)


def test_a_layer_comes_in_pieces_and_verified(server: Server) -> None:
    with registry(server).open_blob("team/web", BLOB) as chunks:
        pieces = list(chunks)
    assert len(pieces) > 1
    assert b"".join(pieces) == LAYER


@pytest.mark.parametrize(
    ("content", "words"),
    [(LAYER[:-1] + b"x", "has the digest"), (LAYER + b"x", "more than the 500000 bytes"), (b"", "has the digest")],
)
def test_a_layer_with_other_bytes_is_refused(server: Server, content: bytes, words: str) -> None:
    server.answers[f"/v2/team/web/blobs/{BLOB.digest}"] = Answer(200, content)
    with pytest.raises(NotVerified, match=words):
        registry(server).blob("team/web", BLOB)


def test_an_answer_that_is_cut_off_is_no_verdict(server: Server) -> None:
    server.answers[f"/v2/team/web/blobs/{BLOB.digest}"] = Answer(200, LAYER[:-5], missing=5)
    with pytest.raises(CouldNotCheck, match="cut off: 5 bytes are missing"):
        registry(server).blob("team/web", BLOB)


def test_a_document_without_end_is_not_read_to_its_end(server: Server) -> None:
    server.answers["/v2/team/web/manifests/v1"] = Answer(200, b"x" * (DOCUMENT_LIMIT + 1))
    with pytest.raises(NotVerified, match="larger than"):
        registry(server).manifest("team/web", "v1")


def test_a_login_is_given_when_it_is_asked_for(server: Server) -> None:
    path = "/v2/team/web/manifests/v1"
    server.answers[path] = only(basic(ADA), 'Basic realm="x"', Answer(200, MANIFEST))
    asked = registry(server, ADA)
    assert asked.manifest("team/web", "v1").content == MANIFEST
    asked.manifest("team/web", "v1")
    assert [headers.get("authorization") for _path, headers in server.asked] == [None, basic(ADA), basic(ADA)]


@pytest.mark.parametrize("login", [None, ADA])
def test_a_token_is_fetched_where_the_registry_says(server: Server, other: Server, login: Login | None) -> None:
    challenge = f'Bearer realm="{other.url}/token",service="r",scope="repository:team/web:pull"'
    server.answers["/v2/team/web/manifests/v1"] = only("Bearer abc", challenge, Answer(200, MANIFEST))
    other.answers["/token"] = Answer(200, b'{"token": "abc"}')
    assert registry(server, login).manifest("team/web", "v1").content == MANIFEST
    ((path, headers),) = other.asked
    assert path.startswith("/token?service=r&scope=repository%3Ateam%2Fweb%3Apull")
    assert headers.get("authorization") == (basic(login) if login else None)
    assert "authorization" not in server.asked[0][1]


def test_a_token_that_has_run_out_is_fetched_anew(server: Server) -> None:
    tokens = iter(("first", "second"))
    server.answers["/token"] = lambda _path, _headers: Answer(200, json.dumps({"token": next(tokens)}).encode())
    challenge = f'Bearer realm="{server.url}/token"'
    path = "/v2/team/web/manifests/v1"
    asked = registry(server)
    for token in ("first", "second"):
        server.answers[path] = only(f"Bearer {token}", challenge, Answer(200, MANIFEST))
        assert asked.manifest("team/web", "v1").content == MANIFEST


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("login", "words"), [(None, "lets nobody read team/web without a login"), (ADA, "does not let ada read team/web")]
)
def test_who_may_not_read_is_told_what_to_do(server: Server, status: int, login: Login | None, words: str) -> None:
    headers = {"WWW-Authenticate": 'Basic realm="x"'}
    content = b'{"errors": [{"code": "DENIED", "message": "pass-of-ada"}]}'
    server.answers["/v2/team/web/manifests/v1"] = Answer(status, content, headers)
    with pytest.raises(Refused, match=words) as caught:
        registry(server, login).manifest("team/web", "v1")
    assert "promotion_registry_logins" in caught.value.remedy
    assert "pass-of-ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("token_answer", "kind", "words"),
    [
        (Answer(401), Refused, "does not let ada read"),
        (Answer(200, b"{}"), CouldNotCheck, "gave no token"),
        (Answer(500), CouldNotCheck, "its answer was 500"),
    ],
)
def test_no_token_is_told(server: Server, token_answer: Answer, kind: type[Exception], words: str) -> None:
    challenge = f'Bearer realm="{server.url}/token"'
    server.answers["/v2/team/web/manifests/v1"] = only("Bearer abc", challenge, Answer(200, MANIFEST))
    server.answers["/token"] = token_answer
    with pytest.raises(kind, match=words):
        registry(server, ADA).manifest("team/web", "v1")


@pytest.mark.parametrize("realm", ["http://auth.example.com/token", "ftp://auth.example.com", "", "/token"])
def test_a_login_is_never_sent_in_the_clear(server: Server, realm: str) -> None:
    server.answers["/v2/team/web/manifests/v1"] = Answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}"'})
    with pytest.raises(Refused, match="plain HTTP"):
        registry(server, ADA).manifest("team/web", "v1")


def test_a_redirect_is_followed_without_the_login(server: Server, other: Server) -> None:
    path = f"/v2/team/web/blobs/{BLOB.digest}"
    there = Answer(307, b"", {"Location": f"{other.url}/stored?signature=x"})
    server.answers[path] = only(basic(ADA), "Basic realm=x", there)
    other.answers["/stored"] = Answer(200, LAYER)
    assert registry(server, ADA).blob("team/web", BLOB) == LAYER
    assert "authorization" not in other.asked[0][1]


def test_a_redirect_within_the_registry_keeps_the_login(server: Server) -> None:
    server.answers["/v2/team/web/manifests/v1"] = Answer(301, b"", {"Location": "/v2/team/web/manifests/v2"})
    server.answers["/v2/team/web/manifests/v2"] = only(basic(ADA), "Basic realm=x", Answer(200, MANIFEST))
    assert registry(server, ADA).manifest("team/web", "v1").content == MANIFEST


@pytest.mark.parametrize(
    ("location", "kind", "words"),
    [
        ("http://elsewhere.example.com/x", Refused, "no https address"),
        ("file:///etc/passwd", Refused, "no https address"),
        ("", CouldNotCheck, "more than 5 times"),
    ],
)
def test_a_redirect_to_nowhere_good_is_refused(
    server: Server, location: str, kind: type[Exception], words: str
) -> None:
    server.answers["/v2/team/web/manifests/v1"] = Answer(302, b"", {"Location": location})
    with pytest.raises(kind, match=words):
        registry(server).manifest("team/web", "v1")


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}'), Refused, "has no team/web:v1"),
        (Answer(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}'), Refused, "has no repository team/web"),
        (Answer(404, b"<html>"), Refused, "has no team/web:v1"),
        (Answer(429, b'{"errors": [{"code": "TOOMANYREQUESTS"}]}'), CouldNotCheck, "429 Too Many Requests TOOMANY"),
        (Answer(502), CouldNotCheck, "502 Bad Gateway"),
    ],
)
def test_what_a_registry_refuses_is_told(server: Server, answer: Answer, kind: type[Exception], words: str) -> None:
    server.answers["/v2/team/web/manifests/v1"] = answer
    with pytest.raises(kind, match=words):
        registry(server).manifest("team/web", "v1")


def test_a_registry_that_is_not_there_is_told() -> None:
    with pytest.raises(CouldNotCheck, match="127.0.0.1:9 does not answer: connection refused"):
        Registry("127.0.0.1:9", Access()).manifest("team/web", "v1")


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(CouldNotCheck, match="registry.invalid does not answer"):
        Registry("registry.invalid", Access()).manifest("team/web", "v1")


def test_a_registry_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        name = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(CouldNotCheck, match="timed out"):
            Registry(name, Access(), seconds=0.2).manifest("team/web", "v1")


@pytest.fixture
def foreign() -> Iterator[str]:
    """The name under which this machine is not taken for itself."""
    name = socket.gethostname()
    try:
        socket.getaddrinfo(name, 0)
    except OSError:
        pytest.fail(f"the host name {name} leads nowhere", pytrace=False)
    yield name


def test_another_machine_is_asked_over_tls_only(foreign: str) -> None:
    with serving(Server("0.0.0.0")) as plain:
        name = f"{foreign}:{plain.server_address[1]}"
        plain.answers["/v2/team/web/manifests/v1"] = Answer(200, MANIFEST)
        with pytest.raises(CouldNotCheck) as caught:
            Registry(name, Access(), seconds=1).manifest("team/web", "v1")
        assert not plain.asked, caught.value
        listed = Registry(name, Access(insecure=(name,)))
        assert listed.manifest("team/web", "v1").content == MANIFEST


def test_a_certificate_has_to_be_trusted(foreign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = write_certificate(tmp_path, foreign)
    with serving(Server("0.0.0.0")) as secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        secure.answers["/v2/team/web/manifests/v1"] = Answer(200, MANIFEST)
        name = f"{foreign}:{secure.server_address[1]}"
        with pytest.raises(CouldNotCheck, match="is not trusted: self.signed certificate"):
            Registry(name, Access()).manifest("team/web", "v1")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert Registry(name, Access()).manifest("team/web", "v1").content == MANIFEST


def write_certificate(folder: Path, host: str) -> Path:
    """Write a key and a certificate for `host`, signed by itself, and return their file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path
