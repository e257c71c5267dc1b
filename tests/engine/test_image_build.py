# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images are built from what is committed, by the Docker Engine of this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.module_utils._manifest.build import ImagePlan
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout
from ansible_collections.mint.promotion.plugins.plugin_utils._image_builder import (
    build,
    engine_platform,
    is_built,
    push,
)

REPOSITORY = "127.0.0.1:9/mint-build-test/web"  # port 9, discard: nothing answers there


def command(*argv: str) -> bytes:
    return subprocess.run(argv, check=True, capture_output=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Dockerfile").write_text('FROM scratch\nARG TEXT\nLABEL text=$TEXT\nCOPY file /file\nCMD ["/x"]\n')
    (tmp_path / "web/file").write_text(f"committed in {tmp_path}")
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for arguments in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "One"]):
        command("git", "-C", str(tmp_path), *arguments)
    return Checkout(str(tmp_path))


@pytest.fixture
def plan(checkout: Checkout) -> Iterator[ImagePlan]:
    commit = checkout.commit("HEAD")
    plan = ImagePlan(
        module="web",
        repository=REPOSITORY,
        source="https://git.example.com/team/shop.git",
        revision=commit,
        context="web",
        tree=checkout.tree(commit, "web"),
        dockerfile="Dockerfile",
        platform=engine_platform(),
        args={"TEXT": "some text"},
    )
    yield plan
    images = command("docker", "image", "ls", "--quiet", "--filter", f"reference={REPOSITORY}").split()
    if images:
        command("docker", "image", "rm", "--force", *{image.decode() for image in images})


def test_the_image_says_what_it_was_built_from(checkout: Checkout, plan: ImagePlan) -> None:
    assert build(checkout, plan) is True
    (image,) = json.loads(command("docker", "image", "inspect", plan.reference))
    labels = image["Config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == plan.revision
    assert labels["org.opencontainers.image.source"] == plan.source
    assert labels["text"] == "some text"


def test_a_dirty_working_tree_does_not_get_into_the_image(checkout: Checkout, plan: ImagePlan) -> None:
    committed = Path(checkout.root, "web/file").read_bytes()
    Path(checkout.root, "web/file").write_text("dirty")
    build(checkout, plan)
    container = command("docker", "create", plan.reference).decode().strip()
    try:
        archive = command("docker", "cp", f"{container}:/file", "-")
    finally:
        command("docker", "rm", container)
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        content = tar.extractfile("file")
        assert content is not None
        assert content.read() == committed


def test_the_same_inputs_are_built_once(checkout: Checkout, plan: ImagePlan) -> None:
    assert is_built(plan) is False
    assert build(checkout, plan) is True
    assert is_built(plan) is True
    assert build(checkout, plan) is False
    assert build(checkout, replace(plan, args={"TEXT": "other text"})) is True


def test_a_build_that_fails_shows_the_last_lines(checkout: Checkout, plan: ImagePlan) -> None:
    with pytest.raises(CommandFailed, match="Dockerfile.missing"):
        build(checkout, replace(plan, dockerfile="Dockerfile.missing"))


def test_a_registry_that_does_not_answer_is_told_with_a_remedy(checkout: Checkout, plan: ImagePlan) -> None:
    build(checkout, plan)
    with pytest.raises(CommandFailed) as caught:
        push(plan, {})
    assert "connection refused" in str(caught.value)
    assert caught.value.remedy


SHOP = """\
schema: 1
stack: {name: shop}
source: {repository: "https://git.example.com/team/shop.git", revision: "REVISION"}
modules:
  web:
    image: registry.example.com/team/web@sha256:DIGEST
    revision: "REVISION"
    build: {context: web, args: {TEXT: "TEXT"}}
""".replace("DIGEST", "0" * 64)


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    (folder / "ansible_collections/mint").mkdir(parents=True)
    (folder / "ansible_collections/mint/promotion").symlink_to(Path(__file__).resolve().parents[2])
    (folder / "ansible.cfg").touch()
    return folder


def dry_run(collections: Path, manifest: Path, **arguments: str) -> dict[str, object]:
    """Return the result of image_build in check mode, which asks the engine and the repository only."""
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(collections / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal",
    }
    ansible = str(Path(sys.executable).parent / "ansible")
    given = json.dumps({"manifest": str(manifest), **arguments})
    argv = [ansible, "-i", "localhost,", "localhost", "--check", "-m", "mint.promotion.image_build", "-a", given]
    output = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False).stdout
    result: dict[str, object] = json.loads(output[output.index("=> ") + 3 :])
    return result


def write_manifest(checkout: Checkout, revision: str) -> Path:
    path = Path(checkout.root, "promotion.yml")
    path.write_text(SHOP.replace("REVISION", revision).replace('"TEXT"', json.dumps(checkout.root)))
    return path


def test_a_dry_run_says_what_would_be_built(checkout: Checkout, collections: Path) -> None:
    manifest = write_manifest(checkout, "0" * 40)
    head = checkout.commit("HEAD")
    result = dry_run(collections, manifest, registry="127.0.0.1:9")
    assert (result["changed"], result["revision"]) == (True, head)
    assert result["missing"] == [f"127.0.0.1:9/team/web:{head[:12]}"]


def test_committing_the_pinned_manifest_asks_for_no_other_revision(checkout: Checkout, collections: Path) -> None:
    pinned = checkout.commit("HEAD")
    manifest = write_manifest(checkout, pinned)
    command("git", "-C", checkout.root, "add", "--all")
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    command("git", "-C", checkout.root, *identity, "commit", "--quiet", "--message", "Pin")
    head = checkout.commit("HEAD")
    assert dry_run(collections, manifest)["revision"] == pinned
    assert dry_run(collections, manifest, revision=head)["revision"] == head


def test_an_unknown_revision_is_refused(checkout: Checkout, collections: Path) -> None:
    result = dry_run(collections, write_manifest(checkout, "0" * 40), revision="nowhere")
    assert "has no commit 'nowhere'" in str(result["msg"])
