"""Repairing: one failure, one runbook, proof by the monitor, escalation when it does not help."""

import threading

from runbooks import stops
from runbooks.model import Trigger
from tests.loop.workshop import Workshop, item, service
from ticketing import people
from watchdesk.catalogue import Catalogue
from watchdesk.health import Health
from watchdesk.signals import Remediation, RemediationState, StepState

EVIDENCE = '  - id: evidence\n    run: {argv: [ps, -eo, "pid,stat,args"], timeout: 5s}\n    effect: readonly\n'


def test_a_failure_is_repaired_by_one_run_and_proved_by_the_monitor(workshop: Workshop) -> None:
    trigger = workshop.incident()
    healed = workshop.heal(trigger, workshop.runbook(EVIDENCE + workshop.restart))
    assert healed.state is RemediationState.SUCCEEDED
    assert [(step.id, step.state, step.exit_code) for step in healed.steps] == [
        ("evidence", StepState.SUCCEEDED, 0),
        ("restart", StepState.SUCCEEDED, 0),
    ]
    assert "PID" in healed.steps[0].output
    assert workshop.done == 1
    assert workshop.ticket(trigger).remediation_succeeded_at is not None


def test_the_ticket_hears_of_the_beginning_and_of_the_end(workshop: Workshop) -> None:
    trigger = workshop.incident()
    workshop.heal(trigger, workshop.runbook(workshop.restart))
    said = [kind for kind in workshop.timeline(trigger) if kind.startswith("remediation")]
    assert said == ["remediation_started", "remediation_finished"]


def test_a_failed_step_ends_the_attempt_without_verification(workshop: Workshop) -> None:
    runbook = workshop.runbook(
        workshop.shell_free("EFFECTS.open('a').write('x'); sys.exit('no such shop')")
        + workshop.shell_free("EFFECTS.open('a').write('y')", name="after")
    )
    ended = workshop.heal(workshop.incident(), runbook)
    assert ended.state is RemediationState.FAILED
    assert ended.reason == "step 'restart' failed with 1: no such shop"
    assert [step.state for step in ended.steps] == [StepState.FAILED, StepState.SKIPPED]
    assert workshop.effects.read_text() == "x"
    assert workshop.eyes.hurried == 0


def test_what_never_helps_is_tried_three_times_and_escalated_once(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.futile)
    for _ in range(8):
        workshop.clock.advance(5)
        remediation = workshop.repair.consider(workshop.again(trigger), runbook)
        if remediation is not None:
            workshop.repair.carry_out(remediation)
    assert workshop.done == 3
    assert [attempt.state for attempt in workshop.remediations(trigger)] == ["failed", "failed", "escalated"]
    assert workshop.timeline(trigger).count("escalated") == 1
    assert workshop.guards_that_refused(trigger) == ["escalated"]


def test_an_attempt_waits_for_the_cooldown_after_the_last(workshop: Workshop) -> None:
    limits = "{cooldown: 10s, attempts: {max: 3, per: incident}, concurrency: {max: 1}}"
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.futile, limits=limits)
    workshop.heal(trigger, runbook)
    workshop.clock.advance(9.9)
    assert workshop.repair.consider(workshop.again(trigger), runbook) is None
    assert workshop.refusals(trigger)[0].numbers["cooldown_s"] == 10
    workshop.clock.advance(0.2)
    assert workshop.repair.consider(workshop.again(trigger), runbook) is not None


def test_backoff_makes_each_pause_longer_when_it_is_declared(workshop: Workshop) -> None:
    limits = "{cooldown: 1s, attempts: {max: 5, per: incident, backoff: {base: 10s, factor: 3, jitter: 0}}}"
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.futile, limits=limits)
    pauses = []
    for _ in range(3):
        workshop.heal(workshop.again(trigger), runbook)
        assert workshop.repair.consider(workshop.again(trigger), runbook) is None
        (refusal,) = workshop.refusals(trigger)
        pauses.append(refusal.numbers["cooldown_s"])
        workshop.clock.advance(float(refusal.numbers["left_s"]) + 11)
    assert pauses == [10, 30, 90]


def test_an_observing_runbook_says_what_it_would_have_run(workshop: Workshop) -> None:
    trigger = workshop.incident()
    assert workshop.repair.consider(trigger, workshop.runbook(EVIDENCE + workshop.restart, trust="observe")) is None
    (refusal,) = workshop.refusals(trigger)
    assert "would have run evidence: ps -eo pid,stat,args; restart: python3 " in refusal.reason
    assert workshop.done == 0
    assert workshop.remediations(trigger) == ()


