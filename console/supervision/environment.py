"""The environment of our processes: our settings spelled out, and a Prefect that is ours alone."""

from console.supervision.prefect_database import prefect_database_url
from watchdesk.settings import Settings, environment_of

EVENTS_KEPT = "P1D"  # ISO 8601: Prefect writes events by the thousand
SHORTEST_RETENTION_S = 2 * 3600  # Prefect refuses an hour or less


def environment_for(settings: Settings, up_id: str) -> dict[str, str]:
    """For every process of one `up`: nothing of the user's own Prefect, everything below our home."""
    inherited = {name: value for name, value in environment_of(settings).items() if not name.startswith("PREFECT_")}
    return inherited | prefect_environment(settings) | {"WATCHDESK_UP_ID": up_id, "PYTHONUNBUFFERED": "1"}


def prefect_environment(settings: Settings) -> dict[str, str]:
    """Prefect's settings for server, runner and flow runs alike."""
    home = settings.home / "prefect"
    kept_s = max(SHORTEST_RETENTION_S, round(settings.keep_prefect_runs_days * 86_400))
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"{settings.prefect_url}/api",
        "PREFECT_API_DATABASE_CONNECTION_URL": prefect_database_url(settings),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(kept_s),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": EVENTS_KEPT,
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLI_PROMPT": "false",
    }
