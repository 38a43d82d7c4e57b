"""Python probes of functions that return, raise, hang and are not there."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from monitors.services_for_probes import ProbeServices
from tests.monitors.probes.looking import look, services_of

HERE = __name__


@dataclass(frozen=True)
class Queue:
    depth: int
    oldest_s: float


def mapping() -> Mapping[str, object]:
    return {"depth": 3, "oldest_s": None}


def value() -> Queue:
    return Queue(depth=4, oldest_s=1.5)


def curious(services: ProbeServices) -> Mapping[str, float]:
    return {"now": services.now()}


def raising() -> Mapping[str, object]:
    raise RuntimeError("the queue is gone")


def number() -> int:
    return 42


def hanging() -> Mapping[str, object]:
    time.sleep(0.6)
    return {}


def test_what_a_function_returns_is_the_values() -> None:
    assert dict(look("python", f"{HERE}:mapping").values) == {"depth": 3, "oldest_s": None}
    assert dict(look("python", f"{HERE}:value").values) == {"depth": 4, "oldest_s": 1.5}


def test_a_function_with_a_parameter_is_given_the_services() -> None:
    assert look("python", f"{HERE}:curious").values["now"] > 0


def test_raising_is_unknown_and_never_critical() -> None:
    seen = look("python", f"{HERE}:raising")
    assert (seen.error, seen.blind) == (None, f"{HERE}:raising raised RuntimeError: the queue is gone")


def test_returning_no_mapping_is_unknown() -> None:
    seen = look("python", f"{HERE}:number")
    assert seen.blind == f"{HERE}:number returned int; return a mapping of names to values"


def test_a_function_that_hangs_is_unknown_at_the_timeout() -> None:
    seen = look("python", f"{HERE}:hanging", timeout_s=0.1)
    assert (seen.error, seen.blind) == (None, "no answer within 100 ms")


@pytest.mark.parametrize("reference", ["no_such_module_at_all:f", f"{HERE}:no_such_function"])
def test_a_function_that_is_not_there_is_unknown(reference: str) -> None:
    assert look("python", reference).blind is not None


@pytest.mark.parametrize("reference", ["", "module", "module:", ":function", "a b:c", "a:b()"])
def test_what_is_not_a_reference_is_refused(reference: str) -> None:
    with pytest.raises(ValidationError):
        KINDS["python"].form.validate_python(reference)


def test_a_file_of_the_definitions_is_found_by_its_name_and_run_again_when_it_changed(tmp_path: Path) -> None:
    services = replace(services_of(), folders=(tmp_path / "monitors", tmp_path))
    path = tmp_path / "queues.py"
    for depth in (3, 40):
        path.write_text(f"def look():\n    return {{'depth': {depth}}}\n")
        os.utime(path, (depth, depth))
        assert look("python", "queues:look", services=services).values == {"depth": depth}
