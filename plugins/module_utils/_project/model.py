# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answers of which a new project is made, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Tuple

from .._errors import Violation

STAGING, PROD = "staging", "prod"


@dataclass(frozen=True)
class ModuleAnswer:
    """One module. What nobody answered is None or empty, and gets a default that suits most.

    Ports and paths are kept as they were given: the manifest's own rules say what is wrong with them.
    """

    name: str
    port: Any = None  # published by the host and listened on in the container
    health_path: Any = "/"
    service: Any = None
    context: Any = None
    depends_on: Tuple[Any, ...] = ()
    networks: Tuple[Any, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)  # variable -> source
    values: Mapping[str, Any] = field(default_factory=dict)  # variable -> default


@dataclass(frozen=True)
class Answers:
    """All of a project. `hosts` maps each environment to its hosts with their variables.

    Without a registry every host builds its images.
    """

    stack: str
    repository: str
    registry: str
    modules: Tuple[ModuleAnswer, ...]
    hosts: Mapping[str, Mapping[str, Mapping[str, Any]]]
    user: str = "root"
    become: bool = False
    root: str = "/opt"
    keep_receipts: bool = False
    faults: Tuple[Violation, ...] = ()

    @property
    def secrets(self) -> Tuple[str, ...]:
        """The sources of all secrets, each one once."""
        return tuple(dict.fromkeys(source for module in self.modules for source in module.secrets.values()))
