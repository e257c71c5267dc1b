# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read: PROMOTION_MANIFEST.md and .env.prod.example, rendered from a manifest (pure).

Both depend on the manifest only, so that the same manifest gives the same bytes, and hold no value of a secret.
"""

from __future__ import annotations

import re
from typing import Iterable, List, Sequence, Tuple

from .contract import Value, contract
from .model import ENFORCE, Check, Manifest, Module
from .policy_model import Policy

SHORT = 12  # digits of a digest or revision that a table shows


def manifest_document(manifest: Manifest, digest: str) -> str:
    """Return PROMOTION_MANIFEST.md: what goes live, in Markdown. `digest` is that of the manifest's bytes."""
    sections = (
        _head(manifest, digest),
        _modules(manifest),
        _artifacts(manifest),
        _checks(manifest),
        _values(manifest),
        _surroundings(manifest),
        _policies(manifest),
    )
    return "\n".join(section for section in sections if section)


def env_example(manifest: Manifest) -> str:
    """Return .env.prod.example: every value of the environment contract, without any secret."""
    head = (
        f"# The values that the stack {manifest.stack} needs. Generated from the promotion manifest;\n"
        "# edits are lost. A promotion takes the values from `promotion_values` of the inventory, secret ones from a\n"
        "# vault or a lookup, and writes them to the host; this file only says which there are.\n"
    )
    return "\n".join([head, *(_example(value) for value in contract(manifest))])


def _example(value: Value) -> str:
    kind = "secret, " if value.secret else ""
    need = "required" if value.required else "optional"
    lines = [f"{value.description} ({kind}{need})".lstrip(), f"for {', '.join(value.used_by)}"]
    lines += [f"must match {pattern}" for pattern in value.patterns]
    comments = "".join(f"# {line}\n" for line in lines)
    return f"{comments}{value.source}={_quoted(value.default or '')}\n"


def _quoted(text: str) -> str:
    """Quote a value as dotenv files do, where it is not one plain word."""
    plain = all(character.isalnum() or character in "_./:@%+=,-" for character in text)
    return text if plain else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _head(manifest: Manifest, digest: str) -> str:
    return (
        f"# What goes live: {_cell(manifest.stack)}\n\n"
        "Generated from the promotion manifest by `mint.promotion.manifest_document`; edits are lost.\n\n"
        + _table(
            ("", ""),
            (
                ("stack", manifest.stack),
                ("compose project", manifest.project),
                ("source", manifest.repository),
                ("revision", _code(manifest.revision)),
                ("manifest", _code(digest)),
                ("known-good releases kept", str(manifest.retention)),
                *_own_compose(manifest),
            ),
        )
    )


def _own_compose(manifest: Manifest) -> Tuple[Tuple[str, str], ...]:
    own = manifest.compose
    if own is None:
        return ()
    rows = (("compose files", ", ".join(own.files)), ("carried files", _code(own.digest)))
    return (*rows, ("profiles", ", ".join(own.profiles))) if own.profiles else rows


def _modules(manifest: Manifest) -> str:
    rows = [
        (
            module.name,
            module.service,
            "third party" if module.revision is None else _code(module.revision[:SHORT]),
            ", ".join(f"{port.address}:{port.published} → {port.target}/{port.protocol}" for port in module.ports),
            ", ".join(module.depends_on),
            _limits(module),
            module.activation.strategy,
        )
        for module in manifest.modules
    ]
    columns = ("module", "service", "revision", "ports", "after", "limits", "activation")
    return "## Modules\n\n" + _table(columns, rows)


def _limits(module: Module) -> str:
    resources = module.resources
    limits = (("memory", resources.memory), ("cpus", resources.cpus), ("pids", resources.pids))
    return ", ".join(f"{name} {limit}" for name, limit in limits if limit is not None)


def _artifacts(manifest: Manifest) -> str:
    rows = [
        (module.name, _code(module.repository), _code(module.digest) if module.digest else "built on each host")
        for module in manifest.modules
    ]
    return "## Artifacts\n\n" + _table(("module", "repository", "digest"), rows)


def _checks(manifest: Manifest) -> str:
    rows: List[Tuple[str, ...]] = []
    for module in manifest.modules:
        if module.health is not None:
            rows.append((module.name, "health", module.health.name, *_question(module.health)))
        rows.extend((module.name, "smoke", check.name, *_question(check)) for check in module.smoke)
    rows.extend(("", "gate", check.name, *_question(check)) for check in manifest.gates)
    columns = ("module", "kind", "check", "asks", "wants")
    return "## Checks\n\n" + _table(columns, rows) if rows else ""


def _question(check: Check) -> Tuple[str, str]:
    if check.http is not None:
        expect = check.http.expect
        wants = ["status " + " or ".join(str(status) for status in expect.status)]
        wants += [f"{path} = {value}" for path, value in expect.json.items()]
        wants += [f"header {name}: {value}" for name, value in expect.headers.items()]
        return _code(f"{check.http.method} {check.http.url or check.http.path}"), _wants(
            wants, expect.contains, expect.excludes
        )
    if check.command is not None:
        command = check.command
        asks = _code(" ".join(command.argv)) + (" in its container" if command.inside else "")
        return asks, _wants([f"exit {command.exit_code}"], command.contains, command.excludes)
    return "", ""


def _wants(wants: Sequence[str], contains: Iterable[str], excludes: Iterable[str]) -> str:
    texts = [f"with {_code(text)}" for text in contains] + [f"without {_code(text)}" for text in excludes]
    return ", ".join([*wants, *texts])


def _values(manifest: Manifest) -> str:
    rows = [
        (
            _code(value.source),
            "secret" if value.secret else "plain",
            "required" if value.required else "optional",
            ", ".join(value.used_by),
            value.description,
        )
        for value in contract(manifest)
    ]
    columns = ("value", "kind", "need", "goes to", "what for")
    return "## Values\n\n" + _table(columns, rows) if rows else ""


def _surroundings(manifest: Manifest) -> str:
    attachments = [("network", one) for one in manifest.networks] + [("volume", one) for one in manifest.volumes]
    rows = [
        (kind, one.key, one.name, "exists before" if one.external else "made by Compose") for kind, one in attachments
    ]
    rows += [("endpoint", one.name, f"{one.host}:{one.port}", "must be reachable") for one in manifest.reachability]
    rows += [("migration", one.id, one.module, one.kind) for one in manifest.migrations]
    return "## Surroundings\n\n" + _table(("kind", "name", "what", "how"), rows) if rows else ""


def _policies(manifest: Manifest) -> str:
    rows = [(name, _gates(policy), policy.fleet, policy.rollback_secrets) for name, policy in manifest.policy.items()]
    columns = ("environment", "gates", "when a host fails", "secrets of a rollback")
    return "## Policy\n\n" + _table(columns, rows) if rows else ""


def _gates(policy: Policy) -> str:
    return ", ".join(f"{name}: {mode}" for name, mode in policy.gates.items()) or f"all {ENFORCE}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *([_cell(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    """Keep a text in its table cell, and keep it text: no markup outside of code, no line break."""
    escaped = re.sub(r"`[^`]*`|<", lambda found: "&lt;" if found.group() == "<" else found.group(), text)
    return " ".join(escaped.replace("|", "\\|").split())


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else f"`` {text} ``"
