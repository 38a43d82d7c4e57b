"""Definition files are read with the place of everything, and every fault says where it stands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdesk.definitions.documents import Document, parse_document, read_documents
from watchdesk.definitions.faults import Faults


def parse(text: str, **environ: str) -> tuple[Document | None, list[str]]:
    faults = Faults()
    return parse_document(text, "x.yaml", faults, environ), [str(fault) for fault in faults]


def content(text: str, **environ: str) -> object:
    document, faults = parse(text, **environ)
    assert faults == []
    assert document is not None
    return document.content


def test_words_that_yaml_1_1_bends_stay_text() -> None:
    assert content("a: on\nb: no\nc: 12:30\nd: y\ne: 0o17\n") == {"a": "on", "b": "no", "c": "12:30", "d": "y", "e": 15}


def test_numbers_truth_and_nothing_are_themselves() -> None:
    assert content("[1, -2.5, 1e3, true, null, ~, '1']") == [1, -2.5, 1000.0, True, None, None, "1"]


def test_an_environment_variable_is_filled_in() -> None:
    assert content("url: http://h:${PORT}/x\nport: ${PORT}\ntext: '${PORT}'", PORT="80") == {
        "url": "http://h:80/x",
        "port": 80,
        "text": "80",
    }


def test_a_variable_may_bring_its_default() -> None:
    assert content("a: ${PORT:-8420}\nb: ${NONE:-}", PORT="") == {"a": "", "b": ""}
    assert content("a: ${PORT:-8420}") == {"a": 8420}


def test_a_variable_that_is_not_set_is_a_fault_at_its_place() -> None:
    _, faults = parse("a:\n  b: ${GONE}\n")
    assert faults == ["x.yaml:2:6: the environment variable 'GONE' is not set; set it, or write ${GONE:-a default}"]


def test_a_parameter_of_a_runbook_is_left_alone() -> None:
    assert content("argv: ['${params.name}']") == {"argv": ["${params.name}"]}


def test_a_key_that_stands_twice_is_a_fault_at_the_second() -> None:
    _, faults = parse("a: 1\nb: 2\na: 3\n")
    assert faults == ["x.yaml:3:1: the key 'a' stands twice in one mapping; keep one"]


def test_what_is_merged_in_yields_to_what_is_written_out() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b\n  y: 3\n  <<: *a\nc: {<<: [*b, *a], x: 9}\nd: {'<<': 1}\n"
    assert content(text) == {"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}, "c": {"x": 9, "y": 3}, "d": {"<<": 1}}
    document, _ = parse(text)
    assert document is not None
    assert str(document.place(("b", "x"))) == "x.yaml:1:11"
    assert str(document.place(("b", "y"))) == "x.yaml:3:6"


def test_only_mappings_can_be_merged_in() -> None:
    _, faults = parse("a: {<<: 5}\n")
    assert faults == ["x.yaml:1:9: '<<' merges a mapping, or a list of mappings, like '<<: *name'"]


def test_a_character_that_yaml_forbids_is_named_at_its_place() -> None:
    _, faults = parse('a: 1\nb: "\u00e9\0"\n')
    assert faults == ["x.yaml:2:6: the character '\\x00' may not stand in a YAML file"]


def test_a_byte_that_is_no_utf_8_is_told_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "monitors").mkdir()
    (tmp_path / "monitors" / "a.yaml").write_bytes("a: 1\nb: é".encode() + b"\xe9\n")
    faults = Faults()
    read_documents(tmp_path, "monitors", faults)
    assert [str(fault) for fault in faults] == [
        "monitors/a.yaml:2:5: cannot be read as UTF-8 text: invalid continuation byte"
    ]


def test_broken_syntax_is_one_fault_with_its_place() -> None:
    document, faults = parse("a: [1,\n  b: {\n")
    assert document is None
    assert len(faults) == 1
    assert faults[0].startswith("x.yaml:")
    assert "not valid YAML" in faults[0]


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert content("") == {}
    assert content("# only a remark\n") == {}
    assert content("---\n# only a remark\n") == {}


def test_places_of_keys_and_values() -> None:
    document, _ = parse("monitors:\n  a:\n    every:   1m\n")
    assert document is not None
    location = ("monitors", "a", "every")
    assert str(document.key_place(location)) == "x.yaml:3:5"
    assert str(document.place(location)) == "x.yaml:3:14"
    assert str(document.place((*location, "missing"))) == "x.yaml:3:14"


def test_a_tag_that_would_build_a_python_object_is_refused() -> None:
    document, faults = parse("a: !!python/object/apply:os.system ['true']\n")
    assert faults or document is not None
    assert document is None or document.content == {"a": ["true"]}


def test_all_files_of_a_folder_are_read_and_unreadable_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "monitors" / "deep").mkdir(parents=True)
    (tmp_path / "monitors" / "a.yaml").write_text("a: 1")
    (tmp_path / "monitors" / "deep" / "b.yml").write_text("b: 1")
    (tmp_path / "monitors" / "c.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "monitors" / "notes.txt").write_text("not looked at")
    faults = Faults()
    found = read_documents(tmp_path, "monitors", faults)
    assert [d.file for d in found] == ["monitors/a.yaml", "monitors/deep/b.yml"]
    assert [f.file for f in faults] == ["monitors/c.yaml"]


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    document, faults = parse(text)
    assert document is not None or faults


@pytest.mark.parametrize("text", ["a: &x [*x]", "&a [*a, *a]", "a: &b {c: *b}", "a: &b {<<: *b}"])
def test_a_value_that_holds_itself_is_a_fault_and_not_a_crash(text: str) -> None:
    document, faults = parse(text)
    assert document is None
    assert "itself" in faults[0]


def test_a_small_file_cannot_merge_without_end() -> None:
    merges = "a: &a {x: 1}\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} {{<<: [{','.join(['*' + chr(97 + i)] * 9)}]}}\n" for i in range(8)
    )
    document, faults = parse(merges)
    assert document is None
    assert "merged too often" in faults[0]


def test_a_small_file_cannot_grow_into_a_huge_value() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
    )
    document, faults = parse(bomb)
    assert document is None
    assert "too large" in faults[0]
