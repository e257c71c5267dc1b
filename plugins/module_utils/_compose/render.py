# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The compose file of a release, from the manifest (pure). Keys as in the Compose specification:
https://github.com/compose-spec/compose-spec/blob/main/05-services.md
"""

from __future__ import annotations

from typing import Any, Container, Dict, List, Mapping, Optional, Sequence

from .._manifest.model import Attachment, Healthcheck, Manifest, Module, Mount, Port, Resources

STACK_LABEL = "mint.promotion.stack"
MODULE_LABEL = "mint.promotion.module"
REVISION_LABEL = "mint.promotion.revision"

_LOGGING = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


def compose_document(manifest: Manifest, sources: Container[str]) -> Dict[str, Any]:
    """The compose file as data: dicts, lists and scalars, in the order that a person reads them in.

    `sources` are the names of the values that exist; a variable whose source has none is left out, so that the
    image's own default holds. Nothing of a release is in it (no id, no time): what did not change renders the
    same and is not recreated. With compose files of the team's own it is an overlay upon those: image, labels and
    environment of the modules' services.
    """
    if manifest.compose is not None:
        overlay = {module.service: _overlay(module, manifest, sources) for module in manifest.modules}
        return {"services": overlay}
    services = {module.name: module.service for module in manifest.modules}
    document: Dict[str, Any] = {
        "name": manifest.project,
        "services": {module.service: _service(module, manifest, services, sources) for module in manifest.modules},
        "networks": _attachments(manifest.networks),
        "volumes": _attachments(manifest.volumes),
    }
    return {key: value for key, value in document.items() if value}


def _service(
    module: Module, manifest: Manifest, services: Mapping[str, str], sources: Container[str]
) -> Dict[str, Any]:
    literal = {
        "image": module.image,
        "command": list(module.command),
        "restart": "unless-stopped",
        "init": True,
        "user": module.user,
        "read_only": module.read_only or None,
        "tmpfs": list(module.tmpfs),
        "security_opt": ["no-new-privileges:true"],
        "depends_on": {services[name]: {"condition": "service_started"} for name in module.depends_on},
        "ports": [_port(port) for port in module.ports],
        "networks": {name: {} for name in ("default", *module.networks)},
        "volumes": [_mount(mount) for mount in module.volumes],
        "healthcheck": _healthcheck(module.healthcheck),
        "stop_grace_period": f"{module.stop_grace_seconds}s",
        **_limits(module.resources),
        "logging": _LOGGING,
        "labels": _labels(module, manifest.stack),
    }
    service = {key: _escaped(value) for key, value in literal.items() if value not in (None, [], {})}
    return {**service, **_environment(module, sources)}


def _overlay(module: Module, manifest: Manifest, sources: Container[str]) -> Dict[str, Any]:
    literal = {"image": module.image, "labels": _labels(module, manifest.stack)}
    return {**_escaped(literal), **_environment(module, sources)}


def _environment(module: Module, sources: Container[str]) -> Dict[str, Any]:
    environment = {one.name: f"${{{one.source}}}" for one in module.environment if one.source in sources}
    return {"environment": environment} if environment else {}


def _port(port: Port) -> Dict[str, Any]:
    return {
        "target": port.target,
        "published": str(port.published),
        "host_ip": port.address,
        "protocol": port.protocol,
    }


def _mount(mount: Mount) -> Dict[str, Any]:
    return {"type": "volume", "source": mount.volume, "target": mount.target, "read_only": mount.read_only}


def _healthcheck(check: Optional[Healthcheck]) -> Optional[Dict[str, Any]]:
    if check is None:
        return None
    return {
        "test": list(check.test),
        "interval": f"{check.interval_seconds}s",
        "timeout": f"{check.timeout_seconds}s",
        "retries": check.retries,
        "start_period": f"{check.start_period_seconds}s",
    }


def _limits(resources: Resources) -> Dict[str, Any]:
    """As keys of the service: Compose obeys them without Swarm, in every 2.x."""
    return {"mem_limit": resources.memory, "cpus": resources.cpus, "pids_limit": resources.pids}


def _labels(module: Module, stack: str) -> Dict[str, str]:
    """Facts of the module only. The release id would recreate every container with every release."""
    labels = {STACK_LABEL: stack, MODULE_LABEL: module.name}
    return labels if module.revision is None else {**labels, REVISION_LABEL: module.revision}


def _attachments(attachments: Sequence[Attachment]) -> Dict[str, Any]:
    return {one.key: _attachment(one) for one in attachments}


def _attachment(attachment: Attachment) -> Dict[str, Any]:
    name = {"name": _escaped(attachment.name)}
    return {**name, "external": True} if attachment.external else name


def _escaped(value: Any) -> Any:
    """With every `$` of a text doubled: Compose interpolates values, never keys."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items: List[Any] = [_escaped(item) for item in value]
        return items
    return value
