# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions and orders to the Docker Engine, through the docker command."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, Any, Callable, Dict, Generic, Iterator, List, Mapping, Optional, Sequence, Tuple, TypeVar, cast

from .._data import sha256_of
from .._errors import CommandFailed, NotVerified
from .._manifest.build import build_environment, without_notice
from .._registry.model import Login
from .._registry.names import registry_name
from .events import take_deaths, take_removals
from .explain import (
    NO_COMPOSE,
    reason_of,
    remedy_for,
    says_absent,
    says_image_absent,
)
from .login import logged_in
from .model import Container, Death, Image, PublishedPort, RegistryImage, Versions, Volume
from .parse import (
    PROJECT_LABEL,
    PUBLISHED_PORTS_FORM,
    is_insecure,
    parse_compose_version,
    parse_container,
    parse_containers,
    parse_image,
    parse_images,
    parse_published_ports,
    parse_registry_image,
    parse_versions,
    parse_volumes,
    registry_of,
)
from .process import Completed, last_lines, run

T = TypeVar("T")

QUESTION_SECONDS = 30.0
STOP_SECONDS = 900.0
PULL_SECONDS = 1800.0
BUILD_SECONDS = 3600.0
BUILD_LINES = 20  # of a failed build
REGISTRY_SECONDS = 10.0
TIMED_OUT = -1  # exit code of a command that had to be ended; no process has it
LOG_LINE_WIDTH = 2000
# How `docker exec` itself fails; all else is what the command wrote.
_EXEC_ERRORS = ("Error response from daemon:", "Error: No such container:")
COMMAND_OUTPUT_BYTES = 1024 * 1024


