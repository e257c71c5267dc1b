# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test bed: hosts with sshd and a Docker Engine of their own, a registry and a Postgres.

Needs Linux, Python 3.11, an OpenSSH client and, for building the images once, root. `python -m bed --help` with
`PYTHONPATH=tests` is the command line, `Bed` the interface for tests.
"""

from __future__ import annotations

from .bed import Bed
from .errors import BedError
from .plan import Host

__all__ = ["Bed", "BedError", "Host"]
