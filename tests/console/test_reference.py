"""The reference says what the code does: pages are regenerated, schemas accept what loads, every code is explained."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from console.cli.exits import Exit
from console.cli.main import main
from console.reference.fault_codes import FAULT_CODES
from console.reference.pages import PAGES
from console.reference.schemas import SCHEMAS
from console.reference.writing import FOLDER, files, write
from watchdesk.definitions.documents import parse_document, read_documents
from watchdesk.definitions.faults import Faults

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"\"(D\d{3})\"")


def test_the_committed_reference_is_the_one_the_code_makes() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    assert written == files(), "run './run docs' and commit docs/reference"


def test_writing_the_reference_twice_changes_nothing(tmp_path: Path) -> None:
    assert len(write(tmp_path)) == len(PAGES) + 1
    assert write(tmp_path) == []


def test_every_code_that_the_program_uses_is_explained_and_no_other() -> None:
    packages = ("watchdesk", "monitors", "runbooks", "ticketing", "loop")
    sources = [path.read_text("utf-8") for package in packages for path in (ROOT / package).rglob("*.py")]
    assert {code for text in sources for code in CODE.findall(text)} == set(FAULT_CODES)


@pytest.mark.parametrize("topic", [*PAGES, "D012", "d005"])
def test_a_topic_is_printed(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", topic]) == Exit.OK
    assert capsys.readouterr().out.strip()


def test_an_unknown_topic_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "condition"]) == Exit.NOT_FOUND
    assert "did you mean 'conditions'?" in capsys.readouterr().err


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_accepts_the_shipped_definitions(kind: str) -> None:
    schema = SCHEMAS[kind]()
    Draft202012Validator.check_schema(schema)
    faults = Faults()
    documents = read_documents(ROOT / "examples" / "local", kind, faults)
    errors = [error.message for d in documents for error in Draft202012Validator(schema).iter_errors(d.content)]
    assert (errors, list(faults)) == ([], [])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("services", "services: {shop: {ownr: payments}}"),
        ("monitors", "monitors: {a: {http: http://127.0.0.1/, evry: 1m, service: shop}}"),
        ("monitors", "monitors: {a: {service: shop}}"),
        ("monitors", "monitors: {a: {http: http://127.0.0.1/, tcp: 127.0.0.1:80, service: shop}}"),
        ("monitors", "defaults: {every: 90}"),
        ("runbooks", "apiVersion: watchdesk/v2"),
        ("calendars", "calendars: {office: {tz: Europe/Berlin}}"),
    ],
)
def test_a_schema_refuses_what_the_loader_refuses(kind: str, text: str) -> None:
    document = parse_document(text, "x.yaml", Faults())
    assert document is not None
    assert list(Draft202012Validator(SCHEMAS[kind]()).iter_errors(document.content))


def test_a_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "monitors"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["title"] == "Monitors"
