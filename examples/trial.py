"""A trial federation on one machine: its folders, its processes, and calls to its nodes.

Used by the demo, by `./run facts` and by the system tests. Everything lies in one folder:

    DIR/fed/MEMBER/     what that member's machine would have (plenary federation init made it)
    DIR/fed/offline/    root keys and CAs
    DIR/logs/MEMBER.log the node's own log, JSON lines
    DIR/pids/MEMBER     process id while it runs
"""

import json
import os
import signal
import socket
import subprocess
import time

BIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build", "bin")
PATIENCE_S = 60


class TrialError(Exception):
    """Something that was to hold did not."""


def free_ports(count):
    """Ports of this machine that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_until(true_now, what, patience_s=PATIENCE_S):
    """Polls `true_now` until it returns something true, and returns that."""
    deadline = time.monotonic() + patience_s
    while True:
        result = true_now()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TrialError(f"waited {patience_s} s for {what}")
        time.sleep(0.05)


class Trial:
    """A federation in `folder`. One thread at a time."""

    def __init__(self, folder, members, dial_only=(), observers=()):
        """`members` are all that have a node; those among `observers` are no full members."""
        self.folder = os.path.abspath(folder)
        self.fed = os.path.join(self.folder, "fed")
        self.members = list(members)
        self.dial_only = set(dial_only)
        self.observers = [member for member in self.members if member in observers]
        self.processes = {}

    # Founding and finding again.

    def found(self, federation="sti.brics.example"):
        """Makes all keys, certificates, the roster and the cards; returns what the command said."""
        ports = free_ports(2 * len(self.members))
        full = [member for member in self.members if member not in self.observers]
        arguments = ["federation", "init", "--federation", federation,
                     "--members", ",".join(full), "--dir", self.fed]
        if self.observers:
            arguments += ["--observers", ",".join(self.observers)]
        for i, member in enumerate(self.members):
            if member not in self.dial_only:
                arguments += ["--endpoint", f"{member}=127.0.0.1:{ports[2 * i]}"]
            arguments += ["--operator-listen", f"{member}=127.0.0.1:{ports[2 * i + 1]}"]
        for sub in ("logs", "pids"):
            os.makedirs(os.path.join(self.folder, sub), exist_ok=True)
        return self.run([self.program("plenary"), *arguments])

    # Paths.

    @staticmethod
    def program(name):
        return os.path.join(BIN, name)

    @staticmethod
    def test_program(name):
        """A program of tests/system, which speaks the public protocols as an attacker would."""
        return os.path.join(os.path.dirname(BIN), "tests", name)

    def config(self, name):
        return os.path.join(self.fed, name, "plenaryd.toml")

    def profile(self, name):
        return os.path.join(self.fed, name, "profile.toml")

    def log(self, name):
        return os.path.join(self.folder, "logs", name + ".log")

    def pid_file(self, name):
        return os.path.join(self.folder, "pids", name)

    # Processes.

    def init_store(self, name, first=True):
        command = [self.program("plenaryd"), "--config", self.config(name), "--init"]
        return self.run(command + (["--first"] if first else []))

    def start(self, name):
        """Starts the node and waits until both its listeners stand."""
        begin = os.path.getsize(self.log(name)) if os.path.exists(self.log(name)) else 0
        with open(self.log(name), "ab") as log:
            process = subprocess.Popen(
                [self.program("plenaryd"), "--config", self.config(name)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.processes[name] = process
        with open(self.pid_file(name), "w", encoding="ascii") as pid:
            pid.write(str(process.pid))

        def started():
            if process.poll() is not None:
                raise TrialError(f"the node of {name} ended with {process.returncode}:\n"
                                 + self.log_text(name, begin)[-2000:])
            return any(e["event"] == "started" for e in self.events(name, begin))

        wait_until(started, f"the node of {name} to start")

    def stop(self, name, how=signal.SIGTERM):
        """Ends the node (SIGKILL: as a power cut would) and waits until it is gone."""
        process = self.processes.pop(name)
        process.send_signal(how)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise TrialError(f"the node of {name} did not stop within {PATIENCE_S} s") from None
        os.unlink(self.pid_file(name))
        return process.returncode

    def kill(self, name):
        return self.stop(name, signal.SIGKILL)

    def kill_all(self):
        """For what is thrown away afterwards, or has failed already."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.processes = {}

    def stop_all(self):
        for name in list(self.processes):
            self.stop(name)

    # The node's own log.

    def log_text(self, name, begin=0):
        with open(self.log(name), "rb") as log:
            log.seek(begin)
            return log.read().decode("utf-8", "replace")

    def events(self, name, begin=0):
        found = []
        for line in self.log_text(name, begin).splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # a line that is being written, or not ours
        return found

    def wait_event(self, name, begin=0, patience_s=PATIENCE_S, **fields):
        """The first line of the node's log from byte `begin` on with these fields."""

        def find():
            for event in self.events(name, begin):
                if all(event.get(key) == value for key, value in fields.items()):
                    return event
            return None

        return wait_until(find, f"{name} to log {fields}", patience_s)

    # The command line.

    @staticmethod
    def run(command, expect=0, stdin=None):
        """Runs a command and returns its standard output; its exit code must be `expect`."""
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != expect:
            raise TrialError(f"{' '.join(command)}\nexpected exit {expect}, got {done.returncode}\n"
                             + done.stdout[-2000:] + done.stderr[-2000:])
        return done.stdout if expect == 0 else done.stdout + done.stderr

    @staticmethod
    def run_any(command):
        """Runs a command whatever its exit code is; the finished process."""
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)

    def command(self, name, *arguments):
        return [self.program("plenary"), *arguments, "--profile", self.profile(name)]

    def plenary(self, name, *arguments, expect=0, stdin=None):
        """`plenary ARGUMENTS` as the administrator of that node."""
        return self.run(self.command(name, *arguments), expect, stdin)

    def json(self, name, *arguments):
        return json.loads(self.plenary(name, *arguments, "--output", "json"))


def sizes(trial, member):
    """What one node shows: log → (size, signed, final, lag); and the digest of its view."""
    status = trial.json(member, "sync", "status")
    logs = {log["log"]: [log["size"], log["signed"], log["final"], log["lag"]]
            for log in status["logs"]}
    return logs, trial.json(member, "view", "digest")["digest"]


def settled(trial, members):
    """All nodes show the same, all of it final; None while they do not."""
    shown = {member: sizes(trial, member) for member in members}
    first = shown[members[0]]
    same = all(view == first for view in shown.values())
    final = all(size == signed == done and lag == 0 for size, signed, done, lag in first[0].values())
    return shown if same and final else None
