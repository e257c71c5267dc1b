# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The promotion manifest as frozen dataclasses. `schema` says what each field means and allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Container, Mapping, Optional, Tuple

from .policy_model import Policy

RECREATE = "recreate"
BLUE_GREEN = "blue_green"
ENFORCE = "enforce"
REPORT = "report"
REGISTRY = "registry"
BUILD = "build"
SSH = "ssh"
REVERSIBLE, EXPAND_CONTRACT, IRREVERSIBLE = "reversible", "expand_contract", "irreversible"
# What tells how a step of a recertification went: its exit code alone, or its tests as well.
EXIT = "exit"
JUNIT = "junit"
READERS = (EXIT, JUNIT, "tap", "node-test", "vitest", "jest", "pytest")
# What `authority` can check in the repository.
AUTHORITY_CHECKS = ("clean", "pushed", "protected", "signed", "owners", "env_files", "secrets")

IMAGE_DIGEST = re.compile("(?:@sha256)?:([a-f0-9]{64})$")

# What reads the output of a capability: our expectations alone, or a reader of the tool that it is named after.
TEXT = "text"
CAPABILITY_READERS = (TEXT, "spine.verify", "ops.status", "gaps.status", "authority.project.status")
PHASES = ("before", "after")  # the activation


@dataclass(frozen=True)
class HttpExpectation:
    status: Tuple[int, ...] = (200,)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)  # dotted path -> value
    contains: Tuple[str, ...] = ()
    excludes: Tuple[str, ...] = ()


@dataclass(frozen=True)
class HttpCheck:
    """`url` is absolute, or `path` belongs to the module (its published port, else its container)."""

    method: str = "GET"
    url: Optional[str] = None
    path: Optional[str] = None
    port: Optional[int] = None  # the target port of the module; its only or first port by default
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Optional[str] = None
    expect: HttpExpectation = field(default_factory=HttpExpectation)
    capture: Mapping[str, str] = field(default_factory=dict)  # name -> dotted path in the JSON answer


@dataclass(frozen=True)
class CommandCheck:
    """`inside` runs it in the module's container, else where the check runs."""

    argv: Tuple[str, ...]
    inside: bool = False
    exit_code: int = 0
    contains: Tuple[str, ...] = ()
    excludes: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One question with a wanted answer. Exactly one of `http` and `command` is set.

    In headers, bodies, paths and arguments, `${capture:NAME}` stands for a value that an earlier check of
    the same list captured, and `${secret:NAME}` for a value of the environment contract by its source name.
    """

    name: str
    run_from: str = "host"  # or "control"
    timeout_seconds: float = 5
    http: Optional[HttpCheck] = None
    command: Optional[CommandCheck] = None


@dataclass(frozen=True)
class Port:
    published: int
    target: int
    address: str = "0.0.0.0"
    protocol: str = "tcp"


@dataclass(frozen=True)
class Variable:
    """One variable that a module's container gets. `source` names the value it comes from."""

    name: str
    source: str
    secret: bool = False
    required: bool = True
    default: Optional[str] = None
    pattern: Optional[str] = None
    description: str = ""


@dataclass(frozen=True)
class Build:
    """How build.yml makes the image: folder and Dockerfile within the repository, build arguments."""

    context: str = "."
    dockerfile: str = "Dockerfile"
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Healthcheck:
    """The container's own health check, as Compose writes it (compose-spec, healthcheck)."""

    test: Tuple[str, ...]
    interval_seconds: int = 30
    timeout_seconds: int = 5
    retries: int = 3
    start_period_seconds: int = 10


@dataclass(frozen=True)
class Resources:
    """Limits; memory as Compose writes bytes (`256m`), cpus as a number of cores, pids a count."""

    memory: Optional[str] = None
    cpus: Optional[float] = None
    pids: Optional[int] = None


@dataclass(frozen=True)
class Mount:
    """A named volume of the manifest at a path of the container."""

    volume: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Activation:
    strategy: str = RECREATE
    health_timeout_seconds: int = 60
    observe_seconds: int = 2  # how long it is watched after the switch before it counts as promoted


@dataclass(frozen=True)
class RecertStep:
    """One command that certifies a module in a clean checkout. Paths are relative: see `schema_recert`."""

    name: str
    argv: Tuple[str, ...]
    directory: Optional[str] = None  # a folder of the repository; the module's build context by default
    reader: str = EXIT  # one of READERS
    report: Optional[str] = None  # the file that the reader reads; the command's output by default
    timeout_seconds: float = 600


@dataclass(frozen=True)
class Recert:
    """How the steps of all modules run."""

    parallel: int = 2  # modules at once
    environment: Mapping[str, str] = field(default_factory=dict)
    reuse_seconds: float = 86400  # 0: never


