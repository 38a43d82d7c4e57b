"""The documents of the project, read: their blocks of code, their links and the commands that they name.

One convention for all of them:

* A `console` block is executed. A line that begins with `$ ` is a command; the lines below it, up to the next one, are
  what it must show: each somewhere in the output, in this order, `…` standing for anything. What only looks is done
  again until it shows that. `./run up` in the foreground becomes `./run up --detach`, as a shell has one hand only.
* A block whose first line is a comment with a path below the reader's home (`# ~/watch/monitors/site.yaml`) is a file,
  and is saved there before the commands below it.
* Everything else is not executed; the commands of Watchdesk in it must exist all the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[(?:[^\]]|\]\()*?\]\((?P<target>[^)\s]+)\)")
SPAN = re.compile(r"(?<!`)`(?P<text>[^`\n]+)`(?!`)")
SAVED_AT = re.compile(r"^# (?P<path>~/\S+?):?(?:\s.*)?$")
HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of code, and the line of the document at which it stands."""

    language: str
    text: str
    line: int

    @property
    def saved_at(self) -> str | None:
        """Where the block is saved, beginning with `~/`; None when it is no file."""
        found = SAVED_AT.match(self.text.partition("\n")[0])
        return found["path"] if found and self.language != "console" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A command as it is shown, what the document says that it shows, and its line in the document."""

    command: str
    shown: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document by its path from the root."""

    path: str
    text: str

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(
            Block(
                language=found["language"],
                text=_without_indent(found["text"], len(found["indent"])),
                line=self.text.count("\n", 0, found.start()) + 1,
            )
            for found in FENCE.finditer(self.text)
        )

    @property
    def prose(self) -> str:
        return FENCE.sub("", self.text)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(found["target"] for found in LINK.finditer(self.prose))

    @property
    def spans(self) -> tuple[str, ...]:
        """What stands in the prose between backquotes."""
        return tuple(found["text"] for found in SPAN.finditer(self.prose))

    @property
    def anchors(self) -> frozenset[str]:
        """The names by which a link may point at a heading."""
        return frozenset(_anchor(found["title"]) for found in HEADING.finditer(self.prose))

    @property
    def is_executed(self) -> bool:
        return any(block.language == "console" for block in self.blocks)


def documents() -> tuple[Document, ...]:
    """Every document, by path."""
    paths = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(document(str(path.relative_to(ROOT))) for path in paths)


def document(path: str) -> Document:
    return Document(path, (ROOT / path).read_text("utf-8"))


def told(block: Block) -> tuple[Told, ...]:
    """The commands of a console block, in order."""
    found: list[Told] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            found.append(Told(command=line[2:], shown=(), line=number))
        elif found and line.strip():
            last = found[-1]
            found[-1] = Told(command=last.command, shown=(*last.shown, line), line=last.line)
    return tuple(found)


def _without_indent(text: str, indent: int) -> str:
    return "".join(line[indent:] if line.strip() else line for line in text.splitlines(keepends=True))


def _anchor(title: str) -> str:
    """The name that a heading gets where Markdown is shown as a page."""
    kept = re.sub(r"[^\w\- ]", "", title.replace("`", "").lower())
    return kept.replace(" ", "-")
