# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One stack on this host: its store, journal and lock, the engine, Compose and the clock.

Everything that touches the world comes in through here, so that a transaction can be run on real files and
any engine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, ContextManager, Mapping, Optional, Protocol, Sequence, Tuple

from .._compose.carried import place_of, project_directory
from .._compose.command import Files as ComposeFiles
from .._compose.driver import Compose
from .._compose.env import parse_env
from .._compose.resolved import Resolved
from .._engine.driver import Engine
from .._engine.model import Container, Death, Image, PublishedPort, Volume
from .._errors import PromotionError
from .._manifest.model import Manifest
from .._registry.model import Login
from .files import Files, Ownership
from .journal import Journal
from .lock import Lock
from .model import Release
from .store import Layout, Store
from .subject import Subject, subject_of


class Deaths(Protocol):
    def died(self) -> Tuple[Death, ...]:
        """All containers of the project that have died since the watch began, oldest first; never waits."""

    def removed_volumes(self) -> Tuple[str, ...]:
        """The names of all volumes on the host that were removed since then; never waits."""


class EnginePort(Protocol):
    """What a transaction asks of the engine; _engine/driver.Engine is the one for docker."""

    def image(self, reference: str) -> Optional[Image]:
        """The image on this host; None when it is not here."""

    def images(self, references: Sequence[str]) -> Mapping[str, Optional[Image]]:
        """The images on this host by reference; None for those that are not here."""

    def pull(self, reference: str) -> None:
        """Pull an image by its digest."""

    def build(self, argv: Sequence[str], archive: str, digest: str) -> None:
        """Run a build on the tar archive at a path, whose bytes have this digest."""

    def tag(self, reference: str, tag: str) -> None:
        """Give an image on this host another name."""

    def remove_image(self, reference: str) -> bool:
        """Remove a name, and the image with its last one; whether it was there."""

    def containers(self, project: str) -> Tuple[Container, ...]:
        """All containers of a project, running or not."""

    def container(self, name: str) -> Optional[Container]:
        """The container with this name, one of `compose run` too; None where there is none."""

    def wait(self, container_id: str, timeout: float) -> Optional[int]:
        """Wait for a container's end: its exit code, None when it still runs after `timeout` seconds."""

    def remove_container(self, container_id: str, with_volumes: bool = False) -> None:
        """Stop and remove a container; volumes stay, but for those without a name if asked."""

    def logs(self, container_id: str, lines: int) -> Tuple[str, ...]:
        """The last lines that a container has written."""

    def networks(self) -> Tuple[str, ...]:
        """The names of all networks."""

    def published_ports(self) -> Tuple[PublishedPort, ...]:
        """All ports that running containers have published."""

    def volumes(self, names: Sequence[str]) -> Tuple[Volume, ...]:
        """Those of the named volumes that exist."""

    def execute(self, container_id: str, argv: Sequence[str], timeout: float) -> Tuple[int, str]:
        """Run a command inside a container, for at most `timeout` seconds; its exit code and its output."""

    def deaths(self, project: str) -> ContextManager[Deaths]:
        """Watch the containers of a project until the block ends."""


class ComposePort(Protocol):
    def validate(self) -> None:
        """Let Compose read the files; raises CommandFailed when it refuses them."""

    def resolve(self) -> Resolved:
        """Say what Compose makes of the files; raises CommandFailed when it refuses them."""

    def config(self) -> str:
        """The same as JSON in whole, with all values."""

    def up(self, remove_orphans: bool = True) -> None:
        """Bring up what differs from the files, and with `remove_orphans` take away what they do not name."""

    def down(self) -> None:
        """Stop and remove the containers; volumes stay."""

    def start(self, service: str, argv: Sequence[str], container: str) -> None:
        """Start a command in a container of its own, as the service's would be, and leave it running."""


@dataclass(frozen=True)
class Clock:
    """`now` gives seconds since 1970, `monotonic` seconds since some moment, `sleep` takes seconds."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Host:
    """`name` is what people call this host, for messages."""

    name: str
    store: Store
    journal: Journal
    lock: Lock
    engine: EnginePort
    compose_of: Callable[[ComposeFiles], ComposePort]
    clock: Clock

    @property
    def layout(self) -> Layout:
        return self.store.layout

    def subject(self, name: str) -> Subject:
        """Read a release as it is now on this host. Raises NotVerified when a file of it is absent."""
        return subject_of(self.store.read(name), parse_env(self.store.content(name).env.decode("utf-8")))

    def live(self) -> Optional[str]:
        """Return the live release as far as it can be told: for reports of what has failed already."""
        try:
            return self.store.current() if self.store.exists() else None
        except (PromotionError, OSError):
            return None

    def compose(self, release: Release) -> ComposePort:
        """Return Compose on the files of a release, with a project directory that all releases share.

        Compose files of the team's own are read where they have been put in place.
        """
        paths, manifest = self.layout.release(release.id), release.manifest
        directory, own = self.project_directory(manifest), manifest.compose
        if own is None:
            return self.compose_of(ComposeFiles(manifest.project, directory, (paths.compose,), paths.env))
        files = (*(place_of(own, directory, one) for one in own.files), paths.compose, paths.services)
        return self.compose_of(ComposeFiles(manifest.project, directory, files, paths.env, own.profiles))

    def project_directory(self, manifest: Manifest) -> str:
        """Return the project directory of a manifest's releases on this host."""
        own = manifest.compose
        return self.layout.directory if own is None else project_directory(own, self.layout.directory)


def open_host(
    root: str,
    stack: str,
    name: str,
    ownership: Optional[Ownership] = None,
    logins: Optional[Mapping[str, Login]] = None,
) -> Host:
    """Return the real host: files below `root`, the docker CLI, the system's clock. Nothing is touched yet."""
    files, layout, clock = Files(ownership), Layout(root, stack), Clock()
    return Host(
        name=name,
        store=Store(files, layout),
        journal=Journal(files, layout.journal, clock.now),
        lock=Lock(files, layout.lock, layout.worker_lock, name, clock.now),
        engine=Engine(logins),
        compose_of=Compose,
        clock=clock,
    )
