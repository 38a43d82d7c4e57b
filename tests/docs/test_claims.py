"""What documents name is there: definitions load, links lead somewhere, commands and settings exist."""

import configparser
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from console.cli.lazy import TreeGroup
from console.cli.program import root
from loop.definitions import read
from tests.docs.documents import ROOT, Block, Document, document, documents, told
from tests.docs.reader import words_of
from watchdesk.settings import Settings

KINDS_OF_FILES = {"services": "services", "items": "services", "monitors": "monitors", "id": "runbooks"}
KINDS_OF_FILES |= {"calendars": "calendars", "windows": "calendars"}
ALL = documents()
HAND_WRITTEN = [found for found in ALL if not found.path.startswith("docs/reference/")]
MOST_LINES_OF_README = 250
WITH_A_KIND_OF_ITS_OWN = "docs/how-to/write-a-probe.md"  # tests/monitors/probes/test_write_a_probe.py executes it


def _paths(found: list[Document]) -> list[str]:
    return [each.path for each in found]


def _definitions(found: Document) -> Iterator[tuple[str, Block, dict[str, Any]]]:
    """The blocks that are whole definition files, each with the folder that it belongs into."""
    for block in found.blocks:
        content = yaml.safe_load(block.text) if block.language == "yaml" else None
        kinds = [KINDS_OF_FILES[key] for key in content if key in KINDS_OF_FILES] if isinstance(content, dict) else []
        if kinds:
            assert isinstance(content, dict)
            yield kinds[0], block, content


def _needed_services(contents: list[dict[str, Any]]) -> set[str]:
    """The services that monitors and windows speak of and no block defines."""
    named = set(re.findall(r"service: (\S+)", yaml.safe_dump_all(contents)))
    for content in contents:
        named |= {name for window in content.get("windows", {}).values() for name in window.get("services", ())}
    return named - {name for content in contents for name in content.get("services", {})}


def _write(folder: Path, found: Document) -> None:
    """All definitions of a document as files; a later block with the same comment replaces the earlier one."""
    blocks = list(_definitions(found))
    for number, (kind, block, _) in enumerate(blocks):
        first = block.text.partition("\n")[0]
        name = Path(first.removeprefix("# ").strip()).name if first.startswith("# ") else f"{number}.yaml"
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / name).write_text(block.text, "utf-8")
    missing = _needed_services([content for _, _, content in blocks])
    (folder / "services").mkdir(exist_ok=True)
    lines = [f"  {name}: {{owner: somebody}}\n" for name in sorted(missing)]
    (folder / "services" / "missing.yaml").write_text(f"services:\n{''.join(lines)}" if lines else "services: {}\n")


WITH_DEFINITIONS = [
    found for found in HAND_WRITTEN if found.path != WITH_A_KIND_OF_ITS_OWN and any(_definitions(found))
]


@pytest.mark.parametrize("path", _paths(WITH_DEFINITIONS))
def test_the_definitions_of_a_document_load_without_faults(path: str, tmp_path: Path) -> None:
    _write(tmp_path, document(path))
    found, faults = read(tmp_path)
    assert [str(fault) for fault in faults] == []
    assert found.monitors or found.runbooks or found.catalogue.services


@pytest.mark.parametrize("path", _paths(list(ALL)))
def test_links_within_the_project_lead_somewhere(path: str) -> None:
    lost = [link for link in document(path).links if not _leads_somewhere(ROOT / path, link)]
    assert lost == []


