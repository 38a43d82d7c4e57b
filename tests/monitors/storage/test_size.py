"""A realistic day stays within its bytes, and the benchmark that proves it on disk runs."""

import json

import pytest

from bench import storage
from bench._history import FIRST_DAY, History, Scale
from monitors.storage import codec
from monitors.storage.results import DAY_MS


def test_a_realistic_day_packs_into_nine_tenths_of_a_byte_a_result() -> None:
    day = next(History(Scale(monitors=20, days=1, every_s=60, seed=3)).days()).in_order()
    packed = [
        codec.encode(codec.day_of(part.at_ms - FIRST_DAY * DAY_MS, part.health, part.latency))
        for _, part in day.parts_by(day.number)
    ]
    assert sum(map(len, packed)) / len(day) < 0.9


def test_the_benchmark_tells_its_figures_and_those_of_the_row_per_check(capsys: pytest.CaptureFixture[str]) -> None:
    storage.main(["--monitors", "10", "--days", "1", "--every", "60", "--json"])
    document = json.loads(capsys.readouterr().out)
    (ours,) = document["ours"]
    assert ours["results"] == document["row_per_check"]["results"] == 10 * 1440
    assert ours["availability_ms"] > 0
