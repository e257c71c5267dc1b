# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify a ledger of promotion receipts: python3 verify_ledger.py RECEIPTS KEYS [--anchor NOTE]... [--origin ORIGIN]

RECEIPTS is the folder with ledger/ and sessions/. KEYS is the folder with gate.pub and allowed_signers, which you have
from people and not from where the receipts are. NOTE is a checkpoint that a host has kept, or you at another time.
It needs Python 3.8 and its standard library, `openssl` 3, and OpenSSH's `ssh-keygen` where people signed. It shares no
code with what writes receipts, reads files only, and asks no network.
Exit status: 0 OK, 1 INVALID, 2 INDETERMINATE (it could not be told: not good), 3 it was called wrongly, or what it was
to read is not there.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

OK, INVALID, INDETERMINATE = range(3)
WORDS = ("OK", "INVALID", "INDETERMINATE")
MAX_LINE, MAX_FILE = 1024 * 1024, 64 * 1024 * 1024
PAYLOAD_TYPE = "application/vnd.in-toto+json"
NAMESPACE = "mint.promotion"
SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what comes before the 32 bytes of a public key
KINDS = {
    "https://in-toto.io/attestation/test-result/v0.1": "gate",
    "https://slsa.dev/verification_summary/v1": "verdict",
    "https://mint.promotion/deployment/v0.1": "deployment",
    "https://mint.promotion/approval/v0.1": "approval",
    "https://mint.promotion/key/v0.1": "key",
    "https://mint.promotion/acceptance/v0.1": "acceptance",
    "https://mint.promotion/closing/v0.1": "closing",
}
OF_PEOPLE = ("approval", "acceptance")  # a person has signed these, and says when
TIMES = {"verdict": "timeVerified", "approval": "approvedOn", "acceptance": "acceptedOn"}  # all others: recordedOn
FIELDS = {  # of the predicates: all of them, and no others
    "gate": "result configuration passedTests warnedTests failedTests verdict gate mode runKey environment stack found "
    "recordedOn",
    "verdict": "verifier timeVerified resourceUri policy inputAttestations verificationResult verifiedLevels verdict "
    "runKey environment stack manifest approvals",
    "deployment": "runKey parentRunKey phase action outcome environment stack requester requestSignedBy manifest "
    "source modules requestedRelease requestedModules inherited startedOn finishedOn recordedOn hosts gates files "
    "renderings verdictReceipt resolves inconclusive faults",
    "approval": "requestId environment stack manifest replaces approvedOn expiresOn reason overrides irreversible",
    "key": "event role key replaces principal reason recordedOn",
    "acceptance": "acceptedRun environment stack manifest outcomeReceipt acceptedOn reason",
    "closing": "loop path file commit runs recordedOn",
}
FINDING = "host verdict found wanted"  # of a gate; of one of the control node these too:
CONTROL_FINDING = "seconds counts inputs reused run"
NO_TEXTS = (  # fields that are lists, objects or null; all others are texts
    "configuration passedTests warnedTests failedTests found verifier policy inputAttestations verifiedLevels manifest "
    "approvals requester source modules requestedModules inherited hosts gates files renderings verdictReceipt "
    "inconclusive faults key irreversible outcomeReceipt file commit runs"
)
WORDS_OF = {
    "phase": ("intent", "outcome"),
    "action": ("promote", "rollback"),
    "role": ("gate", "signer"),
    "event": ("introduced", "rotated", "revoked"),
}
RUN_KEY = "CAP-[0-9]{8}-[0-9]{6}__[a-z0-9][a-z0-9._-]*__R[a-z0-9]+"
REQUEST = "action environment stack manifest requester source modules requestedRelease requestedModules inherited"
GOOD = ("promoted", "restored", "no_change", "judged")
RENDERINGS = ["receipt.md", "output.txt"]
VITAL = ("engine", "compose", "privileges", "lock", "target")  # gates that no policy can lower to report
MAX_SIGNATURES, MAX_DEPTH, MAX_DIGITS = 32, 32, 32


class Broken(Exception):
    """What was read is not what it must be."""


class Report:
    """Everything that is wrong (INVALID) or could not be told (INDETERMINATE), by line of the log or None."""

    def __init__(self):
        self.found, self.warnings = [], []

    def invalid(self, text, line=None):
        self.found.append((INVALID, line, text))

    def untold(self, text, line=None):
        self.found.append((INDETERMINATE, line, text))

    @contextlib.contextmanager
    def faults_of(self, line):
        """What is raised meanwhile is wrong with this line."""
        try:
            yield
        except Broken as error:
            self.invalid(str(error), line)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            self.invalid(f"no statement of this ledger: {error!r}", line)

    def spans(self):
        """Verdict, first and last line (0 for the ledger) and text, INVALID first; neighbours of one text as one."""
        spans = []
        for verdict, text, line in sorted((verdict, text, line or 0) for verdict, line, text in self.found):
            if spans and (verdict, text) == (spans[-1][0], spans[-1][3]) and line > 1 and line == spans[-1][2] + 1:
                spans[-1][2] = line
            else:
                spans.append([verdict, line, line, text])
        return sorted(spans)

    def verdict(self, *lines):
        """The verdict on some lines, or on everything."""
        found = {verdict for verdict, line, _text in self.found if not lines or line in lines}
        return INVALID if INVALID in found else INDETERMINATE if found else OK


