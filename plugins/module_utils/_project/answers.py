# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers as people and variables files give them: checked as a whole, then data (pure)."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .._errors import InvalidInput, Violation
from .._manifest.sources import source_name
from .._schema.fields import Text
from .._schema.place import Findings
from .._schema.structure import normalise
from .._schema.wording import describe, nearest, quoted
from .model import PROD, STAGING, Answers, ModuleAnswer

_MODULE = re.compile(r"(?P<name>[^\s:/]+)(?::(?P<port>[0-9]+)(?P<path>/\S*)?)?")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|[0-9A-Fa-f:]+")
_USER = Text("the name of a user", r"^[A-Za-z0-9_][A-Za-z0-9_.@-]*[$]?$")  # useradd(8), and directory services
_ROOT = Text("an absolute path without . and .., as /opt", r"^/(?!(?:.*/)?\.\.?(?:/|$))[^/].*$")
_YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_TEXTS = ("port", "health_path", "service", "context")
_LISTS = ("depends_on", "networks")
_KEYS = (*_TEXTS, *_LISTS, "secrets", "values")
_MODULES_WANTED = "web:8080 api:9000/health, or a mapping of names to what each module is"
_HOSTS_WANTED = "host names, or a mapping of host names to their variables"


def read_answers(given: Mapping[str, Any], others: Sequence[Violation] = ()) -> Answers:
    """Return the answers that `given` holds by the names of the init_ variables without their prefix.

    Raises `InvalidInput` with everything that keeps a manifest and an inventory from being made. What else is wrong,
    the `others` included, is in the answers' faults: to be told with what the manifest's own rules find.
    """
    faults: List[Violation] = []
    texts = {name: _required(given, name, faults) for name in ("stack", "repository")}
    modules = tuple(_module(name, one, faults) for name, one in _modules(given.get("modules"), faults).items())
    hosts = {name: _hosts(f"{name}_hosts", given.get(f"{name}_hosts"), faults) for name in (STAGING, PROD)}
    shared = sorted(set(hosts[STAGING]) & set(hosts[PROD]))
    faults += [_fault("prod_hosts", host, "a host of staging", "hosts of one environment each") for host in shared]
    minor = list(others)
    user = _text(given.get("user") or "root", "user", _USER, minor)
    root = _text(given.get("root") or "/opt", "root", _ROOT, minor)
    become = _yes_or_no(given.get("become"), "become", user != "root", minor)
    keep_receipts = _yes_or_no(given.get("keep_receipts"), "keep_receipts", False, minor)
    if faults:
        raise InvalidInput(faults + minor, "What the project is made of")
    return Answers(
        modules=modules,
        hosts=hosts,
        user=user,
        become=become,
        registry=str(given.get("registry") or "").strip(),
        root=root,
        keep_receipts=keep_receipts,
        faults=tuple(minor),
        **texts,
    )


def _required(given: Mapping[str, Any], name: str, faults: List[Violation]) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        found = "nothing" if value in (None, "") else describe(value)
        faults.append(_fault(name, "", found, "a text", f"-e init_{name}=TEXT"))
    return str(value or "").strip()


def _text(value: Any, name: str, kind: Text, faults: List[Violation]) -> str:
    findings = Findings(f"init_{name}", {})
    text = normalise(value, kind, (), findings)
    faults += findings.violations
    return text or ""


def _yes_or_no(value: Any, name: str, default: bool, faults: List[Violation]) -> bool:
    """Take what `-e` makes of it: a boolean, or one as text."""
    if value is None or value == "":
        return default
    answer = _YES_OR_NO.get(str(value).lower())
    if answer is None:
        faults.append(_fault(name, "", quoted(str(value)), "true or false"))
    return bool(answer)


def _modules(given: Any, faults: List[Violation]) -> Mapping[str, Any]:
    """Return what each module was said to be, by name."""
    if isinstance(given, Mapping) and given:
        return {str(name): one for name, one in given.items()}
    words = _words(given) if isinstance(given, (str, list, tuple)) else []
    if not words:
        faults.append(_fault("modules", "", describe(given) if given else "nothing", _MODULES_WANTED))
        return {}
    found: Dict[str, Any] = {}
    for word in words:
        match = _MODULE.fullmatch(word)
        if match is None or match["name"] in found:
            faults.append(_fault("modules", "", quoted(word), "NAME:PORT or NAME:PORT/HEALTH, each name once"))
            continue
        path = {"health_path": match["path"]} if match["path"] else {}
        found[match["name"]] = {"port": int(match["port"]), **path} if match["port"] else {}
    return found


def _module(name: str, given: Any, faults: List[Violation]) -> ModuleAnswer:
    if not isinstance(given, Mapping):
        faults.append(_fault("modules", name, describe(given), f"a mapping of {', '.join(_KEYS)}"))
        return ModuleAnswer(name)
    for key in given:
        if key not in _KEYS:
            found = f"the unknown key {quoted(str(key))}"
            faults.append(_fault("modules", name, found, f"{', '.join(_KEYS)}", nearest(str(key), _KEYS)))
    no_lists = [key for key in _LISTS if not isinstance(given.get(key, []), (list, tuple))]
    faults += [_fault("modules", f"{name}.{key}", describe(given[key]), "a list") for key in no_lists]
    values = given.get("values") or {}
    if not isinstance(values, Mapping):
        faults.append(_fault("modules", f"{name}.values", describe(values), "a mapping of variables to defaults"))
        values = {}
    return ModuleAnswer(
        name=name,
        secrets=_secrets(name, given.get("secrets"), faults),
        values={str(variable): value for variable, value in values.items()},
        **{key: given[key] for key in _TEXTS if given.get(key) is not None},
        **{key: tuple(given[key]) for key in _LISTS if isinstance(given.get(key), (list, tuple))},
    )


def _secrets(module: str, given: Any, faults: List[Violation]) -> Mapping[str, str]:
    """Return variable -> source. A list names variables, whose values get the module's name before theirs."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {str(variable): str(source) for variable, source in given.items()}
    if isinstance(given, (list, tuple)):
        return {str(one): source_name(module, str(one), {"from": None, "default": ""}) for one in given}
    wanted = "a list of variables, or a mapping of variables to the names of their values"
    faults.append(_fault("modules", f"{module}.secrets", "something else", wanted))
    return {}


def _hosts(name: str, given: Any, faults: List[Violation]) -> Mapping[str, Mapping[str, Any]]:
    if given in (None, ""):
        return {}
    if isinstance(given, Mapping):
        hosts = {str(host): variables if variables is not None else {} for host, variables in given.items()}
    elif isinstance(given, (str, list, tuple)):
        hosts = {host: {} for host in _words(given)}
    else:
        faults.append(_fault(name, "", describe(given), _HOSTS_WANTED))
        return {}
    for host, variables in hosts.items():
        if not _HOST.fullmatch(host):
            faults.append(_fault(name, "", quoted(host), "the name or address of a host"))
        elif not isinstance(variables, Mapping):
            faults.append(_fault(name, host, describe(variables), "a mapping of variables"))
    return hosts


def _words(given: Any) -> List[str]:
    texts: Tuple[Any, ...] = (given,) if isinstance(given, str) else tuple(given)
    return [word for text in texts for word in re.split(r"[\s,]+", str(text)) if word]


def _fault(name: str, path: str, found: str, wanted: str, remedy: Optional[str] = None) -> Violation:
    return Violation(f"init_{name}", path, found, wanted, remedy or "")
