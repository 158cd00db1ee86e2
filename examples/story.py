"""How the demo talks: numbered steps, commands that can be pasted, results that were really seen."""

import shlex
import sys
import time


class Story:
    def __init__(self, home):
        self.home = home
        self.step_number = 0
        self.began = time.monotonic()

    def short(self, text):
        """Paths below the demo's folder, as a reader would type them."""
        return text.replace(self.home + "/", "$DIR/")

    def step(self, title, why):
        self.step_number += 1
        print(f"\n[{self.step_number}/10] {title}   ({time.monotonic() - self.began:.0f} s)")
        for line in why.splitlines():
            print(f"        {line}")

    def command(self, words, note=""):
        print("    $ " + self.short(" ".join(shlex.quote(w) for w in words)) + note)

    def result(self, text, limit=40):
        lines = text.rstrip("\n").splitlines()
        for line in lines[:limit]:
            print("      " + self.short(line))
        if len(lines) > limit:
            print(f"      … {len(lines) - limit} more lines")

    def say(self, text):
        print("    " + self.short(text))
        sys.stdout.flush()

    def holds(self, what, true):
        """One thing that the step promises: printed, and the end of the demo if it does not hold."""
        print(f"    {'ok' if true else 'NOT TRUE'}: {self.short(what)}")
        sys.stdout.flush()
        if not true:
            raise AssertionError(what)


def table(rows, heads):
    """Text columns, aligned."""
    rows = [heads] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)
