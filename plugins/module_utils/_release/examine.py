# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets Compose read a release before it is anywhere, and sees whether this host can bring it up.

Env file and overlay are read from memory: no value touches a disk before the release is known to be good. Files of the
team's own name each other by their paths, so they lie in a temporary folder meanwhile.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Dict, FrozenSet, Iterator, Optional, Sequence, Tuple

from .._compose.carried import first_folder, place_of
from .._compose.command import Files as ComposeFiles
from .._compose.env import parse_env
from .._compose.model import CarriedFile
from .._compose.resolved import Resolved, ResolvedService, parse_resolved, service_settings
from .._errors import CommandFailed, InvalidInput, PromotionError, Refused, Violation
from .._gates.observe import observe_ports
from .._gates.ports import TAKEN
from .._manifest.model import Manifest, OwnCompose
from .host import ComposePort, Host
from .identity import env_hmac
from .model import Content, Failure
from .own import inputs_digest, is_within, mounted_paths, resolved_faults
from .prepare import Prepared, Unfit
from .project import in_the_way, places
from .subject import Subject


@dataclass(frozen=True)
class Project:
    """What Compose made of the team's own files while they lay in the folder `root`, which is gone by now."""

    resolved: Resolved
    root: str
    manifest: Manifest
    content: Content

    @property
    def mounted(self) -> Dict[str, Tuple[str, ...]]:
        return mounted_paths(self.resolved, self.manifest)

    def carried_path(self, path: str) -> str:
        """Return a path of the project as one of the repository; empty where it is the host's."""
        return posixpath.relpath(path, self.root) if is_within(path, self.root) else ""


def examine(host: Host, prepared: Prepared, restoring: bool) -> Optional[Project]:
    """See that Compose takes the release and that nothing of this host is in its way.

    Returns what Compose made of files of the team's own, None where the file is rendered. Raises Unfit when Compose
    refuses, and InvalidInput with everything that this host lacks. A way back is not barred by files that somebody
    has changed by hand: it puts those of its release in their place.
    """
    project = compose_takes(host, prepared.subject, replace(prepared.content, services=b""))
    own = prepared.subject.manifest.compose
    if project is not None and own is not None:
        faults = [*_faults(host, project, own), *([] if restoring else _strangers(host, prepared))]
        if faults:
            raise InvalidInput(faults, f"The release on {host.name}")
    return project


def redefined(host: Host, prepared: Prepared, project: Optional[Project]) -> FrozenSet[str]:
    """Return the services that the team's own files define otherwise than those of the live release do."""
    if project is None or prepared.before is None or prepared.old is None:
        return frozenset()
    try:
        before = _settings(host, prepared.before, prepared.old)
    except PromotionError:  # the live release cannot be read any more: then nothing is known to be the same
        before = {}
    after = _settings(host, prepared.subject, prepared.content)
    return frozenset(name for name, said in after.items() if before.get(name) != said)


def inputs_of(host: Host, project: Project, service: ResolvedService) -> str:
    """Return the digest of all that a service gets as files; values go into it by an HMAC with the host's key."""
    values = parse_env(project.content.env.decode("utf-8"))
    key = host.store.key() or b""
    return inputs_digest(
        service,
        project.content.carried,
        project.carried_path,
        lambda name: env_hmac(key, values.get(name, "").encode("utf-8")),
    )


def compose_takes(host: Host, subject: Subject, content: Content) -> Optional[Project]:
    """Let Compose read a release from memory and a temporary folder. Raises Unfit when it refuses."""
    with _laid_out(host, subject.manifest, content) as (compose, root):
        try:
            if subject.manifest.compose is None:
                compose.validate()
                return None
            return Project(compose.resolve(), root, subject.manifest, content)
        except CommandFailed as error:
            reason = error.message.replace(f"{root}/", "") if root else error.message
            failure = Failure("stage", f"Compose refuses the release: {reason}", remedy=error.remedy)
            raise Unfit(subject.masked(failure)) from error


def keep_inherited(host: Host, prepared: Prepared, modules: Sequence[str]) -> None:
    """Raise Refused unless Compose makes the same as of the live release of these modules, and of services that no
    module claims.

    What they share with others (a compose file of the team, a project's network, the source of images) may have
    changed: Compose would make their containers anew, though nobody asked for it.
    """
    if not modules or prepared.before is None or prepared.old is None:
        return
    after = _settings(host, prepared.subject, prepared.content)
    before = _settings(host, prepared.before, prepared.old)
    names = {one.service: one.name for one in prepared.subject.manifest.modules}
    told = []
    for service in sorted({*after, *before}):
        name = names.get(service, service)
        if service in names and name not in modules:
            continue
        new, old = after.get(service, {}), before.get(service, {})
        keys = [key for key in sorted({*new, *old}) if new.get(key) != old.get(key)]
        told += [f"{name} ({', '.join(keys)})"] if keys else []
    if told:
        message = f"What was not named would change with what was: {', '.join(told)}"
        raise Refused(message, "Name these modules in promotion_modules as well, or promote the whole manifest.")


