# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to do about an error of the Docker CLI, by what its text says (pure).

The texts are those of docker 20.10 to 28 and Compose 2.x; they carry no codes, so text is all there is.
"""

from __future__ import annotations

import re
from typing import Tuple

DAEMON_DOWN = "the Docker daemon is not running"
PERMISSION = "this user may not talk to the Docker daemon"
NO_COMPOSE = "the Compose v2 plugin is not installed"

_LOGIN = "Give a user who may pull it in promotion_registry_logins, or log this host in: docker login."
_INSTALL_COMPOSE = "Install the Compose v2 plugin (docker-compose-plugin or docker-compose-v2)."

# The first text that occurs in the error decides, so the special ones come before the general ones.
_REMEDIES: Tuple[Tuple[str, str], ...] = (
    ("permission denied while trying to connect", "Add the user to the docker group, or use become."),
    ("cannot connect to the docker daemon", "Start it: systemctl start docker."),
    (
        "server gave http response to https client",
        "List the registry under insecure-registries of the engine.",
    ),
    ("manifest unknown", "Push the image to that registry, or pin a digest that is there."),
    ("no such manifest", "Push the image to that registry, or pin a digest that is there."),
    ("no matching manifest for", "Build the image for the platform of this host."),
    ("unauthorized", _LOGIN),
    ("denied: ", _LOGIN),
    ("authentication required", _LOGIN),
    ("no basic auth credentials", _LOGIN),
    ("no space left on device", "Free disk space on the host."),
    ("port is already allocated", "Stop what holds the port, or publish another one."),
    ("address already in use", "Stop what holds the port, or publish another one."),
    ("no such host", "Check the registry's name and the host's name service."),
    ("connection refused", "Check that the registry runs and that this host reaches it."),
    ("i/o timeout", "Check that this host reaches the registry."),
    ("declared as external, but could not be found", "Create it on the host before the promotion."),
    (
        "is not a docker command",
        _INSTALL_COMPOSE,
    ),
    (
        "unknown command: docker compose",
        _INSTALL_COMPOSE,
    ),
    ("unknown flag", "Update the Compose plugin of this host."),
)

# What the CLI puts before the reason itself, when a registry cannot be asked.
_NOISE = re.compile(
    r"^(Error response from daemon: |failed to configure transport: |error pinging v2 registry: "
    r'|Get "[^"]*": )+'
)
_ABSENT_IMAGE = ("manifest unknown", "no such manifest", "not found: manifest")
_ABSENT_OBJECT = re.compile(r"no such (image|container|object|volume|network)\b|\bnetwork \S+ not found")


def remedy_for(errors: str) -> str:
    """One sentence that says what to do next; empty where the text tells nothing."""
    lowered = errors.lower()
    return next((remedy for text, remedy in _REMEDIES if text in lowered), "")


def reason_of(errors: str) -> str:
    """One line that says why the CLI failed: the known reasons in our words, others as they came."""
    lowered = errors.lower()
    if "permission denied while trying to connect" in lowered:
        return PERMISSION
    if "cannot connect to the docker daemon" in lowered or "is the docker daemon running" in lowered:
        return DAEMON_DOWN
    if "is not a docker command" in lowered or "unknown command: docker compose" in lowered:
        return NO_COMPOSE
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return _NOISE.sub("", lines[-1])[:300] if lines else "the command gave no reason"


def says_absent(errors: str) -> bool:
    """Whether every line of the error only says that a named object does not exist."""
    lines = [line.lower() for line in errors.splitlines() if line.strip()]
    return bool(lines) and all(_ABSENT_OBJECT.search(line) for line in lines)


def says_image_absent(errors: str) -> bool:
    """Whether the registry answered that it has no such image, which a network error is not."""
    lowered = errors.lower()
    return any(text in lowered for text in _ABSENT_IMAGE)