# --- bytes ---------------------------------------------------------------------------------------------------------


def read_json(data):
    """JSON that every reader reads alike."""

    def once(pairs):
        if len(dict(pairs)) != len(pairs):
            raise Broken("a JSON object has a key twice")
        return dict(pairs)

    def refuse(text):
        raise Broken(f"{text} is no JSON")

    def number(kind):
        def read(text):
            if len(text) > MAX_DIGITS or kind(text) in (float("inf"), float("-inf")):
                raise Broken(f"the number {text[:MAX_DIGITS]}... is out of range")
            return kind(text)

        return read

    options = {"parse_constant": refuse, "parse_int": number(int), "parse_float": number(float)}
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=once, **options)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Broken(f"not JSON: {type(error).__name__}")
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        level = [one for one in level if isinstance(one, (dict, list))]
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    if level:
        raise Broken(f"JSON of more than {MAX_DEPTH} levels")
    return value


def unbase64(text):
    """Base64 of both alphabets."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, AttributeError):
        raise Broken("not base64")


def pae(kind, payload):
    """DSSE: what is signed."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def tree_roots(lines, sizes):
    """The RFC 6962 root over the first n lines, for every n of sizes that there are lines for."""
    stack, roots = [], {0: hashlib.sha256().digest()}  # stack: (leaves below, hash), larger subtrees first
    for number, line in enumerate(lines, 1):
        stack.append((1, hashlib.sha256(b"\0" + line).digest()))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            (count, right), (_same, left) = stack.pop(), stack.pop()
            stack.append((2 * count, hashlib.sha256(b"\1" + left + right).digest()))
        if number in sizes:
            root = stack[-1][1]
            for _count, left in reversed(stack[:-1]):
                root = hashlib.sha256(b"\1" + left + root).digest()
            roots[number] = root
    return roots


def time_of(text):
    try:
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise Broken(f"{text!r} is no time")
    if time.tzinfo is None:
        raise Broken(f"{text!r} has no time zone")
    return time


# --- signatures ----------------------------------------------------------------------------------------------------


class Tools:
    """openssl and ssh-keygen, with a temporary folder."""

    def __init__(self, folder):
        self.folder, self.number = folder, 0

    def file(self, content):
        self.number += 1
        path = os.path.join(self.folder, str(self.number))
        with open(path, "wb") as file:
            file.write(content)
        return path

    def run(self, argv, **more):
        environment = {**os.environ, "TZ": "UTC"}
        return subprocess.run(argv, env=environment, stdout=-1, stderr=-1, check=False, **more).returncode == 0

    def ed25519(self, der, message, signature):
        paths = [self.file(content) for content in (der, message, signature)]
        options = ["-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin", "-in", paths[1], "-sigfile", paths[2]]
        good = self.run(["openssl", "pkeyutl", "-verify", *options])
        for path in paths:
            os.remove(path)
        return good

    def can_ed25519(self):
        """RFC 8032, section 7.1, test 2: an openssl that is too old refuses every signature."""
        key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        signature = (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        return self.ed25519(SPKI_ED25519 + bytes.fromhex(key), b"\x72", bytes.fromhex(signature))

    def signed_by(self, line, message, blob):
        """Whether ssh-keygen takes the SSHSIG for the person of this line of allowed_signers."""
        text = base64.encodebytes(blob).decode("ascii")
        armored = f"-----BEGIN SSH SIGNATURE-----\n{text}-----END SSH SIGNATURE-----\n"
        paths = [self.file(line.encode("utf-8") + b"\n"), self.file(armored.encode("ascii"))]
        options = ["-f", paths[0], "-I", line.split()[0], "-n", NAMESPACE, "-s", paths[1]]
        return self.run(["ssh-keygen", "-Y", "verify", *options], input=message)


def ssh_fields(blob):
    """Public key and namespace of an SSHSIG (PROTOCOL.sshsig of OpenSSH)."""
    fields, at = [], 10  # after the magic and the version
    for _field in range(2):
        size = int.from_bytes(blob[at : at + 4], "big")
        fields.append(blob[at + 4 : at + 4 + size])
        at += 4 + size
    return fields


def fingerprint(key):
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def pem_keys(text):
    blocks = re.findall("-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----", text)
    return [base64.b64decode(block) for block in blocks]


class Keys:
    """The trusted keys, and from where to where in the log each is valid."""

    def __init__(self, folder):
        with open(os.path.join(folder, "gate.pub"), encoding="ascii") as file:
            ders = pem_keys(file.read())
        if not ders or not all(len(der) == 44 and der.startswith(SPKI_ED25519) for der in ders):
            raise Broken("gate.pub holds no Ed25519 public keys in PEM")
        self.gate = {hashlib.sha256(der).hexdigest(): der for der in ders}
        self.people, self.since, self.until = [], {}, {}  # people: (name, public key, line without its times, times)
        path = os.path.join(folder, "allowed_signers")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if line.strip() and not line.startswith("#"):
                        self.people.append(self.person(line.strip()))

    @staticmethod
    def person(line):
        """A name for one person, options, a key. Times must be in UTC, so that they mean the same everywhere."""
        name, words = line.split()[0], line.split()
        if set(name) & set("*?!,") or "cert-authority" in line:
            raise Broken(f"allowed_signers: {name}: wanted one person a line, without patterns and authorities")
        key = next((word for word in words if word.startswith("AAAA")), None)
        times = dict(re.findall(r'(valid-after|valid-before)="?([0-9]+Z?)', line))
        if key is None or not all(re.fullmatch("([0-9]{8}|[0-9]{12}|[0-9]{14})Z", time) for time in times.values()):
            raise Broken(f"allowed_signers: {name}: wanted a key, and times like 20260131Z")
        limits = {option: time[:-1].ljust(14, "0") for option, time in times.items()}
        untimed = re.sub(r'(valid-after|valid-before)=("[^"]*"|[^,\s]*),?', "", line).replace(", ", " ")
        return name, base64.b64decode(key), untimed, limits

    def record(self, line, key):
        """Learn from a receipt about a key; the first line is signed by the key that it introduces."""
        name = key["role"], key["key"]["keyid"]
        if key["event"] == "revoked":
            self.until.setdefault(name, line)
        else:
            self.since.setdefault(name, 0 if line == 1 else line)
            if key["event"] == "rotated":
                self.until.setdefault((key["role"], key["replaces"]), line)

    def unknown(self, role, keyid):
        return (role, keyid) not in self.since and (role, keyid) not in self.until

    def fault(self, role, keyid, line):
        since, until = self.since.get((role, keyid)), self.until.get((role, keyid))
        if until is not None and line > until:
            return f"line {until} revokes or replaces it"
        if since is None:
            return "no line before introduces it" if role == "gate" else ""
        return f"line {since} introduces it only" if line <= since else ""


class Signatures:
    """Checks signatures: those of the gate all at once, each person's when it comes."""

    def __init__(self, tools, keys):
        self.tools, self.keys, self.known = tools, keys, {}

    def prepare(self, asked):
        """Check many (message, signature) with every gate key."""
        jobs = [(keyid, *one) for one in dict.fromkeys(asked) for keyid in self.keys.gate]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda job: self.tools.ed25519(self.keys.gate[job[0]], *job[1:]), jobs)
            self.known.update(zip(jobs, results))

    def gate_keys(self, message, signature):
        return [keyid for keyid in self.keys.gate if self.known[keyid, message, signature]]

    def person(self, message, blob, time):
        """Name and fingerprint of who made an SSH signature. Raises Broken where it counts for nothing."""
        key, namespace = ssh_fields(blob)
        if namespace != NAMESPACE.encode():
            raise Broken(f"SSH signature for the namespace {namespace[:60]!r}")
        lines = [one for one in self.keys.people if one[1] == key]
        if not lines:
            raise Broken(f"SSH key {fingerprint(key)} is not in allowed_signers")
        digits = time.strftime("%Y%m%d%H%M%S")
        for name, _key, line, limits in lines:
            if limits.get("valid-after", "") <= digits <= limits.get("valid-before", "9"):
                if self.tools.signed_by(line, message, blob):
                    return name, fingerprint(key)
                raise Broken(f"signature of {name} does not verify")
        raise Broken(f"SSH key of {lines[0][0]} is outside its validity at {time}")


