"""The README's tour, word for word, as a new user would paste it."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def tour():
    """The indented block of the section "A tour"."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
        section = readme.read().split("## A tour\n")[1].split("\n## ")[0]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    return "\n".join(lines) + "\n"


class Readme(unittest.TestCase):
    def setUp(self):
        # A folder as a clone is, so that relative paths are the README's own.
        self.clone = tempfile.mkdtemp(prefix="plenary-tour-")
        for name in ("build", "examples"):
            os.symlink(os.path.join(ROOT, name), os.path.join(self.clone, name))

    def tearDown(self):
        shutil.rmtree(self.clone)

    def test_the_tour(self):
        # Wrong: a command of the README fails, or does not say what it promises.
        script = "set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + tour() + "wait || true\n"
        self.assertGreaterEqual(len(re.findall(r"(?m)^ *plenary|; do plenary", script)), 13)
        done = subprocess.run(["bash", "-c", script], cwd=self.clone, capture_output=True, text=True,
                              check=False, timeout=200,
                              env={**os.environ, "HOME": self.clone})
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        self.assertIn("members/za/meetings/mm-11", done.stdout)
        self.assertIn("members/br/declarations/doc-bsb", done.stdout)
        self.assertRegex(done.stdout, r"\d+ passed, 0 failed")
        self.assertIn("proven: members/br/declarations/doc-bsb", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
