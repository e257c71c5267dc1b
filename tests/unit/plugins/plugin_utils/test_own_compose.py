# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compose files of many shapes are carried with all that they need, or refused with every reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import carried_digest
from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Manifest,
    Module,
    OwnCompose,
    Variable,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._own_compose import (
    carried_files,
    carries_the_same,
    pinned_files,
)

SHAPES = Path(__file__).resolve().parents[2] / "compose_files"
DIGEST = "sha256:" + "0" * 64


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "core.autocrlf=false"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(shape: str, target: Path, files: Mapping[str, str] | None = None) -> Path:
    shutil.copytree(SHAPES / shape, target, dirs_exist_ok=True)
    for name, text in (files or {}).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text)
    git(target, "init", "--quiet")
    git(target, "add", "--all", "--force")
    git(target, "commit", "--quiet", "--message", "Files")
    return target


def manifest(*files: str, variables: tuple[str, ...] = (), **fields: Any) -> Manifest:
    named = tuple(Variable(name, name) for name in variables)
    own = OwnCompose(files, DIGEST, variables=named, **fields)
    image = "registry.example.com/shop/web@" + DIGEST
    url = Variable("DATABASE_URL", "DATABASE_URL", secret=True)
    web = Module("web", image, "web", "a" * 40, environment=(url,))
    return Manifest(1, "shop", "shop", "https://git.example.com/shop.git", "a" * 40, (web,), compose=own)


def carried(folder: Path, wanted: Manifest) -> tuple[CarriedFile, ...]:
    assert wanted.compose is not None
    return carried_files(checkout_around(str(folder)), "HEAD", wanted, wanted.compose)


def faults(folder: Path, wanted: Manifest) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        carried(folder, wanted)
    return [str(one) for one in caught.value.violations]


CARRIED: list[tuple[str, Manifest, set[str]]] = [
    ("plain", manifest("compose.yaml", variables=("POSTGRES_PASSWORD",)), {"compose.yaml"}),
    (
        "merged",
        manifest("deploy/compose.yaml", "deploy/compose.prod"),
        {
            "deploy/compose.yaml",
            "deploy/compose.prod",
            "nginx/nginx.conf",
            "nginx/conf.d/shop.conf",
            "nginx/conf.d/more.conf",
        },
    ),
    (
        "included",
        manifest("compose.yaml"),
        {
            "compose.yaml",
            "web.env",
            "search/compose.yaml",
            "search/.env",
            "search/index/settings.json",
            "mail/compose.yaml",
            "mail/compose.prod.yaml",
            "mail/prod.env",
            "mail/mail.env",
        },
    ),
    (
        "extended",
        manifest("docker-compose.yml", variables=("SESSION_KEY",)),
        {"docker-compose.yml", "shared/service.yml", "shared/node.env", "shared/entrypoint.sh", "motd"},
    ),
    ("jobs", manifest("compose.yaml"), {"compose.yaml"}),
]


@pytest.mark.parametrize(("shape", "wanted", "paths"), CARRIED, ids=[one[0] for one in CARRIED])
def test_a_file_of_this_shape_is_carried_with_what_it_needs(
    tmp_path: Path, shape: str, wanted: Manifest, paths: set[str]
) -> None:
    others = {"web/src.js": "not needed", "dev.env": "", "mail/.env": "MAIL_VERSION=no"}
    folder = committed(shape, tmp_path, {**others, "search/.env": "SEARCH_VERSION=v1.11\n"})
    found = carried(folder, wanted)
    assert {one.path for one in found} == paths
    assert all(one.content == (folder / one.path).read_bytes() for one in found)
    assert [one.path for one in found if one.executable] == [path for path in paths if path.endswith(".sh")]


