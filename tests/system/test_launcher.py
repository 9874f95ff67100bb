"""The launcher as a person meets it: make run, up, ps, down, token, and what it survives."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import jwt
import pytest
from itsm_local import processes
from itsm_local.ports import is_free
from itsm_local.postgres import Postgres
from itsm_local.rabbitmq import RabbitMQ

PARTS = ("postgres", "rabbitmq", "issuer", "incident", "change", "catalog", "metrics")
START_SECONDS = 150


class Stack:
    """A second stack of this checkout: its own state folder and ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bases = (random.randrange(10000, 19000) for _ in range(1000))
        self.base = next(base for base in bases if all(is_free(base + number) for number in range(1, 6)))
        changed = {"ITSM_RUN_FOLDER": str(folder), "ITSM_PORT_BASE": str(self.base)}
        self.environment = {
            k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "AMQP_URL")
        } | changed

    def begin(self, command: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "itsm_local", command],
            env={**self.environment, **(more or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def call(self, command: str, more: Mapping[str, str] | None = None) -> tuple[int, str]:
        # Reading to the end of the output proves that no child has kept it.
        called = self.begin(command, more)
        shown, _ = called.communicate(timeout=START_SECONDS)
        return called.returncode, shown

    def ps(self) -> dict[str, tuple[int, int, str]]:
        lines = [line.split(maxsplit=3) for line in self.call("ps")[1].splitlines()[1:8]]
        return {name: (_number(pid), _number(port), state) for name, pid, port, state in lines}

    def launcher_pid(self) -> int:
        pid: int = json.loads((self.folder / "status.json").read_text())["launcher"]["pid"]
        return pid

    def living(self) -> list[str]:
        folders = (self.folder, self.folder / "postgres", self.folder / "rabbitmq")
        return [name for folder in folders for name, _ in processes.marked(folder)]

    def wait_for(self, what: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, (self.folder / "log" / "launcher.log").read_text()
            time.sleep(0.05)


def _is_in(file: Path, text: str) -> bool:
    return text in file.read_text()


def _number(shown: str) -> int:
    return 0 if shown == "-" else int(shown)


@pytest.fixture
def stack(server_folder: Path) -> Iterator[Stack]:
    made = Stack(server_folder)
    yield made
    made.call("reset")  # drops the folder of PostgreSQL's data too, which may lie elsewhere
    assert made.living() == []


def test_up_leaves_a_stack_that_repairs_itself_and_that_down_ends_even_without_its_launcher(
    stack: Stack,
) -> None:
    code, shown = stack.call("up")
    assert code == 0, shown
    assert f"http://127.0.0.1:{stack.base + 4}/ (look at the figures" in shown
    before = stack.ps()
    assert {name: state for name, (_, _, state) in before.items()} == dict.fromkeys(PARTS, "ready")
    assert [before[name][1] for name in PARTS[3:]] == [stack.base + number for number in range(1, 5)]
    assert stack.call("up")[0] == 0
    assert stack.ps() == before

    log = stack.folder / "log" / "launcher.log"
    # The broker last, once the others are back: RabbitMQ 3.10 does not mend a quorum queue that it was
    # killed with within a second of its declaration.
    for names in (("incident", "postgres"), ("rabbitmq",)):
        for name in names:
            said = f"{name} was killed by SIGKILL. Starting it again."
            killed = time.monotonic()
            os.kill(before[name][0], signal.SIGKILL)
            stack.wait_for(partial(_is_in, log, said), 2)
            assert time.monotonic() - killed < 2
        stack.wait_for(lambda: all(state == "ready" for _, _, state in stack.ps().values()), START_SECONDS)
    after = stack.ps()
    assert [name for name in PARTS if after[name][0] != before[name][0]] == [
        "postgres",
        "rabbitmq",
        "incident",
    ]
    assert [port for _, port, _ in after.values()] == [port for _, port, _ in before.values()]

    os.kill(stack.launcher_pid(), signal.SIGKILL)
    stack.wait_for(lambda: "The launcher is gone" in stack.call("ps")[1], 5)
    code, shown = stack.call("up")  # not stopped by the orphans on its ports
    assert code == 0, shown
    os.kill(stack.launcher_pid(), signal.SIGKILL)
    assert stack.call("down")[0] == 0
    assert stack.living() == []
    assert {state for _, _, state in stack.ps().values()} == {"stopped"}


def test_run_shows_the_logs_of_all_parts_and_ends_all_of_them_on_ctrl_c(stack: Stack) -> None:
    running = stack.begin("run")
    assert running.stdout
    shown = []
    for line in running.stdout:
        shown.append(line)
        if "a token" in line:
            break
    told = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    rest, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert time.monotonic() - told < 15
    assert stack.living() == []
    for name in ("launcher", *PARTS):
        assert any(line.startswith(f"{name:<9} | ") for line in [*shown, *rest.splitlines()]), name


def test_a_part_that_does_not_start_is_named_with_the_end_of_its_log_and_nothing_stays(
    stack: Stack, tmp_path: Path
) -> None:
    broken = tmp_path / "itsm_change"
    broken.mkdir()
    (broken / "__init__.py").touch()
    (broken / "__main__.py").write_text("raise SystemExit('no luck today')")
    code, shown = stack.call("up", {"PYTHONPATH": str(tmp_path)})
    assert code == 1
    assert "no luck today" in shown
    assert "The migration of change ended with exit code 1" in shown
    assert stack.living() == []


def test_a_port_in_use_is_said_in_one_sentence_with_a_way_out(stack: Stack) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", stack.base + 2))
        other.listen()
        code, shown = stack.call("up")
    assert code == 1
    assert f"Port {stack.base + 2}, where change would answer, is in use by another program" in shown
    assert "ITSM_PORT_BASE" in shown


def test_a_token_needs_no_running_stack(stack: Stack) -> None:
    _, shown = stack.call("token", {"ROLE": "agent,manager", "TENANT": "umbrella", "SUB": "kim"})
    token = shown.splitlines()[-1]
    keys = json.loads((stack.folder / "issuer" / "jwks.json").read_text())["keys"]
    assert jwt.get_unverified_header(token)["kid"] == keys[0]["kid"]
    claims = jwt.decode(token, jwt.PyJWK(keys[0]).key, algorithms=["ES256"], audience="itsm")
    assert (claims["sub"], claims["tenant"], claims["roles"]) == ("kim", "umbrella", ["agent", "manager"])
    assert claims["exp"] - claims["iat"] == 12 * 3600
    assert (stack.folder / "issuer" / "key.pem").stat().st_mode & 0o077 == 0


def test_servers_that_the_operator_names_are_used_and_none_is_started(stack: Stack) -> None:
    postgres, rabbitmq = Postgres(stack.folder / "theirs", durable=False), RabbitMQ(stack.folder / "broker")
    try:
        postgres.start()
        rabbitmq.start()
        code, shown = stack.call("up", {"DATABASE_URL": postgres.url, "AMQP_URL": rabbitmq.url})
        assert code == 0, shown
        parts = stack.ps()
        assert [parts[name][1:] for name in PARTS[:2]] == [
            (postgres.port, "external"),
            (rabbitmq.port, "external"),
        ]
        assert sorted(stack.living()) == sorted(PARTS[2:])
        assert stack.call("down")[0] == 0
        assert (postgres.pid, rabbitmq.pid) != (None, None)
    finally:
        postgres.drop()
        rabbitmq.drop()


def test_without_a_stack_ps_and_down_say_that_nothing_runs(stack: Stack) -> None:
    assert {state for _, _, state in stack.ps().values()} == {"stopped"}
    assert stack.call("down") == (0, "Nothing was running.\n")
