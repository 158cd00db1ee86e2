"""docs/verify.py against vectors, a federation made here, and damage of every kind.

    verify_py_test.py [--plenary PROGRAM] [TEST...]

With the program plenary, its exit code must agree on every file that verify.py is given.
"""

import base64
import contextlib
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(TESTS)
VECTORS = os.path.join(TESTS, "vectors", "data")
PROGRAM = os.path.join(ROOT, "docs", "verify.py")
PLENARY = None
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(ROOT, "docs"), os.path.join(TESTS, "support")]
import proof_cases  # noqa: E402
import verify  # noqa: E402

WORDS = {0: "proven", 1: "disproved", 2: "not anchored", 3: "unreadable"}


def cases(name):
    with open(os.path.join(VECTORS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)["cases"]


def proof(name):
    """A proof file of the vectors, and the digest pinned."""
    case = next(case for case in cases("plenary/proofs") if case["name"] == name)
    return base64.b64decode(case["proof_b64"]), case["roster_digest_hex"]


class Judging(unittest.TestCase):
    """Runs verify.py, and plenary beside it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="plenary-verify-")
        cls.path = os.path.join(cls.folder.name, "a.plenary-proof")
        cls.environment = {**os.environ, "HOME": cls.folder.name, "XDG_CONFIG_HOME": ""}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def process(self, *words):
        done = subprocess.run([sys.executable, "-B", PROGRAM, *words], capture_output=True,
                              text=True, check=False, timeout=120, env=self.environment)
        return done.returncode, done.stdout, done.stderr

    def inside(self, *words):
        """The same in this process: much faster."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = verify.main(list(words))
        return code, out.getvalue(), err.getvalue()

    def judge(self, data, digest="", run=None):
        """Exit code and report, which have the form that they must have; plenary agrees."""
        with open(self.path, "wb") as file:
            file.write(data)
        words = [self.path] + (["--roster-digest", digest] if digest else [])
        code, out, err = (run or self.inside)(*words)
        self.check_form(code, out, err)
        self.check_plenary(code, words)
        return code, out

    def check_form(self, code, out, err):
        self.assertIn(code, (0, 1, 2, 3, 64), out + err)
        said = err if code == 64 else out
        self.assertEqual((out if code == 64 else err), "")
        self.assertTrue(said.isascii() and said.endswith("\n"), said)
        self.assertTrue(said.startswith(WORDS.get(code, "verify.py") + ": "), said)
        if code in (1, 3, 64):
            self.assertEqual(said.count("\n"), 1, said)

    def check_plenary(self, code, words):
        if PLENARY is None:
            return
        done = subprocess.run([PLENARY, "verify", *words], capture_output=True, check=False,
                              timeout=60, env=self.environment, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)


class Vectors(Judging):
    """Proof files of the vectors; each format by itself."""

    def test_proof_files(self):
        # Wrong: a verdict that others do not reach.
        for case in cases("plenary/proofs"):
            with self.subTest(case["name"]):
                code, out = self.judge(base64.b64decode(case["proof_b64"]),
                                       case["roster_digest_hex"], self.process)
                self.assertEqual(code, case["exit"], out)

    def each(self, name, read, *, skip=lambda case: False):
        for case in cases(name):
            if skip(case):
                continue
            with self.subTest(name + ": " + case.get("name", "")):
                try:
                    read(case)
                    verdict = "accept"
                except verify.Refused as refused:
                    verdict, why = "reject", str(refused)
                    self.assertNotEqual(why, "")
                self.assertEqual(verdict, case["expect"])

    def test_names(self):
        read = {"federation": lambda text: verify.need(verify.is_a("federation", text), "no"),
                "member": lambda text: verify.need(verify.is_a("member", text), "no"),
                "node": lambda text: verify.need(verify.is_a("label", text), "no"),
                "operator": lambda text: verify.need(verify.is_a("label", text), "no"),
                "origin": verify.read_origin, "record": verify.read_record_name}
        self.each("plenary/names", lambda case: read[case["thing"]](case["text"]),
                  skip=lambda case: case["thing"] not in read)

    def test_keys_and_signatures(self):
        self.each("plenary/keys", lambda case: verify.need(verify.may_be_enrolled(
            case["algorithm"], bytes.fromhex(case["spki_hex"])), "no"))
        self.each("plenary/signatures", lambda case: verify.need(verify.verifies(
            case["algorithm"], bytes.fromhex(case["spki_hex"]),
            base64.b64decode(case["message_b64"]), bytes.fromhex(case["signature_hex"])), "no"))

        def possession(case):
            key = types.SimpleNamespace(algorithm=case["algorithm"],
                                        spki=bytes.fromhex(case["spki_hex"]))
            text = verify.possession_text(bytes.fromhex(case["genesis_hex"]), case["member"],
                                          case["role"], case["epoch"], key)
            verify.need(verify.verifies(key.algorithm, key.spki, text,
                                        base64.b64decode(case["possession_b64"])), "no")
        self.each("plenary/possession", possession)

    def test_others_ed25519_signatures(self):
        with open(os.path.join(VECTORS, "ed25519", "wycheproof_ed25519_test.json"),
                  encoding="utf-8") as file:
            groups = json.load(file)["testGroups"]
        for group in groups:
            spki = bytes.fromhex(group["publicKeyDer"])
            for test in group["tests"]:
                with self.subTest(test["tcId"]):
                    self.assertEqual(verify.verifies(1, spki, bytes.fromhex(test["msg"]),
                                                     bytes.fromhex(test["sig"])),
                                     test["result"] == "valid")

    def test_scan_and_envelopes(self):
        def scanned(case):
            message = verify.scan(case["message"], base64.b64decode(case["payload_b64"]))
            verify.need(case["message"] == "Record" or not message.unknown, "unknown")
            self.assertEqual(not message.unknown, case.get("understood", True))
        self.each("plenary/scan", scanned)

        def opened(case):
            data = base64.b64decode(case["envelope_b64"])
            payload, at = verify.read_field(data, 0, 0x0A)
            if payload:
                verify.open_envelope(data, case["payload_kind"].capitalize(), len(data))
            self.assertEqual(verify.sha256(payload).hex(), case["payload_sha256_hex"])
            self.assertEqual(data.count(b"\x1a\x42\x0a\x40", at), case["signatures"])
        self.each("plenary/envelopes", opened)

    def test_trees_and_notes(self):
        def included(case):
            path = [base64.b64decode(part) for part in case["proof"] or []]
            verify.need(case["leafIdx"] < case["treeSize"], "beyond")
            leaf_hash, verify_sha = base64.b64decode(case["leafHash"]), verify.sha256
            try:  # the vectors give the hash of a leaf, not the leaf
                verify.sha256 = lambda data: leaf_hash if data == b"\0?" else verify_sha(data)
                root = verify.root_by_inclusion(case["leafIdx"], case["treeSize"], b"?", path)
            finally:
                verify.sha256 = verify_sha
            verify.need(root == base64.b64decode(case["root"]), "another root")
        self.each("merkle/inclusion_probes", included,
                  skip=lambda case: len(base64.b64decode(case["leafHash"])) != 32)

        def cosigned(case):
            point = verify.read_checkpoint(base64.b64decode(case["note_b64"]))
            keys = {(c["name"], verify.key_id(c["name"], 4, bytes.fromhex(c["spki_hex"]))):
                    (c["member"], bytes.fromhex(c["spki_hex"])) for c in case["cosigners"]}
            times = verify.check_lines(point, bytes.fromhex(case["log_spki_hex"]), keys)
            self.assertEqual((point.origin, point.size, point.root.hex(), times),
                             (case["origin"], int(case["size"]), case["root_hex"], case["times"]))
        self.each("plenary/checkpoints", cosigned)

    def test_rosters_and_cards(self):
        def rosters(case):
            return verify.read_rosters([base64.b64decode(each) for each in case["rosters_b64"]])

        def digests(case):
            self.assertEqual([roster.digest.hex() for roster in rosters(case)], case["digests_hex"])
        self.each("plenary/rosters", digests)

        def cards(case):
            chain = rosters(case)
            read = [verify.read_card(base64.b64decode(each), chain[0].digest)
                    for each in case["cards_b64"]]
            verify.need(read[0].version == 1, "not from version 1")
            for before, card in zip(read, read[1:]):
                verify.check_card_succession(card, before)
            for card in read:
                verify.check_card(card, chain[-1], {(c.member, c.version): c for c in read})
            self.assertEqual([card.digest.hex() for card in read], case["digests_hex"])
        self.each("plenary/cards", cards)

        def quorum(case):
            roster = types.SimpleNamespace(full=[str(i) for i in range(case["peers"])], quorum=0)
            self.assertEqual(verify.quorum(roster, "br")[1:], (case["faulty"], case["quorum"]))
        self.each("plenary/quorum", quorum)

    def test_manifests_and_records(self):
        self.each("plenary/manifests", lambda case: verify.check_manifest(
            verify.read_leaf(base64.b64decode(case["leaf_b64"]))))

        def record(case):
            read = verify.read_record(base64.b64decode(case["record_b64"]))
            verify.check_record(read)
            self.assertEqual((read.understood, read.name),
                             (case["understood"], case["record_name"]))
        self.each("plenary/records", record)

    def test_the_table_of_messages_is_that_of_the_protos(self):
        # Wrong: a field that was added to a proto and not here, or is of another type.
        kinds, folder = {}, os.path.join(ROOT, "proto", "plenary", "v1")
        enums = set()
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = re.sub(r"//.*", "", file.read())
            enums |= set(re.findall(r"enum (\w+) {", text))
            for kind, body in re.findall(
                    r"message (\w+) \{((?:[^{}]|oneof \w+ \{[^{}]*\})*)\}", text):
                kinds[kind] = {int(number): (of.split(".")[-1], bool(repeated)) for
                               repeated, of, number in re.findall(
                                   r"(repeated )?(?:optional )?([\w.]+) \w+ = (\d+)[ ;]", body)}
        for kind, fields in verify.MESSAGES.items():
            if kind == "Timestamp":
                continue
            with self.subTest(kind):
                here = {number: (of, repeated) for number, (_, of, repeated) in fields.items()}
                there = {number: ("int32" if of in enums else of, repeated)
                         for number, (of, repeated) in kinds[kind].items()}
                if kind == "Record":
                    bodies = dict(enumerate(verify.BODIES.values(), start=16))
                    here = {number: (bodies[number] if of == "body" else of, repeated)
                            for number, (of, repeated) in here.items()}
                self.assertEqual(here, there)


class MadeHere(Judging):
    def test_verdicts(self):
        # Wrong: a rule of docs/FORMATS.md that verify.py lacks or has beyond the text.
        for name, expected, data, genesis, words in proof_cases.cases():
            with self.subTest(name):
                code, out = self.judge(data, genesis)
                self.assertEqual(code, expected, out)
                self.assertIn(words, out)
                self.assertEqual(self.judge(data)[0], expected or 2)


class Damage(Judging):
    """Files that are not what they were."""

    def meaning(self, report):
        """What a report claims, without what is not relied on; who holds it apart."""
        holders = set(re.search(r"peers \((.*)\)", report).group(1).split(", "))
        claims = [line for line in report.splitlines()
                  if not re.match(r"  (note|held by|time) ", line)]
        return claims, holders

    def check_flips(self, name, stride, run=None):
        data, digest = proof(name)
        code, whole = self.judge(data, digest)
        self.assertEqual(code, 0)
        claims, holders = self.meaning(whole)
        for at in range(0, len(data), stride):
            bit = 1 << at // stride % 8
            flipped = data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]
            with self.subTest(f"{name}: byte {at}, bit {bit}"):
                code, out = self.judge(flipped, digest, run)
                self.assertIn(code, (0, 1, 3))
                if code == 0:
                    self.assertEqual(self.meaning(out)[0], claims)
                    self.assertLessEqual(self.meaning(out)[1], holders)

    def test_flipped_bits(self):
        # Wrong: a proof of something else, or a traceback.
        self.check_flips("a quorum of three peers", 13)
        self.check_flips("four peers cosigned", 31)
        self.check_flips("two rosters, each step shown, version 1 pinned", 31)
        self.check_flips("a section of an unknown type, and a timestamp", 61)

    def test_flipped_bits_as_a_process(self):
        self.check_flips("a P-256 author", 401, self.process)

    def test_no_flip_goes_unseen_where_all_is_needed(self):
        data, digest = proof("a quorum of three peers")
        for at in range(2, len(data), 17):
            with self.subTest(at):
                flipped = data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1:]
                self.assertIn(self.judge(flipped, digest)[0], (1, 3))

    def test_truncations(self):
        for name, stride in (("a quorum of three peers", 41),
                             ("two rosters, each step shown, version 1 pinned", 151)):
            data, digest = proof(name)
            for length in range(0, len(data), stride):
                with self.subTest(f"{name}: {length} bytes"):
                    self.assertIn(self.judge(data[:length], digest)[0], (1, 3))

    def test_what_is_no_proof_file(self):
        chance = random.Random(20)
        head = b"plenary-proof/v1\n"
        for data in [b"", b"\n", b"\xff" * 100, chance.randbytes(5000), head,
                     head + chance.randbytes(5000), head + b"\0" * 5000,
                     head + b"\1\0\0\0\0\2\0\0\0\0\3\0\0\0\0\4\0\0\0\0"]:
            with self.subTest(data[:40]):
                self.assertEqual(self.judge(data, "0" * 64, self.process)[0], 3)
        hollow = head + b"".join(bytes([kind]) + b"\0\0\0\0" for kind in range(1, 8))
        self.assertEqual(self.judge(hollow, "0" * 64)[0], 3)
        self.assertEqual(self.judge(hollow[:-5], "0" * 64)[0], 1)
        for chunk in range(50):  # random contents of sections that frame right
            parts = [bytes([kind]) + (64).to_bytes(4, "big") + chance.randbytes(64)
                     for kind in (1, 2, 3, 4, 5)]
            with self.subTest(chunk):
                self.assertEqual(self.judge(head + b"".join(parts), "0" * 64)[0], 1)

    def test_a_file_above_the_limit(self):
        data, digest = proof("a quorum of three peers")
        room = verify.MAX_FILE - len(data) - 5
        filler = b"\xc8" + room.to_bytes(4, "big") + bytes(room)
        self.assertEqual(self.judge(data + filler, digest)[0], 0)
        self.assertEqual(self.judge(data + filler + b"\0", digest)[0], 3)

    def test_usage(self):
        data, digest = proof("a quorum of three peers")
        self.judge(data, digest)
        missing = os.path.join(self.folder.name, "missing")
        for words in ([], [self.folder.name], [missing], [self.path, "--roster-digest"],
                      [self.path, "--roster-digest", digest[1:]], [self.path, "--other"],
                      [self.path, self.path], [self.path, "--roster-digest", ""],
                      [self.path, "--roster-digest", "g" * 64]):
            with self.subTest(words):
                code, out, err = self.process(*words)
                self.check_form(code, out, err)
                self.assertEqual(code, 64)
                self.check_plenary(64, words)
        spaced = ":".join(digest[i:i + 2].upper() for i in range(0, 64, 2))
        self.assertEqual(self.process(self.path, "--roster-digest", spaced)[0], 0)
        self.assertEqual(self.process(self.path, "--roster", digest)[0], 0)
        with mock.patch.object(verify, "verifies", lambda *_: True):
            code, _, err = self.inside(self.path)
        self.assertEqual((code, "cryptography" in err), (64, True))
        code, out, _ = self.process("--help")
        self.assertEqual(code, 0)
        self.assertIn("64  bad usage", out)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plenary"]:
        PLENARY = sys.argv[2]
        del sys.argv[1:3]
    unittest.main()