REFUSED: list[tuple[str, Manifest, list[str]]] = [
    (
        "unpinned",
        manifest("compose.yaml"),
        [
            "compose.yaml:4:3: services.worker: found build without image",
            "compose.yaml:7:5: services.cache: found the image docker.io/library/redis without a tag",
            "compose.yaml:9:5: services.proxy: found the image docker.io/library/nginx:latest with the tag latest",
            "compose.yaml:10:3: services.tool: found neither an image nor a module",
        ],
    ),
    (
        "outside",
        manifest("deploy/compose.yaml"),
        [
            "deploy/compose.yaml:2:5: include[0]: found oci://registry.example.com/shop/compose:1, which is fetched",
            "deploy/compose.yaml:3:5: include[1]: found https://git.example.com/shop.git, which is fetched",
            "deploy/compose.yaml:7:16: services.web.env_file[0]: found a variable in the path .env.${STAGE:-prod}",
            "deploy/compose.yaml:7:39: services.web.env_file[1]: found ../../secrets.env, which leaves",
            "deploy/compose.yaml:7:58: services.web.env_file[2]: found deploy/absent.env, which is not in the commit",
            "deploy/compose.yaml:7:70: services.web.env_file[3]: found /etc/shop.env, which leaves",
            "deploy/compose.yaml:8:15: services.web.volumes[0]: found ../../data, which leaves",
            "deploy/compose.yaml:9:15: services.web.extends.file: found common.yml, which is not in the commit",
        ],
    ),
    (
        "unset",
        manifest("compose.yaml"),
        [
            "compose.yaml:3:5: services.web.image: found the variable TAG",
            "compose.yaml:6:9: services.web.environment[1]: found the variable HTTP_PROXY",
            "compose.yaml:7:9: services.web.environment[2]: found the variable ALSO_MISSING",
            "compose.yaml:12:5: secrets.key.environment: found the variable SESSION_KEY",
        ],
    ),
    (
        "misfit",
        replace(manifest("compose.yaml"), modules=(*manifest("").modules, Module("api", "x@" + DIGEST, "api"))),
        [
            'compose.yaml: services: found no service "web" for the module web',
            "compose.yaml:1:1: name: found the project bazaar, wanted shop",
            "compose.yaml:6:5: services.api: found the module api in the profiles prod, canary",
        ],
    ),
    (
        "twisted",
        manifest("compose.yaml", "absent.yaml", "one.yaml"),
        [
            "absent.yaml: found no such file in the commit",
            "compose.yaml:4:5: services.web.image: found the same key a second time",
            "compose.yaml: services: found no service",
            "two.yaml:1:11: include[0]: found one.yaml, which includes this file",
        ],
    ),
]


