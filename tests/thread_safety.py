"""Clang's thread-safety analysis over the folder of threads, without a second full build.

    thread_safety.py BUILD    BUILD holds compile_commands.json

Each file of node/ is only parsed. Exit 1 if any has a finding.
"""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def clang_command(entry):
    """The entry's command for clang, parsing only."""
    words = [word for word in shlex.split(entry["command"]) if not word.endswith("ccache")]
    kept = ["clang++"]
    skip = False
    for word in words[1:]:
        if skip or word in ("-MD", "-c"):
            skip = False
            continue
        if word in ("-o", "-MT", "-MF"):
            skip = True
            continue
        kept.append(word)
    return kept + ["-fsyntax-only", "-Wthread-safety"]


def check(entry):
    done = subprocess.run(clang_command(entry), cwd=entry["directory"], capture_output=True,
                          text=True, check=False)
    return os.path.relpath(entry["file"], ROOT), done.returncode, done.stderr


def main():
    with open(os.path.join(sys.argv[1], "compile_commands.json"), encoding="utf-8") as file:
        entries = [entry for entry in json.load(file)
                   if os.path.relpath(entry["file"], ROOT).startswith("node" + os.sep)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, code, said in pool.map(check, entries):
            if code == 0:
                continue
            failed += 1
            print(f"{name}:\n{said}")
    print(f"{len(entries)} files, {failed} with findings")
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
