# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What no single field can say: names that must agree, and those that must not.

Every rule takes the normalised data, in which None stands for what was refused already, and reports.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Set, Tuple

from .._schema.place import Findings, Path
from .._schema.wording import nearest, quoted
from .model import BUILD
from .notation import DIGEST_REMEDY, IMAGE_BY_DIGEST
from .rules_approvals import approvals
from .rules_compose import compose_variables, own_compose
from .rules_gates import gate_names
from .rules_governance import governance
from .rules_migrations import migrations
from .rules_recert import recert_steps
from .sources import source_name

Data = Mapping[str, Any]
_PLACEHOLDER = re.compile(r"\$\{(capture|secret):([^}]*)\}?")
_EVERY_ADDRESS = frozenset(("0.0.0.0", "::"))


def check_rules(data: Data, findings: Findings) -> None:
    """Report every violation of the rules between the parts of a manifest."""
    for rule in _RULES:
        rule(data, findings)


def _modules(data: Data) -> Iterator[Tuple[str, Data, Path]]:
    for name, module in (data["modules"] or {}).items():
        if module is not None:
            yield name, module, ("modules", name)


def _items(owner: Data, key: str, path: Path) -> Iterator[Tuple[Any, Path]]:
    for index, item in enumerate(owner[key] or []):
        if item is not None:
            yield item, path + (key, index)


def _own_modules(data: Data, findings: Findings) -> None:
    for _name, module, path in _modules(data):
        if module["third_party"]:
            for key in ("revision", "build"):
                if module[key] is not None:
                    findings.report(path + (key,), f"{key} in a third_party module", "none", f"remove {key}")
        elif module["revision"] is None and not findings.has(path + ("revision",)):
            remedy = "add the commit that the image was built from, or `third_party: true` for an image of others"
            findings.report(path + ("revision",), "no such key", "a full git commit", remedy)


def _images(data: Data, findings: Findings) -> None:
    """An image is pinned by its digest, but for those that every host builds for itself."""
    for _name, module, path in _modules(data):
        image, here = module["image"], path + ("image",)
        if image is None:
            continue
        built = data["image_source"] == BUILD and module["build"] is not None
        if built and "@" in image:
            remedy = f"write {image.partition('@')[0]}"
            findings.report(here, "a digest where every host builds its own image", "a repository only", remedy)
        elif not built and "@" not in image:
            findings.report(here, f"{quoted(image)} without a digest", IMAGE_BY_DIGEST.wanted, DIGEST_REMEDY)


def _services(data: Data, findings: Findings) -> None:
    first: Dict[str, Path] = {}
    for name, module, path in _modules(data):
        service = module["service"] or name
        if service in first:
            found = f"the service {quoted(service)} of {findings.where(first[service])} again"
            findings.report(path + ("service",), found, "a service of its own", "rename one of the two")
        first.setdefault(service, path)


def _ports(data: Data, findings: Findings) -> None:
    seen: List[Tuple[Data, Path]] = []
    for _name, module, path in _modules(data):
        for port, here in _items(module, "ports", path):
            if None in port.values():
                continue
            clash = next((place for other, place in seen if _overlap(port, other)), None)
            if clash is not None:
                found = f"the port {port['address']}:{port['published']} of {findings.where(clash)} again"
                findings.report(here + ("published",), found, "a port of its own", "publish another port")
            seen.append((port, here))


def _overlap(one: Data, other: Data) -> bool:
    same = one["published"] == other["published"] and one["protocol"] == other["protocol"]
    addresses = {one["address"], other["address"]}
    return same and (len(addresses) == 1 or bool(addresses & _EVERY_ADDRESS))


def _dependencies(data: Data, findings: Findings) -> None:
    known = list(data["modules"] or {})
    edges: Dict[str, List[str]] = {name: [] for name in known}
    for name, module, path in _modules(data):
        for dependency, here in _items(module, "depends_on", path):
            if dependency in edges:
                edges[name].append(dependency)
            else:
                remedy = nearest(dependency, known)
                findings.report(here, f"the unknown module {quoted(dependency)}", "a module of this manifest", remedy)
    cycle = find_cycle(edges)
    if cycle:
        found = "the cycle " + " -> ".join(cycle)
        findings.report(("modules", cycle[0], "depends_on"), found, "an order", "remove one of these dependencies")


