# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A tunnel stays open whatever ssh says meanwhile; tests on hosts show that images go through it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.plugin_utils._tunnel import tunnel

TALKATIVE = """#!/bin/sh
echo "Allocated port 4321 for remote forward to 127.0.0.1:5000" >&2
head -c 1000000 /dev/zero | tr '\\0' 'd' >&2
echo >&2
touch {done}
{end}
"""


class Connection:
    """As much of Ansible's connection as a tunnel asks for, with another program in the place of ssh."""

    transport = "ssh"
    host = "web1"

    def __init__(self, program: Path, text: str) -> None:
        program.write_text(text)
        program.chmod(0o755)
        self._program = program

    def get_option(self, name: str) -> str | None:
        return None

    def _build_command(self, executable: str, kind: str) -> list[bytes]:
        return [bytes(self._program)]


def wait_for(path: Path) -> None:
    end = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < end, "ssh waits for somebody to read what it says"
        time.sleep(0.01)


def test_an_ssh_that_says_much_goes_on(tmp_path: Path) -> None:
    done = tmp_path / "done"
    text = TALKATIVE.format(done=done, end="exec sleep 60")
    with tunnel(Connection(tmp_path / "ssh", text), 5000) as way:
        assert way.port == 4321
        wait_for(done)
        assert way.lost() == ""


def test_the_last_words_of_one_that_has_ended_are_told(tmp_path: Path) -> None:
    done = tmp_path / "done"
    text = TALKATIVE.format(done=done, end='sleep 0.2; echo "Connection reset by peer" >&2; exit 255')
    with tunnel(Connection(tmp_path / "ssh", text), 5000) as way:
        wait_for(done)
        end = time.monotonic() + 10
        while not way.lost() and time.monotonic() < end:
            time.sleep(0.01)
        assert way.lost().endswith("Connection reset by peer")


def test_one_that_opens_nothing_is_refused_with_its_reason(tmp_path: Path) -> None:
    text = '#!/bin/sh\necho "Warning: remote port forwarding failed" >&2\nexit 255\n'
    with pytest.raises(Refused, match="remote port forwarding failed"), tunnel(Connection(tmp_path / "ssh", text), 1):
        pass
