# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real commands certify modules in real checkouts: what they do is what the gate says, and nothing of it stays."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Callable, Mapping

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Build,
    Manifest,
    Module,
    Recert,
    RecertStep,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context
from ansible_collections.mint.promotion.plugins.plugin_utils._recert_gate import recert_questions

TAP = "TAP version 14\\n1..2\\nok 1 - adds\\nok 2 - takes away\\n"
JUNIT = '<testsuite name="web" tests="1"><testcase name="one"/></testsuite>'


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, files: Mapping[str, str]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a module `web`; Ansible's own temporary folder is beside it."""
    (tmp_path / "local").mkdir()
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path / "local"))
    (tmp_path / "shop").mkdir()
    git(tmp_path / "shop", "init", "--quiet")
    commit(tmp_path / "shop", {"web/answer": "42\n", "api/answer": "43\n"})
    return tmp_path / "shop"


def shell(name: str, script: str, **fields: Any) -> RecertStep:
    return RecertStep(name, ("sh", "-c", script), **fields)


Certify = Callable[..., dict[str, GateResult]]


@pytest.fixture
def certify(repository: Path) -> Certify:
    def run(
        *steps: RecertStep, recert: Recert | None = None, **others: tuple[RecertStep, ...]
    ) -> dict[str, GateResult]:
        head = git(repository, "rev-parse", "HEAD")
        given = {"web": steps, **others}
        modules = tuple(
            Module(name, f"team/{name}@sha256:{'1' * 64}", name, head, build=Build(context=name), recert=one)
            for name, one in given.items()
        )
        manifest = Manifest(1, "shop", "shop", "https://git.example.com/shop", head, modules, recert=recert or Recert())
        results = judge(context(repository, manifest), lambda _line: None, (recert_questions,))
        return {one.gate: one for one in results}

    return run


def context(repository: Path, manifest: Manifest) -> Context:
    run = Run(
        "CAP-20260131-120000__mint.promotion.promote__R1",
        PROMOTE,
        "prod",
        "shop",
        ("prod-1",),
        "ada",
        "here",
        "2026-01-31T12:00:00Z",
        str(repository / "promotion.yml"),
        manifest=manifest,
    )
    return Context(run, {}, {}, PromotionError("There is no ledger"), None, (), ("hunter2secret",))


def leftovers(repository: Path) -> list[str]:
    """What a recertification has left in the repository, or in the temporary folder."""
    worktrees = git(repository, "worktree", "list", "--porcelain").split("\n\n")
    return [*worktrees[1:], *map(str, (repository.parent / "local").iterdir())]


def test_the_steps_pass_in_a_clean_checkout_of_the_revision(certify: Certify, repository: Path) -> None:
    (repository / "web/answer").write_text("dirty")
    (repository / "web/untracked").write_text("dirty")
    found = certify(
        shell("install", "touch installed"),
        shell("build", "test -e installed && test ! -e untracked && test $(cat answer) = 42"),
        shell("test", f"printf '{TAP}'", reader="tap"),
    )
    assert {gate: one.verdict for gate, one in found.items()} == {
        "recert:web:install": PASSED,
        "recert:web:build": PASSED,
        "recert:web:test": PASSED,
    }
    assert found["recert:web:test"].counts == "2/2 tests"
    assert leftovers(repository) == []


def test_a_failed_step_ends_those_after_it_and_no_other_module(certify: Certify, repository: Path) -> None:
    found = certify(
        shell("build", "echo 'missing semicolon' >&2; exit 3"),
        shell("test", "true"),
        shell("more", "true"),
        api=(shell("build", "test $(cat answer) = 43"),),
    )
    assert found["recert:web:build"].verdict == FAILED
    assert found["recert:web:build"].found == "it ended with 3: missing semicolon"
    assert found["recert:web:build"].run is not None
    assert found["recert:web:build"].run.run_key in found["recert:web:build"].remedy
    for step in ("test", "more"):
        result = found[f"recert:web:{step}"]
        assert (result.verdict, result.found) == (INCONCLUSIVE, "it was not run: build did not pass")
        assert result.remedy == "see recert:web:build"
    assert found["recert:api:build"].verdict == PASSED
    assert leftovers(repository) == []


def test_a_committed_report_is_no_report_of_this_run(certify: Certify, repository: Path) -> None:
    commit(repository, {"web/report.xml": JUNIT})
    found = certify(shell("test", "true", reader="junit", report="report.xml"))["recert:web:test"]
    assert (found.verdict, found.found) == (INCONCLUSIVE, "it ended with 0 and wrote no report.xml")


