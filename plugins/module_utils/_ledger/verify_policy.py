# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the gates of a run were asked as its manifest says (pure): whoever has the gate's key could sign fewer.

The manifest lies beside the receipts, and its digest is in them. It is YAML, which the standard library does not read:
who verifies brings a reader. Without one, nothing is said here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, Optional, Tuple

from .._gates.approvals import NAME as APPROVALS
from .._gates.attestations import NAME as ATTESTATIONS
from .._gates.authority import AUTHORITY
from .._gates.drill import NAME as DRILL
from .._gates.loops import GAPS, LOOPS
from .._gates.model import PASSED
from .._gates.recert import FAMILY as RECERT
from .._gates.rules import GATE_NAMES, GATES
from .._gates.staging import NAME as STAGING
from .._gates.windows import NAME as WINDOW
from .._manifest.model import ENFORCE, IRREVERSIBLE, PHASES, REPORT
from .._manifest.policy_model import Approvals, Policy, Preflight
from .model import MANIFEST_FILE, ApprovalPolicy
from .verify_evidence import Beside, Statement
from .verify_receipts import GATE, Receipt, Wanted

_GATES = {gate.name: gate for gate in GATES}
# Without these a manifest asks for nothing; a backslash can write any word.
_WORDS = (
    *(b"gates", b"capabilities", b"loops", b"authority", b"recert", b"attestations", b"irreversible"),
    *(b"approvals", b"drift", b"staging", b"drill", b"windows", b"\\"),
)
# The gates that are asked where a policy has these keys.
_BY_POLICY = {"staging": STAGING, "drill": DRILL, "windows": WINDOW}


@dataclass(frozen=True)
class Asked:
    """What a manifest asks of a promotion into one environment."""

    modes: Mapping[str, str] = field(default_factory=dict)  # of gates and families of gates, as it names them
    policy: Policy = Policy()  # as far as gates that it does not name take their mode from it
    gates: Tuple[str, ...] = ()  # the manifest's own, its capabilities, its modules' (recert:MODULE:STEP), its policy's
    approvals: Optional[ApprovalPolicy] = None  # its people in the order of their names
    approval_seconds: float = Approvals.expires_seconds  # how long what they sign may hold

    def mode(self, gate: str) -> str:
        """The mode of a gate that the policy can lower: by its name, else by its family, else its own."""
        own = _GATES[gate].mode(self.policy) if gate in _GATES else ENFORCE
        return self.modes.get(gate, self.modes.get(gate.partition(":")[0], own))


ReadManifest = Callable[[bytes], Any]  # the plain data of a manifest's text; None where it is none


def asked_by(data: Any, environment: str) -> Asked:
    """Read what a manifest (plain data) asks for. What no manifest can say, and no run goes by, is passed over."""
    policy = _mapping(_mapping(_mapping(data).get("policy")).get(environment))
    before = (one for one in _list(_mapping(data).get("capabilities")) if _is_before(_mapping(one)))
    own = (_mapping(one).get("name") for one in (*_list(_mapping(data).get("gates")), *before))
    modes = {str(gate): str(mode) for gate, mode in _mapping(policy.get("gates")).items()}
    drift = _mapping(policy.get("preflight")).get("drift")
    return Asked(
        modes,
        Policy(preflight=Preflight(drift=drift if isinstance(drift, str) else None)),
        (*map(str, filter(None, own)), *_governed(data), *_recertified(data), *_attested(data), *_by_policy(policy)),
        _approvals(policy.get("approvals"), _irreversible(data)),
        _approval_seconds(policy.get("approvals")),
    )


def _is_before(capability: Mapping[str, Any]) -> bool:
    """Tell whether a capability is judged before the activation, as it is where the manifest does not say."""
    return PHASES[0] in _list(capability.get("phases", list(PHASES)))


def _governed(data: Any) -> Iterator[str]:
    loops = _mapping(_mapping(data).get("loops"))
    yield from (gate for key, gate in (("folder", LOOPS), ("gaps", GAPS)) if loops.get(key))
    if _mapping(data).get("authority") is not None:
        yield AUTHORITY


def _recertified(data: Any) -> Iterator[str]:
    for module, said in _mapping(_mapping(data).get("modules")).items():
        for step in _list(_mapping(said).get("recert")):
            yield f"{RECERT}:{module}:{_mapping(step).get('name')}"


def _attested(data: Any) -> Tuple[str, ...]:
    return (ATTESTATIONS,) if _mapping(data).get("attestations") else ()


