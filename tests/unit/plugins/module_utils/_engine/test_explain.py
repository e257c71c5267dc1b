# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the errors of docker 20.10 and 28 mean, on their own words."""

from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.explain import (
    DAEMON_DOWN,
    NO_COMPOSE,
    PERMISSION,
    reason_of,
    remedy_for,
    says_absent,
    says_image_absent,
)

DOWN = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"
DENIED = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix: connect: permission denied\n'
)
REFUSED = (
    "failed to configure transport: error pinging v2 registry: "
    'Get "https://registry.example.com/v2/": dial tcp 192.0.2.1:443: connect: connection refused\n'
)


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (DOWN, DAEMON_DOWN),
        (DENIED, PERMISSION),
        ("docker: 'compose' is not a docker command.\nSee 'docker --help'\n", NO_COMPOSE),
        ("docker: unknown command: docker compose\n\nRun 'docker --help' for more information\n", NO_COMPOSE),
        (REFUSED, "dial tcp 192.0.2.1:443: connect: connection refused"),
        ("first line\n\nthe last line\n", "the last line"),
        ("", "the command gave no reason"),
    ],
)
def test_the_reason_is_one_line(errors: str, reason: str) -> None:
    assert reason_of(errors) == reason


@pytest.mark.parametrize(
    "errors",
    [
        "Error: No such image: nosuch\n",
        "Error response from daemon: no such image: nosuch:1: No such image: nosuch:1\n",
        "Error response from daemon: No such container: abc\nError response from daemon: No such container: def\n",
        "Error: No such volume: nosuch\n",
        "Error response from daemon: get abc: no such volume\n",
        "Error response from daemon: network nosuch not found\n",
    ],
)
def test_an_object_that_does_not_exist_is_an_answer(errors: str) -> None:
    assert says_absent(errors)


@pytest.mark.parametrize("errors", ["", DOWN, DENIED, REFUSED, "Error: No such image: a\n" + DOWN])
def test_an_engine_that_cannot_be_asked_is_no_answer(errors: str) -> None:
    assert not says_absent(errors)


@pytest.mark.parametrize(
    "errors", ["no such manifest: registry.example.com/x:1\n", "manifest unknown: manifest unknown\n"]
)
def test_a_registry_can_say_that_it_has_no_such_image(errors: str) -> None:
    assert says_image_absent(errors)


@pytest.mark.parametrize("errors", [REFUSED, DOWN, "unauthorized: authentication required\n"])
def test_a_registry_that_gave_no_answer_said_nothing_of_the_image(errors: str) -> None:
    assert not says_image_absent(errors)


def test_every_common_failure_comes_with_what_to_do() -> None:
    assert "systemctl start docker" in remedy_for(DOWN)
    assert "docker group" in remedy_for(DENIED)
    assert "registry runs" in remedy_for(REFUSED)
    assert "insecure-registries" in remedy_for("http: server gave HTTP response to HTTPS client")
    assert "another one" in remedy_for("Bind for 0.0.0.0:3500 failed: port is already allocated")
    assert remedy_for("something unheard of") == ""
