"""Our processes see our Prefect, whatever the user's own Prefect says."""

from pathlib import Path

import pytest

from console.supervision.environment import environment_for
from watchdesk.settings import Settings


def test_nothing_of_the_users_own_prefect_reaches_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "theirs")
    monkeypatch.setenv("PREFECT_API_URL", "https://theirs.example/api")
    found = environment_for(Settings(home=tmp_path, prefect_port=4321), "up-1")
    assert "PREFECT_API_KEY" not in found
    assert found["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert found["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert found["WATCHDESK_UP_ID"] == "up-1"
    assert found["WATCHDESK_HOME"] == str(tmp_path)


def test_prefect_tells_nobody_about_us(tmp_path: Path) -> None:
    found = environment_for(Settings(home=tmp_path), "up-1")
    assert (found["DO_NOT_TRACK"], found["PREFECT_SERVER_ANALYTICS_ENABLED"]) == ("1", "false")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_prefects_own_database_is_spoken_to_asynchronously(tmp_path: Path, scheme: str) -> None:
    settings = Settings(home=tmp_path, prefect_database_url=f"{scheme}://me@db/prefect")
    found = environment_for(settings, "up-1")
    assert found["PREFECT_API_DATABASE_CONNECTION_URL"] == "postgresql+asyncpg://me@db/prefect"


def test_prefect_forgets_its_runs_by_our_setting(tmp_path: Path) -> None:
    found = environment_for(Settings(home=tmp_path, keep_prefect_runs_days=2), "up-1")
    assert found["PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD"] == str(2 * 86_400)
    assert found["PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"] == "events,flow_runs"
