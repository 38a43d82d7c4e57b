"""SQL probes of SQLite files and of a real PostgreSQL server."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from tests.monitors.probes.looking import look, services_of
from tests.monitors.probes.servers import closed_port, silent


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The URL of a SQLite database with two orders."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("create table orders (id integer, total real); insert into orders values (1, 2.5);")
    return f"sqlite:///{path}"


def test_the_columns_of_the_first_row_are_values(shop: str) -> None:
    seen = look("sql", {"url": shop, "query": "select count(*) n, sum(total) total, null gone from orders"})
    assert dict(seen.values) == {"n": 1, "total": 2.5, "gone": None}
    assert seen.latency_s is not None


def test_no_row_means_no_values(shop: str) -> None:
    seen = look("sql", {"url": shop, "query": "select id from orders where id > 9"})
    assert (seen.error, seen.blind, dict(seen.values)) == (None, None, {})


def test_a_query_cannot_write(shop: str) -> None:
    assert look("sql", {"url": shop, "query": "delete from orders"}).blind is not None
    assert look("sql", {"url": shop, "query": "select count(*) n from orders"}).values["n"] == 1


def test_a_query_that_is_wrong_is_unknown(shop: str) -> None:
    for query in ("select nonsense from orders", "select from where", "select * from no_such_table"):
        seen = look("sql", {"url": shop, "query": query})
        assert (seen.error, seen.blind is not None) == (None, True)


def test_a_missing_file_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    assert look("sql", {"url": f"sqlite:///{path}", "query": "select 1"}).error == f"{path} does not exist"
    assert not path.exists()


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "noise.db").write_bytes(b"noise" * 1000)
    assert look("sql", {"url": f"sqlite:///{tmp_path}/noise.db", "query": "select * from a"}).error is not None


def test_a_locked_database_is_an_error_at_the_timeout(shop: str) -> None:
    with closing(sqlite3.connect(shop.removeprefix("sqlite:///"), isolation_level=None)) as holder:
        holder.execute("begin exclusive")
        seen = look("sql", {"url": shop, "query": "select * from orders"}, timeout_s=0.2)
    assert seen.error is not None


def test_a_query_that_does_not_end_is_an_error_at_the_timeout(shop: str) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select max(i) from n"
    assert look("sql", {"url": shop, "query": endless}, timeout_s=0.1).error == "no answer within 100 ms"


def test_postgresql_is_asked(postgres_server: str) -> None:
    query = "select 1.50::numeric as amount, interval '2 minutes' as lag, true as fine, now() as at"
    seen = look("sql", {"url": postgres_server, "query": query}, timeout_s=5)
    assert (seen.values["amount"], seen.values["lag"], seen.values["fine"]) == (1.5, 120.0, True)
    assert isinstance(seen.values["at"], str)


def test_postgresql_is_never_written(postgres_server: str) -> None:
    seen = look("sql", {"url": postgres_server, "query": "create table probe_was_here (id int)"}, timeout_s=5)
    assert (seen.error, seen.blind is not None) == (None, True)


def test_a_wrong_query_on_postgresql_is_unknown(postgres_server: str) -> None:
    seen = look("sql", {"url": postgres_server, "query": "select * from no_such_table"}, timeout_s=5)
    assert (seen.error, seen.blind is not None) == (None, True)


def test_a_slow_query_on_postgresql_is_ended_at_the_timeout(postgres_server: str) -> None:
    seen = look("sql", {"url": postgres_server, "query": "select pg_sleep(30)"}, timeout_s=0.5)
    assert seen.error is not None


def test_a_server_that_is_not_there_is_an_error() -> None:
    url = f"postgresql://nobody@127.0.0.1:{closed_port()}/shop"
    seen = look("sql", {"url": url, "query": "select 1"}, timeout_s=3)
    assert (seen.error is not None, seen.blind) == (True, None)


def test_a_server_that_hangs_is_an_error_at_the_timeout() -> None:
    with silent() as port:
        form = {"url": f"postgresql://nobody@127.0.0.1:{port}/shop", "query": "select 1"}
        assert look("sql", form, timeout_s=0.3).error == "no answer within 300 ms"


def test_a_secret_url_is_used_and_never_shown() -> None:
    seen = look("sql", {"url": "secret:token", "query": "select 1"}, services=services_of())
    assert seen.blind is not None
    assert "s3cr3t" not in repr(seen)


def test_a_driver_that_is_not_installed_makes_the_probe_blind() -> None:
    seen = look("sql", {"url": "oracle://nobody@127.0.0.1/shop", "query": "select 1"})
    assert (seen.error, seen.blind is not None) == (None, True)


def test_what_is_not_a_database_url_is_refused() -> None:
    with pytest.raises(ValidationError):
        KINDS["sql"].form.validate_python({"url": "shop", "query": "select 1"})