def find_cycle(edges: Mapping[str, List[str]]) -> Optional[List[str]]:
    """Return the names along one cycle, the first one repeated at the end, or None."""
    done: Set[str] = set()
    for start in edges:
        trail, pending = [start], [iter(edges[start])]
        while pending and start not in done:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                done.add(trail.pop())
            elif following in trail:
                return trail[trail.index(following) :] + [following]
            elif following not in done:
                trail.append(following)
                pending.append(iter(edges[following]))
    return None


def _variables(data: Data, findings: Findings) -> None:
    first: Dict[str, Tuple[Data, Path]] = {}
    for module_name, module, path in _modules(data):
        for name, variable in (module["environment"] or {}).items():
            if variable is None:
                continue
            here = path + ("environment", name)
            _variable(variable, here, findings)
            source = source_name(module_name, name, variable)
            other, there = first.setdefault(source, (variable, here))
            _agree(source, variable, here, other, there, findings)
    for name, variable, here in compose_variables(data):
        _variable(variable, here, findings)
        other, there = first.setdefault(name, (variable, here))
        _agree(name, variable, here, other, there, findings)


def _variable(variable: Data, path: Path, findings: Findings) -> None:
    default, pattern = variable["default"], variable["pattern"]
    if default is None:
        return
    if variable["secret"]:
        remedy = "remove the default; give the value through Ansible (vault, lookups)"
        findings.report(path + ("default",), "a default of a secret", "none: secrets are never in the manifest", remedy)
    elif variable["required"]:
        findings.report(path + ("required",), "required beside a default", "one of the two", "remove one")
    elif pattern is not None and not re.search(pattern, default):
        found = f"the default {quoted(default)}"
        findings.report(path + ("default",), found, f"a match of the pattern {pattern}", "correct one of the two")


def _agree(source: str, one: Data, here: Path, other: Data, there: Path, findings: Findings) -> None:
    place = findings.where(there)
    if bool(one["secret"]) != bool(other["secret"]):
        kinds = ("plain", "secret")
        found = f"the value {source} as {kinds[bool(one['secret'])]}, in {place} as {kinds[bool(other['secret'])]}"
        remedy = "declare it secret in both, or take it from another value with `from`"
        findings.report(here, found, "one value to be secret everywhere or nowhere", remedy)
    elif one["default"] != other["default"]:
        found = f"the value {source} with another default than in {place}"
        findings.report(here, found, "one default for one value", "use the same default, or another `from`")


def _attachments(data: Data, findings: Findings) -> None:
    networks, volumes = list(data["networks"] or {}), list(data["volumes"] or {})
    if "default" in networks:
        remedy = "choose another key"
        findings.report(("networks", "default"), 'the key "default"', "a key beside the stack's own network", remedy)
    for _name, module, path in _modules(data):
        for network, here in _items(module, "networks", path):
            if network not in networks:
                found, remedy = f"the unknown network {quoted(network)}", nearest(network, networks)
                findings.report(here, found, "a key of networks", remedy)
        _mounts(module, path, volumes, findings)


def _mounts(module: Data, path: Path, volumes: List[str], findings: Findings) -> None:
    targets: Set[str] = set()
    for mount, here in _items(module, "volumes", path):
        volume, target = mount["volume"], mount["target"]
        if volume is not None and volume not in volumes:
            found, remedy = f"the unknown volume {quoted(volume)}", nearest(volume, volumes)
            findings.report(here + ("volume",), found, "a key of volumes", remedy)
        if target in targets:
            findings.report(here + ("target",), f"the target {quoted(target)} again", "one volume at a path")
        if target is not None:
            targets.add(target)


def _checks(data: Data, findings: Findings) -> None:
    known, own = _sources(data), data["compose"] is not None
    for _name, module, path in _modules(data):
        if module["health"] is not None:
            _check_list([(module["health"], path + ("health",))], module, known, own, findings)
        _check_list(list(_items(module, "smoke", path)), module, known, own, findings)
        _healthcheck(module, path, findings)
    _check_list(list(_items(data, "gates", ())), None, known, own, findings)


def _healthcheck(module: Data, path: Path, findings: Findings) -> None:
    healthcheck = module["healthcheck"]
    test = healthcheck["test"] if healthcheck else None
    if test and test[0] is not None and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        here = path + ("healthcheck", "test", 0)
        findings.report(here, quoted(test[0]), "CMD, CMD-SHELL or NONE", "put CMD before the command")


