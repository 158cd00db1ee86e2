"""Five members adopt a text at their own nodes, by a clerk's ordinary commands; a sixth node, an
observer's, which has written nothing, finds out by itself."""

import json
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples"))
import trial  # noqa: E402

MEMBERS = ["br", "ru", "in", "cn", "za"]
OBSERVER = "eg"
TEXT = "members/br/declarations/plan-2026"


class Adoption(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="plenary-adoption-")
        cls.trial = trial.Trial(folder, MEMBERS + [OBSERVER], dial_only=["za", OBSERVER],
                                observers=[OBSERVER])
        cls.trial.found()
        for member in cls.trial.members:
            cls.trial.init_store(member)
        for member in cls.trial.members:
            cls.trial.start(member)
        for member in cls.trial.members:
            cls.trial.wait_event(member, event="ready")

    @classmethod
    def tearDownClass(cls):
        try:
            cls.trial.stop_all()
        finally:
            shutil.rmtree(cls.trial.folder)

    def put(self, member, record):
        """Enters a record for everyone at the member's own node, and waits until it is final."""
        said = self.trial.plenary(member, "record", "put", "-", "--audience", "public", "--wait",
                                  "final", "--timeout", "60", stdin=json.dumps(record))
        self.assertIn("final", said)

    def table(self, name, endorsers, **fields):
        self.put("br", {"name": name, "declaration": {
            "type": "work_plan", "title": "Work plan 2026", "status": "tabled",
            "reported_status": "published", "endorsers": endorsers,
            "texts": [{"language": "en", "text": "We will."}], **fields}})

    def endorse(self, member, text, position="endorsed"):
        """What a clerk of the member does: looks the text up at home, and endorses its digest."""
        shown = self.shown(member, text)
        self.put(member, {"name": f"members/{member}/endorsements/{text.rsplit('/', 1)[1]}",
                          "endorsement": {"position": position, "text": {
                              "name": shown["name"], "digest": shown["digest"]}}})

    def shown(self, member, text):
        """The text at that member's node, once it is there."""

        def find():
            done = self.trial.run_any(self.trial.command(member, "declaration", "get", text,
                                                         "--output", "json"))
            return json.loads(done.stdout)["record"] if done.returncode == 0 else None

        return trial.wait_until(find, f"{text} at {member}")

    def wait_adoption(self, member, text, state):
        def find():
            adoption = self.shown(member, text)["adoption"]
            return adoption if adoption["state"] == state else None

        return trial.wait_until(find, f"{text} at {member} to show {state}")

    def test_a_text_is_adopted_when_the_last_member_has_endorsed_it(self):
        # Wrong: a text counts as adopted before all have agreed, or never; or only where it was
        # entered.
        self.table(TEXT, MEMBERS)
        for member in ("in", "ru"):
            self.endorse(member, TEXT)
        for member in (OBSERVER, "cn", "br"):
            adoption = self.wait_adoption(member, TEXT, "2 of 5 endorsed")
            self.assertEqual(adoption["demanded"], sorted(MEMBERS))
            self.assertEqual(adoption["not_endorsed"], ["br", "cn", "za"])
            self.assertFalse(adoption["adopted"])
        for member in ("za", "cn", "br"):
            self.endorse(member, TEXT)
        for member in [OBSERVER] + MEMBERS:
            adoption = self.wait_adoption(member, TEXT, "adopted")
            self.assertEqual(sorted(adoption["endorsed"]), sorted(MEMBERS))
        listed = self.trial.plenary(OBSERVER, "declaration", "list", "--type", "work_plan")
        self.assertRegex(listed, rf"{TEXT} .*published.* adopted")

        # Wrong: changing one's mind, or the text, takes back what was agreed.
        self.put("ru", {"name": "members/ru/endorsements/plan-2026", "endorsement": {
            "position": "objected", "text": {"name": TEXT,
                                             "digest": self.shown("ru", TEXT)["digest"]}}})
        self.table(TEXT, MEMBERS, title="Work plan 2026, corrected")
        self.wait_adoption(OBSERVER, TEXT, "0 of 5 endorsed")
        history = self.trial.json(OBSERVER, "declaration", "history", TEXT)["revisions"]
        self.assertEqual([(r["revision"], r["adoption"]) for r in history],
                         [(2, "0 of 5 endorsed"), (1, "adopted")])
        self.trial.stop("in")
        self.trial.run([self.trial.program("plenaryd"), "-c", self.trial.config("in"),
                        "--rebuild-view"])
        begin = os.path.getsize(self.trial.log("in"))
        self.trial.start("in")
        self.trial.wait_event("in", begin, event="ready")
        rebuilt = self.trial.json("in", "declaration", "history", TEXT)["revisions"]
        self.assertEqual([r["adoption"] for r in rebuilt], ["0 of 5 endorsed", "adopted"])

    def test_a_text_of_the_wrong_endorsers_cannot_be_adopted(self):
        # Wrong: whoever tables a text chooses who has to agree to it.
        text = "members/br/declarations/of-two"
        self.table(text, ["br", "in"])
        for member in ("br", "in"):
            self.endorse(member, text)
        adoption = self.wait_adoption("cn", text, "cannot be adopted")
        self.assertIn("expected br,cn,in,ru,za, whom roster 1 demands", adoption["obstacle"])

    def test_history_claims_nothing(self):
        text = "members/br/declarations/old"
        self.put("br", {"name": text, "declaration": {"type": "declaration", "title": "Old",
                                                      "reported_status": "adopted"}})
        shown = self.shown("za", text)
        self.assertNotIn("adoption", shown)
        self.assertEqual(shown["record"]["declaration"]["reported_status"], "adopted")


if __name__ == "__main__":
    unittest.main(verbosity=2)