def _by_policy(policy: Mapping[str, Any]) -> Iterator[str]:
    return (gate for key, gate in _BY_POLICY.items() if policy.get(key) not in (None, []))


def _irreversible(data: Any) -> Tuple[str, ...]:
    migrations = map(_mapping, _list(_mapping(data).get("migrations")))
    return tuple(str(one.get("id")) for one in migrations if one.get("kind") == IRREVERSIBLE)


def _approvals(data: Any, irreversible: Tuple[str, ...]) -> Optional[ApprovalPolicy]:
    """How many of which people the policy asks for, as `_gates.approvals.wanted` says it."""
    said = _mapping(data)
    numbers = [said.get("threshold"), said.get("irreversible", 1) if irreversible else 0]
    threshold = max((one for one in numbers if isinstance(one, int)), default=0)
    people = tuple(sorted(map(str, _list(said.get("principals")))))
    return ApprovalPolicy(threshold, people, irreversible) if threshold else None


def _approval_seconds(data: Any) -> float:
    seconds = _mapping(data).get("expires_seconds")
    return seconds if isinstance(seconds, (int, float)) else Approvals.expires_seconds


def _mapping(data: Any) -> Dict[Any, Any]:
    return data if isinstance(data, dict) else {}


def _list(data: Any) -> Iterable[Any]:
    return data if isinstance(data, list) else ()


def judge_policy(receipt: Receipt, statement: Statement, beside: Beside, read: ReadManifest) -> Wanted:
    """Hold a gate or a verdict against the manifest that it names; return what its inputs have to be held against.

    A gate of the control node may report only by its nature; those of hosts, and the manifest's own, never do.
    """
    predicate = statement["predicate"]
    if receipt.kind == GATE and predicate["mode"] == ENFORCE:
        return Wanted()
    asked = _asked(receipt, predicate, beside, read)
    if receipt.kind == GATE:
        _judge_mode(receipt, predicate["gate"], asked)
        return Wanted()
    if predicate["verdict"] != PASSED or asked is None:
        return Wanted()
    _judge_approvals(receipt, predicate["approvals"], asked)
    return Wanted(asked.gates, asked.approval_seconds)


def _asked(receipt: Receipt, predicate: Mapping[str, Any], beside: Beside, read: ReadManifest) -> Optional[Asked]:
    """None where there is no manifest, or not the one that is named: that is found elsewhere."""
    content = beside.files.get(MANIFEST_FILE)
    if content is None or beside.digests[MANIFEST_FILE] != f"sha256:{_named(predicate)}":
        return None
    if not any(word in content for word in _WORDS):
        return Asked()
    data = read(content)
    if data is None:
        receipt.notes.untold(f"sessions/R{receipt.run_key}/{MANIFEST_FILE} cannot be read, nor the policy in it")
        return None
    return asked_by(data, predicate["environment"])


def _named(predicate: Mapping[str, Any]) -> str:
    """The digest of the manifest, empty for none."""
    if "manifest" in predicate:
        return str(predicate["manifest"]["digest"]["sha256"]) if predicate["manifest"] else ""
    named = (one["digest"]["sha256"] for one in predicate["configuration"] if one["name"] == MANIFEST_FILE)
    return str(next(named, ""))


def _judge_mode(receipt: Receipt, gate: str, asked: Optional[Asked]) -> None:
    if gate in _GATES and _GATES[gate].vital:
        receipt.notes.invalid(f"the gate {gate} is in mode {REPORT}, and no policy can lower it")
    elif asked is not None and gate in (*GATE_NAMES, *asked.gates) and asked.mode(gate) != REPORT:
        receipt.notes.invalid(f"the gate {gate} is in mode {REPORT}, wanted {ENFORCE} as its manifest says")


def _judge_approvals(verdict: Receipt, told: Optional[Mapping[str, Any]], asked: Asked) -> None:
    people = tuple(sorted(told["principals"])) if told else ()
    found = ApprovalPolicy(told["threshold"], people, tuple(told["irreversible"])) if told else None
    only_told = found is None and asked.mode(APPROVALS) == REPORT  # too few were there, and the gate says so
    if asked.approvals is not None and found != asked.approvals and not only_told:
        wanted, has = _said(asked.approvals), _said(found) if found else "none"
        verdict.notes.invalid(f"it asks for the approvals {has}, wanted {wanted} as its manifest says")


def _said(asked: ApprovalPolicy) -> str:
    purpose = f", who know of {', '.join(asked.irreversible)}" if asked.irreversible else ""
    return f"{asked.threshold} of {', '.join(asked.principals) or 'nobody'}{purpose}"
