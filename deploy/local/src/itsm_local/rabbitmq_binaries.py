"""Which RabbitMQ we run: the one named by the operator, the machine's own, or one unpacked into a cache."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from itsm_local import debian
from itsm_local.failure import LauncherError

INSTALL = (
    "install RabbitMQ (macOS: `brew install rabbitmq`, Fedora: `dnf install rabbitmq-server`) "
    "or name a running broker in AMQP_URL"
)


@dataclass(frozen=True)
class Broker:
    """`sbin` holds rabbitmq-server and rabbitmqctl, `erlang` erl and epmd, `libraries` what those load."""

    sbin: Path
    erlang: Path
    libraries: tuple[Path, ...] = ()

    @property
    def epmd(self) -> Path:
        """The name server of Erlang nodes."""
        beside = self.erlang / "epmd"
        return (
            beside if beside.exists() else next(self.erlang.resolve().parent.glob("erts-*/bin/epmd"), beside)
        )


def broker(say: Callable[[str], None]) -> Broker:
    """The broker to run; unpacks one first where none is installed and the machine has apt."""
    named = os.environ.get("ITSM_RABBITMQ_SBIN")
    candidates = [Path(named)] if named else _installed()
    erl = shutil.which("erl", path=f"{os.environ.get('PATH', '')}:/usr/bin:/opt/homebrew/bin:/usr/local/bin")
    for sbin in candidates:
        if erl and (sbin / "rabbitmq-server").exists():
            return Broker(sbin, Path(erl).resolve().parent)
    if named:
        raise LauncherError(
            f"ITSM_RABBITMQ_SBIN={named} holds no rabbitmq-server, or erl is missing: correct or unset it."
        )
    if not shutil.which("apt-get"):
        raise LauncherError(f"No RabbitMQ is to be had here: {INSTALL}.")
    return _unpacked(say)


def _installed() -> Iterator[Path]:
    # The rabbitmq-server on Debian's PATH insists on the user rabbitmq; the one that it calls runs as
    # anybody.
    for pattern in (
        "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
        "opt/rabbitmq/sbin",
        "opt/homebrew/opt/rabbitmq/sbin",
        "usr/local/opt/rabbitmq/sbin",
    ):
        yield from sorted(Path("/").glob(pattern), reverse=True)


def _unpacked(say: Callable[[str], None]) -> Broker:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = caches / "itsm" / "rabbitmq"
    if not cache.exists():
        draft = cache.with_name(f".rabbitmq.{os.getpid()}")
        try:
            draft.mkdir(parents=True)
            debian.unpack_broker(draft, say)
            draft.rename(cache)
        except OSError as error:
            if not cache.exists():  # else another clone was quicker
                raise LauncherError(
                    f"RabbitMQ could not be unpacked into {cache}: {error}. Free it, or set XDG_CACHE_HOME."
                ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    libraries = (*cache.glob("usr/lib/*-linux-gnu*"), *cache.glob("lib/*-linux-gnu*"))
    return Broker(next(cache.glob("usr/lib/rabbitmq/lib/*/sbin")), cache / "usr/lib/erlang/bin", libraries)
