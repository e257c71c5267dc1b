# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What status.yml says of hosts: every fact that was observed, and nothing that was not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.status import (
    LedgerState,
    Seen,
    ledger_text,
    status_text,
    untold,
)

FIRST, SECOND, BROKEN = "r" + "a" * 16, "r" + "b" * 16, "r" + "c" * 16
RUN = "CAP-20260131-120000__promote__R1a2b3c4d"
NO_PREVIOUS = "There is no previous release on this host to go back to"
TO_FIRST = {"release": FIRST, "reason": ""}
TO_NONE = {"release": None, "reason": NO_PREVIOUS}
DIFFERENT = {"subject": "quote-page", "found": "exited", "wanted": "running"}


def listed(name: str, reason: str = "", images: bool | None = True) -> dict[str, Any]:
    return {
        "release": name,
        "revision": name[1] * 40,
        "manifest_digest": f"sha256:{name[1] * 64}",
        "staged_at": "2026-01-30T08:00:00.000Z",
        "rollback_target": not reason,
        "reason": reason,
        "images_present": images,
    }


PAGE = {"image": "registry.example.com/page", "digest": "sha256:" + "1" * 64, "revision": "b" * 40}
POSTGRES = {"image": "registry.example.com/postgres", "digest": "sha256:" + "2" * 64, "revision": None}
LIVE = {
    "release": SECOND,
    "revision": "b" * 40,
    "modules": {"page": PAGE, "postgres": POSTGRES},
    "since": "2026-01-31T12:00:05.000Z",
    "by": "ann",
}
OBSERVED: dict[str, Any] = {
    "live": LIVE,
    "drift": [],
    "releases": [listed(FIRST), listed(SECOND, "it is live")],
    "rollback": TO_FIRST,
    "lock": None,
    "unfinished": None,
    "unknown": [],
}


def a_host(**fields: Any) -> dict[str, Any]:
    assert set(fields) <= set(OBSERVED)
    return {"release": {**OBSERVED, **fields}, "reason": ""}


DARK = {"release": None, "reason": "unreachable: connection refused"}


def seen(hosts: dict[str, dict[str, Any]]) -> list[Seen]:
    return [Seen(name, "shop", host["release"], host["reason"]) for name, host in hosts.items()]


def text_of(hosts: dict[str, dict[str, Any]]) -> str:
    return status_text(seen(hosts))


