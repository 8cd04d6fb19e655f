"""The processes that take part in a measurement. All are waited for, however their scope ends."""
import json
import os
import queue
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .setup import NATS_SERVER, PEER_PROGRAMS

END_SECONDS_LIMIT = 10


class Failure(Exception):
    """A program didn't do what it was asked to."""


def end(process):
    """Ends a process and waits for it: it has a moment to do so by itself."""
    if process.stdin and not process.stdin.closed:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(END_SECONDS_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(command, seconds_limit):
    """What a program prints. Its standard input stays open until it ends: our peers end with it."""
    command = list(map(str, command))
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=errors)
        try:
            code = process.wait(seconds_limit)
        except subprocess.TimeoutExpired:
            raise Failure(f"no end after {seconds_limit} s: {' '.join(command)}") from None
        finally:
            end(process)
        output.seek(0)
        errors.seek(0)
        if code != 0:
            raise Failure(f"exit code {code}: {' '.join(command)}\n{errors.read()[-2000:]}")
        return output.read()


def run_for_figures(command, seconds_limit):
    """The one line of JSON that every measuring client prints."""
    lines = [line for line in run(command, seconds_limit).splitlines() if line.startswith("{")]
    if len(lines) != 1:
        raise Failure(f"{len(lines)} lines of JSON instead of one: {' '.join(map(str, command))}")
    return json.loads(lines[0])


class Peer:
    """A running C program of Peers/ that prints its port, or "ready", as its first line. With certificates it speaks TLS."""

    def __init__(self, name, *arguments, certificates=None):
        self.command = [PEER_PROGRAMS / name, *map(str, arguments)]
        self.environment = dict(os.environ)
        if certificates:
            self.environment |= {"PEER_TLS": "1", "PEER_TLS_CERTIFICATE": str(certificates.certificate),
                                 "PEER_TLS_KEY": str(certificates.key)}

    def __enter__(self):
        # The programs end when their standard input does: also when this script is killed.
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment)
        line = self.process.stdout.readline().strip()
        if not line:
            end(self.process)
            raise Failure(f"{self.command[0]} did not start")
        self.port = int(line) if line.isdigit() else None
        self.reports = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _read(self):
        for line in self.process.stdout:
            self.reports.put(json.loads(line))

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def report(self):
        """What the program says about the client that has gone."""
        try:
            return self.reports.get(timeout=END_SECONDS_LIMIT)
        except queue.Empty:
            raise Failure(f"{self.command[0]} reported nothing") from None

    def __exit__(self, *_):
        end(self.process)


class RealServer:
    """The nats-server of Scripts/setup on a free port, with a responder on `bench.echo` beside it.

    With certificates it speaks TLS alone, and so does the responder.
    """

    def __init__(self, certificates=None, has_jetstream=False):
        self.certificates = certificates
        self.has_jetstream = has_jetstream

    def __enter__(self):
        if not NATS_SERVER.exists():
            raise Failure("there is no .tools/nats-server: run Scripts/setup first")
        self.folder = tempfile.TemporaryDirectory()
        configuration = Path(self.folder.name) / "server.conf"
        configuration.write_text(self._configuration())
        self.process = subprocess.Popen(
            [NATS_SERVER, "-c", configuration, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", self.folder.name],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.url = self._await_url()
            self.responder = Peer("responder", self.url.rsplit(":", 1)[1], certificates=self.certificates)
            self.responder.__enter__()
        except BaseException:
            self._end()
            raise
        return self

    def _configuration(self):
        streams = f'jetstream {{ store_dir: "{self.folder.name}/jetstream", max_mem: 4G }}\n' if self.has_jetstream else ""
        if not self.certificates:
            return streams
        return streams + f'tls {{ cert_file: "{self.certificates.certificate}", key_file: "{self.certificates.key}" }}\n'

    def _await_url(self):
        deadline = time.monotonic() + END_SECONDS_LIMIT
        while time.monotonic() < deadline:
            for file in Path(self.folder.name).glob("*.ports"):
                try:
                    return json.loads(file.read_text())["nats"][0]
                except (ValueError, KeyError, IndexError):
                    pass  # Not written to the end yet.
            time.sleep(0.02)
        raise Failure("nats-server did not start")

    def _end(self):
        end(self.process)
        self.folder.cleanup()

    def __exit__(self, *_):
        try:
            self.responder.__exit__()
        finally:
            self._end()
