# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is carried has one digest, one place on every host, and travels whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import (
    carried_digest,
    from_arguments,
    is_beside,
    place_of,
    project_directory,
    to_arguments,
)
from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import OwnCompose

FILES = (CarriedFile("b/run.sh", b"#!\n", True), CarriedFile("a", b"\x00\xff"))


def own(*files: str, directory: str | None = None) -> OwnCompose:
    return OwnCompose(files, "", directory=directory)


def test_the_digest_is_that_of_paths_modes_and_bytes_in_any_order() -> None:
    digest = carried_digest(FILES)
    assert carried_digest(FILES[::-1]) == digest
    one, other = FILES
    for changed in (replace(one, path="b/run"), replace(one, content=b"#! \n"), replace(one, executable=False)):
        assert carried_digest((changed, other)) != digest


def test_what_is_packed_comes_out_the_same() -> None:
    assert set(from_arguments(to_arguments(FILES))) == set(FILES)


@pytest.mark.parametrize("path", ["/etc/passwd", "../out", "a/../../out", "..", ".", "a//b", "./a"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(Refused, match="no plain path"):
        from_arguments(to_arguments([CarriedFile(path, b"")]))


@pytest.mark.parametrize(
    ("compose", "directory", "path", "place"),
    [
        (own("compose.yaml"), "/opt/shop/project", "nginx/a.conf", "/opt/shop/project/nginx/a.conf"),
        (own("deploy/c.yaml"), "/opt/shop/project/deploy", "deploy/a.env", "/opt/shop/project/deploy/a.env"),
        (own("deploy/c.yaml"), "/opt/shop/project/deploy", "nginx/a.conf", "/opt/shop/project/nginx/a.conf"),
        (own("compose.yaml", directory="/srv/shop"), "/srv/shop", "compose.yaml", "/srv/shop/compose.yaml"),
        (own("deploy/c.yaml", directory="/srv/shop"), "/srv/shop", "deploy/a.env", "/srv/shop/a.env"),
        (own("deploy/c.yaml", directory="/srv/x/deploy"), "/srv/x/deploy", "nginx/a", "/srv/x/nginx/a"),
    ],
)
def test_relative_paths_mean_on_the_host_what_they_mean_in_the_repository(
    compose: OwnCompose, directory: str, path: str, place: str
) -> None:
    assert project_directory(compose, "/opt/shop") == directory
    assert is_beside(compose, path)
    assert place_of(compose, directory, path) == place


def test_a_file_that_would_lie_outside_of_the_directory_has_no_place() -> None:
    assert not is_beside(own("deploy/c.yaml", directory="/srv/shop"), "nginx/a.conf")
    assert not is_beside(own("deploy/c.yaml", directory="/srv/mydeploy"), "nginx/a.conf")
