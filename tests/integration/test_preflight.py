# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host must be like before a promotion: the gates of its clock, backup, way back and drift, on a real one.

Beside them the manifest's own gate that the control node asks.

Each test changes the host itself and asks all of them in one run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

import pytest

from integration.catalog import FIRST, SECOND
from integration.playbooks import Run
from integration.promotions import Promote, Promotion
from integration.stacks import edit

GATES = ("clock", "backup", "previous", "drift", "notes")
# A Python whose clock is ten minutes ahead: the host's own one can't be set, it is that of all containers.
AHEAD = "import time\n_time = time.time\ntime.time = lambda: _time() + 600\n"
SHIFTED = """mkdir -p {folder} && cat > {folder}/sitecustomize.py && cat > {folder}/python <<'END'
#!/bin/sh
PYTHONPATH={folder} exec /usr/bin/python3 "$@"
END
chmod +x {folder}/python"""


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Iterator[Promotion]:
    """The first revision is live, and was backed up just now. No other file uses this host: its images are removed."""
    promotion = new_promotion("prod-4")
    promotion.write(FIRST)
    run = promotion.promote().ended_well()
    assert verdicts(run) == {"clock": "PASSED", "previous": "PASSED", "drift": "PASSED (report)"}
    promotion.host.run("sh", "-c", f"echo dump > {backup(promotion)}")
    yield promotion
    promotion.host.run("rm", "-rf", backup(promotion), shifted(promotion))


def backup(promotion: Promotion) -> str:
    return f"/var/backups/{promotion.stack.name}.dump"


def shifted(promotion: Promotion) -> str:
    return f"/usr/local/lib/{promotion.stack.name}"


def asking(promotion: Promotion, name: str, *lines: str) -> None:
    """Write the manifest of a revision that refuses drift, with these limits and a gate of the control node."""
    limits = "".join(f"\n      {line}" for line in ("drift: refuse", *lines))
    gate = f"gates:\n  - {{name: notes, run_from: control, command: {{argv: [test, -s, {notes(promotion)}]}}}}"
    promotion.write(
        name,
        edit("    fleet: take_back", f"    fleet: take_back\n    preflight:{limits}"),
        edit("\npolicy:", f"\n{gate}\n\npolicy:"),
    )


def notes(promotion: Promotion) -> Path:
    return promotion.manifest.with_name("notes.md")


def verdicts(run: Run) -> dict[str, str]:
    """The verdicts of the gates of this file, as the table shows them."""
    rows = re.findall(r"^(\w+) +((?:PASSED|FAILED|INCONCLUSIVE)(?: \(report\))?)", run.output, re.MULTILINE)
    return {name: verdict for name, verdict in rows if name in GATES}


def test_each_of_them_refuses_a_host_that_is_not_as_it_must_be(promotion: Promotion) -> None:
    host = promotion.host
    asking(promotion, SECOND, f"backup: {{file: {backup(promotion)}, max_age_seconds: 3600}}")
    host.run("touch", "--date", "2 hours ago", backup(promotion))
    host.run("sh", "-c", SHIFTED.format(folder=shifted(promotion)), data=AHEAD)
    image = host.containers()["quote-page"]["Config"]["Image"]
    host.docker("stop", "--time", "1", host.containers()["quote-page"]["Id"])
    before = host.snapshot()
    host.docker("image", "rm", "--force", image)

    run = promotion.promote("-e", f"ansible_python_interpreter={shifted(promotion)}/python").refused()
    run.says("s ahead, give or take", "2 h 1", "has not all of its images", "quote-page: ")
    assert verdicts(run) == dict.fromkeys(GATES, "FAILED")
    assert host.snapshot() == before


def test_promoting_what_is_live_again_mends_it(promotion: Promotion) -> None:
    host = promotion.host
    promotion.write(FIRST)
    assert promotion.promote().ended_well().outcomes == {"prod-4": "promoted"}
    host.docker("stop", "--time", "1", host.containers()["quote-page"]["Id"])


def test_a_rollback_is_held_up_by_none_and_to_what_is_live_it_puts_the_host_right(promotion: Promotion) -> None:
    run = promotion.rollback("-e", f"promotion_release={promotion.host.live()}").ended_well()
    assert verdicts(run) == {}
    assert run.outcomes == {"prod-4": "restored"}


def test_what_cannot_be_told_refuses_as_well(promotion: Promotion) -> None:
    asking(
        promotion, SECOND, "clock_skew_seconds: 0.000001", "backup: {command: [echo, yesterday], max_age_seconds: 3600}"
    )
    notes(promotion).write_text("signed off", encoding="utf-8")
    journal = f"{promotion.host.folder}/journal.jsonl"
    saved = promotion.host.run("cat", journal)
    promotion.host.run("sed", "-i", "1s/.*/by hand/", journal)
    try:
        run = promotion.promote().refused()
        run.says("'yesterday' is no time", "journal")
        assert verdicts(run) == {**dict.fromkeys(GATES, "INCONCLUSIVE"), "notes": "PASSED"}
    finally:
        promotion.host.run("sh", "-c", f"cat > {journal}", data=saved)


def test_a_host_that_is_well_is_promoted(promotion: Promotion) -> None:
    promotion.host.run("touch", backup(promotion))
    asking(promotion, SECOND, f"backup: {{file: '{backup(promotion)[:-4]}*', max_age_seconds: 3600}}")
    run = promotion.promote().ended_well()
    assert verdicts(run) == dict.fromkeys(GATES, "PASSED")
    assert run.outcomes == {"prod-4": "promoted"}
