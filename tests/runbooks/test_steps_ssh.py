"""`run` on an item that is not this machine: over a real OpenSSH server on loopback."""

import getpass
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runbooks.execution import Means, run_step
from runbooks.model import Effect, Step
from runbooks.params import Values
from runbooks.steps.kind import Look, Situation, StepResult
from watchdesk.catalogue import Item, Place
from watchdesk.definitions.quantities import parse_duration
from watchdesk.health import Health

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(SSHD is None, reason="no OpenSSH server is installed here")]
ADDRESS = "127.0.0.2"  # loopback, but not one of the names of this machine


@dataclass(frozen=True)
class Server:
    """A server that knows one key; `config` is for clients that know the server."""

    config: Path
    known_hosts: Path


def key(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("ssh")
    host_key, user_key = key(folder / "host"), key(folder / "user")
    (folder / "authorized").write_text(user_key)
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"ListenAddress {ADDRESS}\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
    )
    (folder / "known").write_text(f"[{ADDRESS}]:{port} {host_key}")
    (folder / "config").write_text(
        f"Host *\n Port {port}\n User {getpass.getuser()}\n IdentityFile {folder}/user\n IdentitiesOnly yes\n"
        f" UserKnownHostsFile {folder}/known\n GlobalKnownHostsFile /dev/null\n"
    )
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(exist_ok=True)
    log = (folder / "log").open("w")
    process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
    try:
        wait_for(port)
        yield Server(config=folder / "config", known_hosts=folder / "known")
    finally:
        process.terminate()
        process.wait()
        log.close()


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection((ADDRESS, port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the SSH server did not start")


def run(config: Path, *argv: str, address: str = ADDRESS, where: str = "item", **more: object) -> StepResult:
    place = Place(file="x", line=1)
    item = Item(id="web-1", service="shop", kind="host", address=address, group=None, domain=None, place=place)
    step = Step(
        id="s",
        kind="run",
        body={"argv": list(argv), "timeout": "20s", **more},
        effect=Effect.ONCE,
        timeout=parse_duration("20s"),
        where=where,
    )
    situation = Situation(item=item, look=lambda _: Look(Health.OK, ""), pause=lambda _: None, ssh_config=config)
    return run_step(step, Values(plain={}, secrets={"t": "secret:t"}), Means(situation, lambda _: "s3cr3t-v4lue"))


def test_each_word_arrives_as_one_argument_over_there(server: Server, tmp_path: Path) -> None:
    hostile = ["; touch canary", "$(touch canary)", "a b", "'", '"', "*", "\n", "--", "", "~", "-x", "\\", "é"]
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    result = run(server.config, sys.executable, "-c", code, *hostile)
    assert result.is_ok, result.output
    assert json.loads(result.output) == hostile
    assert list(tmp_path.iterdir()) == []


def test_the_exit_code_of_the_far_command_is_the_steps(server: Server) -> None:
    assert run(server.config, sys.executable, "-c", "import sys; sys.exit(7)").exit_code == 7


def test_a_secret_travels_on_standard_input(server: Server) -> None:
    result = run(server.config, "cat", stdin="${params.t}")
    assert (result.is_ok, result.output) == (True, "[redacted]")


def test_an_environment_is_refused_rather_than_forgotten(server: Server) -> None:
    assert "do not travel over SSH" in run(server.config, "true", env={"A": "1"}).output


def test_a_server_whose_key_is_not_known_is_not_spoken_to(server: Server, tmp_path: Path) -> None:
    stranger = tmp_path / "config"
    stranger.write_text(server.config.read_text().replace(str(server.known_hosts), "/dev/null"))
    canary = tmp_path / "canary"
    result = run(stranger, "touch", str(canary))
    assert (result.is_ok, result.exit_code) == (False, 255)
    assert "Host key verification failed" in result.output
    assert not canary.exists()


def test_an_address_that_is_an_option_is_refused(server: Server, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    result = run(server.config, "true", address=f"-oProxyCommand=touch {canary}")
    assert "is not a host name; SSH was not started" in result.output
    assert not canary.exists()


def test_a_step_that_is_meant_for_this_machine_does_not_travel(tmp_path: Path) -> None:
    assert run(tmp_path / "no-config", "true", where="local").is_ok
