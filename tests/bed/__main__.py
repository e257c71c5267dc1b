# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of the bed: `PYTHONPATH=tests python -m bed --help`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Sequence

from . import fleet, render
from .bed import ROOT, Bed
from .errors import BedError
from .purge import owned_beds, purge


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bed", description="Hosts, a registry and a Postgres to try on.")
    commands = parser.add_subparsers(dest="command", required=True)
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", default="mint", help="which bed (default: %(default)s)")
    up = commands.add_parser("up", parents=[named], help="make or complete a bed")
    up.add_argument("--staging", type=int, default=1, metavar="N", help="hosts of staging (default: %(default)s)")
    up.add_argument("--prod", type=int, default=2, metavar="N", help="hosts of prod (default: %(default)s)")
    up.add_argument("--special", action="store_true", help="hosts that a promotion must refuse")
    commands.add_parser("down", parents=[named], help="remove a bed")
    commands.add_parser("list", help="all beds of this checkout and their containers")
    commands.add_parser("inventory", parents=[named], help="print the path of a bed's inventory")
    commands.add_parser("purge", help="remove all beds of this checkout, the images, and the engine it started")
    for command, text in (
        ("reset", "empty hosts: no containers, volumes, releases"),
        ("kill", "end all processes of hosts at once"),
        ("start", "start killed hosts"),
        ("pause", "freeze hosts"),
        ("unpause", "let frozen hosts go on"),
    ):
        commands.add_parser(command, parents=[named], help=text).add_argument(
            "hosts", nargs="*" if command == "reset" else "+"
        )
    ssh = commands.add_parser("ssh", parents=[named], help="a shell or a command on a host, as its user")
    ssh.add_argument("host")
    ssh.add_argument("argv", nargs=argparse.REMAINDER)
    return parser


def _list() -> None:
    rows = [("BED", "NAME", "GROUP", "STATE", "USER", "ADDRESS")]
    for name in owned_beds():
        site = fleet.find_site(name, ROOT)
        for unit_name, unit in fleet.units(name).items():
            if unit.host:
                host = unit.host
                user = host.user if host.access == "root" else f"{host.user} ({host.access})"
                rows.append((name, unit_name, host.group, unit.state, user, host.address))
            elif site:
                address = site.registry if unit.role == "registry" else f"{site.postgres_address}:5432"
                rows.append((name, unit_name, "-", unit.state, "-", address))
    print(render.table(rows))


def _run(options: argparse.Namespace) -> None:
    if options.command == "list":
        _list()
    elif options.command == "purge":
        purge()
    else:
        _run_on(Bed(options.name), options)


def _run_on(bed: Bed, options: argparse.Namespace) -> None:
    if options.command == "up":
        bed.up(options.staging, options.prod, options.special)
    elif options.command == "down":
        bed.down()
    elif options.command == "inventory":
        bed.facts()
        print(bed.inventory)
    elif options.command == "ssh":
        argv = bed.ssh(options.host, *options.argv)
        os.execvp(argv[0], argv)
    elif options.command == "reset":
        bed.reset(*options.hosts)
    else:
        for host in options.hosts:
            getattr(bed, options.command)(host)


def main(argv: Sequence[str] | None = None) -> int:
    # A root shell of `su` has no sbin in its PATH, where Debian keeps dockerd, debootstrap and what dpkg calls.
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    try:
        _run(_parser().parse_args(argv))
    except BedError as error:
        print(f"bed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
