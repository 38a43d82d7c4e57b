"""Modules, functions and classes stay small enough to be read."""

import ast
import statistics

from tests.architecture.source import body_lines, modules

LONGEST_MODULE = 400
MEDIAN_MODULE = 120
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 8
MOST_METHODS = 12


def test_no_module_is_longer_than_the_limit() -> None:
    assert {m.path: m.lines for m in modules() if m.lines > LONGEST_MODULE} == {}


def test_half_of_the_modules_are_short() -> None:
    assert statistics.median(m.lines for m in modules() if m.lines > 3) <= MEDIAN_MODULE


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{m.path}:{f.lineno} {f.name}": body_lines(f)
        for m in modules()
        for f in m.functions()
        if body_lines(f) > LONGEST_FUNCTION
    }
    assert long == {}


def test_half_of_the_functions_are_one_thought() -> None:
    assert statistics.median(body_lines(f) for m in modules() for f in m.functions()) <= MEDIAN_FUNCTION


def test_no_class_has_many_methods() -> None:
    crowded = {
        f"{m.path}:{node.lineno} {node.name}": count
        for m in modules()
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ClassDef)
        and (count := sum(isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) for child in node.body))
        > MOST_METHODS
    }
    assert crowded == {}
