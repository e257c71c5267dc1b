# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Command lines and process environment of `docker compose` (pure)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Dict, Mapping, Sequence, Tuple

from .env import is_reserved


@dataclass(frozen=True)
class Files:
    """What Compose is told of a release; all paths are absolute.

    `project_directory` is the same for every release: relative paths and with them the configuration hashes
    of unchanged services stay the same.
    """

    project: str
    project_directory: str
    compose_files: Tuple[str, ...]  # merged in this order
    env_file: str
    profiles: Tuple[str, ...] = ()


def validate_argv(files: Files) -> Tuple[str, ...]:
    return (*_base(files), "config", "--quiet")


def resolve_argv(files: Files) -> Tuple[str, ...]:
    """Print the project as Compose understands it. It holds all values, secret ones too."""
    return (*_base(files), "config", "--format", "json")


def up_argv(files: Files, remove_orphans: bool) -> Tuple[str, ...]:
    """Bring up what changed, with images that are here; nobody waits for health checks."""
    orphans = ("--remove-orphans",) if remove_orphans else ()
    return (*_base(files), "up", "--detach", "--no-build", "--pull", "never", "--quiet-pull", *orphans)


def down_argv(files: Files) -> Tuple[str, ...]:
    """Remove containers and the project's own networks; volumes stay, always."""
    return (*_base(files), "down", "--remove-orphans")


def run_argv(files: Files, service: str, argv: Sequence[str], container: str) -> Tuple[str, ...]:
    """Start a command in a container of its own, as Compose would make the service's, and return.

    The command takes the place of the image's entrypoint, which Compose reads as a shell would. No other service is
    started, no port is published, and the container stays when it has ended: its exit code tells what became of it
    (https://docs.docker.com/reference/cli/docker/compose/run/).
    """
    options = ("--detach", "--no-deps", "--no-TTY", "--interactive=false", f"--name={container}")
    return (*_base(files), "run", *options, f"--entrypoint={shlex.quote(argv[0])}", service, *argv[1:])


def _base(files: Files) -> Tuple[str, ...]:
    return (
        "docker",
        "compose",
        "--ansi=never",
        f"--project-name={files.project}",
        f"--project-directory={files.project_directory}",
        *(f"--file={file}" for file in files.compose_files),
        f"--env-file={files.env_file}",
        *(f"--profile={profile}" for profile in files.profiles),
    )


def process_environment(inherited: Mapping[str, str]) -> Dict[str, str]:
    """What Compose may inherit: the way to the engine and to itself, nothing else.

    A variable of the caller wins over the env file in Compose, so any other could change what a release
    means (https://docs.docker.com/compose/how-tos/environment-variables/envvars-precedence/).
    What steers Compose (COMPOSE_FILE and others) is left out too: the command line says it all.
    """
    return {name: value for name, value in inherited.items() if is_reserved(name) and not name.startswith("COMPOSE_")}