def test_a_report_that_is_older_than_the_run_is_none(certify: Certify) -> None:
    script = f"echo '{JUNIT}' > report.xml; touch -d '1 hour ago' report.xml"
    found = certify(shell("test", script, reader="junit", report="report.xml"))["recert:web:test"]
    assert (found.verdict, found.counts) == (INCONCLUSIVE, "")


def test_a_report_of_this_run_is_counted(certify: Certify) -> None:
    script = f"mkdir out; echo '{JUNIT}' > out/report.xml"
    found = certify(shell("test", script, reader="junit", report="out/report.xml"))["recert:web:test"]
    assert (found.verdict, found.counts) == (PASSED, "1/1 test")


def test_a_run_without_tests_is_inconclusive(certify: Certify) -> None:
    found = certify(shell("test", "printf 'TAP version 14\\n1..0\\n'", reader="tap"))["recert:web:test"]
    assert found.verdict == INCONCLUSIVE


def test_a_command_that_takes_too_long_is_ended(certify: Certify, repository: Path) -> None:
    found = certify(shell("test", "echo begun; sleep 60", timeout_seconds=1))["recert:web:test"]
    assert found.verdict == INCONCLUSIVE
    assert found.found == "it still ran after 1 s and was ended: begun"
    assert leftovers(repository) == []


def test_the_environment_is_stated_and_not_inherited(certify: Certify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--inspect")
    script = 'test -z "$NODE_OPTIONS" && test "$CI" = 1 && test -n "$PATH" && test -n "$HOME"'
    found = certify(shell("test", script), recert=Recert(environment={"CI": "1"}))
    assert found["recert:web:test"].verdict == PASSED


@pytest.mark.parametrize(("parallel", "together"), [(1, False), (2, True)])
def test_modules_run_beside_each_other_within_the_limit(
    certify: Certify, tmp_path: Path, parallel: int, together: bool
) -> None:
    """Each step waits for the other's: who runs alone waits in vain."""
    meet = f"touch {tmp_path}/$1; for i in $(seq 20); do test -e {tmp_path}/$2 && exit 0; sleep 0.1; done; exit 1"
    found = certify(
        RecertStep("meet", ("sh", "-c", meet, "meet", "web", "api")),
        recert=Recert(parallel=parallel),
        api=(RecertStep("meet", ("sh", "-c", meet, "meet", "api", "web")),),
    )
    verdicts = [one.verdict for one in found.values()]
    assert (verdicts == [PASSED, PASSED]) is together


def test_where_nothing_can_be_run_the_gate_says_what_is_missing(certify: Certify, repository: Path) -> None:
    absent = certify(RecertStep("test", ("no-such-command",)))["recert:web:test"]
    assert absent.verdict == INCONCLUSIVE
    assert "no-such-command" in absent.found
    nowhere = certify(shell("test", "true", directory="gone"))["recert:web:test"]
    assert (nowhere.verdict, "web has no folder gone" in nowhere.found) == (INCONCLUSIVE, True)
    assert leftovers(repository) == []


def test_without_a_repository_the_gate_says_how_to_name_one(repository: Path, tmp_path: Path) -> None:
    module = Module("web", "team/web", "web", "1" * 40, recert=(shell("test", "true"),))
    manifest = Manifest(1, "shop", "shop", "https://git.example.com/shop", "1" * 40, (module,))
    (result,) = judge(context(tmp_path / "local", manifest), lambda _line: None, (recert_questions,))
    assert (result.verdict, "promotion_repository_path" in result.remedy) == (INCONCLUSIVE, True)
    (result,) = judge(context(repository, manifest), lambda _line: None, (recert_questions,))
    assert (result.verdict, "has no commit" in result.found) == (INCONCLUSIVE, True)


def test_what_went_into_the_image_is_certified(certify: Certify, repository: Path) -> None:
    """The module's revision where its folder has changed since, else the commit that the manifest describes."""
    first = git(repository, "rev-parse", "HEAD")
    later = commit(repository, {"common": "shared"})
    latest = commit(repository, {"web/answer": "44\n"})
    for described, script in ((later, "test -e ../common"), (latest, "test $(cat answer) = 42")):
        step = shell("test", script)
        module = Module("web", "team/web", "web", first, build=Build(context="web"), recert=(step,))
        manifest = Manifest(1, "shop", "shop", "https://git.example.com/shop", described, (module,))
        (result,) = judge(context(repository, manifest), lambda _line: None, (recert_questions,))
        assert result.verdict == PASSED, described