def _sources(data: Data) -> List[str]:
    of_modules = [
        source_name(module_name, name, variable)
        for module_name, module, _path in _modules(data)
        for name, variable in (module["environment"] or {}).items()
        if variable is not None
    ]
    return of_modules + [name for name, _variable, _path in compose_variables(data)]


def _check_list(
    checks: List[Tuple[Data, Path]], module: Optional[Data], known: List[str], own: bool, findings: Findings
) -> None:
    captured: List[str] = []
    names: Set[str] = set()
    for check, path in checks:
        if check["name"] in names:
            findings.report(path + ("name",), f"the name {quoted(check['name'])} again", "a name of its own")
        if check["name"] is not None:
            names.add(check["name"])
        _check_reach(check, path, module, own, findings)
        _no_secret_arguments(check, path, findings)
        for text, here in _placeholder_texts(check, path):
            _placeholders(text, here, captured, known, findings)
        captured.extend((check["http"] or {}).get("capture") or {})


def _check_reach(check: Data, path: Path, module: Optional[Data], own: bool, findings: Findings) -> None:
    """A question must have somebody who can be asked."""
    http, command = check["http"], check["command"]
    if http and http["path"] is not None:
        _path_reach(http, path + ("http", "path"), module, own, findings)
    if command and command["inside"] and (module is None or check["run_from"] == "control"):
        place = "a gate" if module is None else "a check that runs from the control node"
        remedy = "remove inside, or run the check from the host of a module"
        findings.report(path + ("command", "inside"), f"inside in {place}", "a container to run it in", remedy)


def _path_reach(http: Data, path: Path, module: Optional[Data], own: bool, findings: Findings) -> None:
    """With compose files of the team's own, what a module publishes is known on the host only."""
    if module is None:
        remedy = "a gate belongs to no module: write the whole address as url"
        findings.report(path, "a path of a module", "url", remedy)
    elif module["ports"] == [] and http["port"] is None and not own:
        remedy = "add http.port, the port that the container listens on"
        findings.report(path, "a path of a module that publishes no port", "a port", remedy)


def _placeholder_texts(check: Data, path: Path) -> Iterator[Tuple[str, Path]]:
    http, command = check["http"], check["command"]
    if http:
        for key in ("url", "path", "body"):
            if http[key] is not None:
                yield http[key], path + ("http", key)
        for name, text in (http["headers"] or {}).items():
            if text is not None:
                yield text, path + ("http", "headers", name)
    if command:
        yield from _items(command, "argv", path + ("command",))


def _no_secret_arguments(check: Data, path: Path, findings: Findings) -> None:
    """Arguments of a process are there for every user of the host to see."""
    for argument, here in _items(check["command"] or {"argv": []}, "argv", path + ("command",)):
        if "${secret:" in argument:
            remedy = "let the command read it from the module's environment with `inside: true`"
            findings.report(here, "a secret in an argument", "no secret where the process list shows it", remedy)


def _placeholders(text: str, path: Path, captured: List[str], known: List[str], findings: Findings) -> None:
    for match in _PLACEHOLDER.finditer(text):
        kind, name = match.groups()
        if not match.group(0).endswith("}"):
            findings.report(path, f"{match.group(0)[:40]} without an end", "${capture:NAME} or ${secret:NAME}")
        elif kind == "capture" and name not in captured:
            remedy = nearest(name, captured) if captured else "no earlier check of this list captures a value"
            findings.report(path, match.group(0), "a value that an earlier check of this list captured", remedy)
        elif kind == "secret" and name not in known:
            remedy = nearest(name, known)
            findings.report(path, match.group(0), "a value of the environment contract, by its source name", remedy)


def _unique_names(data: Data, findings: Findings) -> None:
    _unique(list(_items(data, "reachability", ())), "name", findings)
    _unique(list(_items(data, "migrations", ())), "id", findings)


def _unique(items: List[Tuple[Data, Path]], key: str, findings: Findings) -> None:
    seen: Set[str] = set()
    for item, path in items:
        if item[key] in seen:
            findings.report(path + (key,), f"the {key} {quoted(item[key])} again", f"a {key} of its own")
        if item[key] is not None:
            seen.add(item[key])


_RULES: Tuple[Callable[[Data, Findings], None], ...] = (
    governance,
    _own_modules,
    _images,
    _services,
    _ports,
    _dependencies,
    _variables,
    _attachments,
    _checks,
    gate_names,
    _unique_names,
    migrations,
    approvals,
    own_compose,
    recert_steps,
)
