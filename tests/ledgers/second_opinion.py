# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two verdicts on one ledger: that of the collection, and that of the script for strangers."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import OK, LedgerVerdict
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import LedgerSettings
from ansible_collections.mint.promotion.plugins.plugin_utils._verification import verify_ledger

from .maker import ORIGIN, Ledger

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_ledger.py"
EXIT = {0: "OK", 1: "INVALID", 2: "INDETERMINATE"}
_ABOUT_A_LINE = re.compile(r"(INVALID|INDETERMINATE): lines? (\d+)(?: to (\d+))?: ")


@dataclass(frozen=True)
class Opinions:
    """What both say. `strange` is the verdict of the script, `lines` those of its lines that are not OK."""

    ours: LedgerVerdict
    strange: str
    output: str
    lines: Mapping[int, str] = field(default_factory=dict)

    @property
    def reasons(self) -> str:
        """Everything that we say, one a line, as verify.yml shows it."""
        ledger = [*self.ours.reasons, *(f"warning: {one}" for one in self.ours.warnings)]
        receipts = [
            f"line {one.index + 1}: {text}"
            for one in self.ours.receipts
            for text in (*one.reasons, *(f"warning: {warning}" for warning in one.warnings))
        ]
        return "\n".join([*ledger, *receipts])

    @property
    def our_lines(self) -> Mapping[int, str]:
        return {one.index + 1: one.verdict for one in self.ours.receipts if one.verdict != OK}


def judge(
    ledger: Ledger, folder: Path, anchors: Iterable[str] | None = None, meanwhile: Callable[[], None] = lambda: None
) -> Opinions:
    """Lay the ledger down and let both judge it, by default with an anchor that has seen its first line.

    `meanwhile` changes the files before they are judged.
    """
    receipts, keys = ledger.write(folder)
    meanwhile()
    files = []
    for number, text in enumerate([ledger.checkpoint(1, ledger.trusted[0])] if anchors is None else anchors):
        files.append(folder / f"anchor-{number}")
        files[-1].write_text(text, encoding="utf-8", newline="")
    settings = LedgerSettings(str(receipts), str(keys), ORIGIN)
    ours, _snapshot = verify_ledger(settings, [Anchor(one.name, one.read_text(encoding="utf-8")) for one in files])
    told = [word for one in files for word in ("--anchor", str(one))]
    argv = [sys.executable, str(SCRIPT), str(receipts), str(keys), "--origin", ORIGIN, *told]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    lines: dict[int, str] = {}
    for verdict, first, last in _ABOUT_A_LINE.findall(ended.stdout):
        for line in range(int(first), int(last or first) + 1):
            lines[line] = "INVALID" if "INVALID" in (verdict, lines.get(line)) else verdict
    return Opinions(ours, EXIT.get(ended.returncode, ended.stderr), ended.stdout, lines)


Check = Callable[..., Opinions]


def checker(folder: Path) -> Check:
    """Return what asserts that both give the same verdict, on the ledger and on each line, and that we say why."""

    def check(
        ledger: Ledger, verdict: str, *reasons: str, line: int | None = None, anchors: list[str] | None = None
    ) -> Opinions:
        found = judge(ledger, folder, anchors)
        both = f"{found.reasons}\n---\n{found.output}"
        assert (found.ours.verdict, found.strange) == (verdict, verdict), both
        assert found.our_lines == found.lines, both
        assert line is None or found.our_lines[line] == verdict, both
        for reason in reasons:
            assert reason in found.reasons, both
        return found

    return check
