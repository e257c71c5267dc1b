# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One stack under promotion: its manifest, its hosts, and the playbooks as a user types them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Mapping

from gate_keys import make_gate_key

from bed.bed import Bed
from integration.catalog import Catalog
from integration.hosts import HostView
from integration.playbooks import Playbooks, Run
from integration.stacks import Stack, port_values, values, write_inventory

Edit = Callable[[str], str]
Promote = Callable[..., "Promotion"]  # takes the names of the hosts, and `own`


class Promotion:
    """A stack of its own on some hosts of one environment. `limit` is what stands behind --limit."""

    def __init__(
        self, bed: Bed, catalog: Catalog, stack: Stack, hosts: tuple[str, ...], folder: Path, own: bool = False
    ) -> None:
        self._bed = bed
        self._catalog = catalog
        self._inventory = folder / "inventory"
        self.stack = stack
        self.own = own  # the compose files are those of the example, not rendered
        self.environment = str(bed.facts()["hosts"][hosts[0]]["group"])
        self.limit = ",".join(hosts)
        self.hosts = {name: HostView(bed, name, stack.name) for name in hosts}
        self.manifest = folder / "promotion.yml"
        self.receipts = folder / "receipts"
        self.gate_key = make_gate_key(folder)
        self.values: dict[str, Any] = values()
        self.variables: dict[str, Any] = {}
        if own:
            self.values.update(port_values(stack), NODE_IMAGE=catalog.node)
            self.variables["promotion_repository_path"] = catalog.repository
        self.groups: dict[str, Any] = {}  # beside those of the bed, as an inventory writes them
        self.playbooks = Playbooks((bed.inventory, self._inventory / "stack.yml"))

    @property
    def host(self) -> HostView:
        """The only host."""
        (host,) = self.hosts.values()
        return host

    def write(self, name: str, *edits: Edit) -> str:
        """Write the manifest of a revision or variant for this stack, with edits; returns its text."""
        pinned = self._catalog.own if self.own else self._catalog.manifests
        text = self.stack.manifest(pinned[name], self.own)
        for edit in edits:
            text = edit(text)
        self.manifest.write_text(text, encoding="utf-8")
        return text

    def promote(self, *arguments: str) -> Run:
        """promote.yml of the manifest that was written last."""
        return self.play("playbooks/promote.yml", "-e", f"promotion_environment={self.environment}", *arguments)

    def rollback(self, *arguments: str) -> Run:
        return self.play("playbooks/rollback.yml", *arguments)

    def status(self, *arguments: str) -> Run:
        return self.play("playbooks/status.yml", *arguments)

    def unlock(self, run_key: str) -> Run:
        return self.play("playbooks/unlock.yml", "-e", f"promotion_lock={run_key}")

    def play(self, playbook: str, *arguments: str) -> Run:
        return self.playbooks.run(self.argv(playbook, *arguments))

    def argv(self, playbook: str, *arguments: str) -> tuple[str, ...]:
        """The command line, with this stack's inventory written anew."""
        self.inventory()
        return self.playbooks.argv(playbook, "--limit", self.limit, *arguments)

    def inventory(self) -> Path:
        """This stack's inventory, written anew, to stand beside the bed's."""
        return write_inventory(self._inventory, self._settings(), self.groups)

    def _settings(self) -> Mapping[str, Any]:
        settings = {
            "promotion_manifest": str(self.manifest),
            "promotion_receipts": str(self.receipts),
            "promotion_values": self.values,
            **self.gate_key,
        }
        return {**settings, **self.variables}

    def heading(self, host: str = "") -> str:
        """What a customer reads on top of the page that a host serves."""
        view = self.hosts[host] if host else self.host
        page = view.get(self.stack.ports["quote-page"])
        return page.partition("<h1>")[2].partition("</h1>")[0]

    def receipt_files(self) -> list[Path]:
        return sorted(path for path in self.receipts.rglob("*") if path.is_file())

    def remove(self) -> None:
        for host in self.hosts.values():
            host.remove()
