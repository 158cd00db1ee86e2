"""A real node's log, exported, served by a plain web server, audited by software that is not ours."""

import functools
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import unittest

from cryptography.hazmat.primitives import serialization

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples"))
import tile_client  # noqa: E402
import trial  # noqa: E402

MEMBERS = ["br", "ru", "in"]
ORIGIN = "sti.brics.example/br/1"
# Enough for a full tile, one of the next level, and a rest.
COMMITS = 300


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="plenary-audit-")
        cls.trial = trial.Trial(folder, MEMBERS)
        cls.trial.found()
        for member in MEMBERS:
            cls.trial.init_store(member)
            cls.trial.start(member)
        for member in MEMBERS:
            cls.trial.wait_event(member, event="ready")
        cls.enter([cls.row(f"M-{i}") for i in range(COMMITS)])
        cls.tiles = os.path.join(folder, "tiles")
        handler = functools.partial(Quiet, directory=cls.tiles)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.shutdown()
            cls.server.server_close()
            cls.trial.stop_all()
        finally:
            shutil.rmtree(cls.trial.folder)

    @staticmethod
    def row(name):
        data = os.path.join(os.path.dirname(trial.__file__), "brics-sti", "meetings.json")
        with open(data, encoding="utf-8") as file:
            return {**json.load(file)[0], "id": name, "title": f"Meeting {name}"}

    @classmethod
    def enter(cls, rows):
        """One commit for each row, for everyone, all of them final."""
        path = os.path.join(cls.trial.folder, "meetings.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(rows, file)
        cls.trial.plenary("br", "import", path, "--owner", "br", "--commit-size", "1",
                          "--audience", "public", "--wait", "final")

    def export(self, *more, node="br", expect=0):
        return self.trial.plenary(node, "log", "export", "--tiles", self.tiles, *more,
                                  expect=expect)

    def log(self):
        with open(os.path.join(self.trial.fed, "br", "keys", "log-1.pem"), "rb") as pem:
            key = serialization.load_pem_private_key(pem.read(), None).public_key()
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        port = self.server.server_address[1]
        return tile_client.Log(f"http://127.0.0.1:{port}/{ORIGIN}", ORIGIN, raw)

    def audit(self):
        """The exit code of an audit of the folder, and what it says."""
        genesis = self.trial.json("br", "node", "status")["genesis"]
        done = trial.Trial.run_any([trial.Trial.program("plenary"), "log", "audit", "--folder",
                                    self.tiles, "--roster-digest", genesis, "--output", "json"])
        return done.returncode, json.loads(done.stdout)

    def file(self, name):
        return os.path.join(self.tiles, ORIGIN, name)

    def test_1_a_stranger_recomputes_the_log(self):
        # Wrong: software written from the specifications gets another root, or no log at all.
        self.export()
        size, root, entries = self.log().audit()
        self.assertGreaterEqual(size, COMMITS)
        self.assertEqual(len(entries), size)
        shown = self.trial.json("ru", "log", "show", "br/1")
        self.assertEqual(shown["final_checkpoint"]["size"], size)
        self.assertEqual(shown["final_checkpoint"]["root"], root.hex())
        code, audited = self.audit()
        self.assertEqual((code, audited["verdict"]), (0, "proven"))
        log = next(row for row in audited["logs"] if row["log"] == ORIGIN)
        self.assertEqual((log["size"], log["root"]), (size, root.hex()))
        self.assertEqual(log["present"], log["records"])

    def test_2_the_log_only_grows(self):
        # Wrong: a second export shows another beginning, or reads everything again.
        self.export()
        before, _, entries = self.log().audit()
        kept = os.stat(self.file("tile/0/000")).st_ino
        self.enter([self.row("LATER")])
        self.export()
        after, _, more = self.log().audit()
        self.assertEqual(after, before + 1)
        self.assertEqual(more[:before], entries)
        self.assertEqual(os.stat(self.file("tile/0/000")).st_ino, kept)
        # Any node's copy is the same log.
        said = json.loads(self.export("--output", "json", "br/1", node="in"))
        self.assertEqual(said["logs"][0]["before"], after)
        self.assertEqual(self.log().audit()[0], after)

    def test_3_both_notice_a_changed_byte(self):
        # Wrong: whoever serves the files can change what they say.
        self.export()
        for name, at in (("tile/0/000", 100), ("tile/entries/000", 100), ("checkpoint", 30),
                         ("tile/1/000.p/1", 5)):
            with open(self.file(name), "r+b") as file:
                file.seek(at)
                byte = file.read(1)
                file.seek(at)
                file.write(bytes([byte[0] ^ 1]))
            try:
                with self.assertRaises((tile_client.Bad, ValueError), msg=name):
                    self.log().audit()
                self.assertEqual(self.audit()[0], 1, name)
            finally:
                with open(self.file(name), "r+b") as file:
                    file.seek(at)
                    file.write(byte)
        self.assertEqual(self.audit()[0], 0)

    def test_4_the_node_itself_is_audited(self):
        said = self.trial.json("br", "log", "audit", "--all")
        self.assertEqual(said["verdict"], "proven")
        self.assertEqual(len(said["logs"]), len(MEMBERS))


if __name__ == "__main__":
    unittest.main(verbosity=2)