# --- receipts ------------------------------------------------------------------------------------------------------


class Receipt:
    """One line of the log: what it says, and who signed it."""

    def __init__(self, number, line):
        if len(line) > MAX_LINE:
            raise Broken(f"{len(line)} bytes, wanted {MAX_LINE} at most")
        self.line, self.digest = number, hashlib.sha256(line).hexdigest()
        envelope = read_json(line)
        if envelope["payloadType"] != PAYLOAD_TYPE:
            raise Broken(f"payloadType is {envelope['payloadType']!r}, wanted {PAYLOAD_TYPE}")
        if not 0 < len(envelope["signatures"]) <= MAX_SIGNATURES:
            raise Broken(f"{len(envelope['signatures'])} signatures, wanted 1 to {MAX_SIGNATURES}")
        if not all(isinstance(one.get("keyid", ""), str) for one in envelope["signatures"]):
            raise Broken("a keyid that is no text")
        payload = unbase64(envelope["payload"])
        self.message = pae(PAYLOAD_TYPE.encode(), payload)
        self.signatures = [unbase64(one["sig"]) for one in envelope["signatures"]]
        statement = read_json(payload)
        check_digests(statement)
        self.statement, self.said, self.kind = statement, statement["predicate"], KINDS[statement["predicateType"]]
        if set(self.said) != set(FIELDS[self.kind].split()) or len(statement) != 4:
            raise Broken(f"other fields than those of a {self.kind} receipt")
        self.check_texts()
        self.time = time_of(self.said[TIMES.get(self.kind, "recordedOn")])
        self.subject = [one["digest"]["sha256"] for one in statement["subject"]]
        self.run = self.said.get("runKey", "")
        if self.run != "" and not re.fullmatch(RUN_KEY, self.run):
            raise Broken(f"{self.run!r} is no run key")
        self.people = []
        checks = {"verdict": self.check_verdict, "deployment": self.check_deployment, "key": self.check_key}
        about = {"acceptance": "manifest", "closing": "file"}.get(self.kind)
        if about and self.subject != [self.said[about].get("digest", self.said[about])["sha256"]]:
            raise Broken(f"the subject is not its {about}")
        if self.kind in checks:
            checks[self.kind]()

    def check_texts(self):
        if self.statement["_type"] != "https://in-toto.io/Statement/v1":
            raise Broken("no in-toto Statement v1")
        others = {*NO_TEXTS.split(), *(["replaces"] if self.kind == "approval" else [])}
        for name in set(self.said) - others:
            text = self.said[name]
            if not isinstance(text, str) or re.search("[\x00-\x08\x0b-\x1f\x7f]", text):
                raise Broken(f"{name} is no plain text")
            if text not in WORDS_OF.get(name, (text,)):
                raise Broken(f"{name} is {text!r}")

    def check_verdict(self):
        """What tools of others look at says the same as our own fields."""
        said = self.said
        if said["resourceUri"] != f"mint.promotion:stack/{said['stack']}/{said['environment']}":
            raise Broken(f"resourceUri is {said['resourceUri']}, which is another stack or environment")
        if said["manifest"] and said["policy"]["digest"] != said["manifest"]["digest"]:
            raise Broken("the policy is not that of the manifest")

    def check_deployment(self):
        said, ended = self.said, self.said["phase"] == "outcome"
        if bool(said["outcome"]) != ended or bool(said["finishedOn"]) != ended:
            raise Broken("an intent has ended, or an outcome has not")
        if not ended and said["action"] == "promote" and not said["manifest"]:
            raise Broken("an intent to promote no manifest")
        if [file["name"] for file in said["renderings"]] != (RENDERINGS if ended else []):
            raise Broken(f"the renderings of an outcome are {RENDERINGS}, and an intent has none")
        bad = [host["name"] for host in said["hosts"] if host["outcome"] not in GOOD]
        if said["outcome"] in GOOD and (bad or not said["hosts"]):
            raise Broken(f"outcome is {said['outcome']}, and not all went well on the hosts {bad}")
        images = (re.search("(?:@sha256)?:([a-f0-9]{64})$", module["image"]) for module in said["modules"])
        digests = {image[1] for image in images if image}
        if said["manifest"] and set(self.subject) != digests | {said["manifest"]["digest"]["sha256"]}:
            raise Broken("subject is not the manifest and its images")

    def check_key(self):
        text, keyid = self.said["key"]["public"], self.said["key"]["keyid"]
        if self.said["role"] == "gate":
            found = [hashlib.sha256(der).hexdigest() for der in pem_keys(text)]
        else:
            found = [fingerprint(unbase64(text.split()[1]))]
        if found != [keyid]:
            raise Broken(f"the public key is not {keyid}")

    def check_signatures(self, signatures, keys, report):
        """Whether a gate key signed, and of an approval a person too, with keys that were valid here."""
        gates, bad = [], []
        for blob in self.signatures:
            try:
                if blob.startswith(b"SSHSIG"):
                    name, keyid = signatures.person(self.message, blob, self.time)
                    role, found = "signer", self.people
                else:
                    keyid = next(iter(signatures.gate_keys(self.message, blob)), None)
                    if keyid is None:
                        raise Broken("a signature of no trusted gate key")
                    name, role, found = keyid, "gate", gates
                fault = keys.fault(role, keyid, self.line)
                if fault:
                    raise Broken(f"key {name} is not valid at this place: {fault}")
                found.append(name)
            except Broken as error:
                bad.append(str(error))
        if not gates or (self.kind in OF_PEOPLE and not self.people):
            raise Broken(
                "; ".join(["no valid signature of a person" if gates else "no valid signature of a gate key", *bad])
            )
        report.warnings += [f"line {self.line}: {text}" for text in bad]


