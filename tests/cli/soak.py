"""Several pybisect on one home for a long time, killed at random.

    PYBISECT=.../pybisect python3 soak.py [SECONDS]

Four workers begin bisections, go on with killed ones, run interpreters, and
check and empty the store, on a tiny CPython; half of their processes are
killed with SIGKILL. In the end all that was begun is resumed: each bisection
must name its culprit, and nothing may be damaged. SECONDS is 3600.
"""

import collections
import contextlib
import glob
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, HANG, MERGE, WAVELESS, Case, Shared, setUpModule,
    tearDownModule)

WORKERS = 4
GENERATION = 20  # seconds until everything is to be built again

# What a command is bad at, from the first commit on that has it.
QUESTIONS = {
    CULPRIT: "os.environ['TINY_STRICT'] == '1'",
    WAVELESS: "not hasattr(tinymod, 'wave')",
    MERGE: "os.environ['TINY_SIDE'] == '1'",
    HANG: "os.environ['TINY_HANG'] == '1'",
}
COMMAND = "import os, tinymod; raise SystemExit(%s)  # %d.%d"


class Soak:
    """One run of it, on the home of a Case."""

    def __init__(self, case, seconds, seed):
        self.case = case
        self.end = time.monotonic() + seconds
        self.start = time.monotonic()
        self.seed = seed
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.faults = []

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def blame(self, words, done, kill):
        text = "%s (%s)\n%s" % (
            " ".join(words), "killed later" if kill else "not killed", done)
        with self.lock:
            self.faults.append(text)
        print(text, flush=True)

    def run(self):
        together(self.work, range(WORKERS))
        left = unfinished(self.case)
        together(self.finish, [left[i::WORKERS] for i in range(WORKERS)])

    def work(self, number):
        choices = random.Random(self.seed * WORKERS + number)
        actions = [self.begin] * 5 + [self.resume] * 4 + [
            self.execute] * 2 + [self.verify, self.collect]
        made = 0
        while time.monotonic() < self.end and not self.faults:
            made += 1
            choices.choice(actions)(choices, "%d.%d" % (number, made))

    def call(self, choices, words, accepted):
        """True when it ran to its end; `accepted(done)`: as it should."""
        kill = choices.random() < 0.5
        process = self.case.start(*words)
        if kill:
            try:
                process.communicate(timeout=choices.uniform(0.02, 2))
            except subprocess.TimeoutExpired:
                process.kill()
        done = self.case.finish(process)
        self.count(words[0] if words[0] in ("resume", "exec", "cache")
                   else "bisect")
        if done.status == -9:
            self.count("killed")
            return
        if not accepted(done):
            self.blame(words, done, kill)

    def begin(self, choices, name):
        culprit = choices.choice(sorted(QUESTIONS))
        generation = int((time.monotonic() - self.start) / GENERATION)
        worker, made = map(int, name.split("."))
        self.call(choices, [
            "v9.1.0..main", "--configure-arg", "--generation=%d" % generation,
            "--", "{python}", "-c",
            COMMAND % (QUESTIONS[culprit], worker, made)],
            lambda done: names(done, culprit))

    def resume(self, choices, _):
        ids = unfinished(self.case)
        if not ids:
            return
        one = choices.choice(ids)
        culprit = expected(self.case, one)
        self.call(choices, ["resume", str(one)],
                  lambda done: names(done, culprit) or
                  "is running in another process" in done.err or
                  "is finished" in done.err)

    def execute(self, choices, _):
        number = choices.choice([10, 12, 14, 20, 23, CULPRIT, 30, 39])
        strict = "1" if number >= CULPRIT else "0"
        self.call(choices, [
            "exec", Shared.shas[number], "--", "{python}", "-c",
            "import os; print(os.environ['TINY_STRICT'])"],
            lambda done: done.status == 0 and done.out.strip() == strict)

    def verify(self, choices, _):
        words = ["cache", "verify"] + ["--repair"] * choices.randrange(2)
        self.call(choices, words, lambda done: done.status == 0)

    def collect(self, choices, _):
        self.call(choices, ["cache", "gc", "--max-size", "40k"],
                  lambda done: done.status == 0)

    def finish(self, left):
        for one in left:
            done = self.case.pybisect("resume", str(one))
            if not names(done, expected(self.case, one)):
                self.blame(["resume", str(one)], done, False)


def together(function, arguments):
    threads = [threading.Thread(target=function, args=(argument,))
               for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def names(done, culprit):
    return done.status == 0 and re.findall(
        r"(?m)^Found: (\w+)", done.out) == [Shared.shas[culprit][:10]]


def ask_journal(case, sql, values=()):
    with contextlib.closing(sqlite3.connect(
            os.path.join(case.place, "home/journal.sqlite"),
            timeout=60)) as journal:
        return journal.execute(sql, values).fetchall()


def unfinished(case):
    if not os.path.exists(case.place + "/home/journal.sqlite"):
        return []
    try:
        rows = ask_journal(
            case, "SELECT id FROM bisections WHERE status = 'running'")
        return [one for one, in rows]
    except sqlite3.OperationalError:
        return []  # not yet one


def expected(case, one):
    (plan,), = ask_journal(
        case, "SELECT plan FROM bisections WHERE id = ?", (one,))
    return next(culprit for culprit, question in QUESTIONS.items()
                if question in json.dumps(json.loads(plan)))


class Together(Case):

    def setUp(self):
        super().setUp()
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            del self.environment[name]
        self.environment["PYBISECT_HOME"] = self.place + "/home"

    def test_processes_that_are_killed_harm_nobody(self):
        seconds = float(os.environ.get("PB_SOAK_SECONDS", 3600))
        seed = int(os.environ.get("PB_SEED", random.randrange(10 ** 6)))
        print("PB_SEED=%d" % seed, end=" ", flush=True)
        soak = Soak(self, seconds, seed)
        soak.run()
        print(dict(soak.counts), end=" ", flush=True)
        self.assertEqual(soak.faults, [])
        self.assertEqual(unfinished(self), [])
        done = self.pybisect("cache", "verify", status=0)
        self.assertIn(" 0 damaged\n", done.out)
        self.assertEqual(ask_journal(self, "PRAGMA integrity_check"),
                         [("ok",)])
        # What killed processes left does not pile up.
        self.pybisect("try", "main", ".")
        for left in ("runs/run-*", "trees/0/.tmp-*"):
            self.assertEqual(glob.glob(self.place + "/home/cache/" + left), [])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ["PB_SOAK_SECONDS"] = sys.argv.pop(1)
    unittest.main(verbosity=2)
