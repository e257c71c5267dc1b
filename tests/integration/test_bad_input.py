# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bad input: refused before any host is touched, all faults at once, each with its place and a remedy."""

from __future__ import annotations

import re
from typing import Any, Callable

import pytest

from integration.catalog import FIRST, Catalog
from integration.playbooks import Run
from integration.promotions import Edit, Promote, Promotion
from integration.stacks import edit, values

BYTES = 20 * 1024 * 1024
LAUGHS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote) -> Promotion:
    """A stack with a live release, which no bad input may touch."""
    promotion = new_promotion("staging-1")
    promotion.write(FIRST)
    promotion.promote().ended_well()
    return promotion


def refuse(promotion: Promotion, *arguments: str, words: tuple[str, ...]) -> Run:
    """Promote; see that it is refused in these words, recorded, and that the host is as it was."""
    before = promotion.host.snapshot()
    run = promotion.promote(*arguments).refused(*words)
    assert promotion.host.snapshot() == before
    assert run.receipt["outcome"] == "refused"
    assert run.receipt["faults"]
    return run


def shortened(pattern: str, length: int) -> Edit:
    """An edit that cuts the first match of a pattern to its first characters."""

    def apply(text: str) -> str:
        found = re.search(pattern, text)
        assert found, f"{pattern!r} is not in the manifest"
        return text.replace(found[0], found[0][:length], 1)

    return apply


def without(line: str) -> Edit:
    return edit(f"{line}\n", "")


QUOTE = "    service: quote-page\n"
FAULTS: dict[str, tuple[Edit, str, tuple[str, ...]]] = {
    # what is wrong: the edit, text in the line that is named, words of the message
    "unknown key": (edit("retention:\n", "colour: mint\nretention:\n"), "colour: mint", ("unknown key", "colour")),
    "missing key": (without("  name: {stack}"), "stack:", ("stack.name", "no such key")),
    "wrong type": (edit("  releases: 3", "  releases: many"), "releases: many", ('"many"', "whole number")),
    "duplicate key": (
        edit("  releases: 3", "  releases: 3\n  releases: 4"),
        "releases: 4",
        ("the same key a second time",),
    ),
    "tag without digest": (
        lambda text: re.sub(r"(mint/artwork)@sha256:[0-9a-f]{64}", r"\1:latest", text),
        "mint/artwork:latest",
        ("modules.artwork.image", "digest"),
    ),
    "short digest": (shortened(r"mint/artwork@sha256:[0-9a-f]{64}", 40), "mint/artwork@", ("modules.artwork.image",)),
    "revision of 7 characters": (
        lambda text: re.sub(r'^(  revision: )"?[0-9a-f]{40}"?$', r'\1"abcdef1"', text, flags=re.MULTILINE),
        '"abcdef1"',
        ("source.revision", "full git commit", "git rev-parse abcdef1"),
    ),
    "two modules on one port": (
        edit("published: {quote-page}", "published: {artwork}"),
        "published: {artwork}",
        ("modules.quote-page.ports[0].published", "{artwork}", "publish another port"),
    ),
    "service name that Compose refuses": (
        edit("service: quote-page", "service: Quote Page!"),
        "Quote Page!",
        ("modules.quote-page.service", "a service name that Compose takes"),
    ),
    "path that leaves": (edit("context: quote-page", "context: ../quote-page"), "../quote-page", ('".."',)),
    "absolute path": (edit("context: quote-page", "context: /quote-page"), "/quote-page", ("the absolute path",)),
    "unknown dependency": (
        edit("depends_on: [order-intake]", "depends_on: [orders]"),
        "depends_on: [orders]",
        ('the unknown module "orders"', "known are"),
    ),
    "dependency cycle": (
        edit("    networks: [database]\n", "    networks: [database]\n    depends_on: [quote-page]\n"),
        "depends_on: [quote-page]",
        ("the cycle artwork -> quote-page -> order-intake -> artwork",),
    ),
    "secret with a default": (
        edit(
            "        from: ARTWORK_DATABASE_URL\n",
            "        from: ARTWORK_DATABASE_URL\n        default: planted-default\n",
        ),
        "planted-default",
        ("a default of a secret", "secrets are never in the manifest"),
    ),
    "not YAML": (edit("schema: 1", "schema: [1"), "", ("correct the syntax",)),
}