def check_digests(value):
    """Every digest, wherever it stands, is whole."""
    if isinstance(value, dict):
        for name, item in value.items():
            good = {"sha256": "[0-9a-f]{64}", "gitCommit": "[0-9a-f]{40}([0-9a-f]{24})?"}.get(name)
            if good and not (isinstance(item, str) and re.fullmatch(good, item)):
                raise Broken(f"{name} is {item!r}, which is no whole digest")
            check_digests(item)
    elif isinstance(value, list):
        for item in value:
            check_digests(item)


def read_receipts(lines, keys, tools, report):
    """The receipts that are well formed and signed, in their order."""
    read, good = [], []
    for number, line in enumerate(lines, 1):
        with report.faults_of(number):
            read.append(Receipt(number, line))
    signatures = Signatures(tools, keys)
    signatures.prepare([(one.message, blob) for one in read for blob in one.signatures if blob[:6] != b"SSHSIG"])
    latest = time_of("0001-01-01T00:00:00Z")
    for one in read:
        with report.faults_of(one.line):
            if one.kind == "key" and one.line == 1:
                keys.record(1, one.said)
            one.time = max(latest, one.time)  # a clock that was set back makes nothing younger
            one.check_signatures(signatures, keys, report)
            if one.kind == "key":
                keys.record(one.line, one.said)
            if one.kind not in OF_PEOPLE:
                latest = one.time
            good.append(one)
    return good


# --- what receipts say of each other -------------------------------------------------------------------------------