@dataclass(frozen=True)
class Module:
    name: str
    image: str  # repository@sha256:<64 hex>; a repository alone where hosts build it; resolved, a host's own tag
    service: str
    revision: Optional[str] = None  # None for third_party modules only
    third_party: bool = False
    build: Optional[Build] = None
    ports: Tuple[Port, ...] = ()
    depends_on: Tuple[str, ...] = ()  # module names
    health: Optional[Check] = None
    smoke: Tuple[Check, ...] = ()
    healthcheck: Optional[Healthcheck] = None
    environment: Tuple[Variable, ...] = ()
    resources: Resources = field(default_factory=Resources)
    read_only: bool = False
    tmpfs: Tuple[str, ...] = ()
    user: Optional[str] = None
    command: Tuple[str, ...] = ()
    stop_grace_seconds: int = 10
    networks: Tuple[str, ...] = ()  # names of Manifest.networks, beside the stack's own network
    volumes: Tuple[Mount, ...] = ()
    activation: Activation = field(default_factory=Activation)
    recert: Tuple[RecertStep, ...] = ()

    @property
    def repository(self) -> str:
        return IMAGE_DIGEST.sub("", self.image)

    @property
    def digest(self) -> str:
        """sha256:<64 hex> as the image ends, by digest or as a host's own tag; empty for a repository alone."""
        found = IMAGE_DIGEST.search(self.image)
        return f"sha256:{found.group(1)}" if found else ""


@dataclass(frozen=True)
class OwnCompose:
    """The team's own compose files, by their paths in the repository, merged in this order."""

    files: Tuple[str, ...]
    digest: str  # over all files that are carried: _compose/carried.py
    profiles: Tuple[str, ...] = ()
    directory: Optional[str] = None  # the project directory on the host; one of the stack's own by default
    variables: Tuple[Variable, ...] = ()  # values that the files interpolate, beside those of the modules


@dataclass(frozen=True)
class Attachment:
    """A network or volume. An external one exists before the release and is never made or removed."""

    key: str
    name: str
    external: bool = True


@dataclass(frozen=True)
class Endpoint:
    """A TCP endpoint that must be reachable from the host before anything is changed."""

    name: str
    host: str
    port: int


@dataclass(frozen=True)
class Migration:
    id: str
    module: str
    kind: str  # REVERSIBLE, EXPAND_CONTRACT, IRREVERSIBLE
    forward: Tuple[str, ...]
    reverse: Tuple[str, ...] = ()
    applied: Tuple[str, ...] = ()  # asks the database: exit code 0 it is there, 1 it is not
    idempotent: bool = False  # forward may run again where it is not known whether it has run
    timeout_seconds: int = 300  # of each command


@dataclass(frozen=True)
class OutputExpectation:
    """What the run of a capability must look like. Without `exit_codes` its reader says which are right."""

    exit_codes: Tuple[int, ...] = ()
    contains: Tuple[str, ...] = ()
    excludes: Tuple[str, ...] = ()
    matches: Optional[str] = None  # a regular expression


@dataclass(frozen=True)
class Capability:
    """A command of the control node that tells whether a promotion may go on."""

    name: str
    argv: Tuple[str, ...]
    directory: str = "."
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: int = 300
    reader: str = TEXT
    expect: OutputExpectation = field(default_factory=OutputExpectation)
    phases: Tuple[str, ...] = PHASES
    reuse_seconds: int = 0


@dataclass(frozen=True)
class Loops:
    """Where open work is kept. Paths are relative to the top of the repository."""

    folder: Optional[str] = None  # of the scope files
    gaps: Optional[str] = None  # the registry
    own: Optional[str] = None  # the loop that the promotion belongs to


@dataclass(frozen=True)
class Authority:
    """What is checked of the repository itself."""

    branch: str = "main"
    remote: str = "origin"
    checks: Tuple[str, ...] = AUTHORITY_CHECKS


@dataclass(frozen=True)
class Attestations:
    """What others have signed about the images, in files of the repository's checkout."""

    folder: str  # relative to the top of the repository
    keys: Tuple[str, ...]  # whose signature counts: PEM, or one line as in a .pub file of OpenSSH
    predicate_types: Tuple[str, ...] = ()  # empty for any


@dataclass(frozen=True)
class Manifest:
    schema: int
    stack: str
    project: str
    repository: str
    revision: str
    modules: Tuple[Module, ...]
    image_source: str = REGISTRY  # or BUILD, SSH
    retention: int = 5  # known-good releases kept beside the live and the previous one
    compose: Optional[OwnCompose] = None  # None: the compose file is rendered from the modules
    networks: Tuple[Attachment, ...] = ()
    volumes: Tuple[Attachment, ...] = ()
    reachability: Tuple[Endpoint, ...] = ()
    migrations: Tuple[Migration, ...] = ()
    gates: Tuple[Check, ...] = ()
    capabilities: Tuple[Capability, ...] = ()
    policy: Mapping[str, Policy] = field(default_factory=dict)
    recert: Recert = field(default_factory=Recert)
    loops: Optional[Loops] = None
    authority: Optional[Authority] = None
    attestations: Optional[Attestations] = None

    @property
    def irreversible(self) -> Tuple[str, ...]:
        """The ids of the migrations that nothing takes back."""
        return tuple(one.id for one in self.migrations if one.kind == IRREVERSIBLE)

    def module(self, name: str) -> Module:
        return next(module for module in self.modules if module.name == name)

    def only(self, names: Container[str]) -> Manifest:
        """The manifest with the named modules only."""
        return replace(self, modules=tuple(module for module in self.modules if module.name in names))
