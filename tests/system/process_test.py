"""Five real nodes over real TLS: who gets in, what survives a kill, what a wrong set-up is told."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples"))
import forge  # noqa: E402
import trial  # noqa: E402

MEMBERS = ["br", "ru", "in", "cn", "za"]


def make_trial(members, dial_only=()):
    folder = tempfile.mkdtemp(prefix="plenary-system-")
    federation = trial.Trial(folder, members, dial_only)
    federation.found()
    for member in members:
        federation.init_store(member)
    return federation


class Nodes(unittest.TestCase):
    """A federation that all tests of a class share."""

    members = MEMBERS
    dial_only = ["za"]

    @classmethod
    def setUpClass(cls):
        cls.trial = make_trial(cls.members, cls.dial_only)
        for member in cls.members:
            cls.trial.start(member)
        for member in cls.members:
            cls.trial.wait_event(member, event="ready")

    @classmethod
    def tearDownClass(cls):
        try:
            cls.trial.stop_all()
        finally:
            shutil.rmtree(cls.trial.folder)

    def port(self, member, kind):
        started = [e for e in self.trial.events(member) if e["event"] == "started"]
        return started[-1][kind + "_port"]

    def ca(self, member):
        return os.path.join(self.trial.fed, "offline", member, "ca")

    def refusal(self, member, event, reason, knock):
        """What the node logs when `knock` comes; it must name the reason."""
        begin = os.path.getsize(self.trial.log(member))
        knock()
        return self.trial.wait_event(member, begin, event=event, reason=reason)


class WhoGetsIn(Nodes):
    def knock_as(self, uris, ca="br", port="peer", **how):
        folder = tempfile.mkdtemp(dir=self.trial.folder)
        certificate, key = forge.forge(folder, self.ca(ca), uris, **how)
        return lambda: forge.knock(self.port("br", port), certificate, key)

    def node(self, member, name="node-9"):
        return f"spiffe://{member}.sti.brics.example/node/{name}"

    def test_a_certificate_in_brs_name_from_rus_ca(self):
        # Wrong: one member's CA speaks for another member.
        refused = self.refusal("br", "refused", "WRONG_ISSUER",
                               self.knock_as([self.node("br")], ca="ru"))
        self.assertIn("spiffe://br.sti.brics.example/node/node-9", refused["why"])

    def test_two_identities_in_one_certificate(self):
        self.refusal("br", "refused", "BAD_CERTIFICATE",
                     self.knock_as([self.node("br"), self.node("br", "node-8")]))

    def test_an_expired_certificate(self):
        self.refusal("br", "refused", "CERTIFICATE_EXPIRED",
                     self.knock_as([self.node("br")], not_before="20250101000000Z",
                                   not_after="20250201000000Z"))

    def test_a_certificate_authority_as_a_node(self):
        self.refusal("br", "refused", "BAD_CERTIFICATE",
                     self.knock_as([self.node("br")], is_ca=True))

    def test_a_member_that_is_on_no_roster(self):
        self.refusal("br", "refused", "NOT_ON_ROSTER", self.knock_as([self.node("us")]))

    def test_an_operator_on_the_peer_port(self):
        self.refusal("br", "refused", "WRONG_PORT",
                     self.knock_as(["spiffe://br.sti.brics.example/operator/admin"],
                                   usage="client"))

    def test_a_node_on_the_operator_port(self):
        self.refusal("br", "operator_refused", "WRONG_PORT",
                     self.knock_as([self.node("ru")], ca="ru", port="operator"))

    def test_no_certificate(self):
        self.refusal("br", "refused", "NO_CERTIFICATE",
                     lambda: forge.knock(self.port("br", "peer")))

    def test_an_older_tls(self):
        for port in ("peer", "operator"):
            code, _ = forge.knock(self.port("br", port), options=["-tls1_2"])
            self.assertNotEqual(code, 0, f"{port} port took TLS 1.2")

    def test_dials_out_only(self):
        # Wrong: a ministry behind a firewall cannot take part.
        self.assertEqual(self.port("za", "peer"), 0)
        up = {e["peer"] for e in self.trial.events("za") if e["event"] == "session_up"}
        self.assertEqual(up, {"br/node-1", "ru/node-1", "in/node-1", "cn/node-1"})


class StopAndStart(Nodes):
    def incarnations(self, member):
        return [int(e["incarnation"]) for e in self.trial.events(member) if e["event"] == "active"]

    def test_terminate_is_a_clean_stop(self):
        self.assertEqual(self.trial.stop("ru"), 0)
        self.assertEqual(self.trial.events("ru")[-1]["event"], "stopped")
        begin = os.path.getsize(self.trial.log("ru"))
        self.trial.start("ru")
        self.trial.wait_event("ru", begin, event="ready")

    def test_a_killed_node_recovers_under_a_higher_incarnation(self):
        # Wrong: after a crash a node goes on under the promise that it gave before.
        before = self.incarnations("in")[-1]
        self.trial.kill("in")
        begin = os.path.getsize(self.trial.log("in"))
        self.trial.start("in")
        self.trial.wait_event("in", begin, event="ready")
        self.assertGreater(self.incarnations("in")[-1], before)

    def test_an_emptied_store_is_found_out_and_said(self):
        self.trial.stop("cn")
        shutil.rmtree(os.path.join(self.trial.fed, "cn", "store"))
        begin = os.path.getsize(self.trial.log("cn"))
        self.trial.start("cn")
        made = self.trial.wait_event("cn", begin, event="store_made")
        self.assertIn("does not vouch", made["text"])
        self.trial.wait_event("cn", begin, event="ready")

    def test_a_second_process_on_one_store_is_refused(self):
        done = subprocess.run([self.trial.program("plenaryd"), "-c", self.trial.config("br")],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another plenaryd runs on this store", done.stderr)

    def test_the_view_is_rebuilt_while_the_node_stands(self):
        self.trial.stop("za")
        first = self.trial.run([self.trial.program("plenaryd"), "-c", self.trial.config("za"),
                                "--rebuild-view"])
        again = self.trial.run([self.trial.program("plenaryd"), "-c", self.trial.config("za"),
                                "--rebuild-view"])
        self.assertRegex(first, r"^view digest [0-9a-f]{64}\n$")
        self.assertEqual(first, again)
        begin = os.path.getsize(self.trial.log("za"))
        self.trial.start("za")
        self.trial.wait_event("za", begin, event="ready")


class WrongSetUps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.trial = make_trial(["br", "ru"])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.trial.folder)

    def plenaryd(self, change, *arguments):
        """Runs plenaryd over br's configuration with `change(text)`; (exit code, what it says)."""
        with open(self.trial.config("br"), encoding="utf-8") as config:
            text = change(config.read())
        path = os.path.join(self.trial.fed, "br", "changed.toml")
        with open(path, "w", encoding="utf-8") as config:
            config.write(text)
        done = subprocess.run([self.trial.program("plenaryd"), "-c", path, *arguments],
                              capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_check_says_every_mistake_at_once(self):
        code, said = self.plenaryd(
            lambda text: text.replace('member = "br"', 'member = "BR"')
            .replace("operator_listen", "operator_listens")
            .replace('federation = "sti', 'federation = 3 #'), "--check")
        self.assertEqual(code, 78)
        for mistake in ("member", "operator_listens", "federation"):
            self.assertRegex(said, rf"changed.toml:\d+: .*{mistake}")

    def test_check_looks_into_the_files(self):
        code, said = self.plenaryd(
            lambda text: text.replace("keys/cosigner.pem", "keys/log-1.pem")
            .replace("tls/node/current/cert.pem", "tls/admin/current/cert.pem"), "--check")
        self.assertEqual(code, 78)
        self.assertIn("one key, one role", said)
        self.assertIn("tls.certificate", said)

    def test_another_federations_trust(self):
        code, said = self.plenaryd(
            lambda text: text.replace("sti.brics.example", "other.example"))
        self.assertNotEqual(code, 0)
        self.assertIn("other.example", said)

    def test_a_store_of_another_member(self):
        store = os.path.join(self.trial.fed, "ru", "store")
        code, said = self.plenaryd(
            lambda text: re.sub(r"(?m)^store = .*$", f'store = "{store}"', text))
        self.assertEqual(code, 1)
        self.assertIn("belongs to member ru, not to br", said)

    def test_a_taken_port(self):
        self.trial.start("ru")
        port = [e for e in self.trial.events("ru") if e["event"] == "started"][-1]["peer_port"]
        try:
            code, said = self.plenaryd(
                lambda text: re.sub(r"(?m)^operator_listen = .*$",
                                    f'operator_listen = "127.0.0.1:{port}"', text))
            self.assertEqual(code, 1)
            self.assertIn(f"expected the free address 127.0.0.1:{port}", said)
        finally:
            self.trial.stop_all()

    def test_a_store_that_is_there_is_not_made_again(self):
        done = subprocess.run([self.trial.program("plenaryd"), "-c", self.trial.config("br"),
                               "--init", "--first"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is there already", done.stderr)

    def test_usage(self):
        for arguments in (["--frist"], ["--first"], ["--check", "--init"]):
            done = subprocess.run([self.trial.program("plenaryd"), *arguments],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 64, done.stderr)
        missing = subprocess.run([self.trial.program("plenaryd"), "-c", "/nowhere/plenaryd.toml"],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(missing.returncode, 78)
        self.assertIn("/nowhere/plenaryd.toml", missing.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
