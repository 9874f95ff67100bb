"""A private RabbitMQ node with a name server (epmd) of its own, bound to the loopback address alone."""

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from itsm_local.failure import LauncherError
from itsm_local.passwords import password, write_private
from itsm_local.ports import recorded
from itsm_local.processes import Child, Identity
from itsm_local.rabbitmq_binaries import Broker, broker

USER = "itsm"
NODE = "itsm@localhost"
START_SECONDS = 90
# A disk alarm at 50 MB and a small log of the quorum queues: a laptop or a CI machine has no gigabytes to
# spare.
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
load_definitions = {definitions}
log.file = false
log.console = true
log.console.level = warning
log.console.use_colors = off
log.connection.level = error
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.relative = 0.6
raft.wal_max_size_bytes = 67108864
"""
# No busy waiting of idle schedulers, and no epmd started behind our back, which would outlive the broker.
ERLANG_OPTIONS = (
    "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false +sbwt none +sbwtdcpu none +sbwtdio none"
)


class RabbitMQ:
    """RabbitMQ with its data in `folder`.

    start() returns once it takes connections, and may be called again after stop(), kill() or a crash; port
    and address stay the same. `virtual_hosts` exist from the first start on; `url` is that of the first.
    """

    name = "rabbitmq"

    def __init__(
        self,
        folder: Path,
        *,
        virtual_hosts: Sequence[str] = ("itsm",),
        log: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._virtual_hosts = virtual_hosts
        self._say = say
        self._ports = recorded(self.folder, ["rabbitmq", "distribution", "epmd"])
        log = log or self.folder / "rabbitmq.log"
        self._node = Child(self.name, self.folder, log)
        self._epmd = Child("epmd", self.folder, log)
        self._password = password(self.folder, USER)
        self.port = self._ports["rabbitmq"]

    @property
    def url(self) -> str:
        """amqp:// address of the first virtual host."""
        return self.url_of(self._virtual_hosts[0])

    def url_of(self, virtual_host: str) -> str:
        """amqp:// address of one virtual host."""
        return f"amqp://{USER}:{self._password}@127.0.0.1:{self.port}/{virtual_host}"

    @property
    def identity(self) -> Identity | None:
        """The broker's process, or None while it does not run."""
        return self._node.identity

    @property
    def pid(self) -> int | None:
        """Process id of the broker (the Erlang machine itself, no shell around it)."""
        return self.identity.pid if self.identity else None

    def fetch(self) -> None:
        """Unpack the broker now if it is not there, which may take a minute; start() would do it as well."""
        broker(self._say)

    def start(self) -> None:
        """Start the name server and the broker, wait until it takes connections."""
        found = broker(self._say)
        environment = self._environment(found)
        self._configure()
        if self._epmd.identity is None:
            self._epmd.launch(
                [found.epmd, "-address", "127.0.0.1", "-port", str(self._ports["epmd"])], environment
            )
        self._node.launch([found.sbin / "rabbitmq-server"], environment, cwd=self.folder)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._node.identity is None or time.monotonic() > deadline:
                self.stop()
                raise LauncherError(f"RabbitMQ did not start; its own words are in {self._node.log}.")
            time.sleep(0.05)

    def wait(self) -> int:
        """Block until the broker has ended."""
        return self._node.wait()

    def stop(self, *, final: bool = False) -> None:
        """End the broker in good order, then the name server, which nothing else would end."""
        self._node.stop(final=final)
        self._epmd.stop(final=final)

    def kill(self) -> None:
        """kill -9 of the broker; the name server stays."""
        self._node.kill()

    def drop(self) -> None:
        """Stop the broker and remove its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` answers (about a second per call); raises subprocess.CalledProcessError."""
        found = broker(self._say)
        command: list[str | Path] = [found.sbin / "rabbitmqctl", "--quiet", *arguments]
        return subprocess.run(
            command, env=self._environment(found), check=True, capture_output=True, text=True
        ).stdout

    def _environment(self, found: Broker) -> dict[str, str]:
        home = self.folder / "home"  # Erlang keeps the node's cookie there
        home.mkdir(mode=0o700, exist_ok=True)
        environment = {
            "PATH": f"{found.erlang}:{found.sbin}:{os.environ.get('PATH', '')}:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": str(self._ports["distribution"]),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_OPTIONS,
            # The start script then becomes the broker instead of waiting for it: a kill hits the right
            # process.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        if found.libraries:
            environment["LD_LIBRARY_PATH"] = ":".join(map(str, found.libraries))
        return environment

    def _configure(self) -> None:
        definitions = self.folder / "definitions.json"
        salt = os.urandom(4)
        digest = base64.b64encode(salt + hashlib.sha256(salt + self._password.encode()).digest()).decode()
        everything = {"user": USER, "configure": ".*", "write": ".*", "read": ".*"}
        known = {
            "users": [
                {
                    "name": USER,
                    "password_hash": digest,
                    "hashing_algorithm": "rabbit_password_hashing_sha256",
                    "tags": ["administrator"],
                }
            ],
            "vhosts": [{"name": name} for name in self._virtual_hosts],
            "permissions": [{"vhost": name, **everything} for name in self._virtual_hosts],
        }
        write_private(definitions, json.dumps(known))
        (self.folder / "rabbitmq.conf").write_text(
            CONFIGURATION.format(port=self.port, definitions=definitions)
        )
        (self.folder / "enabled_plugins").write_text("[].\n")

    def _answers(self) -> bool:
        # The protocol header is answered by the frame connection.start, whose first byte says "method".
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"
        except OSError:
            return False
