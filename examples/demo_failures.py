"""Steps of the demo in which things break: a kill while a client writes, an emptied store."""

import json
import os
import shutil
import subprocess

from story import table
from trial import wait_until

SMALL_COMMITS = 2000


def _rows(path):
    """Small records of br's own, one commit each."""
    rows = [{"id": f"STREAM-{i:05}", "series": "workshop", "title": f"Session {i}",
             "status": "planned", "host_country": "BR"} for i in range(SMALL_COMMITS)]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rows, file)


def _names(listing):
    rows = next(value for value in listing.values() if isinstance(value, list))
    return {record["name"] for record in rows}


def kill_while_writing(story, trial):
    story.step("Kill a node while a client writes into it",
               "SIGKILL, as a power cut would. Whatever was acknowledged must be there afterwards.")
    rows = os.path.join(trial.folder, "stream.json")
    report = os.path.join(trial.folder, "stream-report.json")
    _rows(rows)
    words = trial.command("br", "import", rows, "--kind", "meetings", "--owner", "br",
                          "--commit-size", "1", "--report", report)
    before = _size(trial, "br")
    story.command(words, "   &")
    client = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: _size(trial, "br") > before + 200 or client.poll() is not None,
               "some commits to be in")
    pid = trial.processes["br"].pid
    story.command(["kill", "-KILL", str(pid)])
    trial.kill("br")
    said = client.communicate()[0]
    story.say("the client says:")
    story.result(said.strip().splitlines()[-1] if said.strip() else "(nothing)")
    with open(report, encoding="utf-8") as file:
        acknowledged = {row["name"] for row in json.load(file)["entered"]}
    story.holds(f"it was killed in the middle: {len(acknowledged)} of {SMALL_COMMITS} acknowledged",
                0 < len(acknowledged) < SMALL_COMMITS)
    begin = os.path.getsize(trial.log("br"))
    trial.start("br")
    trial.wait_event("br", begin, event="ready")
    listing = ("record", "list", "--parent", "members/br", "--collection", "meetings")

    def all_there():
        there = _names(trial.json("br", *listing)) | _names(trial.json("br", *listing, "--tail"))
        return acknowledged <= there

    story.command(trial.command("br", *listing))
    wait_until(all_there, "every acknowledged record to be listed")
    story.holds(f"all {len(acknowledged)} acknowledged records are there after the restart",
                all_there())


def _size(trial, member, at=None):
    logs = trial.json(at or member, "log", "list")["logs"]
    return next(log["size"] for log in logs if f"/{member}/" in log["log"])


def _parts(trial, member):
    """Each log as the node itself sees its part in it."""
    status = trial.json(member, "sync", "status")
    return [[log["log"], log["size"], log["final"], log["part"]] for log in status["logs"]]


def empty_a_store(story, trial):
    story.step("Empty another node's store",
               "Its keys, roster and cards lie beside it. It comes back with everybody's logs, its\n"
               "own included, and goes on writing in the same log. What it promised others is\n"
               "gone, so it is mute for two minutes, then abstains until proposals name it.")
    before = _size(trial, "cn")
    trial.stop("cn")
    store = os.path.join(trial.fed, "cn", "store")
    story.command(["rm", "-r", store])
    shutil.rmtree(store)
    begin = os.path.getsize(trial.log("cn"))
    trial.start("cn")
    trial.wait_event("cn", begin, event="store_made")
    trial.wait_event("cn", begin, event="ready")
    sizes = {m: _size(trial, m) for m in trial.members}
    wait_until(lambda: all(_size(trial, m, at="cn") >= sizes[m] for m in trial.members),
               "cn to have all logs again")
    story.holds(f"its own log is back: {before} leaves", _size(trial, "cn") >= before)
    record = {"name": "members/cn/meetings/after-the-loss",
              "meeting": {"title": "Entered after the loss", "start_date": "2026-11-24"}}
    receipt = json.loads(trial.plenary("cn", "record", "put", "-", "--wait", "final", "--output",
                                       "json", stdin=json.dumps(record)))
    story.command(trial.command("cn", "record", "put", "-", "--wait", "final"))
    story.holds(f"it writes in the same log, index {receipt['index']}, final",
                receipt["final"] and receipt["index"] >= before)
    story.command(trial.command("cn", "sync", "status"))
    parts = _parts(trial, "cn")
    story.result(table(parts, ["log", "size", "final", "this store"]))
    story.holds("it says for which logs it does not vouch yet",
                all(part in ("mute", "abstains") for log, _, _, part in parts if "/cn/" not in log))