def _leads_somewhere(source: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    name, _, anchor = link.partition("#")
    target = (source.parent / name).resolve() if name else source
    if not target.exists() or not anchor:
        return target.exists()
    return anchor in _anchors(target)


@cache
def _anchors(target: Path) -> frozenset[str]:
    return Document(str(target), target.read_text("utf-8")).anchors


@pytest.mark.parametrize("path", _paths(list(HAND_WRITTEN)))
def test_the_commands_that_a_document_names_exist(path: str) -> None:
    unknown = [f"{' '.join(words)}: {reason}" for words in _commands(document(path)) if (reason := _fault_of(words))]
    assert unknown == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert _fault_of(["monitors", "lst"])
    assert _fault_of(["monitors", "list", "--helth", "ok"])
    assert _fault_of(["bench", "speed"])
    assert _fault_of(["monitors", "list", "--health"]) == ""


def _commands(found: Document) -> Iterator[list[str]]:
    for span in found.spans:
        yield from words_of(span)
    for block in found.blocks:
        lines = [each.command for each in told(block)] if block.language == "console" else block.text.splitlines()
        if block.language in {"console", "sh", ""}:
            for line in lines:
                yield from words_of(line)


def _fault_of(words: list[str]) -> str:
    """What is wrong with the words of a command; empty when its name and its options exist."""
    if words[:1] == ["bench"] and len(words) > 1:
        return "" if (ROOT / "bench" / f"{words[1]}.py").is_file() else f"no benchmark '{words[1]}'"
    if not words or words[0] in {"test", "lint", "bench", "COMMAND", "--help"}:
        return ""  # the script's own; tests/test_run.py has them
    command: click.Command = root
    context = click.Context(root)
    rest = list(words)
    while isinstance(command, TreeGroup) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        following = command.get_command(context, name)
        if following is None:
            return f"no command '{name}'"
        command = following
    if isinstance(command, TreeGroup) and command.default:
        default = command.get_command(context, command.default)
        assert default is not None
        command = default
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    strange = [word for word in rest if word.startswith("-") and word != "-" and word.partition("=")[0] not in known]
    return f"no option {strange[0]}" if strange else ""


def test_settings_that_documents_name_exist() -> None:
    known = {f"WATCHDESK_{name.upper()}" for name in Settings.model_fields}
    named = {name for found in HAND_WRITTEN for name in re.findall(r"\bWATCHDESK_[A-Z_]+\b", found.text)}
    assert named - known == set()


@pytest.mark.parametrize("path", _paths([d for d in HAND_WRITTEN if any(b.language == "toml" for b in d.blocks)]))
def test_the_settings_files_of_a_document_are_settings_files(path: str) -> None:
    names = [
        line.partition("=")[0].strip()
        for block in document(path).blocks
        if block.language == "toml" and not block.text.startswith("[")
        for line in block.text.splitlines()
    ]
    assert set(names) <= set(Settings.model_fields)


def test_the_systemd_unit_starts_up_and_sets_what_can_be_set() -> None:
    text = next(block.text for block in document("docs/how-to/run-as-a-service.md").blocks if block.language == "ini")
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    unit.read_string(text)
    assert _fault_of(unit["Service"]["ExecStart"].split()[1:]) == ""
    assert unit["Service"]["Environment"].partition("=")[0] == "WATCHDESK_DEFINITIONS"


def test_every_document_is_reached_from_the_index_or_the_readme() -> None:
    reached = {str(place.relative_to(ROOT)) for name in ("docs/index.md", "README.md") for place in _targets(name)}
    reference = {str(place.relative_to(ROOT)) for place in _targets("docs/reference/README.md")}
    assert {found.path for found in ALL} - reached - reference - {"README.md"} == set()


def _targets(path: str) -> set[Path]:
    links = [link.partition("#")[0] for link in document(path).links if not re.match(r"[a-z]+:", link)]
    return {(ROOT / path).parent.joinpath(link).resolve() for link in links}


def test_pictures_of_the_readme_are_there_and_small() -> None:
    pictures = [link for link in document("README.md").links if link.endswith((".png", ".svg"))]
    assert len(pictures) == 4
    for link in pictures:
        limit = 1_500_000 if link.endswith(".svg") else 200_000
        assert 5_000 < (ROOT / link).stat().st_size < limit, link


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(document("README.md").text.splitlines()) <= MOST_LINES_OF_README


def test_the_changelog_has_the_version_that_is_shipped() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    assert version is not None
    assert f"## {version[1]}" in document("CHANGELOG.md").text
