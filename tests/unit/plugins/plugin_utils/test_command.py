# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands of gates: real processes, and what is left of them."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._ledger.run_key import parse_run_key
from ansible_collections.mint.promotion.plugins.plugin_utils._command import KEPT_BYTES, Ran, run_command

from .gate_contexts import context_of, run_of


def ran(folder: Path, code: str, seconds: float = 20, secrets: tuple[str, ...] = (), **environment: str) -> Ran:
    context = context_of(run_of(folder), secrets)
    done = run_command([sys.executable, "-c", code], folder, environment, seconds, "recert:web:test", context)
    assert context.outputs == {done.run.run_key: done.output}
    return done


def test_a_command_has_a_run_key_an_exit_code_and_the_digest_of_its_output(tmp_path: Path) -> None:
    done = ran(tmp_path, "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.run.exit_code, done.text, done.timed_out) == (3, "out\nerr\n", False)
    assert done.run.output == sha256_digest(b"out\nerr\n")
    assert parse_run_key(done.run.run_key).capability == "recert.web.test"
    assert 0 < done.run.seconds < 20


def test_it_sees_the_stated_environment_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "of the control node")
    told = ran(tmp_path, "import os; print(sorted(os.environ), os.getcwd())", CI="1").text
    names = {"CI", *({"PATH", "HOME", "LANG"} & set(os.environ))}
    assert told.startswith(str(sorted({*names, *(["LC_CTYPE"] if "LC_CTYPE" in told else [])})))
    assert told.endswith(f"{tmp_path}\n")


def test_at_its_limit_it_ends_with_all_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}])"
    code += "; print('on', flush=True); time.sleep(60)"
    done = ran(tmp_path, code, seconds=0.7)
    assert (done.run.exit_code, done.timed_out, done.text) == (None, True, "on\n")
    time.sleep(1.5)
    assert not mark.exists()


def test_a_child_that_outlives_it_does_not_keep_the_run(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print('done')"
    )
    began = time.monotonic()
    assert ran(tmp_path, code).run.exit_code == 0
    assert time.monotonic() - began < 10


def test_secret_values_are_masked_in_its_output(tmp_path: Path) -> None:
    done = ran(tmp_path, "print('the token is open-sesame-9')", secrets=("open-sesame-9",))
    assert done.text == "the token is ********\n"


@pytest.mark.parametrize("before", range(-14, 1, 7))
def test_no_part_of_a_secret_value_is_left_where_the_output_was_cut(tmp_path: Path, before: int) -> None:
    secret = "geheimniskrämer"
    code = f"import sys; s = {secret!r}.encode(); w = sys.stdout.buffer.write"
    code += f"; w(b'-' * {KEPT_BYTES + before} + s + b'-' * 999 + s + b'-' * {KEPT_BYTES + before})"
    text = ran(tmp_path, code, secrets=(secret,)).text
    assert "bytes are left out here" in text
    assert not set("geimnskräm").intersection(text.replace("bytes are left out here", ""))


def test_a_long_secret_value_that_fills_the_output_leaves_no_part_of_itself_either(tmp_path: Path) -> None:
    secret = "".join(f"{number:04}" for number in range(850))
    code = f"import sys; sys.stdout.write({secret!r} * {3 * KEPT_BYTES // len(secret)})"
    head, _gap, tail = ran(tmp_path, code, secrets=(secret,)).text.partition("\n[")
    assert not set(secret).intersection(head + tail.partition("\n")[2])


def test_of_a_long_output_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    done = ran(tmp_path, f"import sys; sys.stdout.write('first ' + 'x' * {3 * KEPT_BYTES} + ' last')")
    assert done.text.startswith("first x")
    assert done.text.endswith("x last")
    assert f"{KEPT_BYTES + len('first  last')} bytes are left out here" in done.text


@pytest.mark.parametrize(("argv", "folder"), [(["no-such-command-here"], "."), ([sys.executable], "nowhere")])
def test_what_cannot_be_started_says_why(tmp_path: Path, argv: list[str], folder: str) -> None:
    with pytest.raises(CommandFailed, match="could not be started"):
        run_command(argv, tmp_path / folder, {}, 5, "spine.verify", context_of(run_of(tmp_path)))


@pytest.mark.parametrize("code", ["pass", "os.close(1); os.close(2)"])
def test_an_interrupted_run_ends_its_commands(tmp_path: Path, code: str) -> None:
    context = context_of(run_of(tmp_path))
    found: list[Any] = []

    def work() -> None:
        try:
            argv = [sys.executable, "-c", f"import os, time; {code}; time.sleep(30)"]
            run_command(argv, tmp_path, {}, 20, "long", context)
        except CouldNotCheck as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.5)
    context.stop.set()
    thread.join(10)
    assert len(found) == 1
    with pytest.raises(CouldNotCheck):
        run_command(["true"], tmp_path, {}, 5, "next", context)
