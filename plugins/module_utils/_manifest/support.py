# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a valid manifest may say and no promotion carries out: refused, never passed over in silence."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple

from .._data import encode
from .._errors import Violation
from .model import BUILD, ENFORCE, RECREATE, REPORT, Check, Manifest, Module
from .pin import UNPINNED_DIGEST, UNPINNED_REVISION
from .policy_model import Policy

_REMEDY = "this version does not carry it out; leave it out"
_PIN = "run mint.promotion.build, or mint.promotion.pin for what CI has pushed, and commit the manifest"


def unpinned(manifest: Manifest, source: str) -> Tuple[Violation, ...]:
    """Return a violation for every revision and digest that nobody has pinned yet: they are zeros."""
    pins = [("source.revision", manifest.revision, "a commit")]
    for module in manifest.modules:
        pins.append((f"modules.{module.name}.revision", module.revision or "", "a commit"))
        pins.append((f"modules.{module.name}.image", module.image, "the digest of an image"))
    zeros = (UNPINNED_REVISION, UNPINNED_DIGEST)
    return tuple(Violation(source, path, "zeros", wanted, _PIN) for path, text, wanted in pins if text.endswith(zeros))


def unsupported(manifest: Manifest, source: str) -> Tuple[Violation, ...]:
    """Return a violation for everything in `manifest` that a promotion would have to pass over."""
    return tuple(_unsupported(manifest, source))


def _unsupported(manifest: Manifest, source: str) -> Iterator[Violation]:
    yield from _unsupported_migrations(manifest, source)
    if manifest.attestations is not None and manifest.image_source == BUILD:
        remedy = "leave one of them out: what hosts build themselves has no digest that anybody could attest"
        yield Violation(source, "attestations", f"image_source {BUILD}", "images by digest", remedy)
    for module in manifest.modules:
        yield from _unsupported_in_module(module, source)
    for gate in manifest.gates:
        yield from _unsupported_in_gate(gate, manifest.gates, source)
    for name, policy in manifest.policy.items():
        if policy.rollback_secrets != "release":
            path = f"policy.{name}.rollback_secrets"
            yield Violation(source, path, policy.rollback_secrets, "release", _REMEDY)


def _unsupported_migrations(manifest: Manifest, source: str) -> Iterator[Violation]:
    for migration in manifest.migrations:
        path = f"migrations.{migration.id}"
        if manifest.compose is not None:
            remedy = "this version runs migrations with the compose file that it renders only; run it by hand"
            yield Violation(source, path, "a migration beside compose files of your own", "none", remedy)


def shared_database_faults(manifest: Manifest, hosts: int, source: str) -> Tuple[Violation, ...]:
    """Return a violation for every migration that several hosts could not run once: each knows its own journal only."""
    if hosts < 2:
        return ()
    found, wanted = f"no query, and {hosts} hosts that share a database", "a command that asks the database"
    remedy = "add `applied`: exit code 0 when the migration is there, 1 when it is not"
    lacking = [one for one in manifest.migrations if not one.applied]
    return tuple(Violation(source, f"migrations.{one.id}.applied", found, wanted, remedy) for one in lacking)


def unapproved_faults(manifest: Manifest, environment: str, source: str) -> Tuple[Violation, ...]:
    """Return a violation where a migration cannot be taken back and the policy lets nobody be asked about it."""
    names, policy = ", ".join(manifest.irreversible), manifest.policy.get(environment, Policy())
    if not names:
        return ()
    faults = []
    if policy.approvals is None:
        found = f"nobody who could approve of the irreversible migration {names}"
        wanted = "people who approve of it, at least one beside whoever promotes"
        remedy = "name them: {threshold: 0, principals: [ada@example.com]}; or make the migration expand_contract"
        faults.append(Violation(source, f"policy.{environment}.approvals", found, wanted, remedy))
    if policy.gates.get("approvals") == REPORT:
        remedy = f"nothing takes the migration {names} back: take the line away while the manifest has it"
        faults.append(Violation(source, f"policy.{environment}.gates.approvals", REPORT, ENFORCE, remedy))
    return tuple(faults)


def _unsupported_in_module(module: Module, source: str) -> Iterator[Violation]:
    path = f"modules.{module.name}"
    if module.activation.strategy != RECREATE:
        yield Violation(source, f"{path}.activation.strategy", module.activation.strategy, RECREATE, _REMEDY)
    for check in (*module.smoke, *((module.health,) if module.health else ())):
        if check.run_from != "host":
            yield Violation(source, f"{path} check {check.name!r}", check.run_from, "run_from: host", _REMEDY)


def _unsupported_in_gate(gate: Check, gates: Sequence[Check], source: str) -> Iterator[Violation]:
    text = str(encode(gate))
    if "${secret:" in text:
        yield Violation(source, f"gates {gate.name!r}", "a secret", "a gate without secrets", _REMEDY)
    elsewhere = [
        name for one in gates if one.run_from != gate.run_from for name in (one.http.capture if one.http else ())
    ]
    for name in elsewhere:
        if f"${{capture:{name}}}" in text:
            wanted = f"a value that a gate with run_from: {gate.run_from} captured"
            yield Violation(source, f"gates {gate.name!r}", f"${{capture:{name}}}", wanted, _REMEDY)
