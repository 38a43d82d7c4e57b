"""A test that is skipped because a program is not installed here fails where CI promises that everything is."""

import os
from collections.abc import Generator

import pytest

NOT_HERE = "installed"  # the word that every such skip has in its reason


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,  # noqa: ARG001  pytest's names
    call: "pytest.CallInfo[None]",  # noqa: ARG001
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if NOT_HERE in reason:
            report.outcome = "failed"
            report.longrepr = f"{reason}; .ci/run installs what the tests need"
    return report
