# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks asked of a real server on the loopback and of real commands."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator, Sequence

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._checks.masking import Mask
from ansible_collections.mint.promotion.plugins.module_utils._checks.model import Target
from ansible_collections.mint.promotion.plugins.module_utils._checks.runner import (
    is_skipped,
    run_check,
    run_checks,
)
from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import TIMED_OUT
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Observation
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Check,
    CommandCheck,
    HttpCheck,
    HttpExpectation,
)


class Handler(BaseHTTPRequestHandler):
    """Echoes a request as JSON; /down, /moved, /drip, /big and /close behave as they are named."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        kind = self.path.split("?")[0].strip("/")
        {"drip": self.drip, "big": self.big, "close": self.close_connection_early}.get(kind, self.echo)()

    def do_POST(self) -> None:
        self.echo()

    def echo(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        told = {"method": self.command, "path": self.path, "body": body, "headers": dict(self.headers), "id": "s/1"}
        self.send_response({"/down": 503, "/moved": 302}.get(self.path, 200))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            for number in range(200):
                self.wfile.write(f"x-{number}: y\r\n".encode())
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def big(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _number in range(100):
                self.wfile.write(b"x" * 1024 * 1024)
        except OSError:
            return

    def close_connection_early(self) -> None:
        self.close_connection = True


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def target(url: str, execute: Callable[[Sequence[str], float], tuple[int, str]] = lambda argv, _: (0, "")) -> Target:
    return Target("shop", lambda port: url, execute)


def ask(base: str, timeout: float = 5, secrets: dict[str, str] | None = None, **http: Any) -> Observation:
    http.setdefault("path", None if "url" in http else "/")
    check = Check("asks", timeout_seconds=timeout, http=HttpCheck(**http))
    return run_check(check, target(base), secrets or {}, {"seed": "a b/c"})


def test_a_request_goes_out_as_the_manifest_says(server: str) -> None:
    observation = ask(
        server,
        method="POST",
        path="/seeds/${capture:seed}?q=ä b",
        headers={"content-type": "application/json", "authorization": "Bearer ${secret:TOKEN}", "x-name": "Käse"},
        body='{"seed": "${capture:seed}"}',
        secrets={"TOKEN": "s3cret"},
        expect=HttpExpectation(
            json={
                "method": "POST",
                "path": "/seeds/a%20b%2Fc?q=%C3%A4%20b",
                "body": '{"seed": "a b/c"}',
                "headers.content-type": "application/json",
                "headers.authorization": "Bearer s3cret",
                "headers.connection": "close",
            }
        ),
    )
    assert observation.passed, observation.found
    assert "s3cret" not in observation.found + observation.wanted


def test_a_wrong_status_shows_the_body_without_secrets(server: str) -> None:
    observation = ask(server, path="/down", headers={"x": "${secret:TOKEN}"}, secrets={"TOKEN": "s3cret"})
    assert observation.passed is False
    assert observation.found.startswith("status 503, body `{")
    assert "s3cret" not in observation.found


def test_a_plain_value_is_told_when_the_caller_says_what_is_secret(server: str) -> None:
    values = {"TOKEN": "s3cret", "LEVEL": "debug"}
    check = Check(
        "asks", http=HttpCheck(path="/?${secret:LEVEL}&${secret:TOKEN}", expect=HttpExpectation(json={"path": ""}))
    )
    observation = run_check(check, target(server), values, {}, Mask(["s3cret"]))
    assert observation.found == 'status 200, $.path = "/?debug&********"'


def test_a_redirect_is_an_answer_and_is_not_followed(server: str) -> None:
    found = ask(server, path="/moved", expect=HttpExpectation(status=(302,), headers={"Location": "/elsewhere"}))
    assert found.passed
    assert found.found == 'status 302, header Location "/elsewhere"'


def test_no_proxy_of_the_environment_is_asked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert ask(server).passed


def test_a_server_that_drips_is_given_up_in_time(server: str) -> None:
    observation = ask(server, path="/drip", timeout=0.6)
    assert observation.passed is False
    assert observation.found == f"no complete answer within 0.6 s (GET {server}/drip)"
    assert 0.5 < observation.seconds < 2


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        observation = ask(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.4)
    assert observation.passed is False
    assert "no complete answer within 0.4 s" in observation.found


def test_only_the_beginning_of_a_big_body_is_read(server: str) -> None:
    assert ask(server, path="/big", expect=HttpExpectation(contains=("xxx",))).passed
    assert "over the limit" in ask(server, path="/big", expect=HttpExpectation(json={"a": 1})).found


def test_nobody_listening_is_a_fail() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    observation = ask(f"http://127.0.0.1:{port}")
    assert observation.passed is False
    assert observation.found == f"connection refused (GET http://127.0.0.1:{port}/)"
    assert observation.wanted == "status 200"


def test_what_is_no_http_is_a_fail(server: str) -> None:
    observation = ask(server, path="/close")
    assert observation.passed is False
    assert "no HTTP answer" in observation.found


@pytest.mark.parametrize(
    ("http", "words"),
    [
        ({"url": "ftp://127.0.0.1/"}, "does not begin with http:// or https://"),
        ({"url": "http://127.0.0.1:99999/"}, "cannot be used"),
        ({"url": f"http://{'x' * 64}/"}, "cannot be resolved"),  # a label has 63 characters at most
        ({"path": "/${capture:other}"}, "no captured value is named 'other'"),
        ({"path": "/", "headers": {"x": "a\r\nb: c"}}, "characters that HTTP does not allow"),
        ({"path": "/", "method": "GET /x HTTP/1.1\r\nx: y"}, "characters that HTTP does not allow"),
    ],
)
def test_a_question_that_cannot_be_asked_is_neither_pass_nor_fail(server: str, http: Any, words: str) -> None:
    observation = ask(server, **http)
    assert observation.passed is None
    assert words in observation.found
    assert observation.wanted == "status 200"


def test_a_module_without_a_container_could_not_be_asked() -> None:
    def no_url(_port: int | None) -> str:
        raise CouldNotCheck("service web has no container")

    check = Check("asks", http=HttpCheck(path="/", expect=HttpExpectation(json={"db": "ok"})))
    observation = run_check(check, Target("shop", no_url, lambda argv, timeout: (0, "")), {}, {})
    assert (observation.passed, observation.wanted) == (None, 'status 200, $.db = "ok"')
    assert observation.found == "could not be asked: service web has no container"


def test_what_one_check_captures_the_next_one_uses(server: str) -> None:
    first = Check("creates", http=HttpCheck(method="POST", path="/seeds", capture={"seed": "id"}))
    expect = HttpExpectation(json={"path": "/seeds/s%2F1"})
    second = Check("reads", http=HttpCheck(path="/seeds/${capture:seed}", expect=expect))
    observations = run_checks((first, second), target(server), {})
    assert [one.passed for one in observations] == [True, True]
    assert observations[0].captures == {"seed": "s/1"}


def test_a_value_that_is_not_there_to_capture_is_a_fail(server: str) -> None:
    observation = ask(server, capture={"seed": "data.id"})
    assert observation.passed is False
    assert (observation.found, observation.wanted) == (
        "status 200, no $.data.id",
        "status 200, $.data.id to capture",
    )


def test_a_list_ends_at_the_first_check_that_does_not_pass(server: str) -> None:
    checks = [Check(name, http=HttpCheck(path=path)) for name, path in (("a", "/"), ("b", "/down"), ("c", "/"))]
    assert [(one.check, one.passed) for one in run_checks(checks, target(server), {})] == [("a", True), ("b", False)]


def test_a_check_of_the_control_node_is_skipped_and_never_passed(server: str) -> None:
    checks = [Check("outside", run_from="control", http=HttpCheck(path="/")), Check("here", http=HttpCheck(path="/"))]
    outside, here = run_checks(checks, target(server), {})
    assert (outside.passed, outside.found) == (None, "skipped: runs from the control node")
    assert is_skipped(outside)
    assert here.passed
    assert not is_skipped(here)


def command(*argv: str, timeout: float = 5, **fields: Any) -> Check:
    return Check("runs", timeout_seconds=timeout, command=CommandCheck(argv, **fields))


def test_a_command_runs_here_without_a_shell() -> None:
    observation = run_check(command("echo", "$HOME;", contains=("$HOME;",)), target(""), {}, {})
    assert observation.passed


def test_a_command_that_does_not_end_fails_in_its_time() -> None:
    observation = run_check(command("sleep", "30", timeout=0.3), target(""), {}, {})
    assert (observation.passed, observation.found) == (False, "no end within 0.3 s")
    assert observation.seconds < 3


def test_a_command_that_does_not_exist_could_not_be_asked() -> None:
    observation = run_check(command("no-such-command"), target(""), {}, {})
    assert observation.passed is None
    assert "no-such-command" in observation.found


def test_a_command_inside_gets_its_arguments_and_its_time() -> None:
    asked: list[Any] = []

    def execute(argv: Sequence[str], timeout: float) -> tuple[int, str]:
        asked.append((list(argv), timeout))
        return 4, "s3cret is wrong"

    check = command("psql", "-c", "select ${capture:id}", inside=True)
    observation = run_check(check, target("", execute), {"TOKEN": "s3cret"}, {"id": "7"})
    assert asked == [(["psql", "-c", "select 7"], 5)]
    assert observation.found == "exit code 4, output `******** is wrong`"


def test_a_command_inside_that_had_to_be_ended_fails() -> None:
    observation = run_check(command("x", inside=True), target("", lambda argv, timeout: (TIMED_OUT, "")), {}, {})
    assert (observation.passed, observation.found) == (False, "no end within 5 s")
