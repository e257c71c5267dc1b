# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SQL for the bed's databases may run again and again."""

from __future__ import annotations

from bed.plan import databases
from bed.postgres import statements


def test_each_database_is_made_only_where_it_is_missing() -> None:
    data = databases("demo", "10.210.7.3")
    lines = statements(data.values()).splitlines()
    creating = [line for line in lines if "CREATE" in line]
    assert len(creating) == 4
    assert all("WHERE NOT EXISTS" in line and line.endswith("\\gexec") for line in creating)


def test_passwords_are_those_of_the_urls() -> None:
    data = databases("demo", "10.210.7.3")
    sql = statements(data.values())
    assert all(f"ALTER ROLE {each.user} PASSWORD '{each.password}';" in sql for each in data.values())