class Engine:
    """The engine that the docker command of this host talks to. Methods raise CommandFailed.

    One object serves one call of a module, from any number of threads: the engine's settings are asked once.
    """

    def __init__(self, logins: Optional[Mapping[str, Login]] = None) -> None:
        self._logins = logins or {}  # by registry
        self._settings: Optional[Dict[str, Any]] = None
        self._settings_lock = threading.Lock()

    def image(self, reference: str) -> Optional[Image]:
        """The image with this reference or id, None where the host has none."""
        done = self._ask(["image", "inspect", reference], absent_is_fine=True)
        return parse_image(done.output)

    def images(self, references: Sequence[str]) -> Dict[str, Optional[Image]]:
        """The images with these references, by reference; None where the host has none. One question if all are here.

        The command answers in the order of its arguments and leaves out what is absent (tried on 20.10 and 28.2).
        """
        wanted = sorted(set(references))
        if len(wanted) > 1:
            done = self._ask(["image", "inspect", *wanted], absent_is_fine=True)
            if done.returncode == 0:
                return dict(zip(wanted, parse_images(done.output)))
        return {reference: self.image(reference) for reference in wanted}

    def pull(self, reference: str) -> None:
        with self._registry_environment(reference) as environment:
            self._ask(["pull", "--quiet", reference], timeout=PULL_SECONDS, environment=environment)

    def build(self, argv: Sequence[str], archive: str, digest: str) -> None:
        """Run `docker build` with the tar archive at a path as its context.

        Raises NotVerified when the archive's bytes do not have this digest, and CommandFailed with the last lines of
        the build.
        """
        with open(archive, "rb") as context:
            found = sha256_of(context)
            if found != digest:
                raise NotVerified(f"The archive {archive} is {found}, wanted {digest}", "Promote again.")
            context.seek(0)
            has_buildx = run(["docker", "buildx", "version"], QUESTION_SECONDS).returncode == 0
            environment = build_environment(os.environ, has_buildx)
            done = run(argv, BUILD_SECONDS, environment, merged=True, stdin=context)
        if done.returncode != 0:
            lines = last_lines(without_notice(done.output), BUILD_LINES)
            raise CommandFailed(argv, done.returncode, "\n".join(lines), remedy_for(done.output))

    def tag(self, reference: str, tag: str) -> None:
        self._ask(["tag", reference, tag])

    def remove_image(self, reference: str) -> bool:
        """Remove a tag, and the image when it was its last one. False when it was not there."""
        done = self._ask(["image", "rm", reference], absent_is_fine=True)
        return done.returncode == 0

    def containers(self, project: str) -> Tuple[Container, ...]:
        """All containers of a Compose project, whatever their state, those of `compose run` left out."""
        listed = self._ask(["ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={PROJECT_LABEL}={project}"])
        ids = listed.output.split()
        if not ids:
            return ()
        return parse_containers(self._ask(["inspect", "--type", "container", *ids], absent_is_fine=True).output)

    def container(self, name: str) -> Optional[Container]:
        """The container with this name or id, one of `compose run` too; None where there is none."""
        return parse_container(self._ask(["inspect", "--type", "container", name], absent_is_fine=True).output)

    def wait(self, container_id: str, timeout: float) -> Optional[int]:
        """Wait for the end of a container and return its exit code; None when it still runs after `timeout` seconds."""
        argv = ["docker", "wait", container_id]
        done = run(argv, timeout)
        if done.returncode == 0:
            return int(done.output)
        if done.returncode is None:
            return None
        raise CommandFailed(argv, done.returncode, "\n".join(last_lines(done.errors)), remedy_for(done.errors))

    def remove_container(self, container_id: str, with_volumes: bool = False) -> None:
        """Stop a container, with the time that it has for that, and remove it.

        Its volumes stay, or `with_volumes` those without a name go, which the engine made for this container alone.
        """
        self._ask(["stop", container_id], absent_is_fine=True, timeout=STOP_SECONDS)
        volumes = ["--volumes"] if with_volumes else []
        self._ask(["rm", "--force", *volumes, container_id], absent_is_fine=True)

    def logs(self, container_id: str, lines: int) -> Tuple[str, ...]:
        """The last lines that a container wrote, both streams, each cut to 2000 characters.

        A log that cannot be read gives one line that says so: logs explain failures and must not cause them.
        """
        done = run(["docker", "logs", "--tail", str(lines), container_id], QUESTION_SECONDS, merged=True)
        if done.returncode != 0:
            return (f"(its log could not be read: {reason_of(done.output)})",)
        return tuple(line[:LOG_LINE_WIDTH] for line in done.output.splitlines()[-lines:])

    def volumes(self, names: Sequence[str]) -> Tuple[Volume, ...]:
        """Those of the named volumes that exist, by name."""
        if not names:
            return ()
        return parse_volumes(self._ask(["volume", "inspect", *names], absent_is_fine=True).output)

    def networks(self) -> Tuple[str, ...]:
        """Names of all networks."""
        return tuple(sorted(self._ask(["network", "ls", "--format", "{{.Name}}"]).output.split()))

    def execute(self, container_id: str, argv: Sequence[str], timeout: float) -> Tuple[int, str]:
        """Run a command in a container: exit code (TIMED_OUT after `timeout` seconds) and its output.

        Raises CommandFailed, which does not show the arguments, when the container is gone or not running.
        """
        done = run(["docker", "exec", container_id, *argv], timeout, merged=True, kept=COMMAND_OUTPUT_BYTES)
        if done.returncode == 1 and done.output.startswith(_EXEC_ERRORS):
            raise CommandFailed(["docker", "exec", container_id], done.returncode, done.output.splitlines()[0])
        return (TIMED_OUT if done.returncode is None else done.returncode), done.output

    @contextmanager
    def deaths(self, project: str) -> Iterator[DeathWatch]:
        """Watch a project's containers die and volumes go, from now on until the end of the block."""
        watch = DeathWatch(project)
        try:
            yield watch
        finally:
            watch.close()

    def versions(self) -> Versions:
        """Versions of engine and Compose, each None with a reason when it can't be used."""
        engine, compose = self._engine_version(), self._compose_version()
        return replace(engine, compose=compose.compose, compose_reason=compose.compose_reason)

    def _engine_version(self) -> Versions:
        try:
            done = run(["docker", "version", "--format", "{{json .}}"], QUESTION_SECONDS)
        except CommandFailed:
            return Versions(engine_reason="the docker command is not installed")
        if done.returncode != 0:
            return Versions(engine_reason=reason_of(done.errors))
        return parse_versions(done.output)

    def _compose_version(self) -> Versions:
        try:
            done = run(["docker", "compose", "version"], QUESTION_SECONDS)
        except CommandFailed:
            return Versions(compose_reason=_old_compose("the docker command is not installed"))
        if done.returncode != 0:
            return Versions(compose_reason=_old_compose(reason_of(done.errors)))
        return parse_compose_version(done.output)

    def data_directory(self) -> str:
        """Where the engine keeps images and volumes."""
        return str(self._info()["DockerRootDir"])

    def published_ports(self) -> Tuple[PublishedPort, ...]:
        """All ports that running containers have published."""
        return parse_published_ports(self._ask(["ps", "--format", PUBLISHED_PORTS_FORM]).output)

    def registry_image(self, reference: str) -> RegistryImage:
        """Ask the registry for an image without pulling it. Never raises for what the registry answers.

        The connection is checked by TLS unless the engine itself lists the registry as insecure.
        """
        with self._registry_environment(reference) as environment:
            done = run(["docker", *self._registry_question(reference)], REGISTRY_SECONDS, environment)
        if done.returncode is None:
            return RegistryImage(None, reason=f"the registry gave no answer within {REGISTRY_SECONDS:g} s")
        if done.returncode == 0:
            return parse_registry_image(done.output)
        if says_image_absent(done.errors):
            return RegistryImage(False, reason=reason_of(done.errors))
        return RegistryImage(None, reason=reason_of(done.errors))

    @contextmanager
    def _registry_environment(self, reference: str) -> Iterator[Optional[Mapping[str, str]]]:
        """Give the environment for a question to a registry: this process's own, where no login for it is known."""
        registry = registry_name(registry_of(reference))
        login = self._logins.get(registry)
        if login is None:
            yield None
        else:
            with logged_in({registry: login}) as environment:
                yield environment

    def _registry_question(self, reference: str) -> List[str]:
        insecure = is_insecure(registry_of(reference), self._info().get("RegistryConfig") or {})
        return ["manifest", "inspect", "--verbose", *(["--insecure"] if insecure else []), reference]

    def _info(self) -> Dict[str, Any]:
        """`docker info`, which takes ten times as long as other questions: it starts every plugin."""
        with self._settings_lock:
            if self._settings is None:
                found: Dict[str, Any] = json.loads(self._ask(["info", "--format", "{{json .}}"]).output)
                if not found.get("DockerRootDir"):
                    errors = "\n".join(found.get("ServerErrors") or ())
                    raise CommandFailed(["docker", "info"], 1, errors, remedy_for(errors))
                self._settings = found
            return self._settings

    def _ask(
        self,
        arguments: Sequence[str],
        absent_is_fine: bool = False,
        timeout: float = QUESTION_SECONDS,
        environment: Optional[Mapping[str, str]] = None,
    ) -> Completed:
        argv = ["docker", *arguments]
        done = run(argv, timeout, environment)
        if done.returncode == 0 or (absent_is_fine and says_absent(done.errors)):
            return done
        if done.returncode is None:
            raise CommandFailed(argv, None, f"it did not end within {timeout:g} s")
        raise CommandFailed(argv, done.returncode, "\n".join(last_lines(done.errors)), remedy_for(done.errors))


