"""Servers of our own, so that they can be killed: PostgreSQL, RabbitMQ, Redis, each with its own port and folder."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PG_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def kill_group(process: subprocess.Popen, number: int = signal.SIGKILL) -> None:
    """A signal to the process and all its children; it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    if number == signal.SIGKILL:
        process.wait()


class Server:
    """One server: `start`, `stop` gently, `kill` −9, `wipe` what it kept (while it is down)."""

    name = ""
    binary = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.log = folder / f"{self.name}.log"
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.folder.mkdir(parents=True)

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), stdout=log, stderr=log, start_new_session=True, cwd="/"
            )
        self.await_ready()

    def await_ready(self) -> None:
        for _ in range(600):
            if self.process.poll() is None and self.is_ready():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not start: {self.log.read_text()[-2000:]}")

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def kill(self) -> None:
        kill_group(self.process)

    def wipe(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()


class PostgreSQL(Server):
    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for parent in (folder, self.folder):
            parent.chmod(0o755)
        shutil.chown(self.folder, "postgres")
        self._as_owner("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "faults", "-N")

    def _as_owner(self, tool: str, *args) -> None:
        done = subprocess.run(self.owned(tool, *args), capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def owned(self, tool: str, *args) -> list[str]:
        """PostgreSQL refuses to run as root."""
        return [
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            str(PG_BIN / tool),
            *map(str, args),
        ]

    @property
    def url(self) -> str:
        return f"postgres://faults@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        return self.owned("postgres", "-D", self.folder / "data", "-p", self.port, "-k", self.folder, "-h", "127.0.0.1")

    def is_ready(self) -> bool:
        asked = [str(PG_BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # “fast”: sessions are ended
        self.process.wait(60)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # “immediate”: a crash, with recovery at the next start
        self.process.wait(60)


class Redis(Server):
    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        kept = ["--dir", str(self.folder), "--appendonly", "yes", "--save", ""]
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", *kept]


class RabbitMQ(Server):
    name = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.node_port = free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def environment(self) -> dict[str, str]:
        folder = str(self.folder)
        own = {"NODENAME": f"faults{self.port}@localhost", "NODE_PORT": str(self.port), "NODE_IP_ADDRESS": "127.0.0.1"}
        own |= {"DIST_PORT": str(self.node_port), "PID_FILE": f"{folder}/pid"}
        own |= {"MNESIA_BASE": folder, "LOG_BASE": folder}
        own |= {"ENABLED_PLUGINS_FILE": f"{folder}/plugins", "CONFIG_FILE": f"{folder}/none"}
        return {**os.environ, **{f"RABBITMQ_{name}": value for name, value in own.items()}, "HOME": folder}

    def start(self) -> None:
        (self.folder / "plugins").write_text("[].")
        super().start()

    def command(self) -> list[str]:
        return ["/usr/lib/rabbitmq/bin/rabbitmq-server"]


BROKERS = {"rabbitmq": RabbitMQ, "redis": Redis}
