# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Renders the change pack of a promotion, by the team's own template where it has one.

A template is Jinja2, as Ansible brings it, in a sandbox: it gets the data of the pack and reaches nothing else.
"""

from __future__ import annotations

import os
from typing import Any, Mapping, Sequence

from ansible import context
from ansible.errors import AnsibleError
from ansible.utils.display import Display
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack import (
    ChangePack,
    HostFacts,
    SignOff,
    change_pack,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack_sample import sample_pack
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack_text import (
    change_pack_markdown,
    change_pack_sections,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.inputs import approvals_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.markdown import cell
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.secrecy import refuse_secrets
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import SIGNER
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import LedgerSettings
from ansible_collections.mint.promotion.plugins.plugin_utils._run import EVIDENCE, RunState
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, load_trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._values import plain

TEMPLATE = "promotion_change_pack_template"
LARGEST = 256 * 1024  # bytes of a template, and of what it gives

display = Display()

Statement = Mapping[str, Any]


def check_template(run: Run, task_vars: Mapping[str, Any]) -> None:
    """Raise `InvalidInput` unless the run's own template, if it has one, can render a change pack."""
    template = pack_template(run, task_vars)
    if template:
        render_pack(sample_pack(run), template)


def pack_files(
    state: RunState,
    statement: Statement,
    task_vars: Mapping[str, Any],
    secrets: Sequence[str],
    sign_offs: Sequence[SignOff] = (),
    afterwards: Sequence[GateResult] = (),
) -> Mapping[str, bytes]:
    """Return the change pack of the promotion of `state` by the name of its file; `statement` is its outcome,
    `afterwards` what was judged once it was live.

    A rollback has none. What goes wrong with it is no fault of the hosts and hides none: a template that fails after
    all gives way to the default, and a pack that holds one of the `secrets` is left out; both are warned of.
    """
    if state.run.manifest is None or state.run.action != PROMOTE:
        return {}
    loop = state.run.manifest.loops.own if state.run.manifest.loops else None
    facts = [_facts(host, state.data(EVIDENCE, host) or {}, task_vars) for host in state.run.hosts]
    pack = change_pack(statement, state.run.manifest, facts, sign_offs, loop or "", _inventory(), afterwards)
    try:
        content = render_pack(pack, pack_template(state.run, task_vars))
    except InvalidInput as error:
        display.warning(f"The change pack is the default one: {error}")
        content = render_pack(pack, "")
    try:
        refuse_secrets(content, secrets)
    except Refused as error:
        display.warning(f"There is no change pack: {error}")
        return {}
    return {pack.file_name: content}


def sign_offs(settings: LedgerSettings, lines: Sequence[bytes], verdict: str) -> tuple[SignOff, ...]:
    """Return who approved of what the verdict lets go on: the people whose signatures are good, one by one.

    `lines` are those of the ledger, `verdict` is the digest of the verdict's line, empty for none. Raises
    `InvalidInput` for broken files of keys, `InvalidReceipt` for broken lines, and `OSError`.
    """
    approvals = approvals_of(lines, verdict) if verdict else ()
    if not approvals:
        return ()
    keys, found = load_trusted_keys(settings.keys), []
    for digest, envelope, told in approvals:
        signed = (keys.who_signed(envelope.signed_bytes, one, CRYPTO, now()) for one in envelope.signatures)
        people = [one.principal for one in signed if one.role == SIGNER and not one.fault]
        found += [_sign_off(who, told, digest) for who in people]
    return tuple(found)


def _sign_off(person: str, told: Mapping[str, Any], receipt: str) -> SignOff:
    window = told.get("overrides")
    reason = "; ".join(part for part in (window and f"overrides the window {window}", told["reason"]) if part)
    return SignOff(person, told["approvedOn"], told["expiresOn"], reason, receipt)


def render_pack(pack: ChangePack, template: str) -> bytes:
    """Return the change pack as its file holds it; `template` is the path of a template, empty for the default.

    Raises `InvalidInput` for a template that cannot be read or fails.
    """
    default = change_pack_markdown(pack)
    if not template:
        return default.encode("utf-8")
    text = _read(template)
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["cell"] = cell
    data = {"pack": encode(pack), "sections": change_pack_sections(pack), "default": default}
    try:
        rendered = environment.from_string(text).render(data)
    except TemplateError as error:
        raise _bad(template, _told(error)) from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:  # of expressions within it
        raise _bad(template, str(error)) from None
    content = rendered.encode("utf-8", "replace")
    if len(content) > LARGEST:
        raise _bad(template, f"{len(content)} bytes of text")
    return content


def pack_template(run: Run, task_vars: Mapping[str, Any]) -> str:
    """Return the absolute path of the run's own template, empty for none: as the variables of its first host say.

    Raises `InvalidInput` for a variable that is no path.
    """
    try:
        value = plain(task_vars["hostvars"][run.hosts[0]].get(TEMPLATE)) if run.hosts else None
    except AnsibleError as error:
        raise _fault("", f"a template that fails ({error.message})", "a path") from None
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise _fault("", f"a {type(value).__name__}", "a path")
    return os.path.abspath(os.path.expanduser(value))


def _facts(host: str, evidence: Mapping[str, Any], task_vars: Mapping[str, Any]) -> HostFacts:
    live = ((evidence.get("release") or {}).get("value") or {}).get("live") or {}
    return HostFacts(host, _address(host, task_vars), live.get("modules") or {}, live.get("manifest_digest") or "")


def _address(host: str, task_vars: Mapping[str, Any]) -> str:
    """How Ansible reaches a host; its name where nothing else is said, or that can't be computed."""
    try:
        return str(plain(task_vars["hostvars"][host].get("ansible_host")) or host)
    except AnsibleError:
        return host


def _inventory() -> tuple[str, ...]:
    """The inventory as this run was given it: the commands of the way back name it."""
    return tuple(str(source) for source in context.CLIARGS.get("inventory") or ())


def _read(template: str) -> str:
    try:
        with open(template, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise _bad(template, f"more than {LARGEST} bytes")
        return content.decode("utf-8")
    except OSError as error:
        raise _bad(template, f"a file that cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _bad(template, f"a byte that is no UTF-8, at {error.start}") from None


def _told(error: TemplateError) -> str:
    place = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
    return f"{place}{error.message or type(error).__name__}"


def _bad(template: str, found: str) -> InvalidInput:
    return _fault(template, found, "a Jinja2 template of a change pack, as docs/change-pack.md describes it")


def _fault(path: str, found: str, wanted: str) -> InvalidInput:
    remedy = "Correct it, or leave the variable out: there is a default."
    return InvalidInput([Violation(TEMPLATE, path, found, wanted, remedy)], "The inventory")
