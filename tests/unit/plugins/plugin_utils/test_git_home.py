# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ledger on a branch of a git remote: real repositories, real processes. tests/engine asks one over SSH."""

from __future__ import annotations

import multiprocessing
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    InvalidReceipt,
    LedgerMoved,
    LedgerUnavailable,
    Refused,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger import segments
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    note_text,
    parse_checkpoint,
    parse_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import envelope_line
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import Snapshot
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import GitClone
from ansible_collections.mint.promotion.plugins.plugin_utils._git_home import GitHome
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import LedgerSettings
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey

KEY = GateKey.make()
RUN = "CAP-20261122-101500__promotion.promote__R{}"
ENVELOPES = [KEY.sign_envelope(b'{"number":%d}' % number) for number in range(40)]
LINES = [envelope_line(one) for one in ENVELOPES]

Job = Callable[[str], GitHome]


def git(repository: Path, *arguments: str, data: str = "") -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    argv = ["git", "-C", str(repository), *identity, *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True, input=data).stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    path = tmp_path / "receipts.git"
    subprocess.run(["git", "init", "--quiet", "--bare", path], check=True)
    return path


@pytest.fixture
def job(remote: Path, tmp_path: Path) -> Job:
    """Makes the home of a job, which has nothing but its settings."""
    return lambda name: home_of(f"git+file://{remote}", tmp_path / name)


def home_of(address: str, folder: Path) -> GitHome:
    settings = LedgerSettings(
        str(folder / "receipts"), str(folder / "keys"), "example/shop", address, gate_key=KEY.private_pem
    )
    return GitHome(settings, GitClone(str(folder / "clone.git"), parse_remote(address)))


def sound(snapshot: Snapshot) -> list[bytes]:
    """The lines of a ledger, which its checkpoint must be about."""
    lines = snapshot.data.splitlines()
    note = parse_note(note_text(snapshot.note))
    checkpoint = parse_checkpoint(note)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (
        "example/shop",
        len(lines),
        root_of(hash_lines(lines)),
    )
    assert note.signatures == (KEY.note_signer("example/shop")(note.body.encode()),)
    return lines


def test_receipts_go_on_where_another_job_ended(job: Job) -> None:
    first = job("one").append(ENVELOPES[:2])
    second = job("two").append(ENVELOPES[2:3])
    assert [(one.index, one.digest) for one in (*first, *second)] == [
        (index, sha256_digest(line)) for index, line in enumerate(LINES[:3])
    ]
    assert sound(job("three").snapshot()) == LINES[:3]


def test_the_files_of_a_run_travel_with_its_receipts_and_stay_here_too(job: Job, remote: Path) -> None:
    home = job("one")
    home.begin_session(RUN.format("1"))
    folder = Path(home.write_session(RUN.format("1"), {"evidence.json": b"{}", "receipt.md": b"# Receipt\n"}))
    home.append(ENVELOPES[:1])
    assert (folder / "receipt.md").read_bytes() == b"# Receipt\n"
    assert git(remote, "rev-list", "--count", "ledger") == "1"
    assert dict(job("two").sessions()) == {RUN.format("1"): {"evidence.json": b"{}", "receipt.md": b"# Receipt\n"}}