def _settings(host: Host, subject: Subject, content: Content) -> Dict[str, Dict[str, Any]]:
    """Return by service what Compose makes its container from, and the digest of the repository's files in it."""
    with _laid_out(host, subject.manifest, replace(content, services=b"")) as (compose, root):
        text = compose.config()
    settings = service_settings(text, root)
    if subject.manifest.compose is not None:
        project = Project(parse_resolved(text), root, subject.manifest, content)
        services = project.resolved.services
        settings = {name: {**one, "files": inputs_of(host, project, services[name])} for name, one in settings.items()}
    return settings


@contextmanager
def _laid_out(host: Host, manifest: Manifest, content: Content) -> Iterator[Tuple[ComposePort, str]]:
    own = manifest.compose
    with ExitStack() as stack:
        compose, env = (stack.enter_context(in_memory(one)) for one in (content.compose, content.env))
        if own is None:
            directory = host.layout.directory if host.store.exists() else "/"
            yield host.compose_of(ComposeFiles(manifest.project, directory, (compose,), env)), ""
            return
        root = os.path.realpath(stack.enter_context(tempfile.TemporaryDirectory(prefix="mint-promotion-")))
        _write(root, content.carried)
        directory = posixpath.join(root, first_folder(own)).rstrip("/")
        services = [stack.enter_context(in_memory(content.services))] if content.services else []
        files = (*(posixpath.join(root, one) for one in own.files), compose, *services)
        yield host.compose_of(ComposeFiles(manifest.project, directory, files, env, own.profiles)), root


def _write(root: str, carried: Sequence[CarriedFile]) -> None:
    for one in carried:
        path = os.path.join(root, one.path)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "wb") as file:
            file.write(one.content)


@contextmanager
def in_memory(content: bytes) -> Iterator[str]:
    """Give the path of a file that no disk has (memfd_create(2)), for as long as the block lasts."""
    descriptor = os.memfd_create("release")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _faults(host: Host, project: Project, own: OwnCompose) -> Iterator[Violation]:
    manifest, resolved, source = project.manifest, project.resolved, f"compose on {host.name}"
    networks = frozenset(host.engine.networks() if resolved.networks else ())
    volumes = frozenset(one.name for one in host.engine.volumes(resolved.volumes))
    yield from resolved_faults(resolved, manifest, source, networks, volumes)
    yield from _ports(host, manifest.project, resolved, source)
    yield from _paths(host, project, own, source)


def _strangers(host: Host, prepared: Prepared) -> Tuple[Violation, ...]:
    wanted = places(host, prepared.subject.release, prepared.content)
    live = prepared.before.release if prepared.before else None
    return in_the_way(host, wanted, live, f"files on {host.name}")


def _ports(host: Host, project: str, resolved: Resolved, source: str) -> Iterator[Violation]:
    wanted = [(one.name, port) for one in resolved.services.values() for port in one.ports]
    for told in observe_ports(wanted, project, host.engine.published_ports()) if wanted else ():
        if told["state"] == TAKEN:
            found = f"the port {told['address']}:{told['published']}, which {told['owner'] or 'another program'} has"
            remedy = "stop it, or publish another port"
            yield Violation(source, f"services.{told['module']}.ports", found, "a port that is free", remedy)


def _paths(host: Host, project: Project, own: OwnCompose, source: str) -> Iterator[Violation]:
    """Paths of the host that are mounted and do not exist: the engine would make an empty folder of each."""
    directory = host.project_directory(project.manifest)
    for service in project.resolved.services.values():
        for path in dict.fromkeys((*service.binds, *service.files)):
            carried = project.carried_path(path)
            if carried and any(is_within(one.path, carried) for one in project.content.carried):
                continue
            real = place_of(own, directory, carried) if carried else path
            if not os.path.lexists(real):
                found = f"{real}, which is neither on the host nor in the repository"
                remedy = f"make it on the host first (mkdir -p {real}), or commit it"
                yield Violation(source, f"services.{service.name}", found, "a path that exists", remedy)
