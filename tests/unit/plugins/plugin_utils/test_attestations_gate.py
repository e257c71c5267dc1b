# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What others have signed about the images, in real files with real signatures."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ansible_collections.mint.promotion.plugins.module_utils._gates.attestations import NAME
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    EnvelopeSignature,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Attestations, Module
from ansible_collections.mint.promotion.plugins.plugin_utils._attestations_gate import attestation_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge

from .gate_contexts import context_of, run_of

DIGEST, OTHER = "a" * 64, "b" * 64
SLSA = "https://slsa.dev/provenance/v1"
WEB = Module("web", f"registry.example.com/web@sha256:{DIGEST}", "web", "c" * 40)
STOCK = Module("database", f"postgres@sha256:{OTHER}", "database", third_party=True)
Sign = Callable[[bytes], bytes]


class Signer:
    """Somebody who attests images. Ed25519 as OpenSSH writes its keys, ECDSA as cosign does."""

    def __init__(self, elliptic: bool = False) -> None:
        if elliptic:
            curve = ec.generate_private_key(ec.SECP256R1())
            self.sign: Sign = lambda message: curve.sign(message, ec.ECDSA(hashes.SHA256()))
            public = curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        else:
            edwards = Ed25519PrivateKey.generate()
            self.sign = edwards.sign
            public = edwards.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        self.public = public.decode("ascii")

    def attest(self, digest: str = DIGEST, kind: str = SLSA, **changed: Any) -> bytes:
        subject = [{"name": "web", "digest": {"sha256": digest}}]
        statement = {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": kind, **changed}
        payload = json.dumps({**statement, "predicate": {}}).encode("utf-8")
        envelope = Envelope(payload, PAYLOAD_TYPE, ())
        return envelope_line(replace(envelope, signatures=(EnvelopeSignature("", self.sign(envelope.signed_bytes)),)))


@pytest.fixture(scope="module")
def ci() -> Signer:
    return Signer()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def put(folder: Path, name: str, *lines: bytes) -> None:
    (folder / "signed").mkdir(exist_ok=True)
    (folder / "signed" / name).write_bytes(b"\n".join(lines))


def judged(folder: Path, *signers: Signer, types: tuple[str, ...] = (SLSA,), modes: Any = None) -> GateResult:
    run = run_of(folder, gates=modes)
    assert run.manifest is not None
    asked = Attestations("signed", tuple(one.public for one in signers), types)
    run = replace(run, manifest=replace(run.manifest, modules=(WEB, STOCK), attestations=asked))
    (result,) = judge(context_of(run), lambda _line: None, (attestation_questions,))
    assert result.gate == NAME
    return result


def test_a_manifest_that_does_not_ask_gets_no_gate(folder: Path) -> None:
    assert judge(context_of(run_of(folder)), lambda _line: None, (attestation_questions,)) == ()


@pytest.mark.parametrize("elliptic", [False, True], ids=["OpenSSH", "PEM"])
def test_an_image_that_a_named_key_has_attested_passes(folder: Path, elliptic: bool) -> None:
    signer = Signer(elliptic)
    put(folder, "all.jsonl", signer.attest(OTHER), signer.attest(), b"")
    assert (judged(folder, Signer(), signer).verdict, judged(folder, signer).found) == (
        PASSED,
        "1/1 images are attested",
    )
    assert judged(folder, signer, types=()).verdict == PASSED


def test_nothing_another_digest_another_key_or_another_type_fails_with_what_is_there(folder: Path, ci: Signer) -> None:
    assert judged(folder, ci).verdict == FAILED
    put(folder, "web.json", ci.attest(OTHER))
    missing = judged(folder, ci)
    assert (missing.verdict, "web: no statement names sha256:aaaaaaaaaaaa, of 1 that are" in missing.found) == (
        FAILED,
        True,
    )
    put(folder, "web.json", ci.attest())
    stranger = judged(folder, Signer())
    assert (stranger.verdict, "signed/web.json has no good signature" in stranger.found) == (FAILED, True)
    kind = judged(folder, ci, types=("https://example.com/sbom",))
    assert (kind.verdict, f"signed/web.json is of the type {SLSA}" in kind.found) == (FAILED, True)


def test_what_was_altered_after_it_was_signed_counts_for_nothing(folder: Path, ci: Signer) -> None:
    envelope = json.loads(ci.attest())
    envelope["payload"] = json.loads(ci.attest(OTHER))["payload"]
    put(folder, "web.json", json.dumps(envelope).encode())
    put(folder, "other.json", ci.attest(OTHER))
    assert judged(folder, ci).verdict == FAILED


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"{", "no JSON"), (b"{}", "signatures"), (Signer().attest(_type="https://example.com"), "no in-toto statement")],
)
def test_a_file_that_cannot_be_read_leaves_it_open_where_an_image_lacks_its_statement(
    folder: Path, ci: Signer, content: bytes, words: str
) -> None:
    put(folder, "broken.json", content)
    found = judged(folder, ci)
    assert (found.verdict, "signed/broken.json" in found.found, words in found.found) == (INCONCLUSIVE, True, True)
    put(folder, "web.json", ci.attest())
    assert judged(folder, ci).verdict == PASSED


def test_what_cannot_be_read_in_a_file_of_many_hides_no_other_line(folder: Path, ci: Signer) -> None:
    put(folder, "all.jsonl", b"x" * (2**20 + 1), b"{", ci.attest())
    assert judged(folder, ci).verdict == PASSED
    put(folder, "all.jsonl", ci.attest(OTHER), b"", b"{")
    found = judged(folder, ci)
    assert found.verdict == INCONCLUSIVE
    assert "signed/all.jsonl line 3: The receipt is malformed: found no JSON" in found.found


def test_a_key_that_is_none_leaves_it_open_and_the_policy_can_lower_the_family(folder: Path, ci: Signer) -> None:
    broken = Signer()
    broken.public = "ssh-ed25519 AAAA ci"
    found = judged(folder, ci, broken, modes={"provenance": "report"})
    assert (found.verdict, found.mode) == (INCONCLUSIVE, "report")
