# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The databases of the bed's Postgres."""

from __future__ import annotations

import time
from typing import Iterable

from .engine import docker
from .errors import BedError
from .plan import Database

START_SECONDS = 30
PSQL = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "psql", "-v", "ON_ERROR_STOP=1", "-qAt")


def statements(databases: Iterable[Database]) -> str:
    """SQL for psql that makes what is missing and changes nothing else; names and passwords are the plan's own,
    without a quote in them. CREATE DATABASE has no IF NOT EXISTS, hence psql's \\gexec."""
    return "".join(
        f"SELECT 'CREATE ROLE {each.user} LOGIN' WHERE NOT EXISTS"
        f" (SELECT FROM pg_roles WHERE rolname = '{each.user}') \\gexec\n"
        f"ALTER ROLE {each.user} PASSWORD '{each.password}';\n"
        f"SELECT 'CREATE DATABASE {each.database} OWNER {each.user}' WHERE NOT EXISTS"
        f" (SELECT FROM pg_database WHERE datname = '{each.database}') \\gexec\n"
        for each in databases
    )


def ensure(container: str, databases: Iterable[Database]) -> None:
    """The databases exist when this returns; raises BedError when Postgres does not answer in time."""
    sql = statements(databases).encode()
    deadline = time.monotonic() + START_SECONDS
    while True:
        done = docker("exec", "--interactive", container, *PSQL, data=sql, check=False)
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise BedError(f"Postgres in {container} does not answer:\n  {done.stderr.strip()[-600:]}")
        time.sleep(0.1)
