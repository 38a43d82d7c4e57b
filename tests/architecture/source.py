"""The project's own source, parsed once, for the tests of its shape."""

import ast
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("watchdesk", "monitors", "ticketing", "runbooks", "improvement", "loop", "flows", "console")


@dataclass(frozen=True, slots=True)
class Module:
    """One module: its path from the root, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def comments(self) -> Iterator[str]:
        with (ROOT / self.path).open("rb") as source:
            yield from (t.string for t in tokenize.tokenize(source.readline) if t.type == tokenize.COMMENT)


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the packages, by path."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(_module(path) for path in paths)


def _module(path: Path) -> Module:
    text = path.read_text("utf-8")
    return Module(path=str(path.relative_to(ROOT)), text=text, tree=ast.parse(text))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the end."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
