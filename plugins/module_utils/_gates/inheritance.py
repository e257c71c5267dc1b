# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate of a promotion of some modules: all hosts hold the same live release to inherit the others from (pure).

It compares the hosts with one another, so it is no rule over the evidence of one host.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Optional

from .._manifest.model import ENFORCE
from .model import FAILED, INCONCLUSIVE, PASSED, GateResult

NAME = "inheritance"
_SHORT = 12  # hex digits of a digest or revision that a person compares
_WANTED = "the same release manifest live on every host, as it was staged"
_WHOLE = "promote the whole manifest first: run it without promotion_modules"

Evidence = Mapping[str, Any]


def judge_inheritance(evidence: Mapping[str, Optional[Evidence]]) -> Iterator[GateResult]:
    """Yield one result for each host that was observed."""
    silent: Evidence = {"value": None}
    observed = {host: one.get("live", silent) for host, one in evidence.items() if one and "release" in one}
    told = {host: one["value"] for host, one in observed.items() if one["value"] is not None}
    differing = len({one.get("manifest_digest") for one in told.values()}) > 1
    for host, one in observed.items():
        if host not in told:
            yield _result(
                host, INCONCLUSIVE, str(one.get("reason") or "it was not observed"), "see mint.promotion.status"
            )
        elif _obstacle(told[host]):
            yield _result(host, FAILED, _obstacle(told[host]), _WHOLE)
        elif differing:
            yield _result(host, FAILED, _difference(told[host], list(told.values())), _WHOLE)
        else:
            yield _result(host, PASSED, _release(told[host]), "")


def _result(host: str, verdict: str, found: str, remedy: str) -> GateResult:
    return GateResult(NAME, host, verdict, ENFORCE, found, _WANTED, remedy)


def _obstacle(live: Mapping[str, Any]) -> str:
    """Say why nothing can be inherited from a host; empty when it can."""
    if live["release"] is None:
        return "nothing is live"
    if live["faults"]:
        return f"{_release(live)} is not as it was staged: {'; '.join(live['faults'])}"
    return "" if live["manifest"] else f"{_release(live)} does not keep its manifest: an earlier version staged it"


def _release(live: Mapping[str, Any]) -> str:
    return f"{live['release']} (manifest {_short(live['manifest_digest'])})"


def _difference(live: Mapping[str, Any], all_live: List[Mapping[str, Any]]) -> str:
    """Say what is live on a host, with those modules that are not the same everywhere."""
    everywhere = [one.get("modules", {}) for one in all_live]
    own: Dict[str, Any] = live["modules"]
    names = dict.fromkeys(name for modules in everywhere for name in modules)
    mixed = [name for name in names if any(modules.get(name) != own.get(name) for modules in everywhere)]
    told = ", ".join(f"{name} {_module(own.get(name))}" for name in mixed)
    return f"{_release(live)}: {told or 'the same modules, another manifest'}"


def _module(module: Optional[Mapping[str, Any]]) -> str:
    if module is None:
        return "absent"
    revision = f"revision {module['revision'][:_SHORT]}, " if module["revision"] else ""
    return f"({revision}image {_short(module['digest'])})"


def _short(digest: str) -> str:
    return digest.partition(":")[2][:_SHORT]
