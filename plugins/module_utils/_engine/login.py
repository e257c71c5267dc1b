# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logins of registries for single docker commands: in memory, for as long as the command runs, and in no argument."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import Dict, Iterator, Mapping

from .._errors import CommandFailed, Refused
from .._registry.model import REGISTRY_OF_DOCKER, Login
from .process import run

QUESTION_SECONDS = 30.0
_PREFIX = "mint-promotion-login-"
_KEY_OF_DOCKER = "https://index.docker.io/v1/"  # docker/cli, cli/config/configfile, where docker.io's login is kept


@contextmanager
def logged_in(logins: Mapping[str, Login]) -> Iterator[Dict[str, str]]:
    """Give the environment of a docker command that knows these logins, by registry, and no others.

    The docker command takes them from a file of DOCKER_CONFIG only. That folder lies in memory, is for this user
    alone, and is removed at the end; what a killed process left there is removed as well.
    Raises `Refused` where no file system in memory can be written.
    """
    engine = _engine_address()
    folder = _folder()
    try:
        descriptor = os.open(os.path.join(folder, "config.json"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(login_file(logins))
        yield {**os.environ, **engine, "DOCKER_CONFIG": folder}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def login_file(logins: Mapping[str, Login]) -> bytes:
    """Return the config.json of the docker command that holds these logins."""
    auths = {
        _KEY_OF_DOCKER if registry == REGISTRY_OF_DOCKER else registry: {
            "auth": base64.b64encode(f"{login.username}:{login.password}".encode()).decode("ascii")
        }
        for registry, login in logins.items()
    }
    return json.dumps({"auths": auths}).encode()


def _engine_address() -> Dict[str, str]:
    """The engine that the user's own configuration chooses, which the other one would not know of."""
    try:
        argv = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
        address = run(argv, QUESTION_SECONDS).output.strip()
    except CommandFailed:
        address = ""
    return {"DOCKER_HOST": address} if address else {}


def _folder() -> str:
    for parent in _in_memory():
        _sweep(parent)
        try:
            return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent)
        except OSError:
            continue
    raise Refused(
        "A registry login has to be kept in memory, and no tmpfs can be written here",
        "Mount one at /dev/shm, or leave the registry out of promotion_registry_logins.",
    )


def _in_memory() -> Iterator[str]:
    """The places where systems mount a tmpfs, as far as they are one here."""
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        known = {line.split()[1] for line in mounts if line.split()[2] == "tmpfs"}
    for path in ("/dev/shm", f"/run/user/{os.geteuid()}", "/run", "/tmp"):
        if path in known:
            yield path


def _sweep(parent: str) -> None:
    """Remove the folders of processes of this user that are gone."""
    for name in os.listdir(parent):
        pid = name[len(_PREFIX) :].partition("-")[0]
        path = os.path.join(parent, name)
        left = name.startswith(_PREFIX) and pid.isdigit() and not os.path.exists(f"/proc/{pid}")
        if left and _is_ours(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_ours(path: str) -> bool:
    try:
        return os.stat(path, follow_symlinks=False).st_uid == os.geteuid()
    except FileNotFoundError:  # another pull, at the same time, was quicker
        return False