class Book:
    """Goes through the receipts in their order, and holds each against those before it."""

    def __init__(self, receipts, sessions, report):
        self.sessions, self.report, self.by_digest, self.runs, self.used, self.live = sessions, report, {}, {}, {}, {}
        for one in receipts:
            with report.faults_of(one.line):
                self.enter(one)
        ended = [one for one in receipts if one.said.get("phase") == "outcome"]
        self.resolved = {one.said["resolves"] for one in ended if isinstance(one.said["resolves"], str)}
        judges = {"gate": self.gate, "verdict": self.verdict, "deployment": self.deployment}
        judges.update({"acceptance": self.acceptance, "closing": self.closing})
        for one in receipts:
            if one.kind in judges and report.verdict(one.line) != INVALID:
                with report.faults_of(one.line):
                    judges[one.kind](one)

    def enter(self, one):
        if one.digest in self.by_digest:
            self.report.invalid(f"the same line as line {self.by_digest[one.digest].line}", one.line)
        self.by_digest.setdefault(one.digest, one)
        if one.run:
            what = (one.kind, one.said.get("phase"), one.said.get("gate"))
            if self.runs.setdefault(one.run, {}).setdefault(what, one) is not one:
                self.report.invalid(f"duplicate run key {one.run}", one.line)

    def part(self, one, kind, phase=None):
        return self.runs[one.run].get((kind, phase, None))

    def earlier(self, digest, one, *kinds):
        """The earlier line with this digest, if it is one of these kinds and not INVALID."""
        found = self.by_digest.get(digest["sha256"])
        if found is None or found.line >= one.line or found.kind not in kinds:
            raise Broken(f"sha256:{digest['sha256'][:16]} is not in the log before this line as {' or '.join(kinds)}")
        if self.report.verdict(found.line) == INVALID:
            raise Broken(f"it stands on line {found.line}, which is INVALID")
        return found

    def files(self, one, named):
        for file in named:
            path = os.path.join(self.sessions, "R" + one.run, file["name"])
            where = f"sessions/R{one.run}/{file['name']}"
            if os.path.basename(file["name"]) != file["name"] or not is_plain(path):
                self.report.untold(f"{where} is missing", one.line)
            elif hashlib.sha256(read_bytes(path, MAX_FILE + 1)).hexdigest() != file["digest"]["sha256"]:
                self.report.invalid(f"{where} was altered", one.line)

    def text(self, one):
        where = f"R{one.run}/receipt.json"
        if not is_plain(os.path.join(self.sessions, where)):
            self.report.untold(f"sessions/{where} is missing", one.line)
        elif read_json(read_bytes(os.path.join(self.sessions, where), MAX_FILE)) != one.statement:
            self.report.invalid(f"sessions/{where} is not this statement", one.line)

    def gate(self, one):
        bad = [found["host"] for found in one.said["found"] if found["verdict"] != "PASSED"]
        result = "PASSED" if not bad else "FAILED" if one.said["mode"] == "enforce" else "WARNED"
        if one.said["result"] != result:
            raise Broken(f"result is {one.said['result']}, and what was found is {result}")
        if one.said["mode"] != "enforce":
            if one.said["gate"] in VITAL:
                raise Broken(f"the gate {one.said['gate']} only reports, and no policy can lower it")
            told = f"{one.said['gate']} only reports: hold it against manifest.yml"
            self.report.warnings.append(f"line {one.line}: {told}")
        self.files(one, one.said["configuration"])
        for found in one.said["found"]:
            if set(found) != set(FINDING.split()):
                self.control(one, found)
        if self.afterwards(one) and not one.said["gate"].endswith(":after"):
            raise Broken("a gate after the verdict of its run")

    def control(self, one, found):
        """A finding of the control node: the command that it ran, or the earlier receipt that stands for it."""
        whole = set(found) == {*FINDING.split(), *CONTROL_FINDING.split()}
        if not whole or len(one.said["found"]) != 1 or found["host"] != "control":
            raise Broken("other fields than those of a finding")
        run, reused = found["run"], found["reused"]
        if run:
            if not re.fullmatch(RUN_KEY, run["runKey"]):
                raise Broken(f"{run['runKey']!r} is no run key")
            time_of(re.sub("CAP-(....)(..)(..)-(..)(..)(..)__.*", r"\1-\2-\3T\4:\5:\6Z", run["runKey"]))
            self.command(one, run)
        if reused:
            other = self.earlier(reused["digest"], one, "gate")
            told = other.said["found"][0]
            if run or not found["inputs"] or told.get("inputs") != found["inputs"] or told["reused"]:
                raise Broken(f"line {other.line} had other inputs, and can't stand for this gate")
            if other.said["result"] != "PASSED" or found["verdict"] != "PASSED":
                raise Broken(f"line {other.line} can't stand for this gate: it is {other.said['result']}")
            if any(other.said[name] != one.said[name] for name in ("gate", "stack")):
                raise Broken(f"line {other.line} is another gate")

    def command(self, one, run):
        """What lies in the folder of a command."""
        folder = f"R{run['runKey']}"
        output, text = (os.path.join(self.sessions, folder, name) for name in ("output.txt", "receipt.json"))
        if not is_plain(output):
            self.report.untold(f"sessions/{folder}/output.txt is missing", one.line)
        elif hashlib.sha256(read_bytes(output, MAX_FILE + 1)).hexdigest() != run["output"]["sha256"]:
            self.report.invalid(f"sessions/{folder}/output.txt was altered", one.line)
        if is_plain(text) and read_json(read_bytes(text, MAX_FILE)) != one.statement:
            self.report.invalid(f"sessions/{folder}/receipt.json is not this statement", one.line)

    def afterwards(self, gate):
        """Whether a gate was judged once the release was live, so that no verdict can stand on it."""
        intent, outcome = (self.part(gate, "deployment", phase) for phase in ("intent", "outcome"))
        return bool(intent and intent.line < gate.line and (not outcome or gate.line < outcome.line))

    def gates_before(self, run):
        gates = [gate for what, gate in self.runs[run].items() if what[0] == "gate"]
        return [gate for gate in gates if not self.afterwards(gate)]

    def verdict(self, one):
        said, passed = one.said, one.said["verdict"] == "PASSED"
        if (said["verificationResult"] == "PASSED") != passed or (said["verifiedLevels"] == ["FAILED"]) == passed:
            raise Broken("verdict, verificationResult and verifiedLevels contradict each other")
        inputs = [self.earlier(named["digest"], one, "gate", "approval") for named in said["inputAttestations"]]
        gates = [found for found in inputs if found.kind == "gate"]
        for gate in gates:
            self.same(one, gate, "runKey", "environment", "stack")
            judged = [file["digest"] for file in gate.said["configuration"] if file["name"] == "manifest.yml"]
            if judged != ([said["manifest"]["digest"]] if said["manifest"] else []):
                raise Broken(f"line {gate.line} has judged another manifest")
            if passed and gate.said["result"] == "FAILED":
                raise Broken(f"PASSED, while the gate of line {gate.line} is FAILED")
        missing = [gate.line for gate in self.gates_before(one.run) if gate not in gates]
        if passed and (missing or not gates):
            raise Broken(f"PASSED without the gates of lines {missing}" if missing else "PASSED without any gate")
        self.approvals(one, [found for found in inputs if found.kind == "approval"], passed)

    def approvals(self, one, approvals, passed):
        people = set()
        for found in approvals:
            self.approved(one, found)
            people.update([] if found.said["overrides"] else found.people)
        wanted = one.said["approvals"]
        if wanted is not None:
            principals = set(wanted["principals"])
            for found in approvals:
                if not found.said["overrides"] and found.said["irreversible"] != wanted["irreversible"]:
                    raise Broken(f"the approval of line {found.line} names other irreversible migrations")
            if not 1 <= wanted["threshold"] <= len(principals):
                raise Broken(f"a threshold of {wanted['threshold']} with {len(principals)} principals")
            if passed and not self.part(one, "deployment", "intent"):
                self.report.untold("no intent says who requested this run", one.line)
            counted = (people & principals) - self.requesters(one)
            if passed and len(counted) < wanted["threshold"]:
                raise Broken(f"{len(counted)} approvals of {wanted['threshold']} that are wanted: {sorted(counted)}")
        if passed:
            self.used.update(((found.message, name), one.line) for found in approvals for name in found.people)

    def approved(self, one, found):
        """Whether an approval holds for this verdict."""
        said, what = one.said, f"the approval of line {found.line}"
        self.same(found, one, "environment", "stack")
        if not said["manifest"] or found.said["manifest"]["digest"] != said["manifest"]["digest"]:
            raise Broken(f"{what} is for another manifest")
        if time_of(found.said["expiresOn"]) <= one.time:
            raise Broken(f"{what} has expired")
        used = [self.used[found.message, name] for name in found.people if (found.message, name) in self.used]
        if used:
            raise Broken(f"{what} is used up by line {used[0]}")
        live = self.live.get((said["stack"], said["environment"]), {}).values()
        if live and (found.said["replaces"] or {"digest": {"sha256": ""}})["digest"]["sha256"] not in live:
            raise Broken(f"{what} is for a manifest that was replaced")

    def requesters(self, one):
        told = [part for part in (self.part(one, "deployment", phase) for phase in ("intent", "outcome")) if part]
        return {name for part in told for name in (part.said["requester"]["user"], *part.people)}

    def same(self, one, other, *names):
        for name in names:
            if one.said[name] != other.said[name]:
                raise Broken(f"{name} is not that of line {other.line}")
        if one.kind != "approval" and one.statement["subject"] != other.statement["subject"]:
            raise Broken(f"its subject is not that of line {other.line}")

    def deployment(self, one):
        self.files(one, one.said["files"] + one.said["renderings"])
        self.intent(one) if one.said["phase"] == "intent" else self.outcome(one)

    def intent(self, one):
        if not one.said["verdictReceipt"] or one.said["resolves"]:
            raise Broken("an intent without a verdict, or one that resolves another run")
        verdict = self.earlier(one.said["verdictReceipt"]["digest"], one, "verdict")
        self.same(one, verdict, "runKey", "environment", "stack", "manifest")
        if verdict.said["verdict"] != "PASSED":
            raise Broken(f"the verdict of line {verdict.line} is {verdict.said['verdict']}")
        gates = [gate.said for gate in self.gates_before(one.run)]
        found = sorted((gate["gate"], got["host"], got["verdict"]) for gate in gates for got in gate["found"])
        missing = {host["name"] for host in one.said["hosts"]} - {host for _gate, host, _verdict in found}
        if missing:
            raise Broken(f"no gate has judged the hosts {sorted(missing)}")
        if self.told(one) not in (None, found):
            raise Broken("what it tells of its gates is not what their receipts say")
        if not self.part(one, "deployment", "outcome") and one.run not in self.resolved:
            self.report.untold("intent without outcome", one.line)

    def outcome(self, one):
        intent, said = self.part(one, "deployment", "intent"), one.said
        self.text(one)
        resolved = self.runs.get(said["resolves"], {}).get(("deployment", "intent", None))
        place = said["stack"], said["environment"]
        if said["resolves"] and not (
            resolved and resolved.line < one.line and (resolved.said["stack"], resolved.said["environment"]) == place
        ):
            raise Broken(f"it resolves {said['resolves']!r}, which is no earlier intent for this stack and environment")
        if intent and intent.line < one.line:
            self.intended(one, intent)
        elif said["outcome"] in ("refused", "judged"):
            for host in said["hosts"]:
                if host["outcome"] not in ("", "refused", "judged") or any(told["changed"] for told in host["reports"]):
                    raise Broken(f"the host {host['name']} was changed without an intent before it")
        elif said["action"] == "promote":
            raise Broken("an outcome without an intent before it")
        else:
            self.report.untold("an outcome of a rollback without an intent before it", one.line)
        self.learn(said)

    def intended(self, one, intent):
        """An outcome tells of what was intended, on those hosts and no others."""
        if self.report.verdict(intent.line) == INVALID:
            raise Broken(f"its intent, line {intent.line}, is INVALID")
        self.same(one, intent, *REQUEST.split())
        if sorted(host["name"] for host in one.said["hosts"]) != sorted(host["name"] for host in intent.said["hosts"]):
            raise Broken(f"its hosts are not those of line {intent.line}")
        if one.said["requestSignedBy"] not in ("", *intent.people):
            raise Broken(f"{one.said['requestSignedBy']} has not signed line {intent.line}")
        if self.told(one) != self.told(intent):
            raise Broken(f"its gates are not those of line {intent.line}")
        if one.said["verdictReceipt"] not in (None, intent.said["verdictReceipt"]):
            raise Broken(f"its verdict is not that of line {intent.line}")

    def went_live(self, run, one):
        """The outcome of a promotion that went live before this line."""
        outcome = self.runs.get(run, {}).get(("deployment", "outcome", None))
        if not outcome or outcome.line >= one.line or self.report.verdict(outcome.line) == INVALID:
            raise Broken(f"no earlier line is the outcome of {run}")
        if outcome.said["action"] != "promote" or outcome.said["outcome"] not in ("promoted", "no_change"):
            raise Broken(f"{run} is no promotion that went live")
        return outcome

    def acceptance(self, one):
        said, outcome = one.said, self.went_live(one.said["acceptedRun"], one)
        if said["outcomeReceipt"]["digest"]["sha256"] != outcome.digest:
            raise Broken(f"outcomeReceipt is not line {outcome.line}")
        if any(said[name] != outcome.said[name] for name in ("environment", "stack")):
            raise Broken(f"environment or stack is not that of line {outcome.line}")
        if said["manifest"]["digest"] != (outcome.said["manifest"] or {}).get("digest"):
            raise Broken("it is for another manifest than that of the run")

    def closing(self, one):
        for run in one.said["runs"]:
            self.went_live(run, one)
        if not one.said["runs"]:
            raise Broken("a loop that was closed with no run")

    @staticmethod
    def told(one):
        """What a deployment tells of its gates."""
        gates = one.said["gates"]
        return gates and sorted((got["gate"], got["host"], got["verdict"]) for got in gates["results"])

    def learn(self, said):
        """Which manifest is live on each host, as it was observed."""
        hosts = self.live.setdefault((said["stack"], said["environment"]), {})
        for host in said["hosts"]:
            seen = [told for told in host["reports"] if told["manifest"] and told["release"] == host["live"]]
            if seen:
                hosts[host["name"]] = seen[-1]["manifest"]["sha256"]
            elif host["live"] != host["from"]:
                hosts.pop(host["name"], None)


