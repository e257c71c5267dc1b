# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands end in their time, and their output in its bounds; on real processes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.process import last_lines, run
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie (proc(5), the third field of stat)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def ends_within(seconds: float, pid: int) -> bool:
    """Whether the process, which was sent a signal, is gone in that time."""
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(pid)


def test_output_and_errors_are_told_apart() -> None:
    done = run(shell("echo out; echo err >&2; exit 3"), 10)
    assert (done.returncode, done.output, done.errors) == (3, "out\n", "err\n")


def test_merged_output_keeps_its_order() -> None:
    done = run(shell("echo 1; echo 2 >&2; echo 3"), 10, merged=True)
    assert (done.output, done.errors) == ("1\n2\n3\n", "")


def test_a_command_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    began = time.monotonic()
    done = run(shell(f"sleep 60 & echo $! > {pid_file}; wait"), 0.5)
    assert done.returncode is None
    assert time.monotonic() - began < 5
    assert ends_within(5, int(pid_file.read_text()))


def test_a_command_that_closes_its_output_is_waited_for_all_the_same() -> None:
    done = run(shell("exec >&- 2>&-; sleep 0.3; exit 7"), 10)
    assert done.returncode == 7


def test_a_child_in_the_background_does_not_hide_the_exit_code() -> None:
    done = run(shell("sleep 3 & exit 5"), 0.5)
    assert done.returncode == 5


def test_endless_output_is_read_and_not_kept() -> None:
    done = run(shell("head -c 300000 /dev/zero | tr '\\0' x; echo end >&2"), 10, kept=1000)
    assert (done.returncode, done.output, done.errors) == (0, "x" * 1000, "end\n")


def test_output_that_is_not_utf8_is_text_still() -> None:
    assert run(shell("printf '\\377a'"), 10).output == "\ufffda"


def test_it_sees_only_the_environment_it_is_given() -> None:
    assert run(["/usr/bin/env"], 10, environment={"ONLY": "this"}).output == "ONLY=this\n"


def test_a_command_that_is_not_there_is_named_with_no_arguments() -> None:
    with pytest.raises(CommandFailed) as caught:
        run(["no-such-command", "argument"], 10)
    assert "`no-such-command` could not be started" in str(caught.value)
    assert caught.value.returncode is None


def test_an_argument_with_a_nul_byte_is_refused_as_a_command_that_cannot_start() -> None:
    with pytest.raises(CommandFailed):
        run(["echo", "a\0b"], 10)


def test_the_last_lines_are_what_a_person_reads() -> None:
    assert last_lines("a\n\nb\n  \nc\n", count=2) == ["b", "c"]
    assert last_lines("x" * 500, width=3) == ["xxx"]