def test_who_has_looked_asks_the_remote_once_more_only_to_push(
    job: Job, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    monkeypatch.setenv("GIT_TRACE", str(asked))
    one = job("one")
    one.snapshot()
    one.append(ENVELOPES[:1])
    told = asked.read_text()
    assert (told.count("git-upload-pack"), told.count("git-receive-pack")) == (1, 1)
    assert one.note == job("two").snapshot().note.decode()


def test_who_looked_before_others_appended_still_appends_behind_them(job: Job) -> None:
    one = job("one")
    one.snapshot()
    job("two").append(ENVELOPES[1:2])
    assert one.append(ENVELOPES[:1])[0].index == 1
    assert sound(job("three").snapshot()) == [LINES[1], LINES[0]]


def test_files_without_receipts_arrive_as_well(job: Job) -> None:
    home = job("one")
    home.write_session(RUN.format("1"), {"receipt.md": b"# Receipt\n"})
    assert home.append([]) == ()
    assert list(job("two").sessions()) == [RUN.format("1")]
    assert job("two").append(ENVELOPES[:1])[0].index == 0


def test_a_run_key_that_another_job_has_used_is_refused(job: Job) -> None:
    for name in ("one", "two"):
        home = job(name)
        home.begin_session(RUN.format("1"))
        home.write_session(RUN.format("1"), {"receipt.md": name.encode()})
        if name == "one":
            home.append(ENVELOPES[:1])
        else:
            with pytest.raises(Refused, match=RUN.format("1")):
                home.append(ENVELOPES[1:2])
    assert sound(job("three").snapshot()) == LINES[:1]


def append_each(address: str, folder: Path, numbers: range) -> None:
    home = home_of(address, folder)
    for number in numbers:
        home.begin_session(RUN.format(number))
        home.write_session(RUN.format(number), {"receipt.md": b"%d" % number})
        home.append(ENVELOPES[number : number + 1])


def test_jobs_at_the_same_time_lose_nothing_and_fork_nothing(job: Job, remote: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    jobs = [
        context.Process(target=append_each, args=(f"git+file://{remote}", tmp_path / f"{number}", range(number, 12, 4)))
        for number in range(4)
    ]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    assert [one.exitcode for one in jobs] == [0] * 4
    assert Counter(sound(job("reader").snapshot())) == Counter(LINES[:12])
    assert len(job("reader").sessions()) == 12
    assert git(remote, "rev-list", "--count", "--max-parents=1", "ledger") == "12"


@pytest.mark.parametrize("partial", ["true", "false"])
def test_a_log_of_many_segments_is_one_log(
    job: Job, remote: Path, partial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 3 * len(LINES[0]))
    git(remote, "config", "uploadpack.allowFilter", partial)
    for number in range(10):
        job(f"{number}").append(ENVELOPES[number : number + 1])
    names = git(remote, "ls-tree", "--name-only", "ledger", "ledger/log/").splitlines()
    assert names == [f"ledger/log/{first:012d}.jsonl" for first in (0, 3, 6, 9)]
    assert sound(job("reader").snapshot()) == LINES[:10]


def test_an_append_fetches_the_last_segment_only(job: Job, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1)
    git(remote, "config", "uploadpack.allowFilter", "true")
    first = job("first")
    for number in range(5):
        first.append(ENVELOPES[number : number + 1])
    last = job("last")
    last.append(ENVELOPES[5:6])
    here = git(Path(last.clone.folder), "cat-file", "--batch-check=%(objectname)", "--batch-all-objects").split()
    there = [line.split()[2] for line in git(remote, "ls-tree", "-r", "ledger", "ledger/log/").splitlines()]
    assert [name in here for name in there] == [False] * 4 + [True] * 2


def test_a_frontier_that_is_wrong_is_made_anew(job: Job, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1)
    for number in range(3):
        job("one").append(ENVELOPES[number : number + 1])
    change(remote, {"ledger/frontier.json": b'{"size": 2, "offset": 7, "hashes": ["%s"]}' % (b"0" * 64)})
    job("two").append(ENVELOPES[3:4])
    assert sound(job("reader").snapshot()) == LINES[:4]


def change(remote: Path, files: dict[str, bytes | None]) -> None:
    """Commit other files to the branch, as somebody with access could; None takes one away."""
    tree = {line.split("\t")[1]: line.split("\t")[0] for line in git(remote, "ls-tree", "-r", "ledger").splitlines()}
    for path, content in files.items():
        tree.pop(path, None)
        if content is not None:
            argv = ["git", "-C", str(remote), "hash-object", "-w", "--stdin"]
            name = subprocess.run(argv, input=content, capture_output=True, check=True).stdout.decode().strip()
            tree[path] = f"100644 blob {name}"
    index = remote / "other-index"
    entries = "".join(f"{facts}\t{path}\n" for path, facts in tree.items())
    environment = {"GIT_INDEX_FILE": str(index), "PATH": "/usr/bin:/bin"}
    index.unlink(missing_ok=True)
    subprocess.run(
        ["git", "-C", remote, "update-index", "--index-info"], input=entries.encode(), env=environment, check=True
    )
    argv = ["git", "-C", str(remote), "write-tree"]
    written = subprocess.run(argv, env=environment, capture_output=True, check=True).stdout.decode().strip()
    commit = git(remote, "commit-tree", "-p", "ledger", "-m", "Change", written)
    git(remote, "update-ref", "refs/heads/ledger", commit)


def test_lines_for_a_certain_place_are_appended_there_or_not_at_all(job: Job) -> None:
    job("one").append(ENVELOPES[:2])
    with pytest.raises(LedgerMoved):
        job("two").append_lines(LINES[2:3], after=1)
    job("two").append_lines(LINES[2:3], after=2)
    assert sound(job("three").snapshot()) == LINES[:3]


SEGMENT = "ledger/log/000000000000.jsonl"


@pytest.mark.parametrize(
    "files",
    [
        {SEGMENT: LINES[0] + b"\n"},
        {SEGMENT: LINES[0] + b"\n" + LINES[1] + b"\n" + LINES[2] + b"\n"},
        {SEGMENT: LINES[0] + b"\n" + LINES[1]},
        {SEGMENT: LINES[1] + b"\n" + LINES[0] + b"\n"},
        {SEGMENT: None},
        {"ledger/log/000000000002.jsonl": LINES[2] + b"\n"},
        {"ledger/log/extra.jsonl": LINES[2] + b"\n"},
        {"ledger/checkpoint": b"nonsense\n"},
        {"ledger/checkpoint": None},
    ],
    ids=["cut", "longer", "torn", "reordered", "gone", "more", "foreign", "malformed", "no checkpoint"],
)
def test_nothing_is_appended_to_a_ledger_that_is_broken(job: Job, remote: Path, files: dict[str, bytes | None]) -> None:
    job("one").append(ENVELOPES[:2])
    change(remote, files)
    before = git(remote, "rev-parse", "ledger")
    for name in ("one", "two"):  # a job that has seen it whole, and one that has not
        with pytest.raises(InvalidReceipt):
            job(name).append(ENVELOPES[2:3])
    assert git(remote, "rev-parse", "ledger") == before


def test_a_checkpoint_of_another_key_or_origin_is_not_signed_over(job: Job) -> None:
    job("one").append(ENVELOPES[:1])
    other = job("two")
    other.settings = replace(other.settings, gate_key=GateKey.make().private_pem)
    (Path(other.settings.keys)).mkdir(parents=True)
    (Path(other.settings.keys) / "gate.pub").write_text(GateKey.make().public_pem)
    with pytest.raises(InvalidReceipt, match="trusted"):
        other.append(ENVELOPES[1:2])
    another = job("three")
    another.settings = replace(another.settings, origin="example/other")
    with pytest.raises(InvalidReceipt, match="example/shop"):
        another.append(ENVELOPES[1:2])


def test_a_remote_that_was_rolled_back_between_two_appends_is_noticed(job: Job, remote: Path) -> None:
    job("one").append(ENVELOPES[:1])
    home = job("two")
    home.append(ENVELOPES[1:2])
    git(remote, "update-ref", "refs/heads/ledger", "ledger~1")
    with pytest.raises(InvalidReceipt, match="rewritten"):
        home.append(ENVELOPES[2:3])
    job("three").append(ENVELOPES[3:4])  # one that has not seen it cannot know; hosts and their anchors do
    with pytest.raises(InvalidReceipt, match="rewritten"):
        job("two").append(ENVELOPES[2:3])
    git(remote, "update-ref", "-d", "refs/heads/ledger")
    with pytest.raises(InvalidReceipt, match="rewritten"):
        job("two").append(ENVELOPES[2:3])


def test_a_ledger_that_was_replaced_on_top_of_itself_is_noticed(job: Job, remote: Path) -> None:
    """The history goes on, and so nothing but what the job has seen tells it."""
    home = job("one")
    home.append(ENVELOPES[:2])
    other = home_of(f"git+file://{remote}#other", remote.parent / "other")
    other.append(ENVELOPES[2:5])
    paths = (SEGMENT, "ledger/checkpoint", "ledger/frontier.json")
    change(remote, {path: git(remote, "show", f"other:{path}").encode() + b"\n" for path in paths})
    with pytest.raises(InvalidReceipt, match="gone or altered"):
        home.append(ENVELOPES[5:6])


def test_a_push_whose_answer_was_lost_is_not_made_again(job: Job, remote: Path) -> None:
    """The remote takes the commit and dies before it says so."""
    home = job("one")
    home.append(ENVELOPES[:1])
    hook(remote, "reference-transaction", '[ "$1" != committed ] || { rm "$0"; touch died; kill -9 $PPID; }')
    home.append(ENVELOPES[1:2])
    assert (remote / "died").exists()
    assert sound(job("reader").snapshot()) == LINES[:2]


def test_a_remote_that_takes_no_push_is_given_up_with_its_reason(job: Job, remote: Path) -> None:
    hook(remote, "pre-receive", "echo nobody pushes on a Sunday >&2; exit 1")
    with pytest.raises(LedgerUnavailable, match="nobody pushes on a Sunday"):
        job("one").append(ENVELOPES[:1])


def hook(remote: Path, name: str, script: str) -> None:
    path = remote / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_remote_that_is_not_there_is_told_with_what_to_do(job: Job, tmp_path: Path) -> None:
    home = home_of(f"git+file://{tmp_path}/nowhere.git", tmp_path / "job")
    for attempt in (home.snapshot, home.sessions, lambda: home.append(ENVELOPES[:1])):
        with pytest.raises(LedgerUnavailable, match="git ls-remote"):
            attempt()


def test_hooks_and_variables_of_another_repository_do_not_matter(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert job("one").append(ENVELOPES[:1])[0].index == 0


def test_nobody_is_asked_for_a_password_or_a_host_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh = tmp_path / "bin/ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\necho "$@" "prompt=$GIT_TERMINAL_PROMPT" > {tmp_path}/asked\nexit 255\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(ssh.parent), prepend=":")
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    with pytest.raises(LedgerUnavailable):
        home_of("git+ssh://git.example.com/receipts.git", tmp_path / "job").snapshot()
    asked = (tmp_path / "asked").read_text()
    assert "BatchMode=yes" in asked
    assert "ConnectTimeout=15" in asked
    assert "git.example.com" in asked
    assert "prompt=0" in asked