# --- the log as a whole --------------------------------------------------------------------------------------------


def read_note(text, name, keys, tools, entries=None):
    """Origin, size and root of a checkpoint (C2SP tlog-checkpoint) that a trusted key has signed.

    An anchor may reach beyond the `entries` of the log; what was cut off may have introduced its key.
    """
    if re.search("[\x00-\x09\x0b-\x1f]", text):
        raise Broken(f"{name} is malformed: it has control characters")
    body, _blank, signatures = text.rpartition("\n\n")
    origin, size, root = (body.split("\n") + ["", "", ""])[:3]
    lines = [re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line) for line in signatures[:-1].split("\n")]
    whole = origin and "" not in body.split("\n") and signatures.endswith("\n") and all(lines)
    if not (whole and re.fullmatch("0|[1-9][0-9]{0,17}", size)):
        raise Broken(f"{name} is malformed")
    if any(base64.b64encode(unbase64(text)).decode() != text for text in (root, *(line[2] for line in lines))):
        raise Broken(f"{name} is malformed: its base64 is written in another way")
    size, root = int(size), unbase64(root)
    for line in lines:
        blob = unbase64(line[2])
        for keyid, der in keys.gate.items():
            hint = hashlib.sha256(origin.encode() + b"\n\x01" + der[len(SPKI_ED25519) :]).digest()[:4]
            valid = not size or not keys.fault("gate", keyid, size + 1) or not keys.fault("gate", keyid, size)
            valid = valid or (entries is not None and size > entries and keys.unknown("gate", keyid))
            named = (line[1], blob[:4]) == (origin, hint)
            if valid and named and tools.ed25519(der, f"{body}\n".encode(), blob[4:]):
                return origin, size, root
    raise Broken(f"{name} has no valid signature of a gate key that is trusted and valid at its size")