@pytest.mark.parametrize(("shape", "wanted", "reasons"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_file_of_this_shape_is_refused_with_every_reason(
    tmp_path: Path, shape: str, wanted: Manifest, reasons: list[str]
) -> None:
    told = faults(committed(shape, tmp_path), wanted)
    assert len(told) == len(reasons), "\n".join(told)
    for reason in reasons:
        assert [one for one in told if one.startswith(reason)], f"{reason} is not in\n" + "\n".join(told)


def test_what_is_committed_is_carried_and_not_what_lies_in_the_working_tree(tmp_path: Path) -> None:
    folder = committed("jobs", tmp_path)
    before = carried(folder, manifest("compose.yaml"))
    (folder / "compose.yaml").write_text("services: {}")
    assert carried(folder, manifest("compose.yaml")) == before


def test_links_pointers_and_what_is_too_big_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    text = "services: {web: {image: x, volumes: ['./link:/a', './large:/b', './big:/c']}}\n"
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    folder = committed("plain", tmp_path, {"compose.yaml": text, "large": pointer})
    assert [one.partition(", wanted")[0] for one in faults(folder, manifest("compose.yaml"))] == [
        "link: found a symbolic link"
    ]
    (folder / "link").unlink()
    assert [one.partition(", wanted")[0] for one in faults(recommitted(folder), manifest("compose.yaml"))] == [
        "large: found a pointer of git-lfs"
    ]
    (folder / "big").write_bytes(b"x" * (8 * 1024 * 1024))
    assert "compose.yaml: found 3 files" in faults(recommitted(folder), manifest("compose.yaml"))[0]


def test_includes_that_multiply_and_files_that_are_links_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("compose.yaml")
    files = {f"{n}.yaml": f"include: [{n + 1}.yaml, {n + 1}.yaml]\n" for n in range(20)}
    first = "include: [link.yaml, 0.yaml]\nservices: {web: {image: x}}\n"
    folder = committed("plain", tmp_path, {**files, "20.yaml": "services: {}\n", "compose.yaml": first})
    told = faults(folder, manifest("compose.yaml"))
    assert [one for one in told if "found more than 500 files to merge" in one] != []
    assert [one for one in told if one.startswith("link.yaml: found a symbolic link")] != []
    assert len(told) == 2


def test_a_file_beside_the_project_directory_needs_a_directory_that_has_it(tmp_path: Path) -> None:
    folder = committed("merged", tmp_path)
    files = ("deploy/compose.yaml", "deploy/compose.prod")
    told = faults(folder, manifest(*files, directory="/srv/shop"))
    assert len(told) == 3
    assert all("a directory that ends with /deploy" in one for one in told)
    assert carried(folder, manifest(*files, directory="/srv/shop/deploy"))


def test_a_digest_that_was_not_pinned_is_refused_with_both(tmp_path: Path) -> None:
    folder = committed("jobs", tmp_path)
    head = git(folder, "rev-parse", "HEAD")
    wanted = replace(manifest("compose.yaml"), revision=head)
    assert wanted.compose is not None
    digest = carried_digest(carried(folder, wanted))
    with pytest.raises(InvalidInput, match=f"found {DIGEST}, wanted {digest}.*mint.promotion.build"):
        pinned_files(wanted, wanted.compose, str(folder / "promotion.yml"), None)
    pinned = replace(wanted.compose, digest=digest)
    assert pinned_files(wanted, pinned, str(folder / "promotion.yml"), None) == carried(folder, wanted)


def test_a_commit_that_is_not_here_is_told_as_a_fault(tmp_path: Path) -> None:
    folder, wanted = committed("jobs", tmp_path), manifest("compose.yaml")
    assert wanted.compose is not None
    with pytest.raises(InvalidInput, match="has no commit"):
        pinned_files(wanted, wanted.compose, "/elsewhere/promotion.yml", str(folder))


def test_a_variable_that_the_manifest_gives_the_container_needs_no_other_value(tmp_path: Path) -> None:
    text = "services: {web: {image: x, environment: {DATABASE_URL: '${URL}', OTHER: '${OTHER}'}}}\n"
    told = faults(committed("plain", tmp_path, {"compose.yaml": text}), manifest("compose.yaml"))
    assert len(told) == 1
    assert "services.web.environment.OTHER" in told[0]


def test_two_commits_are_the_same_where_nothing_that_is_carried_differs(tmp_path: Path) -> None:
    folder, wanted = committed("jobs", tmp_path), manifest("compose.yaml")
    assert wanted.compose is not None
    checkout = checkout_around(str(folder))
    (folder / "other").write_text("1")
    recommitted(folder)
    assert carries_the_same(checkout, wanted, wanted.compose, "HEAD~1", "HEAD")
    (folder / "compose.yaml").write_text((folder / "compose.yaml").read_text() + "# more\n")
    recommitted(folder)
    assert not carries_the_same(checkout, wanted, wanted.compose, "HEAD~1", "HEAD")
    assert not carries_the_same(checkout, wanted, wanted.compose, "0" * 40, "HEAD")


def test_names_that_are_not_text_are_refused_and_never_taken_for_one_another(tmp_path: Path) -> None:
    text = "services: {web: {image: x, volumes: ['./conf:/conf']}}\n"
    folder = committed("plain", tmp_path, {"compose.yaml": text, "conf/a": "1"})
    for name in (b"\xe4.conf", b"\xf6.conf"):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), b"conf", name))).write_bytes(name)
    told = faults(recommitted(folder), manifest("compose.yaml"))
    assert (
        told
        == ["conf/\ufffd.conf: found a name that is not UTF-8, wanted a name that every host reads alike (rename it)"]
        * 2
    )


def recommitted(folder: Path) -> Path:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "More")
    return folder
