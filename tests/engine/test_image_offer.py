# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images of an engine, given out as a registry would, are pulled by digest, layer by layer."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.module_utils._registry.authentication import basic
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Login
from ansible_collections.mint.promotion.plugins.plugin_utils._image_offer import saved_image
from ansible_collections.mint.promotion.plugins.plugin_utils._image_server import ImageServer, serving

from .conftest import docker

SIZE = 300_000


@pytest.fixture
def images(image: str) -> Iterator[list[str]]:
    """Two images that differ in their last layer."""
    names = [f"engt-offer-{os.getpid()}:{number}" for number in (1, 2)]
    common = os.urandom(SIZE)  # a layer that both have, and that this engine has never met
    for name in names:
        recipe = f"FROM {image}\nCOPY common /common\nCOPY noise /noise\n"
        _build(name, {"Dockerfile": recipe.encode(), "common": common, "noise": os.urandom(SIZE)})
    yield names
    found = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    for name in set(names) & set(found):
        docker("image", "rm", "--force", name)


def _build(name: str, files: dict[str, bytes]) -> None:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    argv = ["docker", "build", "--quiet", "--tag", name, "-"]
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    subprocess.run(argv, input=context.getvalue(), env=environment, check=True, capture_output=True)


def test_only_layers_that_the_engine_lacks_are_sent(images: list[str], tmp_path: Path) -> None:
    ids = [docker("image", "inspect", "--format", "{{.Id}}", name) for name in images]
    offers = {f"shop/{number}": saved_image(one, tmp_path) for number, one in enumerate(ids)}
    docker("image", "rm", *images)
    sent: list[int] = []
    pulled: list[str] = []
    with serving(offers) as server:
        registry = f"127.0.0.1:{server.port}"
        engine = Engine({registry: server.login})
        for (name, offer), wanted in zip(offers.items(), ids, strict=True):
            reference = f"{registry}/{name}@{offer.digest}"
            before = server.sent
            engine.pull(reference)
            sent.append(server.sent - before)
            assert docker("image", "inspect", "--format", "{{.Id}}", reference) == wanted
            pulled.append(reference)
    docker("image", "rm", *pulled)
    assert SIZE < sent[1] < SIZE * 1.2 < 2 * SIZE < sent[0]


def test_the_same_image_is_always_offered_under_the_same_digest(images: list[str], tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    image = docker("image", "inspect", "--format", "{{.Id}}", images[0])
    assert saved_image(image, tmp_path / "one").digest == saved_image(image, tmp_path / "two").digest


def test_an_image_that_the_engine_does_not_have_cannot_be_offered(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="docker save"):
        saved_image("sha256:" + "0" * 64, tmp_path)


def _status(server: ImageServer, path: str, login: Login | None) -> int:
    headers = {"Authorization": basic(login)} if login else {}
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_others_on_the_machine_get_nothing(images: list[str], tmp_path: Path) -> None:
    image = docker("image", "inspect", "--format", "{{.Id}}", images[0])
    offer = saved_image(image, tmp_path)
    path = f"/v2/shop/web/manifests/{offer.digest}"
    with serving({"shop/web": offer}) as server:
        assert _status(server, path, server.login) == 200
        assert _status(server, path, None) == 401
        assert _status(server, path, Login(server.login.username, "guess")) == 401
        assert _status(server, path.replace("web", "other"), server.login) == 404
        assert _status(server, f"/v2/shop/web/manifests/{image}", server.login) == 404
        assert _status(server, "/v2/shop/web/manifests/latest", server.login) == 404
