"""Steps of the demo for those who trust nobody: a proof offline, and three refusals."""

import os
import subprocess

import forge
from trial import free_ports, wait_until


def prove(story, trial):
    story.step("Prove one record offline",
               "plenary verify needs no node and no account: the file, and the digest of a roster\n"
               "that the auditor trusts.")
    name = "members/br/declarations/doc-bsb"
    path = os.path.join(trial.folder, "record.plenary-proof")
    story.command(trial.command("ru", "proof", "export", name, "--out", path))
    trial.plenary("ru", "proof", "export", name, "--out", path)
    genesis = trial.json("in", "node", "status")["genesis"]
    verify = [trial.program("plenary"), "verify", path]
    story.command(verify + ["--roster-digest", genesis])
    story.result(trial.run(verify + ["--roster-digest", genesis]), 24)
    story.holds("proven under the pinned roster (exit 0)", True)
    story.command(verify)
    said = trial.run(verify, expect=2)
    story.result(said.splitlines()[0])
    story.holds("not anchored without a pin (exit 2)", True)
    with open(path, "rb") as file:
        proof = bytearray(file.read())
    proof[len(proof) // 2] ^= 1
    flipped = path.replace("record", "flipped")
    with open(flipped, "wb") as file:
        file.write(proof)
    story.command([trial.program("plenary"), "verify", flipped, "--roster-digest", genesis])
    said = trial.run([trial.program("plenary"), "verify", flipped, "--roster-digest", genesis],
                     expect=1)
    story.result(said, 6)
    story.holds("with one byte flipped it says what no longer holds (exit 1)", True)


def refusals(story, trial):
    story.step("Three refusals, each with its reason",
               "A member speaks only for itself: not with its CA, not with foreign keys, not by\n"
               "relaying.")
    _foreign_certificate(story, trial)
    _foreign_key(story, trial)
    _lying_relay(story, trial)


def _foreign_certificate(story, trial):
    story.say("a) a certificate in br's name from ru's CA, at in's peer port")
    certificate, key = forge.forge(os.path.join(trial.folder, "forged"),
                                   os.path.join(trial.fed, "offline", "ru", "ca"),
                                   ["spiffe://br.sti.brics.example/node/node-9"])
    begin = os.path.getsize(trial.log("in"))
    forge.knock(_peer_port(trial, "in"), certificate, key)
    refused = trial.wait_event("in", begin, event="refused")
    story.result(f"in logs: {refused['reason']}: {refused['why']}")
    story.holds("refused as WRONG_ISSUER", refused["reason"] == "WRONG_ISSUER")


def _foreign_key(story, trial):
    story.say("b) a commit signed by a key on no card, at br's node")
    key = os.path.join(trial.folder, "stray.pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", key], check=True)
    os.chmod(key, 0o600)
    words = [trial.test_program("stray_author"), "--profile", trial.profile("br"), "--key", key]
    story.command(words)
    said = trial.run(words)
    story.result(said)
    story.holds("refused as UNKNOWN_AUTHOR", "UNKNOWN_AUTHOR" in said)


def _peer_port(trial, name):
    return [e for e in trial.events(name) if e["event"] == "started"][-1]["peer_port"]


def _second_node(trial, member, name, port, operator_port):
    """The folder of a further node of `member`: a follower with an identity of its own."""
    folder = os.path.join(trial.fed, name)
    ca = os.path.join(trial.fed, "offline", member, "ca")
    os.makedirs(folder)
    trial.run([trial.program("plenary"), "cert", "node", "--ca", ca, "--name", "node-2", "--dir",
               os.path.join(folder, "tls")])
    others = [m for m in trial.members if m != member]
    # All honest members' addresses lead nowhere: only who calls it can feed it.
    text = (f'federation = "sti.brics.example"\nmember = "{member}"\nnode = "node-2"\n'
            f'store = "store"\ntrust = "{os.path.join(trial.fed, member, "trust")}"\n'
            f'peer_listen = "127.0.0.1:{port}"\noperator_listen = "127.0.0.1:{operator_port}"\n'
            '[tls]\nkey = "tls/current/key.pem"\ncertificate = "tls/current/cert.pem"\n'
            '[roles]\n"spiffe://' + member + '.sti.brics.example/operator/admin" = "admin"\n'
            "[peers]\n" + "".join(f'"{m}" = "127.0.0.1:1"\n' for m in others + [member + "/node-1"]))
    with open(os.path.join(folder, "plenaryd.toml"), "w", encoding="utf-8") as config:
        config.write(text)
    return text


def _lying_relay(story, trial):
    story.say("c) a relay of za that hands on br's log with one byte changed, to a new node of in")
    port, operator_port = free_ports(2)
    text = _second_node(trial, "in", "in-2", port, operator_port)
    ca = os.path.join(trial.fed, "offline", "za", "ca")
    liar = os.path.join(trial.folder, "liar")
    trial.run([trial.program("plenary"), "cert", "node", "--ca", ca, "--name", "node-2", "--dir",
               liar])
    trial.start("in-2")
    words = [trial.test_program("lying_relay"),
             "--certificate", os.path.join(liar, "current", "cert.pem"),
             "--key", os.path.join(liar, "current", "key.pem"), "--identity", "za/node-2",
             "--log", "sti.brics.example/br/1", "--source", f"127.0.0.1:{_peer_port(trial, 'ru')}",
             "--victim", f"127.0.0.1:{port}"]
    story.command(words)
    story.result(trial.run(words))
    refused = trial.wait_event("in-2", event="session_refused")
    story.result(f"in-2 logs: {refused['reason']}: {refused['why']}")
    story.holds("the lie is refused, and the relay is named: " + refused["peer"],
                refused["peer"] == "za/node-2")
    # With honest peers in reach the same node gets everything.
    trial.stop("in-2")
    with open(trial.config("in-2"), "w", encoding="utf-8") as config:
        config.write(text[:text.index("[peers]")])
    trial.start("in-2")
    digest = trial.json("in", "view", "digest")["digest"]
    words = ("view", "digest", "--node", f"127.0.0.1:{operator_port}")
    wait_until(lambda: trial.json("in", *words)["digest"] == digest, "in-2 to show what in shows")
    story.holds("once honest nodes are in reach, it has everything: the same view digest", True)
    trial.stop("in-2")