def untold_of(hosts: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    return untold(seen(hosts))


def row(text: str, first: str) -> list[str]:
    """The words of the only line that begins with `first`."""
    (line,) = [line.split() for line in text.splitlines() if line.split()[:1] == [first]]
    return line


def details(text: str, host: str = "web1") -> list[str]:
    """The lines that say more of a host than its row does, without the list of its releases."""
    lines = text.splitlines()
    begin = next((index for index, line in enumerate(lines) if line.startswith(f"{host}, shop: ")), len(lines))
    return [line for line in lines[begin:] if line][: -len(OBSERVED["releases"]) - 2]


def heading(text: str) -> str:
    (line,) = [line for line in text.splitlines() if ": releases (" in line]
    return line


def test_a_host_that_is_as_promoted_has_one_row_and_nothing_stands_out() -> None:
    text = text_of({"web1": a_host()})
    assert row(text, "web1") == ["web1", "shop", SECOND, "b" * 12, LIVE["since"], "ann", "yes"]
    assert details(text) == []


def test_a_host_with_nothing_live_has_a_row() -> None:
    text = text_of({"web1": a_host(live=None, drift=None, releases=[])})
    assert row(text, "web1") == ["web1", "shop", "nothing", "-", "-", "-", "-"]
    assert "web1, shop:" not in text


def test_what_differs_is_said_with_what_was_found_and_wanted() -> None:
    text = text_of({"web1": a_host(drift=[DIFFERENT])})
    assert row(text, "web1")[-1] == "NO"
    assert details(text) == [
        "web1, shop: differs from what was promoted:",
        "  quote-page: found exited, wanted running",
    ]


def test_drift_that_could_not_be_told_is_neither_yes_nor_no() -> None:
    text = text_of({"web1": a_host(drift=None)})
    assert row(text, "web1")[-4:] == ["could", "not", "be", "told"]


@pytest.mark.parametrize(
    ("alive", "expired", "state"),
    [(True, True, "its worker is alive"), (False, True, "expired"), (False, False, "held")],
)
def test_a_lock_is_said_with_its_holder_and_how_to_break_it(alive: bool, expired: bool, state: str) -> None:
    times = {"since": "2026-01-31T12:00:00Z", "until": "2026-01-31T13:00:00Z"}
    lock = {"run_key": RUN, "holder": "ann@laptop", **times, "expired": expired, "worker_alive": alive}
    assert details(text_of({"web1": a_host(lock=lock)})) == [
        f"web1, shop: locked by {RUN} (ann@laptop) since {times['since']} until {times['until']}: {state}",
        f"  if that run is dead: ansible-playbook mint.promotion.unlock -e promotion_lock={RUN}",
    ]


def test_unfinished_work_is_said_with_its_step_and_its_ends() -> None:
    work = {"action": "activate", "run_key": RUN, "since": "2026-01-31T12:00:00Z", "step": "health"}
    text = text_of({"web1": a_host(unfinished={**work, "from": None, "to": SECOND})})
    assert details(text) == [
        f"web1, shop: unfinished: activate by {RUN} since 2026-01-31T12:00:00Z, in step health",
        f"  from nothing to {SECOND}; the next run ends it first",
    ]


def test_a_release_says_whether_a_rollback_can_go_to_it_and_whether_its_images_are_there() -> None:
    voided = listed(BROKEN, "it was voided", images=None)
    text = text_of({"web1": a_host(releases=[listed(FIRST, images=False), listed(SECOND, "it is live"), voided])})
    assert row(text, FIRST)[-2:] == ["yes", "missing"]
    assert row(text, SECOND)[-2:] == ["live", "here"]
    assert row(text, BROKEN)[-5:] == ["no:", "it", "was", "voided", "unknown"]


def test_the_heading_names_where_a_rollback_goes_by_itself_and_by_name() -> None:
    assert heading(text_of({"web1": a_host()})) == (
        f"web1, shop: releases (without a name a rollback goes to {FIRST}; by name it can go to those marked yes)"
    )


def test_after_a_rollback_to_the_first_release_the_heading_does_not_contradict_its_table() -> None:
    back = a_host(live={**LIVE, "release": FIRST}, releases=[listed(FIRST, "it is live"), listed(SECOND)])
    back["release"]["rollback"] = TO_NONE
    text = text_of({"web1": back})
    assert row(text, SECOND)[-2:] == ["yes", "here"]
    assert heading(text) == (
        f"web1, shop: releases (without a name a rollback is refused: {NO_PREVIOUS}; "
        "by name it can go to those marked yes)"
    )


def test_with_no_release_marked_the_heading_promises_none() -> None:
    text = text_of({"web1": a_host(releases=[listed(SECOND, "it is live")], rollback=TO_NONE)})
    assert heading(text) == f"web1, shop: releases (a rollback is refused: {NO_PREVIOUS})"


def test_an_unreachable_host_has_a_row_beside_the_others_and_a_reason() -> None:
    hosts = {"web1": a_host(), "web2": DARK}
    text = text_of(hosts)
    assert row(text, "web2") == ["web2", "shop", "could", "not", "be", "told", "-", "-", "-", "-"]
    assert row(text, "web1")[2] == SECOND
    assert untold_of(hosts) == ("web2, shop: unreachable: connection refused",)


def test_every_part_that_could_not_be_told_has_a_line() -> None:
    unknown = [{"part": "lock", "reason": "permission denied"}, {"part": "images", "reason": "no engine"}]
    hosts = {"web1": a_host(unknown=unknown), "web2": a_host()}
    assert untold_of(hosts) == ("web1, shop: lock: permission denied", "web1, shop: images: no engine")
    assert untold_of({"web2": a_host()}) == ()


def test_every_stack_of_a_host_has_a_row_and_details_of_its_own() -> None:
    shop = Seen("web1", "shop", a_host(drift=[DIFFERENT])["release"])
    text = status_text([shop, Seen("web1", "blog", a_host(live=None, drift=None, releases=[])["release"])])
    rows = [line.split()[:3] for line in text.splitlines() if line.startswith("web1 ")]
    assert rows == [["web1", "shop", SECOND], ["web1", "blog", "nothing"]]
    assert "web1, shop: differs from what was promoted:" in text
    assert "web1, blog:" not in text


def test_each_module_is_told_with_its_revision_and_the_hosts_that_have_it() -> None:
    mixed = {**LIVE, "modules": {"page": {**PAGE, "revision": "a" * 40}, "postgres": POSTGRES}}
    text = text_of({"web1": a_host(), "web2": a_host(live=mixed), "web3": DARK, "web4": a_host(live=None)})
    lines = [line.split() for line in text.splitlines() if line.startswith("shop ")]
    assert lines == [
        ["shop", "page", "a" * 12, "sha256:" + "1" * 12, "web2"],
        ["shop", "page", "b" * 12, "sha256:" + "1" * 12, "web1"],
        ["shop", "postgres", "-", "sha256:" + "2" * 12, "web1,", "web2"],
    ]


def test_a_ledger_is_told_with_its_faults_and_the_runs_that_have_no_outcome() -> None:
    text = ledger_text([LedgerState("/srv/ledger", 12, 2, "it was cut", (RUN,)), LedgerState("/srv/new")])
    assert "ledger /srv/ledger: 12 receipts under its checkpoint, 2 more without one" in text
    assert "BROKEN: it was cut" in text
    assert f"no outcome: {RUN}" in text
    assert text.splitlines()[-1] == "ledger /srv/new: no receipts yet"


def test_a_ledger_that_cannot_be_reached_is_no_empty_one() -> None:
    assert ledger_text([LedgerState("git+ssh://git/ledger", reason="no route")]).endswith("could not be told")
