# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes what people sign to approve of a promotion, and signs it where one of them is here."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Mapping, Sequence

from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.approvals import (
    Situation,
    count,
    signing_command,
    wanted,
)
from ansible_collections.mint.promotion.plugins.module_utils._gates.windows import frozen_by
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Approval
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import approval_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Approvals, Override, Policy
from ansible_collections.mint.promotion.plugins.module_utils._manifest.support import (
    unapproved_faults,
    unpinned,
    unsupported,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._approval_files import (
    REQUEST_FILE,
    Signed,
    Signers,
    new_request,
    read_approvals,
    write_request,
    write_signature,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._approvals_gate import (
    approval_paths,
    known_zones,
    signers_of,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now, timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._extra_variables import unknown_variables
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import ledger_settings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import LoadedManifest, load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._past import read_past
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import RunLedger
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import load_trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._ssh_signing import sign_as_person
from ansible_collections.mint.promotion.plugins.plugin_utils._stacks import carried_stacks, carriers
from ansible_collections.mint.promotion.plugins.plugin_utils._targets import (
    DEFAULT_ENVIRONMENT,
    choose_environment,
    choose_hosts,
)

display = Display()

ARGUMENTS: Mapping[str, Any] = {
    "environment": {"type": "str", "default": DEFAULT_ENVIRONMENT},
    "environments": {"type": "list", "elements": "str", "default": ["staging", "prod"]},
    "manifest": {"type": "path", "required": True},
    "receipts": {"type": "path", "default": "receipts"},
    "reason": {"type": "str", "default": ""},
    "override_reason": {"type": "str", "default": ""},
    "approver_key": {"type": "path", "default": ""},
}
KEY = "promotion_approver_key"


@dataclass(frozen=True)
class Wish:
    """What is asked of people: to approve, or to override one window."""

    asked: Approvals | Override
    expires_seconds: int
    overrides: str = ""


@dataclass(frozen=True)
class Office:
    """Where requests are kept, and what they have to fit."""

    paths: Sequence[str]
    signers: Signers
    situation: Situation

    def waiting(self, wish: Wish) -> Signed | None:
        """Return the newest request that people can still sign, if there is one."""
        signed, _faults = read_approvals(self.paths, self.signers)
        found = count([one.request for one in signed], wish.asked.principals, self.situation, wish.overrides)
        digests = [one.digest for one in found.waiting]
        return next((one for one in signed if one.request.digest in digests), None)

    @property
    def folder(self) -> str:
        """Where a new request goes: the first place that is no file."""
        return next((one for one in self.paths if not os.path.isfile(one)), os.path.dirname(self.paths[0]))


class ActionModule(PromotionAction):
    """`mint.promotion.approval_request`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments(ARGUMENTS)
        faults = tuple(unknown_variables(load_extra_vars(self._loader)))
        if faults:
            raise InvalidInput(faults, "The request")
        environment = arguments["environment"]
        loaded = _manifest(arguments["manifest"], environment)
        wishes = _wishes(loaded.manifest, environment, arguments["override_reason"])
        office = _office(loaded, arguments, task_vars)
        results = [self._request(wish, office, loaded, arguments) for wish in wishes]
        return {"changed": any(one.pop("changed") for one in results), "requests": results}

    def _request(
        self, wish: Wish, office: Office, loaded: LoadedManifest, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Keep what waits to be signed, or write it; sign it where there is a key."""
        signed = office.waiting(wish)
        changed = signed is None
        if signed is None:
            signed = _new(wish, office, loaded, arguments)
            if not self.check_mode:
                write_request(signed, os.path.dirname(signed.path))
        if arguments["approver_key"] and self._sign(signed, wish, office.signers, arguments["approver_key"]):
            changed = True
        display.display(_text(signed, wish, loaded))
        return {
            "changed": changed,
            "id": signed.approval.request_id,
            "path": signed.path,
            "window": wish.overrides,
            "expires_on": signed.approval.expires_on,
            "threshold": wish.asked.threshold,
            "principals": list(wish.asked.principals),
            "signed_by": list(signed.signatures),
        }

    def _sign(self, signed: Signed, wish: Wish, signers: Signers, key: str) -> bool:
        """Add the signature of the person who is here; tell whether it was missing. Raises `Refused`."""
        signature = sign_as_person(signed.message, key, KEY)
        fresh = replace(signed, signatures={}, faults=[])
        signers.take(fresh, signature, key)
        if fresh.faults:
            remedy = "Have mint.promotion.keys list the key, or take another one."
            raise Refused(f"{KEY}: {'; '.join(fresh.faults)}.", remedy)
        (principal,) = fresh.signatures
        if principal not in wish.asked.principals:
            wanted = ", ".join(wish.asked.principals)
            raise Refused(f"{KEY} is the key of {principal}, whom the policy does not name: {wanted} may approve.")
        if principal in signed.signatures:
            return False
        signed.signatures[principal] = signature
        if not self.check_mode:
            write_signature(signed.path, principal, signature)
        return True


def _manifest(path: str, environment: str) -> LoadedManifest:
    """Read the manifest. Raises `InvalidInput` for one that could not be promoted anyway."""
    loaded = load_manifest(path)
    manifest = loaded.manifest
    faults = (
        *unpinned(manifest, path),
        *unsupported(manifest, path),
        *unapproved_faults(manifest, environment, path),
    )
    if faults:
        raise InvalidInput(faults, path)
    return loaded


def _wishes(manifest: Manifest, environment: str, override_reason: str) -> Sequence[Wish]:
    """Say what is to be signed. Raises `Refused` where the policy asks nobody."""
    policy, asked = manifest.policy.get(environment, Policy()), wanted(manifest, environment)
    if not override_reason:
        if asked is None:
            found = f"The policy of {environment} asks for no approvals, so there is nothing to sign."
            raise Refused(found, f"Write policy.{environment}.approvals into the manifest, or promote without.")
        return (Wish(asked, asked.expires_seconds),)
    zones = known_zones(policy.windows)
    frozen = frozen_by([one for one in policy.windows if one.zone in zones], zones, now())
    wishes = tuple(Wish(one.override, policy.approval_seconds, one.name) for one in frozen if one.override is not None)
    if wishes:
        return wishes
    names = ", ".join(one.name for one in frozen)
    if names:
        raise Refused(f"Nobody may override the freeze window {names} of {environment}.", "Wait until it is over.")
    raise Refused(f"No freeze window of {environment} holds now, so there is none to override.", "Promote without.")


def _office(loaded: LoadedManifest, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Office:
    """Raises `InvalidInput`, `LedgerUnavailable`, and `CouldNotCheck` for a ledger that does not verify."""
    groups, limited = task_vars["groups"], task_vars["ansible_play_hosts_all"]
    asked = arguments["environment"]
    environment = choose_environment("promote", asked, arguments["environments"], groups, limited)
    hosts = choose_hosts(environment, groups, limited)
    stack = loaded.manifest.stack
    variables = task_vars["hostvars"][carriers(stack, carried_stacks(hosts, task_vars["hostvars"]))[0]]
    settings = ledger_settings(variables, os.path.abspath(arguments["receipts"]))
    keys = load_trusted_keys(settings.keys)
    history, lines = RunLedger(settings, open_home(settings)).look()
    past = read_past(lines, history, keys)
    policy, irreversible = loaded.manifest.policy.get(environment, Policy()), loaded.manifest.irreversible
    live, longest = past.live(stack, environment), policy.approval_seconds
    situation = Situation(environment, stack, loaded.digest, live, past.used, (), now(), longest, irreversible)
    return Office(approval_paths(variables, settings.receipts), signers_of(keys, lines, situation.now), situation)


def _new(wish: Wish, office: Office, loaded: LoadedManifest, arguments: Mapping[str, Any]) -> Signed:
    """Raises `InvalidInput` for a reason that no statement can hold."""
    begun = office.situation.now
    expires = begun + timedelta(seconds=wish.expires_seconds)
    approval = Approval(
        request_id=f"approve-{begun:%Y%m%d-%H%M%S}-{os.urandom(4).hex()}",
        environment=office.situation.environment,
        stack=office.situation.stack,
        manifest_path=arguments["manifest"],
        manifest_digest=loaded.digest,
        replaces=min(office.situation.live, default=""),
        approved_on=timestamp(),
        expires_on=f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        reason=arguments["override_reason"] or arguments["reason"],
        overrides=wish.overrides,
        irreversible=office.situation.irreversible,
    )
    faults = check_statement(approval_statement(approval), "the approval")
    if faults:
        raise InvalidInput([Violation(KEY, "", str(one), "a statement") for one in faults], "The request")
    return replace(new_request(approval), path=os.path.join(office.folder, approval.request_id, REQUEST_FILE))


def _text(signed: Signed, wish: Wish, loaded: LoadedManifest) -> str:
    """Tell a person what they sign, and how."""
    said = signed.approval
    purpose = f"Override the freeze window {wish.overrides} for" if wish.overrides else "Approve of"
    modules = "".join(f"\n  {one.name}: {one.image} {one.revision or ''}".rstrip() for one in loaded.manifest.modules)
    people = ", ".join(signed.signatures) or "nobody yet"
    return (
        f"{purpose} {said.stack} in {said.environment} ({said.request_id}):{modules}\n"
        f"  manifest: {said.manifest_digest} ({said.manifest_path})\n"
        f"  replaces: {said.replaces or 'nothing'}\n"
        f"  reason:   {said.reason or '-'}\n"
        f"{_irreversible_text(said.irreversible)}"
        f"  holds until {said.expires_on}, for one promotion\n"
        f"  signed by {people}; wanted {wish.asked.threshold} of {', '.join(wish.asked.principals)}\n"
        f"  to sign:  {signing_command(signed.path)}"
    )


def _irreversible_text(names: Sequence[str]) -> str:
    if not names:
        return ""
    return (
        f"  NO WAY BACK: nothing takes the migration {', '.join(names)} back. Once it has run, no rollback goes to a "
        "release without it.\n"
    )