def test_a_suggesting_runbook_puts_its_plan_on_the_ticket(workshop: Workshop) -> None:
    trigger = workshop.incident()
    assert workshop.repair.consider(trigger, workshop.runbook(workshop.restart, trust="suggest")) is None
    (refusal,) = workshop.refusals(trigger)
    assert "it proposes restart: python3 " in refusal.reason
    assert "remediation_refused" in workshop.timeline(trigger)


def test_good_samples_from_before_the_effect_prove_nothing(workshop: Workshop) -> None:
    trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(workshop.futile))
    assert remediation is not None
    workshop.state.write_text("up")
    workshop.eyes.evidence("shop-web")
    workshop.state.write_text("down")
    assert workshop.repair.carry_out(remediation).state is RemediationState.FAILED


def test_an_unknown_target_is_not_a_repaired_one(workshop: Workshop) -> None:
    trigger = workshop.incident()
    runbook = workshop.runbook(workshop.restart)
    remediation = workshop.repair.consider(trigger, runbook)
    assert remediation is not None
    real = workshop.eyes.evidence
    seen_first = real("shop-web")

    def blind_after_the_effect(monitor: str) -> object:
        workshop.eyes.forced = Health.UNKNOWN if workshop.done else None
        return real(monitor)

    workshop.eyes.evidence = blind_after_the_effect  # type: ignore[method-assign,assignment]
    ended = workshop.repair.carry_out(remediation)
    assert seen_first.health is Health.CRITICAL
    assert ended.state is RemediationState.FAILED
    assert "shop-web is unknown" in ended.reason


def test_a_recovery_that_does_not_last_is_no_repair(workshop: Workshop) -> None:
    runbook = workshop.runbook(workshop.restart, verify="{recheck: origin, within: 3s, stable_for: 60s}")
    real = workshop.eyes.evidence

    def relapsing(monitor: str) -> object:
        if workshop.done and workshop.eyes.looks > 8:
            workshop.state.write_text("down")
        return real(monitor)

    workshop.eyes.evidence = relapsing  # type: ignore[method-assign,assignment]
    assert workshop.heal(workshop.incident(), runbook).state is RemediationState.FAILED


def test_a_rollback_follows_a_repair_that_did_not_help(workshop: Workshop) -> None:
    undo = "rollback:\n" + workshop.shell_free("EFFECTS.write_text('undone')", name="undo")
    ended = workshop.heal(workshop.incident(), workshop.runbook(workshop.futile, head=undo))
    assert ended.state is RemediationState.ROLLED_BACK
    assert [step.id for step in ended.steps] == ["restart", "undo"]
    assert workshop.effects.read_text() == "undone"


def test_nothing_is_rolled_back_when_nothing_was_done(workshop: Workshop) -> None:
    undo = "rollback:\n" + workshop.shell_free("EFFECTS.write_text('undone')", name="undo")
    failing = '  - id: look\n    run: {argv: ["false"]}\n    effect: readonly\n'
    ended = workshop.heal(workshop.incident(), workshop.runbook(failing + workshop.futile, head=undo))
    assert ended.state is RemediationState.FAILED
    assert workshop.done == 0


def test_a_rollback_that_fails_escalates_at_once(workshop: Workshop) -> None:
    undo = "rollback:\n" + workshop.shell_free("sys.exit('cannot undo')", name="undo")
    trigger = workshop.incident()
    ended = workshop.heal(trigger, workshop.runbook(workshop.futile, head=undo))
    assert ended.state is RemediationState.ESCALATED
    assert "the rollback failed too: step 'undo' failed with 1: cannot undo" in ended.reason
    assert "escalated" in workshop.timeline(trigger)


def test_what_recovered_by_itself_is_not_repaired(workshop: Workshop) -> None:
    recovering = workshop.shell_free("STATE.write_text('up')", effect="readonly", name="evidence")
    trigger = workshop.incident()
    ended = workshop.heal(trigger, workshop.runbook(recovering + workshop.restart))
    assert ended.state is RemediationState.GATED
    assert workshop.done == 0
    assert workshop.remediations(trigger) == ()
    assert workshop.guards_that_refused(trigger) == ["trigger"]