def check_log(log, note, anchors, expected, keys, tools, report):
    """Hold the log against its checkpoint and the anchors; return how many lines the checkpoint proves."""
    *lines, tail = log.split(b"\n")
    kept = list(read_anchors(anchors, keys, tools, report, len(lines)))
    try:
        origin, size, root = read_note(note, "checkpoint", keys, tools) if note else (None, 0, tree_roots([], {0})[0])
    except Broken as error:
        report.invalid(str(error))
        return 0
    for path, _origin, seen, _root in kept:
        if not note and seen:
            report.invalid(f"the checkpoint is missing, and anchor {path} has seen one of {seen} receipts")
    roots = tree_roots(lines, {size, *(seen for _path, _origin, seen, _root in kept)})
    if note:
        check_anchors(kept, origin, size, {**roots, size: root}, report)
        if expected not in (None, origin):
            report.invalid(f"the checkpoint has the origin {origin}, wanted {expected}")
    if size > len(lines):
        report.invalid(f"log.jsonl has {len(lines)} whole lines, and the checkpoint covers {size}: cut off")
        return 0
    if roots[size] != root:
        report.invalid(f"the first {size} lines of log.jsonl are not those of the checkpoint")
        return 0
    if len(lines) > size or not lines:
        report.untold(f"{len(lines) - size} of {len(lines)} lines are not yet under a checkpoint")
    if tail:
        report.untold(f"a torn line of {len(tail)} bytes beyond the checkpoint; the next append mends it")
    return size


