# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the files of a new project say, as plain data (pure)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from .._manifest.model import BUILD
from .._manifest.pin import UNPINNED_DIGEST, UNPINNED_REVISION
from .model import PROD, Answers, ModuleAnswer

VAULT_PASSWORD = ".vault-password"

Document = Mapping[str, Any]


def manifest_document(answers: Answers) -> Document:
    """Return the manifest. Revisions and digests are zeros until build.yml or pin.yml pins them."""
    networks = tuple(dict.fromkeys(name for module in answers.modules for name in module.networks))
    document: Dict[str, Any] = {
        "schema": 1,
        "stack": {"name": answers.stack},
        "source": {"repository": answers.repository, "revision": UNPINNED_REVISION},
        **({} if answers.registry else {"image_source": BUILD}),
        "modules": {module.name: _module(module, answers) for module in answers.modules},
    }
    if networks:
        document["networks"] = {name: {"external": True} for name in networks}
    document["policy"] = {name: {"fleet": "take_back"} for name in answers.hosts}
    return document


def _module(module: ModuleAnswer, answers: Answers) -> Dict[str, Any]:
    parts: Tuple[Tuple[str, Any], ...] = (
        ("service", module.service),
        ("image", _image(module, answers)),
        ("revision", UNPINNED_REVISION),
        ("build", {"context": module.name if module.context is None else module.context}),
        ("ports", [] if module.port is None else [{"published": module.port, "target": module.port}]),
        ("depends_on", list(module.depends_on)),
        ("networks", list(module.networks)),
        ("environment", _environment(module)),
        ("health", None if module.port is None else {"http": {"path": module.health_path}}),
    )
    return {key: value for key, value in parts if value not in (None, [], {})}


def _image(module: ModuleAnswer, answers: Answers) -> str:
    """Where hosts build images, they have no digest that could be pinned."""
    name = f"{answers.stack}/{module.name}"
    return f"{answers.registry.rstrip('/')}/{name}@{UNPINNED_DIGEST}" if answers.registry else name


def _environment(module: ModuleAnswer) -> Dict[str, Any]:
    """A secret has to have a character at least, so that one that nobody gave is refused, and so is an empty one."""
    secrets = {name: {"from": source, "secret": True, "pattern": "."} for name, source in module.secrets.items()}
    return {**{name: {"default": _text(value)} for name, value in module.values.items()}, **secrets}


def _text(value: Any) -> Any:
    """Numbers are text in an environment; what else there may be is for the manifest's rules to refuse."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def inventory_document(answers: Answers) -> Document:
    """Return the hosts by environment."""
    return {
        name: {"hosts": {host: dict(one) or None for host, one in hosts.items()}}
        for name, hosts in answers.hosts.items()
    }


def common_variables(answers: Answers) -> Document:
    """Return the variables of all hosts."""
    return {
        "promotion_manifest": "{{ inventory_dir }}/../deploy/promotion.yml",
        "promotion_receipts": "{{ inventory_dir }}/../receipts",
        "promotion_root": answers.root,
        "ansible_user": answers.user,
        "promotion_become": answers.become,
        "ansible_become": "{{ promotion_become }}",
    }


def environment_variables(answers: Answers, environment: str) -> Document:
    """Return the variables of one environment. The secrets among them are templates of what the vault holds."""
    values = {source: f"{{{{ {vault_name(source)} }}}}" for source in answers.secrets}
    serial = {"promotion_serial": [1, "100%"]} if environment == PROD else {}
    return {"promotion_values": values, **serial}


def vault_document(answers: Answers) -> Document:
    """Return what the vault of an environment holds at first: the names of the secrets, and no value."""
    return {vault_name(source): None for source in answers.secrets}


def vault_name(source: str) -> str:
    return f"vault_{source.lower()}"


def ignored_paths(answers: Answers) -> Tuple[str, ...]:
    """Return the lines of .gitignore: what must not get into git, and what need not."""
    lines: List[str] = ["/.vault-password", ".env", ".env.prod", ".env.staging"]
    return tuple(lines if answers.keep_receipts else [*lines, "/receipts/"])


def with_ignored(text: str, lines: Tuple[str, ...]) -> str:
    """Return the text of a .gitignore with the lines that it lacks at its end."""
    present = {line.strip() for line in text.splitlines()}
    missing = [line for line in lines if line not in present]
    if not missing:
        return text
    start = text if text.endswith("\n") or not text else text + "\n"
    return "\n".join([*([start] if start else []), "# Secrets, and what mint.promotion writes.", *missing, ""])
