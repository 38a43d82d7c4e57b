"""Runbook files: what must load, and each fault in its place with its remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from runbooks.definition import content_to_runbook, load_runbooks
from runbooks.model import Effect, TrustLevel
from tests.runbooks.texts import HEAD, STEP, faults_of, runbook
from watchdesk.definitions.faults import DefinitionsInvalid, Faults
from watchdesk.health import Health

PUBLISHED = """\
apiVersion: watchdesk/v1
id: restart-shop
title: Restart the shop's web process
owner: payments
risk: 2
trust: {level: automatic, because: "the owner runs it by hand every week"}
params:
  name: {type: name, value: shop}
match: {monitors: [shop-web], health: [critical], max_age: 5m}
limits: {cooldown: 10s, attempts: {max: 3, per: incident}, concurrency: {max: 1}}
steps:
  - id: evidence
    run: {argv: [ps, -eo, "pid,stat,etime,args"], timeout: 5s}
    effect: readonly
  - id: restart
    run: {argv: [/usr/local/bin/restart-shop, --, "${params.name}"], timeout: 10s}
    effect: repeatable
verify: {recheck: origin, within: 60s, stable_for: 5s}
rollback: []
on_failure: {escalate: true}
"""


def test_the_published_form_loads_with_all_it_says() -> None:
    found = runbook(PUBLISHED)
    assert (found.id, found.owner, found.risk) == ("restart-shop", "payments", 2)
    assert found.trust.level is TrustLevel.AUTOMATIC
    assert found.match.monitors == ("shop-web",)
    assert found.match.health == {Health.CRITICAL}
    assert found.limits.cooldown == timedelta(seconds=10)
    assert (found.limits.attempts.max, found.limits.attempts.per) == (3, None)
    assert [(step.id, step.effect, step.timeout) for step in found.steps] == [
        ("evidence", Effect.READONLY, timedelta(seconds=5)),
        ("restart", Effect.REPEATABLE, timedelta(seconds=10)),
    ]
    assert found.verify is not None
    assert found.verify.within == timedelta(seconds=60)
    assert found.place.line == 2


def test_a_stored_definition_gives_the_same_runbook() -> None:
    found = runbook(PUBLISHED)
    assert content_to_runbook(found.content).steps == found.steps
    assert content_to_runbook(found.content).version == found.version


def test_a_stored_definition_that_is_not_one_is_refused() -> None:
    with pytest.raises(DefinitionsInvalid):
        content_to_runbook({"apiVersion": "watchdesk/v1", "id": "x"})


def test_the_version_changes_with_every_word() -> None:
    assert runbook(PUBLISHED).version != runbook(PUBLISHED.replace("60s", "61s")).version
    assert (
        runbook(PUBLISHED).version
        == runbook(PUBLISHED.replace('"pid,stat,etime,args"', "'pid,stat,etime,args'")).version
    )


def test_defaults_are_cautious() -> None:
    found = runbook(HEAD + STEP)
    assert found.trust.level is TrustLevel.OBSERVE
    assert found.match.max_age == timedelta(minutes=5)
    assert (found.limits.attempts.max, found.limits.attempts.per) == (3, timedelta(hours=6))
    assert found.limits.cooldown == timedelta(minutes=10)
    assert found.limits.concurrency.max == 1
    assert found.escalate
    assert found.steps[0].timeout == timedelta(seconds=60)


NAMED = "params: {name: {type: name, value: x}}\n"


def saying(word: str) -> str:
    """The step with one more word in its argv."""
    return STEP.replace("[restart-shop]", f"[restart-shop, {word}]")


def given(declared: str) -> str:
    """A file with one parameter, `p`, on line 8."""
    return f"{HEAD}params: {{p: {{{declared}}}}}\n{STEP}"


CASES = {
    "an unknown key": (HEAD + STEP + "prams: {}\n", 12, "unknown key 'prams'; did you mean 'params'?"),
    "an unknown kind": (HEAD + STEP.replace("run:", "rum:"), 10, "unknown key 'rum' in a step; did you mean 'run'?"),
    "an unknown key of a kind": (
        HEAD + STEP.replace("argv: [restart-shop]", "argv: [x], timeot: 3s"),
        10,
        "did you mean 'timeout'?",
    ),
    "no kind": (HEAD + "steps:\n  - id: x\n    effect: once\n", 9, "the step names no kind; kinds are run, http"),
    "two kinds": (HEAD + STEP + "    wait: 1s\n", 12, "a step has one kind, this one has run and wait"),
    "no steps": (HEAD, 1, "the key 'steps' is missing"),
    "empty steps": (HEAD + "steps: []\n", 8, "'steps' must be a list of steps"),
    "no unit": (HEAD.replace("60s", "60") + STEP, 7, "60 has no unit; write it like 30s"),
    "another version": (HEAD.replace("/v1", "/v2") + STEP, 1, "'watchdesk/v1'"),
    "risk out of range": (HEAD.replace("risk: 2", "risk: 4") + STEP, 5, "risk"),
    "an effect that is none": (HEAD + STEP.replace("repeatable", "often"), 11, "'readonly', 'repeatable' or 'once'"),
    "an effect not said": (HEAD + STEP.replace("    effect: repeatable\n", ""), 9, "does not say its 'effect'"),
    "once without a probe": (HEAD + STEP.replace("repeatable", "once"), 9, "it needs a 'probe'"),
    "a probe that is no program": (HEAD + STEP + "    probe: {wait: 1s}\n", 12, "a probe is 'run' or 'python'"),
    "no verification": (HEAD.replace("verify", "#") + STEP, 5, "risk 2 needs 'verify'"),
    "risk 0 that changes": (HEAD.replace("risk: 2", "risk: 0") + STEP, 5, "risk 0 is read-only"),
    "health unknown": (
        HEAD.replace("[shop-web]", "[shop-web], health: [unknown]") + STEP,
        6,
        "'warning' or 'critical'",
    ),
    "a wildcard monitor": (HEAD.replace("[shop-web]", '["*"]') + STEP, 6, "match.monitors.0"),
    "no monitor": (HEAD.replace("[shop-web]", "[]") + STEP, 6, "at least 1 item"),
    "an unknown parameter": (
        HEAD + NAMED + saying('"${params.nam}"'),
        11,
        "names no parameter of this runbook; did you mean 'name'?",
    ),
    "a reference that is none": (HEAD + saying('"${param.name}"'), 10, "is not a reference; write ${params.NAME}"),
    "a program from a parameter": (
        HEAD + NAMED + STEP.replace("[restart-shop]", '["${params.name}"]'),
        11,
        "the program itself must not come from a parameter",
    ),
    "a shell": (
        HEAD
        + "params: {name: {type: name, value: x}}\n"
        + STEP.replace("[r", '[/bin/bash, -c, "echo ${params.name}", r'),
        11,
        "a parameter handed to 'bash' would be parsed again",
    ),
    "free text in argv": (
        HEAD + "params: {name: {type: text, value: x}}\n" + saying('"${params.name}"'),
        11,
        "is a text, which never stands in argv",
    ),
    "a secret in argv": (
        HEAD + "params: {name: {type: secret, value: 'secret:x'}}\n" + saying('"${params.name}"'),
        11,
        "is a secret, which never stands in argv; give it by 'stdin' or 'env'",
    ),
    "a value that does not fit": (
        given("type: port, value: 99999"),
        8,
        "a number from 1 to 65535",
    ),
    "a wildcard value": (given("type: name, value: '*'"), 8, "a name is letters"),
    "everything allowed": (given("type: name, value: x, allow: ['*']"), 8, "allows everything"),
    "not in what is allowed": (
        given("type: name, value: x, allow: ['app-*']"),
        8,
        "allowed are app-*",
    ),
    "value and source": (given("type: name, value: x, from: item"), 8, "either 'value'"),
    "a choice without choices": (given("type: choice, value: x"), 8, "belong together"),
    "a wrong rate": (HEAD + "limits: {rate: often}\n" + STEP, 8, "write a count and a duration, like 10/10m"),
    "a wrong period": (HEAD + "limits: {attempts: {per: ever}}\n" + STEP, 8, "'ever' is not a duration"),
    "two steps of one name": (HEAD + STEP + "  - id: restart\n    wait: 1s\n", 9, "two steps are called 'restart'"),
    "a wait too long": (HEAD + STEP + "  - id: rest\n    wait: 2h\n", 13, "write between 1ms and 1h"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_with_its_line_and_its_remedy(name: str) -> None:
    text, line, words = CASES[name]
    found = faults_of(text)
    assert found
    assert any(f"runbooks/x.yaml:{line}:" in fault and words in fault for fault in found), found


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "a.yaml").write_text(HEAD.replace("risk: 2", "risk: 9") + STEP.replace("run:", "rum:"))
    (folder / "b.yaml").write_text("apiVersion: watchdesk/v1\n")
    (folder / "c.yaml").write_text(HEAD + STEP)
    (folder / "d.yaml").write_text(HEAD + STEP)
    faults = Faults()
    assert list(load_runbooks(tmp_path, faults)) == ["restart-shop"]
    told = [str(fault) for fault in faults]
    assert {fault.partition(":")[0] for fault in told} == {"runbooks/a.yaml", "runbooks/b.yaml", "runbooks/d.yaml"}
    assert any("the runbook 'restart-shop' is also defined at runbooks/c.yaml:2" in fault for fault in told)
    assert sum("a.yaml" in fault for fault in told) == 2


def test_an_empty_folder_holds_no_runbooks_and_no_faults(tmp_path: Path) -> None:
    faults = Faults()
    assert load_runbooks(tmp_path, faults) == {}
    assert not faults
