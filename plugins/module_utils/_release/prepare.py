# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Works a release out in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Mapping, Optional, Sequence, Tuple

from .._compose.carried import carried_digest
from .._compose.env import parse_env, render_env
from .._data import sha256_digest
from .._errors import NotVerified, Refused
from .._ledger.anchor import Successor
from .._manifest.contract import secret_sources
from .._manifest.inherit import inherited_values, sources_of
from .._manifest.model import Manifest
from .._manifest.supply import Supply
from .clock import rfc3339
from .entries import Entry
from .findings import foreign, project_folder
from .host import Host
from .identity import env_hmac, release_id
from .model import Content, Failure, Release, Verdict
from .neighbours import owner_of_file, owner_of_project
from .project import places
from .subject import Subject, subject_of
from .targets import select


@dataclass(frozen=True)
class Inherited:
    """Modules that stay as they are live, under the manifest of this digest."""

    modules: Tuple[str, ...]
    manifest_digest: str


@dataclass(frozen=True)
class Request:
    """What is to be staged: a manifest with its rendered files, or (`restore` is set) an earlier release."""

    run_key: str
    environment: str
    requester: str
    verdict: Verdict
    lease: float  # seconds
    manifest: Optional[Manifest] = None
    manifest_digest: str = ""
    content: Content = Content(b"", b"")
    secret_values: Tuple[str, ...] = ()  # to mask what is said before the manifest was read
    supplies: Mapping[str, Supply] = field(default_factory=dict)  # by module, of images that no registry gives
    delivered: Mapping[str, str] = field(default_factory=dict)  # by module: the archive's path, or what to pull
    inherited: Optional[Inherited] = None
    successor: Optional[Successor] = None  # of the checkpoint that the host keeps
    restore: Optional[str] = None  # a selector of targets.select; empty for the last known good release


@dataclass(frozen=True)
class Prepared:
    """A release in memory, and the live one beside it."""

    subject: Subject
    content: Content
    live: Optional[str]
    before: Optional[Subject]
    old: Optional[Content]