class DeathWatch:
    """Reads the engine's event streams in the background: who died, and which volumes were removed. It never waits."""

    def __init__(self, project: str) -> None:
        ends = ("type=container", "event=die", f"label={PROJECT_LABEL}={project}")
        self._deaths = _Stream(ends, take_deaths)
        try:
            self._removals = _Stream(("type=volume", "event=destroy"), take_removals)  # such events have no labels
        except CommandFailed:
            self._deaths.close()
            raise

    def died(self) -> Tuple[Death, ...]:
        """All deaths since the watch began, oldest first."""
        return self._deaths.seen()

    def removed_volumes(self) -> Tuple[str, ...]:
        """The names of all volumes that were removed since then, whosever they were."""
        return self._removals.seen()

    def close(self) -> None:
        self._deaths.close()
        self._removals.close()


class _Stream(Generic[T]):
    """What `take` finds in the events that all of some filters let pass."""

    def __init__(self, filters: Sequence[str], take: Callable[[bytes, bytes], Tuple[Tuple[T, ...], bytes]]) -> None:
        self._pending = b""
        self._seen: Tuple[T, ...] = ()
        self._take = take
        self._process = _start_events(filters)
        self._stream = cast(IO[bytes], self._process.stdout)  # there is one, because it was asked for as a pipe
        os.set_blocking(self._stream.fileno(), False)

    def seen(self) -> Tuple[T, ...]:
        while True:
            try:
                chunk = os.read(self._stream.fileno(), 65536)
            except BlockingIOError:
                return self._seen
            if not chunk:
                return self._seen
            found, self._pending = self._take(self._pending, chunk)
            self._seen += found

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._stream.close()


def _start_events(filters: Sequence[str]) -> subprocess.Popen[bytes]:
    """Events since now by this host's clock: what happens while the command starts is told as well."""
    argv = ["docker", "events", "--since", f"{time.time():.9f}", "--format", "{{json .}}"]
    for one in filters:
        argv += ["--filter", one]
    try:
        # run_command waits for the end of a command, and needs an AnsibleModule, which only the adapter knows
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise CommandFailed(argv, None, str(error))


def _old_compose(reason: str) -> str:
    """The reason, with a word on Compose v1 where that is all there is."""
    try:
        done = run(["docker-compose", "version", "--short"], QUESTION_SECONDS)
    except CommandFailed:
        return reason
    found = done.output.strip()
    return f"{NO_COMPOSE}, only Compose v1 ({found})" if found.startswith("1.") else reason