def fitted(promotion: Promotion, text: str) -> str:
    """Text of the table with this stack's name and ports."""
    return (
        text.replace("{stack}", promotion.stack.name)
        .replace("{quote-page}", str(promotion.stack.ports["quote-page"]))
        .replace("{artwork}", str(promotion.stack.ports["artwork"]))
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_manifest_is_refused_with_its_line(promotion: Promotion, fault: str) -> None:
    change, line, words = FAULTS[fault]
    text = promotion.write(FIRST)
    text = _apply(change, promotion, text)
    promotion.manifest.write_text(text, encoding="utf-8")
    run = refuse(promotion, words=tuple(fitted(promotion, word) for word in words))
    wanted = fitted(promotion, line)
    numbers = [number for number, one in enumerate(text.splitlines(), start=1) if wanted in one]
    if line:
        assert any(f"promotion.yml:{number}:" in run.output for number in numbers), f"{numbers}\n{run.output}"
    assert "planted-default" not in run.output


def _apply(change: Edit, promotion: Promotion, text: str) -> str:
    """Edits name stack and ports by placeholders: both are this stack's own."""
    names = {promotion.stack.name: "{stack}"}
    names |= {f"published: {port}": f"published: {{{module}}}" for module, port in promotion.stack.ports.items()}
    for own, placeholder in names.items():
        text = text.replace(own, placeholder)
    return fitted(promotion, change(text)).replace("{order-intake}", str(promotion.stack.ports["order-intake"]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"schema: 1\nl0: &l0 [lol]\n" + LAUGHS.encode(), ("alias",), id="aliases that explode"),
        pytest.param(b"#" * BYTES, ("wanted at most 1048576 bytes",), id="20 MB"),
        pytest.param(b"schema: 1\nstack: \xff\xfe\n", ("UTF-8",), id="not UTF-8"),
        pytest.param(b"", ("promotion.yml",), id="empty"),
        pytest.param(b"- a list\n", ("a list",), id="another shape"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(promotion: Promotion, content: bytes, words: tuple[str, ...]) -> None:
    promotion.manifest.write_bytes(content)
    refuse(promotion, words=words)


def test_a_missing_manifest_is_refused(promotion: Promotion) -> None:
    promotion.manifest.unlink(missing_ok=True)
    refuse(promotion, words=("promotion.yml",))


def test_all_faults_are_told_at_once_those_of_the_values_too(promotion: Promotion) -> None:
    promotion.write(
        FIRST, edit("context: quote-page", "context: ../quote-page"), edit("  releases: 3", "  releases: many")
    )
    run = refuse(promotion, "-e", "promotion_environment=nowhere", words=("3 faults", '".."', '"many"', "nowhere"))
    assert len(run.receipt["faults"]) == 3


def test_jinja_in_a_manifest_is_text(promotion: Promotion) -> None:
    planted = "{{ lookup('pipe', 'touch ' ~ inventory_dir ~ '/evaluated') }}"
    promotion.write(FIRST, edit("default: Mint Print Shop", f'default: "{planted}"'))
    promotion.values = {name: value for name, value in values().items() if name != "QUOTE_PAGE_SHOP_NAME"}
    try:
        promotion.promote("--check", "--diff").ended_well().says(planted)
    finally:
        promotion.values = values()
    assert not list(promotion.manifest.parent.rglob("evaluated"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"ARTWORK_INTAKE_TOKEN": None}, ("ARTWORK_INTAKE_TOKEN",), id="missing"),
        pytest.param({"ARTWORK_DATABASE_URL": "planted-value"}, ("ARTWORK_DATABASE_URL", "postgres"), id="pattern"),
        pytest.param({"ARTWORK_INTAKE_TOKEN": "planted-value\nx"}, ("ARTWORK_INTAKE_TOKEN", "line"), id="newline"),
    ],
)
def test_values_that_break_the_contract_are_refused_unseen(
    promotion: Promotion, changed: dict[str, Any], words: tuple[str, ...]
) -> None:
    promotion.write(FIRST)
    promotion.values = {name: value for name, value in values(**changed).items() if value is not None}
    try:
        run = refuse(promotion, words=words)
    finally:
        promotion.values = values()
    assert "planted-value" not in run.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("-e", "promotion_environment=nowhere"), ("nowhere", "a group of the inventory"), id="unknown"),
        pytest.param(("-e", "promotion_environment=all"), ("all is a group", "promotion_environments"), id="a group"),
        pytest.param(
            ("-e", "promotion_environment=empty", "-e", '{"promotion_environments": ["empty"]}'),
            ("empty", "hosts in this group"),
            id="without hosts",
        ),
        pytest.param(("-e", "promotion_environment=prod"), ("prod", "--limit"), id="excluded by the limit"),
    ],
)
def test_an_environment_without_hosts_is_refused(
    promotion: Promotion, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    promotion.write(FIRST)
    promotion.groups = {"empty": {}}
    refuse(promotion, *arguments, words=words)


def test_an_image_for_another_platform_is_refused(promotion: Promotion, catalog: Catalog) -> None:
    promotion.write(FIRST, edit(catalog.image(FIRST, "quote-page"), catalog.foreign))
    refuse(promotion, words=("platform", "quote-page is for linux/arm64", "linux/amd64"))


def test_an_image_that_no_registry_has_is_refused(promotion: Promotion, catalog: Catalog) -> None:
    image = catalog.image(FIRST, "quote-page")
    promotion.write(FIRST, edit(image, f"{image.partition('@')[0]}@sha256:{'ab' * 32}"))
    refuse(promotion, words=("images", "quote-page", "registry"))


def test_a_port_that_another_program_has_is_refused(promotion: Promotion, new_promotion: Promote) -> None:
    other = new_promotion("staging-1")
    other.write(FIRST, _on_ports_of(promotion, other))
    before = promotion.host.snapshot()
    run = other.promote().refused("ports", "artwork is taken by", str(promotion.stack.ports["artwork"]))
    assert run.outcomes == {"staging-1": "refused"}
    assert promotion.host.snapshot() == before
    assert not other.host.exists()


def _on_ports_of(owner: Promotion, other: Promotion) -> Callable[[str], str]:
    return edit(f"published: {other.stack.ports['artwork']}", f"published: {owner.stack.ports['artwork']}")


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("without-docker", ("engine", "docker")),
        ("compose-v1", ("compose", "only Compose v1", "the docker compose plugin")),
        ("without-sudo", ("The host lets this user not become root", "passwordless sudo")),
    ],
)
def test_an_unfit_host_is_refused_and_left_as_it_was(new_promotion: Promote, host: str, words: tuple[str, ...]) -> None:
    promotion = new_promotion(host)
    promotion.variables = {"promotion_environments": [promotion.environment]}
    promotion.write(FIRST)
    run = promotion.promote().refused(*words)
    assert run.outcomes == {host: "refused"}
    assert not promotion.host.exists()
