# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a module is asked: its published port, else the address of its container (pure)."""

from __future__ import annotations

from typing import Callable, Optional, Sequence, Tuple, Union

from .._engine.model import Container, ContainerPort
from .._errors import CouldNotCheck
from .._manifest.model import Module, Port
from .model import Target

Published = Union[Port, ContainerPort]
Execute = Callable[[str, Sequence[str], float], Tuple[int, str]]

_EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def module_target(module: Module, containers: Sequence[Container], execute: Execute) -> Target:
    """The target for checks of `module`, run on the host of these containers.

    `execute` is Engine.execute. A module without a running container cannot be asked (CouldNotCheck): its
    published port could be answered by something else.
    """

    def base_url(port: Optional[int]) -> str:
        return module_url(module, running_container(module, containers), port)

    def run_inside(argv: Sequence[str], timeout: float) -> Tuple[int, str]:
        return execute(running_container(module, containers).id, argv, timeout)

    return Target(module.name, base_url, run_inside)


def running_container(module: Module, containers: Sequence[Container]) -> Container:
    """The running container of the module's service; CouldNotCheck says what there is instead."""
    own = [one for one in containers if one.service == module.service]
    running = next((one for one in own if one.state == "running"), None)
    if running is not None:
        return running
    if not own:
        raise CouldNotCheck(f"service {module.service} has no container")
    raise CouldNotCheck(f"container {own[0].name} is {own[0].state} (exit code {own[0].exit_code})")


def module_url(module: Module, container: Container, port: Optional[int]) -> str:
    """The URL of a target port of the module (None: its first one), without a path.

    A module of the team's own compose files says no ports: then the container does, lowest target first.
    """
    published = _published(module.ports or container.ports, port)
    if published is not None:
        return _url(_EVERY_ADDRESS.get(published.address, published.address), published.published)
    if port is None:
        raise CouldNotCheck(f"module {module.name} publishes no port and the check names none")
    if not container.addresses:
        raise CouldNotCheck(f"container {container.name} has no address of its own")
    return _url(container.addresses[0], port)


def _published(ports: Sequence[Published], port: Optional[int]) -> Optional[Published]:
    usable = (one for one in ports if one.protocol == "tcp")
    return next((one for one in usable if port in (None, one.target)), None)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
