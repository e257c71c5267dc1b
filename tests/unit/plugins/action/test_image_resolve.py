# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pin.yml as a person calls it: images of a real registry's API get into the manifest, and wrong ones do not."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest
from engine.registry import Registry, running_registry

ROOT = Path(__file__).resolve().parents[4]
FIRST, SECOND = "a1" * 20, "b2" * 20
SOURCE = "https://git.example.com/team/shop.git"
IMAGE_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST = """\
# What goes live.
schema: 1
stack: {name: shop}
source:
  repository: https://git.example.com/team/shop.git
  revision: "ZEROS"  # of everything
modules:
  web:
    image: REGISTRY/team/web@sha256:DIGEST
    revision: "ZEROS"
  api:
    # a comment that stays
    image: REGISTRY/team/api@sha256:DIGEST
    revision: "ZEROS"
  database:
    third_party: true
    image: REGISTRY/stock/postgres@sha256:DIGEST
""".replace("ZEROS", "0" * 40).replace("DIGEST", "0" * 64)


def labels(revision: str = FIRST, source: str = SOURCE) -> dict[str, str]:
    return {"org.opencontainers.image.revision": revision, "org.opencontainers.image.source": source}


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with running_registry() as registry:
        yield registry


@dataclass(frozen=True)
class Project:
    """A manifest in a folder of its own, and the registry that holds its images."""

    folder: Path
    registry: Registry

    @property
    def manifest(self) -> Path:
        return self.folder / "promotion.yml"

    def push(self, repository: str, tag: str, labels: Mapping[str, str], platform: str = "linux/amd64") -> str:
        """Put an image without layers into the registry, and return its digest."""
        system, architecture = platform.split("/")
        config = {"os": system, "architecture": architecture, "config": {"Labels": labels}}
        blob = json.dumps({**config, "rootfs": {"type": "layers", "diff_ids": []}}).encode()
        digest = digest_of(blob)
        self.registry.blobs[digest] = blob
        kind = "application/vnd.oci.image.config.v1+json"
        descriptor = {"mediaType": kind, "digest": digest, "size": len(blob)}
        return self.put(repository, tag, IMAGE_TYPE, {"config": descriptor, "layers": []})

    def put(self, repository: str, tag: str, kind: str, data: Mapping[str, Any]) -> str:
        content = json.dumps({"schemaVersion": 2, "mediaType": kind, **data}).encode()
        for reference in (tag, digest_of(content)):
            self.registry.manifests[f"/v2/{repository}/manifests/{reference}"] = (kind, content)
        return digest_of(content)

    def pin(self, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run pin.yml without any Docker Engine that it could ask."""
        given = json.dumps({"promotion_manifest": str(self.manifest), **variables})
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "playbooks/pin.yml")]
        environment = {name: text for name, text in os.environ.items() if not name.startswith("ANSIBLE_")}
        return subprocess.run(
            [*argv, "-i", "localhost,", "-e", given, *options],
            cwd=self.folder,
            env={
                **environment,
                "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
                "DOCKER_HOST": "tcp://127.0.0.1:9",
            },
            capture_output=True,
            text=True,
            check=False,
        )


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@pytest.fixture
def project(tmp_path: Path, registry: Registry) -> Project:
    (tmp_path / "collections/ansible_collections/mint").mkdir(parents=True)
    (tmp_path / "collections/ansible_collections/mint/promotion").symlink_to(ROOT)
    (tmp_path / "promotion.yml").write_text(MANIFEST.replace("REGISTRY", registry.name))
    registry.manifests.clear()
    return Project(tmp_path, registry)


def changed_lines(before: str, after: str) -> list[str]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [new.strip() for old, new in pairs if old != new]


def words(done: subprocess.CompletedProcess[str]) -> str:
    """All that a run has printed, without the folding of YAML."""
    return " ".join((done.stdout + done.stderr).replace('\\"', '"').replace("\\n", " ").split())


def test_what_ci_pushed_is_pinned_once_and_nothing_else_is_touched(project: Project) -> None:
    name = project.registry.name
    web, api = project.push("team/web", "v1", labels()), project.push("team/api", "v1", labels())
    database = project.push("stock/postgres", "16", {})
    before = project.manifest.read_text()
    given: dict[str, Any] = {"promotion_tag": "v1", "promotion_tags": {"database": "16"}}

    dry = project.pin("--check", "--diff", **given)
    assert dry.returncode == 0, dry.stdout
    assert f"+    image: {name}/team/web@{web}" in dry.stdout
    assert project.manifest.read_text() == before
    assert sorted(path.name for path in project.folder.iterdir()) == ["collections", "promotion.yml"]

    done = project.pin(**given)
    assert done.returncode == 0, done.stdout
    assert changed_lines(before, project.manifest.read_text()) == [
        f'revision: "{FIRST}"  # of everything',
        f"image: {name}/team/web@{web}",
        f'revision: "{FIRST}"',
        f"image: {name}/team/api@{api}",
        f'revision: "{FIRST}"',
        f"image: {name}/stock/postgres@{database}",
    ]
    assert FIRST[:12] in (project.folder / "PROMOTION_MANIFEST.md").read_text()
    assert "changed=0" in project.pin(**given).stdout


def test_the_tag_is_the_commit_where_none_is_given(project: Project) -> None:
    for repository in ("team/web", "team/api"):
        project.push(repository, SECOND, labels(SECOND))
    done = project.pin(promotion_revision=SECOND)
    assert done.returncode == 0, done.stdout
    assert project.manifest.read_text().count(SECOND) == 3


def test_an_index_is_pinned_as_a_whole(project: Project) -> None:
    platforms = ("linux/amd64", "linux/arm64", "unknown/unknown")
    manifests = []
    for one in platforms:
        digest = project.push("team/web", one.replace("/", "-"), labels(), one)
        system, architecture = one.split("/")
        platform = {"os": system, "architecture": architecture}
        manifests.append({"mediaType": IMAGE_TYPE, "digest": digest, "size": 1, "platform": platform})
    index = project.put("team/web", "v1", INDEX_TYPE, {"manifests": manifests})
    done = project.pin(promotion_tag="v1", promotion_modules=["web"], promotion_platforms=list(platforms[:2]))
    assert done.returncode == 0, done.stdout
    assert f"team/web@{index}" in project.manifest.read_text()
    refused = project.pin(promotion_tag="v1", promotion_modules=["web"], promotion_platforms=["linux/s390x"])
    assert "found an image for linux/amd64, linux/arm64, wanted one for linux/s390x" in words(refused)


def test_all_faults_come_at_once_and_nothing_is_written(project: Project) -> None:
    project.push("team/web", "v1", {"org.opencontainers.image.revision": "main"}, "linux/arm64")
    project.push("stock/postgres", "16", {}, "linux/arm64")
    before = project.manifest.read_bytes()
    done = project.pin(
        promotion_tag="v1", promotion_tags={"database": "16"}, promotion_platforms=["linux/arm64", "linux/amd64"]
    )
    assert done.returncode == 2
    text = words(done)
    assert "has 5 faults" in text
    assert 'modules.web: found the label org.opencontainers.image.revision "main", wanted a full git commit' in text
    assert "modules.web: found no label org.opencontainers.image.source" in text
    assert "modules.web: found an image for linux/arm64, wanted one for linux/amd64" in text
    assert f"modules.api: found nothing of use: {project.registry.name} has no team/api:v1, wanted an image" in text
    assert "stock/postgres:16: modules.database: found an image for linux/arm64, wanted one for linux/amd64" in text
    assert "Traceback" not in text
    assert project.manifest.read_bytes() == before
    assert sorted(path.name for path in project.folder.iterdir()) == ["collections", "promotion.yml"]


def test_images_of_several_commits_are_described_by_the_latest_one(project: Project) -> None:
    commits = [commit(project.folder, number) for number in range(2)]
    project.push("team/web", "v1", labels(commits[0]))
    project.push("team/api", "v2", labels(commits[1]))
    given = {"promotion_tags": {"web": "v1", "api": "v2"}}
    done = project.pin(**given)
    assert done.returncode == 0, done.stdout
    lines = [line for line in project.manifest.read_text().splitlines() if "revision" in line]
    assert [commits.index(line.split('"')[1]) for line in lines] == [1, 0, 1]
    commit(project.folder, 3)
    assert "changed=0" in project.pin(**given).stdout


def test_a_tag_that_yaml_may_have_read_as_another_number_is_refused(project: Project) -> None:
    text = words(project.pin(promotion_tag=1.1, promotion_tags={"database": 16.0}))
    assert "promotion_tag: found the number 1.1, wanted a text (quote it)" in text
    assert "promotion_tags: database: found the number 16.0, wanted a text (quote it)" in text


def test_nothing_that_says_what_to_look_up_is_told(project: Project) -> None:
    text = words(project.pin())
    assert "Nothing says which tags to look up" in text
    assert "promotion_tag" in text


def test_a_password_of_a_registry_is_never_shown(project: Project) -> None:
    logins = {project.registry.name: {"username": "ada", "password": ["pass-of-ada"]}}
    done = project.pin("-vvv", promotion_tag="v1", promotion_registry_logins=logins)
    assert done.returncode == 2
    assert f"{project.registry.name}.password: found a list, wanted a text" in words(done)
    assert "pass-of-ada" not in done.stdout + done.stderr


def commit(folder: Path, number: int) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    git = ["git", "-C", str(folder)]
    if not (folder / ".git").exists():
        subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, *identity, "commit", "--quiet", "--allow-empty", "--message", str(number)], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
