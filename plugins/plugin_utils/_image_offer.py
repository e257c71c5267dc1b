# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images that the control node can give out: those of its own Docker Engine, and those of registries it reaches."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Callable, ContextManager, Iterator, Mapping, Protocol, cast

from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json, sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._engine.process import last_lines
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, NotVerified
from ansible_collections.mint.promotion.plugins.module_utils._registry.documents import read_manifest
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import (
    Descriptor,
    Document,
    ImageIndex,
    ImageName,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._registry import Registry

CHUNK = 256 * 1024  # bytes
# distribution, "Image Manifest Version 2, Schema 2". A layer of this type is a plain tar archive, so its digest is the
# diff id that the image's configuration names, whoever writes the manifest and whenever.
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar"
_GZIP = b"\x1f\x8b"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, none at the end."""


@dataclass(frozen=True)
class Blob:
    """A configuration or layer of `size` bytes; `open` gives them in pieces."""

    size: int
    open: Callable[[], ContextManager[Iterator[bytes]]]


@dataclass(frozen=True)
class Offer:
    """One image under the digest of its manifest or index, with all that belongs to it, by digest."""

    digest: str
    documents: Mapping[str, Document]
    blobs: Mapping[str, Blob]


def saved_image(image_id: str, folder: Path) -> Offer:
    """Return an image of this machine's engine, whose parts are kept in `folder` by digest.

    The manifest follows from the image alone, and so does its digest: the layers are plain tar archives.
    Raises `CommandFailed` and `NotVerified`.
    """
    path = folder / f"{image_id.partition(':')[2]}.manifest"
    with _alone(folder):
        if not path.exists():
            _write(path, _save(image_id, folder))
    content = path.read_bytes()
    manifest = json.loads(content)
    parts = {one["digest"]: one["size"] for one in (manifest["config"], *manifest["layers"])}
    blobs = {digest: Blob(size, partial(_opened, _place(folder, digest))) for digest, size in parts.items()}
    digest = sha256_digest(content)
    return Offer(digest, {digest: Document(content, MANIFEST_TYPE, digest)}, blobs)


def pushed_image(registry: Registry, name: ImageName, digest: str) -> Offer:
    """Return an image of a registry, whose bytes are passed on as they come. Raises what `Registry` raises."""
    documents: dict[str, Document] = {}
    descriptors: dict[str, Descriptor] = {}
    pending = [digest]
    while pending:
        document = registry.manifest(name.path, pending.pop())
        documents[document.digest] = document
        read = read_manifest(document.content, document.media_type, f"{name}@{document.digest}")
        if isinstance(read, ImageIndex):
            pending += [one.digest for one in read.manifests if one.digest not in documents]
        else:
            descriptors.update({one.digest: one for one in (read.config, *read.layers)})
    blobs = {key: Blob(one.size, partial(registry.open_blob, name.path, one)) for key, one in descriptors.items()}
    return Offer(digest, documents, blobs)


def _save(image_id: str, folder: Path) -> bytes:
    """Have the engine write out an image; keep its parts and return its manifest."""
    argv = ["docker", "save", image_id]
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as process:
            manifest = _taken_apart(cast(IO[bytes], process.stdout), folder, image_id)
        if process.returncode != 0 or manifest is None:
            errors.seek(0)
            said = "\n".join(last_lines(errors.read().decode("utf-8", "replace")))
            raise CommandFailed(argv, process.returncode, said)
    return manifest


def _taken_apart(stream: IO[bytes], folder: Path, image_id: str) -> bytes | None:
    """Keep every file of the archive by the digest of its bytes; return the manifest of the image in it.

    The archive is that of `docker save` in its old form and in that of Docker 25 and later (image-spec,
    image-layout.md), which has a manifest.json too. A layer that occurs twice may be a link to the first.
    """
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    described = None
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.issym() or member.islnk():
                    base = os.path.dirname(member.name) if member.issym() else ""
                    links[member.name] = os.path.normpath(os.path.join(base, member.linkname))
                elif (content := archive.extractfile(member)) is not None:
                    files[member.name] = _kept(content, folder)
    except tarfile.ReadError:
        return None
    if "manifest.json" in files:
        (described,) = json.loads(_place(folder, files["manifest.json"]).read_bytes())
    return _manifest(described, {**files, **_followed(links, files)}, folder, image_id) if described else None


def _followed(links: Mapping[str, str], files: Mapping[str, str]) -> dict[str, str]:
    return {name: files[target] for name, target in links.items() if target in files}


def _manifest(described: Mapping[str, Any], files: Mapping[str, str], folder: Path, image_id: str) -> bytes:
    """Return the manifest that follows from the image's configuration."""
    config = files[described["Config"]]
    wanted = json.loads(_place(folder, config).read_bytes())["rootfs"]["diff_ids"]
    layers = [_plain(files[name], folder) for name in described["Layers"]]
    if layers != wanted:
        raise NotVerified(f"`docker save {image_id}` gave other layers than the image names", "Save it by hand to see.")
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(CONFIG_TYPE, config, folder),
        "layers": [_descriptor(LAYER_TYPE, layer, folder) for layer in layers],
    }
    return canonical_json(document)


def _descriptor(kind: str, digest: str, folder: Path) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest, "size": _place(folder, digest).stat().st_size}


def _plain(digest: str, folder: Path) -> str:
    """Return the digest of a layer as a plain tar archive; an engine with containerd's store saves it as it came."""
    with open(_place(folder, digest), "rb") as layer:
        if layer.read(len(_GZIP)) != _GZIP:
            return digest
        layer.seek(0)
        with gzip.GzipFile(fileobj=layer) as unpacked:
            return _kept(unpacked, folder)


def _kept(content: _Readable, folder: Path) -> str:
    """Keep bytes under their digest, which is returned."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for chunk in iter(lambda: content.read(CHUNK), b""):
            digest.update(chunk)
            file.write(chunk)
    found = f"sha256:{digest.hexdigest()}"
    os.replace(file.name, _place(folder, found))
    return found


def _place(folder: Path, digest: str) -> Path:
    return folder / f"{digest.partition(':')[2]}.blob"


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    os.replace(temporary, path)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[bytes]]:
    with open(path, "rb") as file:
        yield iter(lambda: file.read(CHUNK), b"")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep the workers of other hosts from saving the same image at the same time."""
    with open(folder / "lock", "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
