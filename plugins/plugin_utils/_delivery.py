# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brings a host what it needs for its images while it stages a release: archives to build from, and images to pull."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Login
from ansible_collections.mint.promotion.plugins.module_utils._release.model import NO_CHANGE, STAGED
from ansible_collections.mint.promotion.plugins.plugin_utils._host_action import HostAction
from ansible_collections.mint.promotion.plugins.plugin_utils._image_offer import Offer
from ansible_collections.mint.promotion.plugins.plugin_utils._image_server import ImageServer, serving
from ansible_collections.mint.promotion.plugins.plugin_utils._tunnel import Tunnel, tunnel


@dataclass(frozen=True)
class Sending:
    """The way that images take to a host, while it is open."""

    server: ImageServer
    way: Tunnel
    references: Mapping[str, str]  # by module: what the host pulls

    @property
    def logins(self) -> Mapping[str, Login]:
        return {_registry(self.way): self.server.login}

    def told(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result of staging with how much was sent or, where it failed, why the way was lost."""
        if result["outcome"] in (STAGED, NO_CHANGE):
            report = result["report"]
            note = f"{self.server.sent} bytes of images were sent over SSH"
            return {**result, "report": {**report, "notes": [*report["notes"], note]}}
        lost = self.way.lost()
        why = [f"The tunnel that images are sent through ended: {lost}"] if lost else []
        why += [self.server.fault] if self.server.fault else []
        return {**result, "message": "\n".join([result["message"], *why])}


@contextmanager
def sending(action: HostAction, offers: Mapping[str, Offer]) -> Iterator[Sending | None]:
    """Let the host of an action pull the offered images, by module, until the end of the block.

    Raises `Refused` when there is no way to do so.
    """
    if not offers:
        yield None
        return
    with ExitStack() as stack:
        server = stack.enter_context(serving({_name(module): offer for module, offer in offers.items()}))
        way = stack.enter_context(tunnel(action._connection, server.port))
        names = {module: f"{_registry(way)}/{_name(module)}@{offer.digest}" for module, offer in offers.items()}
        yield Sending(server, way, names)


def _registry(way: Tunnel) -> str:
    return f"127.0.0.1:{way.port}"


def _name(module: str) -> str:
    return f"mint-promotion/{module}"
