# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A registry that asks for a password: the inventory gives it, the host pulls with it, and it stays nowhere."""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import re
from pathlib import Path
from typing import Iterator

import pytest

from bed.bed import Bed
from bed.engine import docker
from bed.small_image import small_filesystem
from integration.promotions import Promote
from integration.test_secrets import NEEDLE, files_with_the_secret, watched_processes

USER, PASSWORD = "deploy", f"{NEEDLE}-of-the-registry"
# bcrypt, the only form that the registry takes
HTPASSWD = r"deploy:$2b$04$GyDctVTkR0bEwzyNcfF9K.ydRjUhjWMHadONKESQG99efQvIklIqi"
ENCODED = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
OFFSET = 4  # in the bed's subnet, behind registry and Postgres
MANIFEST = """\
schema: 1
stack: {{name: {stack}}}
source: {{repository: "https://git.example.com/team/shop.git", revision: "{revision}"}}
modules: {{web: {{image: "{image}", third_party: true, command: [sleep, "600"]}}}}
"""


@pytest.fixture(scope="module")
def guarded_image(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image in a second registry of the bed, by the name that hosts know it by."""
    folder = tmp_path_factory.mktemp("registry")
    (folder / "htpasswd").write_text(f"{HTPASSWD}\n")
    address = f"{ipaddress.ip_network(bed.facts()['subnet'])[OFFSET]}:5000"
    name = f"mint-test-guarded-{bed.name}-{os.getpid()}"
    settings = {"": "htpasswd", "_HTPASSWD_REALM": "guarded", "_HTPASSWD_PATH": "/auth/htpasswd"}
    environment = [f"--env=REGISTRY_AUTH{key}={value}" for key, value in settings.items()]
    flags = [f"--name={name}", f"--network=mint-bed-{bed.name}", f"--ip={address.partition(':')[0]}"]
    flags += ["--publish=127.0.0.1::5000", f"--volume={folder}:/auth:ro", *environment]
    docker("run", "--detach", *flags, bed.units()["registry"].image)
    try:
        here = docker("port", name, "5000").stdout.strip()
        yield f"{address}/team/guarded@{_pushed(f'{here}/team/guarded:1', folder)}"
    finally:
        docker("rm", "--force", "--volumes", name)


def _pushed(tag: str, folder: Path) -> str:
    """Push a small image with the login; return its digest."""
    (folder / "config.json").write_text(json.dumps({"auths": {tag.partition("/")[0]: {"auth": ENCODED}}}))
    docker("import", "--change", "ENV PATH=/bin", "-", tag, data=small_filesystem())
    try:
        output = docker("push", tag, env={"DOCKER_CONFIG": str(folder)}).stdout
    finally:
        docker("image", "rm", tag)
    return str(re.findall("sha256:[0-9a-f]{64}", output)[-1])


def test_a_login_is_used_and_leaves_no_trace(new_promotion: Promote, guarded_image: str) -> None:
    promotion = new_promotion("staging-1")
    promotion.values = {}
    promotion.manifest.write_text(
        MANIFEST.format(stack=promotion.stack.name, revision="1" * 40, image=guarded_image), encoding="utf-8"
    )
    promotion.promote().refused("images", "web", "promotion_registry_logins")

    registry = guarded_image.partition("/")[0]
    promotion.variables = {"promotion_registry_logins": {registry: {"username": USER, "password": PASSWORD}}}
    with watched_processes(promotion.host) as seen:
        run = promotion.promote("-vvv", "--diff").ended_well()
    assert promotion.host.containers()["web"]["State"]["Running"]
    assert seen == []
    assert [word for word in (PASSWORD, ENCODED) if word in run.output] == []
    assert files_with_the_secret(promotion.host) == []
    assert promotion.host.run("sh", "-c", f"grep -rls {ENCODED} /root /home /dev/shm /tmp /opt /etc || true") == ""
    assert [path for path in promotion.receipt_files() if NEEDLE in path.read_text(encoding="utf-8")] == []
    kept = Path.home() / ".docker" / "config.json"
    assert not kept.exists() or ENCODED not in kept.read_text(encoding="utf-8")