def test_a_gated_attempt_does_not_use_up_attempts(workshop: Workshop) -> None:
    limits = "{cooldown: 0s, attempts: {max: 1, per: incident}}"
    recovering = workshop.shell_free("STATE.write_text('up')", effect="readonly", name="evidence")
    trigger = workshop.incident()
    workshop.heal(trigger, workshop.runbook(recovering + workshop.restart, limits=limits))
    workshop.state.write_text("down")
    healed = workshop.heal(workshop.again(trigger), workshop.runbook(workshop.restart, limits=limits))
    assert healed.state is RemediationState.SUCCEEDED


def test_a_person_who_takes_the_ticket_stops_the_next_effect(workshop: Workshop) -> None:
    trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(workshop.restart))
    assert remediation is not None
    with workshop.database.writing() as session:
        people.acknowledge(session, trigger.ticket_number, who="ana", now=workshop.clock.now())
    assert workshop.repair.carry_out(remediation).state is RemediationState.GATED
    assert workshop.done == 0
    assert workshop.guards_that_refused(trigger) == ["person"]


def test_a_stop_between_two_effects_leaves_the_second_undone_and_lets_the_monitor_judge(workshop: Workshop) -> None:
    first = workshop.shell_free("EFFECTS.open('a').write('x')", name="first")
    second = workshop.shell_free("EFFECTS.open('a').write('y'); STATE.write_text('up')", name="second")
    trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(first + second))
    assert remediation is not None
    real = workshop.eyes.evidence

    def stop_after_the_first(monitor: str) -> object:
        if workshop.done == 1 and workshop.eyes.looks < 3:
            with workshop.database.writing() as session:
                stops.stop_all(session, "ana", "the wrong shop", workshop.clock.now())
        return real(monitor)

    workshop.eyes.evidence = stop_after_the_first  # type: ignore[method-assign,assignment]
    ended = workshop.repair.carry_out(remediation)
    assert workshop.effects.read_text() == "x"
    assert ended.state is RemediationState.FAILED
    assert "all runbooks are stopped by ana" in ended.reason


def test_a_runbook_that_only_looks_needs_no_proof(workshop: Workshop) -> None:
    runbook = workshop.runbook(EVIDENCE, risk=0, verify="")
    ended = workshop.heal(workshop.incident(), runbook)
    assert ended.state is RemediationState.SUCCEEDED


def test_without_escalation_declared_the_last_attempt_merely_failed(workshop: Workshop) -> None:
    trigger = workshop.incident()
    runbook = workshop.runbook(workshop.futile, head="on_failure: {escalate: false}", limits="{attempts: {max: 1}}")
    assert workshop.heal(trigger, runbook).state is RemediationState.FAILED
    assert "escalated" not in workshop.timeline(trigger)


def test_a_secret_reaches_the_step_and_nothing_that_is_stored(workshop: Workshop) -> None:
    canary = "s3cr3t-c4nary-\u00fc"
    workshop.secrets["token"] = canary
    step = workshop.shell_free(
        "import base64, urllib.parse\n"
        "token = sys.stdin.read(); assert token == os.environ['TOKEN']\n"
        "print(token, repr(token), base64.b64encode(token.encode()), urllib.parse.quote(token), len(token))\n"
        "STATE.write_text('up')"
    ).replace("timeout: 10s", 'timeout: 10s, stdin: "${params.token}", env: {TOKEN: "${params.token}"}')
    trigger = workshop.incident()
    ended = workshop.heal(
        trigger, workshop.runbook(step, head="params: {token: {type: secret, value: 'secret:token'}}")
    )
    assert ended.state is RemediationState.SUCCEEDED
    assert ended.steps[0].output.endswith(f"{len(canary)}\n")
    assert canary not in workshop.everything_stored()
    assert "s3cr3t" not in workshop.everything_stored()
    assert "[redacted]" in ended.steps[0].output


def test_a_python_step_finds_its_function_in_a_file_beside_the_runbook(workshop: Workshop) -> None:
    (workshop.folder / "runbooks").mkdir()
    code = "import pathlib\ndef mend(state):\n    pathlib.Path(state).write_text('up')\n    return 'mended'\n"
    (workshop.folder / "runbooks" / "shop_acts.py").write_text(code)
    workshop.redefine(root=workshop.folder)
    call = f"{{function: 'shop_acts:mend', args: {{state: {workshop.state}}}}}"
    step = f"  - {{id: mend, python: {call}, effect: repeatable}}"
    ended = workshop.heal(workshop.incident(), workshop.runbook(step))
    assert (ended.state, ended.steps[0].output) == (RemediationState.SUCCEEDED, "mended\n")


