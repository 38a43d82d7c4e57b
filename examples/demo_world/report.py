"""A report that somebody began and forgot: it holds a SQLite database for itself until it is ended.

Run as a program: report.py DATABASE.
"""

import signal
import sqlite3
import sys


def main(words: list[str]) -> int:
    connection = sqlite3.connect(words[0], isolation_level=None, timeout=30)
    connection.execute("BEGIN EXCLUSIVE")
    print("report: the database is held", flush=True)  # noqa: T201  its log
    signal.pause()
    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
