"""./run facts DIR: imports the data files of a folder into a fresh trial federation, then asks.

Each member enters its own rows at its own node; when every node shows the same view, one that did
not take most of the rows is asked every question of DIR/expected.json. One line each, then
"N passed, N failed".
"""

import csv
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trial import Trial, TrialError, settled, wait_until  # noqa: E402

USUAL = ["br", "ru", "in", "cn", "za"]


def owners(folder):
    """The members that the folder's rows need, the usual five first."""
    path = os.path.join(folder, "owners.csv")
    if not os.path.exists(path):
        return USUAL
    with open(path, encoding="utf-8-sig", newline="") as file:
        named = {row.get("owner", "").strip() for row in csv.DictReader(file)}
    return USUAL + sorted(named - set(USUAL) - {""})


def ask(trial, folder):
    for member in trial.members:
        trial.init_store(member)
        trial.start(member)
    for member in trial.members:
        trial.wait_event(member, event="ready")
    refused = 0
    for member in trial.members:
        command = trial.command(member, "import", folder, "--only-own", "--wait", "final")
        done = trial.run_any(command)
        refused += done.returncode != 0
        print(f"{member}: {' '.join(done.stdout.split())}", file=sys.stderr)
        print(done.stderr, end="", file=sys.stderr)
    wait_until(lambda: settled(trial, trial.members), "all nodes to show the same", 120)
    done = trial.run_any(trial.command("in", "facts", folder))
    print(done.stdout, end="")
    print(done.stderr, end="", file=sys.stderr)
    return done.returncode


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        print("usage: ./run facts DIR", file=sys.stderr)
        return 64
    folder = os.path.abspath(sys.argv[1])
    trial = Trial(tempfile.mkdtemp(prefix="plenary-facts-"), owners(folder), dial_only=["za"])
    try:
        trial.found()
        return ask(trial, folder)
    except TrialError as error:
        print(f"facts: {error}", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    finally:
        trial.kill_all()
        shutil.rmtree(trial.folder)


if __name__ == "__main__":
    sys.exit(main())
