# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The release scripts refuse what they don't know. tests/integration/test_some_modules.py has them promote."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "examples/mint-modules/scripts/release"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script where there is no ansible-playbook: it has to end before it would start one."""
    environment = {"PATH": "/usr/bin:/bin"}
    argv = ["bash", str(SCRIPTS / name), *arguments]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [[""], ["--dryrun"], ["artwork", "-C"], ["artwork x=1"], ["a,b"]])
def test_what_is_no_module_is_refused_before_anything_runs(arguments: list[str]) -> None:
    done = run("promote-to-prod.sh", *arguments)
    assert done.returncode == 2
    assert f"found '{arguments[-1]}', wanted --dry-run or the names of modules" in done.stderr


@pytest.mark.parametrize("arguments", [["artwork"], ["--to"], ["--to", ""], ["--to", "r1 x=1"], ["--dryrun"]])
def test_a_rollback_takes_a_release_by_name_and_nothing_else(arguments: list[str]) -> None:
    done = run("rollback-prod.sh", *arguments)
    assert done.returncode == 2
    assert "wanted" in done.stderr and "--to RELEASE" in done.stderr


@pytest.mark.parametrize("name", ["promote-to-prod.sh", "rollback-prod.sh"])
def test_help_says_how_it_is_called(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0
    assert f"{name} --dry-run " in done.stdout