def test_a_missing_secret_is_named_and_nothing_runs(workshop: Workshop) -> None:
    step = workshop.restart.replace("timeout: 10s", 'timeout: 10s, stdin: "${params.token}"')
    head = "params: {token: {type: secret, value: 'secret:token'}}"
    ended = workshop.heal(workshop.incident(), workshop.runbook(step, head=head))
    assert "the secret 'secret:token' of parameter 'token' cannot be read" in ended.reason
    assert workshop.done == 0


def test_of_many_workers_on_one_target_exactly_one_begins(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.restart)
    begun: list[str] = []
    barrier = threading.Barrier(6)

    def compete(number: int) -> None:
        repair = workshop.worker(f"worker-{number}")
        barrier.wait()
        remediation = repair.consider(trigger, runbook)
        if remediation is not None:
            begun.append(remediation)

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1
    assert workshop.states() == ["leased"]


def test_two_threads_that_carry_out_one_remediation_make_its_effect_once(workshop: Workshop) -> None:
    remediation = workshop.repair.consider(workshop.incident(), workshop.runbook(workshop.restart))
    assert remediation is not None
    ended: list[Remediation] = []
    threads = [threading.Thread(target=lambda: ended.append(workshop.repair.carry_out(remediation))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 3
    assert workshop.done == 1


def test_a_worker_whose_lease_was_taken_writes_nothing_more(workshop: Workshop) -> None:
    trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(EVIDENCE + workshop.restart))
    assert remediation is not None
    real = workshop.eyes.evidence
    taken: list[Remediation] = []

    def lose_the_lease(monitor: str) -> object:
        if not taken:
            taken.append(Remediation.__new__(Remediation))
            workshop.clock.advance(60)
            taken[0] = workshop.worker("two").carry_out(remediation)
        return real(monitor)

    workshop.eyes.evidence = lose_the_lease  # type: ignore[method-assign,assignment]
    ended = workshop.repair.carry_out(remediation)
    assert taken[0].state is RemediationState.SUCCEEDED
    assert ended == taken[0]
    assert workshop.done == 1


def test_a_stopping_worker_lets_go_and_another_goes_on(workshop: Workshop) -> None:
    first = workshop.worker("stopping")
    first.pause = first._wait
    remediation = first.consider(workshop.incident(), workshop.runbook(workshop.restart))
    assert remediation is not None
    first.close()
    assert first.carry_out(remediation).state is RemediationState.LEASED
    assert first.orphans() == []
    assert workshop.repair.orphans() == [remediation]
    assert workshop.repair.carry_out(remediation).state is RemediationState.SUCCEEDED


def test_a_check_step_looks_itself_and_fails_with_what_it_saw(workshop: Workshop) -> None:
    ended = workshop.heal(workshop.incident(), workshop.runbook("  - id: look\n    check: other\n", risk=0, verify=""))
    assert ended.reason == "step 'look' failed: not run: no monitor is named 'other'"


def test_an_unknown_outcome_of_a_stored_definition_never_stays_open(workshop: Workshop) -> None:
    trigger: Trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(workshop.restart))
    assert remediation is not None
    workshop.spoil_definition(remediation)
    ended = workshop.repair.carry_out(remediation)
    assert ended.state is RemediationState.UNKNOWN
    assert workshop.done == 0
    assert "escalated" in workshop.timeline(trigger)


def test_a_runbook_that_only_looks_does_so_once_and_repairs_nothing(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(EVIDENCE, risk=0, verify="")
    workshop.heal(trigger, runbook)
    workshop.clock.advance(60)
    assert workshop.repair.consider(workshop.again(trigger), runbook) is None
    assert workshop.guards_that_refused(trigger) == ["attempts"]
    assert workshop.ticket(trigger).remediation_succeeded_at is None
    assert "escalated" not in workshop.timeline(trigger)


def test_a_ticket_under_repair_gathers_no_refusals(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.restart)
    assert workshop.repair.consider(trigger, runbook) is not None
    assert workshop.repair.consider(workshop.again(trigger), runbook) is None
    assert workshop.refusals(trigger) == ()


def test_a_step_for_an_item_that_is_gone_never_runs_here_instead(workshop: Workshop) -> None:
    items = {"web-1": item("web-1", address="web-1.example.org")}
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}, items=items))
    look = workshop.shell_free("EFFECTS.open('a').write('x')", effect="readonly")
    trigger = workshop.incident(item="web-1")
    remediation = workshop.repair.consider(trigger, workshop.runbook(look))
    assert remediation is not None
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}))
    ended = workshop.repair.carry_out(remediation)
    assert "the item 'web-1' is not defined any more" in ended.reason
    assert workshop.done == 0
