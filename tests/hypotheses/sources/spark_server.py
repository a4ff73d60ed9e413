"""A real Spark Connect server on this machine, from the folder that `make test-spark` names in FOURSTROKE_SPARK."""

import os
import socket
import subprocess
import time
from pathlib import Path

CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class SparkServer:
    """Two threads of work, tables in a folder of its own."""

    def __init__(self, folder: Path):
        home, self.port = Path(os.environ["FOURSTROKE_SPARK"]).resolve() / "pyspark", free_port()
        self.remote = f"sc://127.0.0.1:{self.port}"
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": self.port,
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": 2,
            "spark.sql.warehouse.dir": folder / "warehouse",
        }
        told = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
        self.log = (folder / "spark.log").open("w+")
        self.process = subprocess.Popen(  # noqa: S603 (Spark itself, from our own folder)
            [home / "bin" / "spark-submit", "--master", "local[2]", *told, "--class", CLASS],
            env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"},
            cwd=folder,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        self.log.seek(0)
        raise RuntimeError(f"Spark did not start:\n{self.log.read()[-2000:]}")

    def session(self):
        """A session that may do everything, to fill tables with."""
        from pyspark.sql.connect.session import SparkSession

        return SparkSession(self.remote)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
