# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs `docker compose` on the files of one release."""

from __future__ import annotations

import os
from typing import Sequence

from .._engine.explain import remedy_for
from .._engine.process import last_lines, run
from .._errors import CommandFailed
from .command import Files, down_argv, process_environment, resolve_argv, run_argv, up_argv, validate_argv
from .resolved import Resolved, parse_resolved

VALIDATE_SECONDS = 30.0
CHANGE_SECONDS = 900.0


class Compose:
    """One project with the compose file and env file of one release. Methods raise CommandFailed."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def validate(self) -> None:
        """Let Compose itself read both files; nothing is changed."""
        self._run(validate_argv(self._files), VALIDATE_SECONDS)

    def resolve(self) -> Resolved:
        """Return what Compose makes of the files; nothing is changed. Raises CouldNotCheck too."""
        return parse_resolved(self.config())

    def config(self) -> str:
        """Return the project as Compose prints it in JSON, with all values; nothing is changed."""
        return self._run(resolve_argv(self._files), VALIDATE_SECONDS)

    def up(self, remove_orphans: bool = True) -> None:
        """Create, recreate and start what differs from the files; waits for starts, not for health."""
        self._run(up_argv(self._files, remove_orphans), CHANGE_SECONDS)

    def down(self) -> None:
        """Stop and remove the project's containers and own networks. Volumes are kept."""
        self._run(down_argv(self._files), CHANGE_SECONDS)

    def start(self, service: str, argv: Sequence[str], container: str) -> None:
        """Start a command in a container of its own, and leave it running."""
        self._run(run_argv(self._files, service, argv, container), CHANGE_SECONDS)

    @staticmethod
    def _run(argv: Sequence[str], timeout: float) -> str:
        done = run(argv, timeout, process_environment(os.environ))
        if done.returncode is None:
            raise CommandFailed(argv, None, f"it did not end within {timeout:g} s")
        if done.returncode != 0:
            raise CommandFailed(argv, done.returncode, "\n".join(last_lines(done.errors)), remedy_for(done.errors))
        return done.output