def read_anchors(anchors, keys, tools, report, entries):
    """The anchors that a trusted key has signed. Whoever keeps one can break it, which proves nothing."""
    read = 0
    for path in anchors:
        try:
            yield (path, *read_note(read_text(path), f"anchor {path}", keys, tools, entries))
            read += 1
        except (Broken, UnicodeError) as error:
            report.untold(str(error))
    if not read:
        report.untold("no anchor: nothing tells whether the end was cut off together with the checkpoint")


def check_anchors(kept, origin, size, roots, report):
    for path, other, seen, root in kept:
        if other != origin:
            report.invalid(f"the checkpoint has the origin {origin}, and anchor {path} {other}")
        elif seen > size:
            report.invalid(f"rolled back: the checkpoint covers {size} receipts, and anchor {path} has seen {seen}")
        elif roots.get(seen, root) != root:
            report.invalid(f"fork: anchor {path} has seen another log of {seen} receipts")


def is_plain(path):
    """A file, and no link to one, which could lead anywhere."""
    return os.path.isfile(path) and not os.path.islink(path)


def read_bytes(path, most=-1):
    with open(path, "rb") as file:
        return file.read(most)


def read_text(path):
    """A note; one with characters that are no text has no valid signature."""
    return read_bytes(path).decode("utf-8", "replace")


def read_log(ledger):
    path = os.path.join(ledger, "log.jsonl")
    segments = os.path.join(ledger, "log")  # of a ledger that is kept in git: a clone of its branch has these
    if os.path.exists(path):
        return read_bytes(path)
    names = sorted(os.listdir(segments)) if os.path.isdir(segments) else []
    return b"".join(read_bytes(os.path.join(segments, name)) for name in names)


def verify(options, tools, report):
    keys = Keys(options.keys)
    if not tools.can_ed25519():
        raise Broken("openssl cannot check Ed25519 signatures here: OpenSSL 3 is wanted")
    ledger = os.path.join(options.receipts, "ledger")
    log = read_log(ledger)
    checkpoint = os.path.join(ledger, "checkpoint")
    note = read_text(checkpoint) if os.path.exists(checkpoint) else ""
    lines = log.split(b"\n")[:-1]
    receipts = read_receipts(lines, keys, tools, report)
    Book(receipts, os.path.join(options.receipts, "sessions"), report)
    proven = check_log(log, note, options.anchor, options.origin, keys, tools, report)
    for number in range(proven + 1, len(lines) + 1):
        report.untold("no checkpoint proves its place in the log", number)
    return lines


class Parser(argparse.ArgumentParser):
    def exit(self, status=0, message=None):
        """Called wrongly is 3: argparse's own 2 would say INDETERMINATE."""
        super().exit(status and 3, message)


def main():
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipts", metavar="RECEIPTS")
    parser.add_argument("keys", metavar="KEYS")
    parser.add_argument("--anchor", metavar="NOTE", action="append", default=[])
    parser.add_argument("--origin", metavar="ORIGIN")
    options, report = parser.parse_args(), Report()
    for path in (os.path.join(options.receipts, "ledger"), os.path.join(options.keys, "gate.pub"), *options.anchor):
        if not os.path.exists(path):
            parser.error(f"there is no {path}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            lines = verify(options, Tools(folder), report)
    except (OSError, Broken, ValueError) as error:
        print(f"INDETERMINATE: {error}")
        return INDETERMINATE
    for verdict, first, last, text in report.spans():
        lines_named = f"lines {first} to {last}" if last > first else f"line {first}" if first else "ledger"
        print(f"{WORDS[verdict]}: {lines_named}: {text}")
    for text in report.warnings:
        print(f"warning: {text}")
    counts = [sum(report.verdict(number + 1) == verdict for number in range(len(lines))) for verdict in range(3)]
    print("receipts: " + ", ".join(f"{count} {word}" for count, word in zip(counts, WORDS)))
    print(WORDS[report.verdict()])
    return report.verdict()


if __name__ == "__main__":
    sys.exit(main())
