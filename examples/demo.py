"""./run demo: five ministries, one register, on real data. Ten steps; each says what it shows.

    demo.py [--dir DIR] [--keep]    runs it; --keep leaves the federation running
    demo.py --stop [--dir DIR]      ends a federation that was kept, and removes its folder
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import demo_attacks  # noqa: E402
import demo_failures  # noqa: E402
from story import Story, table  # noqa: E402
from trial import Trial, settled, wait_until  # noqa: E402

MEMBERS = ["br", "ru", "in", "cn", "za"]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "brics-sti")
THEME = "water"
MARK = "plenary-demo"


def found(story, trial):
    story.step("Found a federation of five",
               "Root key, CA, node and operator certificates, log, cosigner and author keys for each;\n"
               "roster version 1, signed by all five root keys; five member cards.")
    said = trial.found()
    story.command([trial.program("plenary"), "federation", "init", "--federation",
                   "sti.brics.example", "--members", ",".join(MEMBERS), "--dir", trial.fed,
                   "…"])
    story.result("\n".join(said.splitlines()[:4]))
    for member in MEMBERS:
        trial.init_store(member)
    story.holds("each member has a folder with everything that its node needs",
                all(os.path.exists(trial.config(m)) for m in MEMBERS))


def start(story, trial):
    story.step("Start five nodes",
               "Loopback, mutual TLS 1.3. za has no peer listener: it only dials out.")
    for member in MEMBERS:
        trial.start(member)
    story.command([trial.program("plenaryd"), "--config", trial.config("br")], "   (and four more)")
    for member in MEMBERS:
        trial.wait_event(member, event="ready")
    rows = []
    for member in MEMBERS:
        started = [e for e in trial.events(member) if e["event"] == "started"][-1]
        rows.append([member, trial.processes[member].pid, started["peer_port"] or "dials out only",
                     started["operator_port"]])
    story.result(table(rows, ["node", "pid", "peers", "operators"]))
    story.holds("a quorum answered each node's inquiry: all five may write",
                all(trial.json(m, "node", "status")["state"] == "active" for m in MEMBERS))


def import_data(story, trial):
    story.step("Import the real data",
               "207 rows and twelve lists, 2011 to 2026. Each member enters its own rows at its own\n"
               "node, signed by its own author key.")
    entered = 0
    for member in MEMBERS:
        words = ("import", DATA, "--only-own", "--wait", "final")
        story.command(trial.command(member, *words))
        report = json.loads(trial.plenary(member, *words, "--output", "json"))
        entered += len(report["entered"])
        story.say(f"  {member}: {len(report['entered'])} entered, {len(report['refused'])} refused")
    story.holds(f"{entered} records entered, all final", entered >= 207)
    again = json.loads(trial.plenary("br", "import", DATA, "--only-own", "--output", "json"))
    story.holds("the same import again changes nothing",
                not again["entered"] and again["unchanged"] > 0)


def compare(story, trial):
    story.step("One table: what each node holds",
               "Sizes count leaves (commits). Equal digests: equal views.")
    shown = wait_until(lambda: settled(trial, MEMBERS), "all nodes to show the same")
    story.command(trial.command("br", "sync", "status"))
    story.command(trial.command("br", "view", "digest"))
    rows = []
    for member, (logs, digest) in shown.items():
        for log, (size, signed, final, lag) in logs.items():
            rows.append([member, log, size, signed, final, lag, digest[:16] + "…"])
    story.result(table(rows, ["node", "log", "size", "signed", "final", "lag", "view digest"]), 60)
    story.holds("five nodes, five logs, one view digest",
                len({digest for _, digest in shown.values()}) == 1)


def ask(story, trial, *words, node="in", limit=14):
    """Shows what the node answers, and returns it: the rows of a list."""
    story.command(trial.command(node, *words))
    story.result(trial.plenary(node, *words), limit)
    return rows_of(trial.json(node, *words))


def rows_of(listing):
    return next(value for value in listing.values() if isinstance(value, list))


def correct(trial):
    """A clerk of br corrects a title; nothing is unsent."""
    listed = rows_of(trial.json("br", "meeting", "list", "--host", "BR", "--year", "2015"))
    name = [r["name"] for r in listed if r["name"].startswith("members/br/")][0]
    text = trial.plenary("br", "record", "get", name, "--output", "edit")
    record = json.loads(text)
    record["meeting"]["venue"] = "Itamaraty Palace"
    trial.plenary("br", "record", "put", "-", "--wait", "final", stdin=json.dumps(record))
    return name


def answer(story, trial):
    story.step("Ask one node real questions",
               "The node of in answers for everybody's records, from its own copy.")
    ministerials = ask(story, trial, "meeting", "list", "--series", "ministerial", "--host", "ZA")
    story.holds("South Africa hosted two ministerials", len(ministerials) == 2)
    texts = ask(story, trial, "declaration", "list", "--year", "2015")
    story.holds("the texts of 2015 are listed", len(texts) >= 2)
    projects = ask(story, trial, "project", "list", "--theme", THEME)
    story.holds("there are projects on that theme", len(projects) >= 1)
    name = correct(trial)
    history = ("record", "history", name)
    wait_until(lambda: len(rows_of(trial.json("in", *history))) == 2, "the correction to come")
    ask(story, trial, *history)
    story.holds("the record that br corrected has two revisions at in's node; nothing is unsent",
                True)
    facts = trial.plenary("in", "facts", DATA)
    story.command(trial.command("in", "facts", DATA))
    story.result(facts.splitlines()[-1])
    story.holds("every question of expected.json has the expected answer",
                facts.rstrip().endswith(" 0 failed"))


def explore(story, trial):
    print("\nThe federation goes on running. DIR=" + trial.folder)
    print("Ten commands to explore it with:\n")
    for words in (
            ("in", "meeting", "list", "--series", "ministerial"),
            ("in", "meeting", "get", "members/za/meetings/mm-11"),
            ("in", "project", "list", "--partner", "ZA"),
            ("in", "declaration", "list", "--status", "in_force"),
            ("cn", "record", "list", "--parent", "members/ru", "--limit", "5"),
            ("br", "record", "put", "--help"),
            ("br", "sync", "status"),
            ("ru", "node", "status"),
            ("za", "log", "list"),
            ("za", "view", "digest")):
        story.command(trial.command(*words))
    print("\nTo end it:  ./run demo --stop --dir " + trial.folder)


def play(story, trial):
    found(story, trial)
    start(story, trial)
    import_data(story, trial)
    compare(story, trial)
    answer(story, trial)
    demo_failures.kill_while_writing(story, trial)
    demo_failures.empty_a_store(story, trial)
    demo_attacks.prove(story, trial)
    demo_attacks.refusals(story, trial)
    story.step("Leave or stop", "Every node stops cleanly on SIGTERM.")


def stop(folder):
    """Ends what --keep left running: only processes of ours, by their pid files."""
    pids = os.path.join(folder, "pids")
    if not os.path.exists(os.path.join(folder, MARK)):
        print(f"demo: {folder} is no folder of a demo", file=sys.stderr)
        return 1
    running = []
    for name in os.listdir(pids):
        with open(os.path.join(pids, name), encoding="ascii") as file:
            pid = int(file.read())
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if folder.encode() not in file.read():
                    continue
            os.kill(pid, signal.SIGTERM)
            running.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in running), "them to stop")
    shutil.rmtree(folder)
    print(f"stopped {len(running)} nodes and removed {folder}")
    return 0


def run(folder, keep):
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        print(f"demo: {folder}: expected an empty folder; --dir chooses another, --stop ends a "
              "demo that was kept", file=sys.stderr)
        return 1
    with open(os.path.join(folder, MARK), "w", encoding="ascii") as mark:
        mark.write("made by ./run demo\n")
    trial = Trial(folder, MEMBERS, dial_only=["za"])
    story = Story(folder)
    print("Plenary: five ministries, one register.   DIR=" + folder)
    try:
        play(story, trial)
    except Exception as error:  # whatever it is, no process is left behind
        print(f"\nThe demo failed: {type(error).__name__}: {error}", file=sys.stderr)
        print(f"Everything is left in {folder} (logs/ has what each node said).", file=sys.stderr)
        trial.stop_all()
        return 1
    if keep:
        explore(story, trial)
    else:
        codes = {member: trial.stop(member) for member in list(trial.processes)}
        story.holds(f"{len(codes)} nodes stopped with exit code 0", set(codes.values()) == {0})
        shutil.rmtree(folder)
    print(f"\nEvery step held, in {time.monotonic() - story.began:.0f} s.")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", help="folder for everything [a new one below /tmp]")
    parser.add_argument("--keep", action="store_true", help="leave the federation running")
    parser.add_argument("--stop", action="store_true", help="end a federation that was kept")
    words = parser.parse_args()
    if words.stop:
        if not words.dir:
            parser.error("--stop: say which one with --dir")
        return stop(os.path.abspath(words.dir))
    return run(os.path.abspath(words.dir or tempfile.mkdtemp(prefix="plenary-demo-")), words.keep)


if __name__ == "__main__":
    sys.exit(main())