class Unfit(NotVerified):
    """A release that must not go live; carries the failure to the report."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(": ".join(part for part in (failure.module, failure.message) if part), failure.remedy)
        self.failure = failure


def prepare(host: Host, request: Request, entries: Sequence[Entry]) -> Prepared:
    """Work the release out in memory. Raises Refused or NotVerified when there can be none."""
    live = host.store.current() if host.store.exists() else None
    before, old = _live(host, live)
    if request.restore is not None:
        subject, content = _earlier(host, request, entries, live)
    else:
        subject, content = _new(host, request, _whole_env(request, before, old))
    if request.restore is None:
        _refuse_shared(host, subject.manifest.project)
        _refuse_foreign(host, subject.manifest, before)
        _refuse_shared_files(host, subject.release, content)
    if before is not None and before.manifest.project != subject.manifest.project:
        raise Refused(
            f"The live release is the Compose project {before.manifest.project}, this one {subject.manifest.project}: "
            "the containers of both would run",
            f"Keep stack.project, or give the stack another name and stop {before.manifest.project} yourself.",
        )
    return Prepared(subject, content, live, before, old)


def _live(host: Host, live: Optional[str]) -> Tuple[Optional[Subject], Optional[Content]]:
    if live is None:
        return None, None
    content = host.store.content(live)
    return subject_of(host.store.read(live), parse_env(content.env.decode("utf-8"))), content


def _earlier(host: Host, request: Request, entries: Sequence[Entry], live: Optional[str]) -> Tuple[Subject, Content]:
    release = select(entries, host.store.releases(), live, request.restore or "")
    faults = host.store.faults(release.id)
    if faults:
        remedy = "Choose another release (mint.promotion.status lists them), or promote the manifest again."
        raise NotVerified(f"The release {release.id} is not as it was staged: {'; '.join(faults)}", remedy)
    if release.environment != request.environment:
        message = f"The release {release.id} is of {release.environment}, and this run is for {request.environment}"
        raise Refused(message, "Run it for the environment that the release was made for.")
    content = host.store.content(release.id)
    return subject_of(release, parse_env(content.env.decode("utf-8"))), content


def _whole_env(request: Request, before: Optional[Subject], old: Optional[Content]) -> bytes:
    """Return the env file of the new release: with the live values of the modules that are inherited.

    Raises Refused when another release is live than the one that was judged, or when they can't keep their values.
    """
    if request.inherited is None or request.manifest is None:
        return request.content.env
    if before is None or old is None or before.release.manifest_digest != request.inherited.manifest_digest:
        found = f"the manifest {before.release.manifest_digest}" if before else "nothing"
        message = f"Another run came between: {found} is live, wanted {request.inherited.manifest_digest}"
        raise Refused(message, "Run the playbook again, so that it inherits from what is live now.")
    given, live = (parse_env(env.decode("utf-8")) for env in (request.content.env, old.env))
    values, clashes = inherited_values(request.manifest, request.inherited.modules, given, live)
    if clashes:
        users = ", ".join(one for one in request.inherited.modules if sources_of(request.manifest, (one,)) & {*clashes})
        message = f"{', '.join(clashes)}: the value has changed, and {users} would have to change with it"
        raise Refused(message, f"Promote {users} as well, or give the value that is live.")
    return render_env(values).encode("utf-8")


def _new(host: Host, request: Request, env: bytes) -> Tuple[Subject, Content]:
    manifest, content = request.manifest, replace(request.content, env=env)
    if manifest is None:
        raise Refused("Nothing to stage", "Give a manifest with its compose and env text, or a release to restore.")
    if content.manifest and sha256_digest(content.manifest) != request.manifest_digest:
        found = f"The manifest's bytes have the digest {sha256_digest(content.manifest)}"
        raise Refused(f"{found}, wanted {request.manifest_digest}", "Run the playbook from the beginning.")
    if manifest.compose is not None and carried_digest(content.carried) != manifest.compose.digest:
        found = f"The carried files have the digest {carried_digest(content.carried)}"
        raise Refused(f"{found}, wanted {manifest.compose.digest}", "Run the playbook from the beginning.")
    key = host.store.key()
    hmac = env_hmac(key, content.env) if key is not None else ""
    compose_digest = sha256_digest(content.compose)
    values = parse_env(content.env.decode("utf-8"))
    release = Release(
        id=release_id(request.manifest_digest, compose_digest, hmac) if key is not None else "",
        manifest_digest=request.manifest_digest,
        manifest=manifest,
        environment=request.environment,
        compose_digest=compose_digest,
        env_hmac=hmac,
        run_key=request.run_key,
        staged_at=rfc3339(host.clock.now()),
        secret_sources=tuple(source for source in sorted(secret_sources(manifest)) if source in values),
        manifest_kept=bool(content.manifest),
    )
    return subject_of(release, values), content


def _refuse_shared(host: Host, project: str) -> None:
    """Two stacks of one project would take away each other's containers, whichever of them came up last."""
    folder = owner_of_project(host.store, project)
    if folder is not None:
        raise Refused(
            f"The stack in {folder} on {host.name} has the Compose project {project}, too: "
            "each would remove the containers of the other",
            f"Give this stack a stack.project of its own, or remove {folder} if that stack is gone.",
        )


def _refuse_shared_files(host: Host, release: Release, content: Content) -> None:
    """Two stacks that carry one file would remove or overwrite it for each other."""
    owner = owner_of_file(host.store, places(host, release, content))
    if owner is not None:
        folder, path = owner
        raise Refused(
            f"The stack in {folder} on {host.name} has a file of its live release at {path}, too",
            "Give this stack a compose.directory of its own, or none.",
        )


def _refuse_foreign(host: Host, manifest: Manifest, before: Optional[Subject]) -> None:
    """Compose would remove containers of the project that this release has not (up, --remove-orphans)."""
    containers = host.engine.containers(manifest.project)
    ours = [host.project_directory(one) for one in (manifest, *([before.manifest] if before else []))]
    folders = {project_folder(one) for one in containers}
    elsewhere = {path for path in folders if not any(_same_folder(path, one) for one in ours)}
    names = foreign(manifest.stack, containers, elsewhere)
    if names:
        raise Refused(
            f"The Compose project {manifest.project} has containers that no release in {host.layout.directory} made: "
            f"{', '.join(names)}",
            "They would be replaced, and could not be put back. Stop them first with "
            f"`docker compose --project-name {manifest.project} down` (data volumes stay), or choose another "
            "stack.project. If they are a release of this stack, is promotion_root right?",
        )


def _same_folder(path: str, directory: str) -> bool:
    """Tell whether two paths are one folder: a root may have moved behind a link since."""
    return not path or os.path.realpath(path) == os.path.realpath(directory)
