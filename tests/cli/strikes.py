"""A short bisection under faults: system calls of pybisect that fail, or in
place of which it is killed (faults.c), and what it says and does then."""

import os
import random
import re

from bench import CULPRIT, Case, Shared

# What is said of a call that failed; SQLite and libgit2 have own words.
WORDS = {
    # SQLite does not tell of each file why, and what it cannot open it tries
    # to open once more, to read alone.
    "ENOSPC": r"no space left|disk is full|unable to open|disk I/O error",
    # What SQLite cannot read may be malformed to it.
    "EIO": r"input/output error|disk I/O error|malformed",
    "EACCES": r"permission denied|unable to open|disk I/O error|readonly",
    "EMFILE": r"too many open files|unable to open|disk I/O error",
}
# Of a revision, a pack, a run; names of files under way.
NUMBER = re.compile(r"[0-9a-f]{16,}|\d+|(?<=run-)\w+|(?<=\.tmp-)\w+")
QUESTION = "import os; raise SystemExit(os.environ['TINY_STRICT'] == '1')"


class Struck(Case):
    """Three commits, two of them candidates; each test has its own home."""

    def setUp(self):
        super().setUp()
        self.words = (
            "%s..%s" % (Shared.shas[CULPRIT - 2], Shared.shas[CULPRIT]),
            "--deterministic", "--", "{python}", "-c", QUESTION)

    def anew(self):
        super().anew()
        self.home = os.path.join(self.place, "home")
        self.environment["PYBISECT_HOME"] = self.home

    def struck(self, *words, faults):
        """Runs pybisect with faults; what it did, and the counted calls."""
        log = os.path.join(self.place, "calls")
        before = dict(self.environment)
        self.environment.update(
            LD_PRELOAD=os.environ["PB_FAULTS_LIBRARY"], PB_FAULTS=faults,
            PB_FAULTS_BELOW=self.home, PB_FAULTS_LOG=log)
        done = self.pybisect(*words)
        self.environment = before
        return done, self.lines("calls")

    def calls(self, kind):
        done, calls = self.struck(*self.words, faults=kind + ":0")
        self.assertNames(done, CULPRIT)
        return calls

    def some(self, calls, few):
        """Numbers of calls: some of them. With PB_THOROUGH=1 all, with
        PB_THOROUGH=kinds the first and the last that do the same to the same
        file, whatever its number or digest."""
        thorough = os.environ.get("PB_THOROUGH")
        if thorough == "kinds":
            kinds = [NUMBER.sub("N", call.replace(self.place, ""))
                     for call in calls]
            last = {kind: i for i, kind in enumerate(kinds, 1)}
            first = {kind: i for i, kind in reversed([*enumerate(kinds, 1)])}
            return sorted({*first.values(), *last.values()})
        seed = int(os.environ.get("PB_SEED", random.randrange(10 ** 6)))
        print("PB_SEED=%d" % seed, end=" ", flush=True)
        numbers = range(1, len(calls) + 1)
        if thorough == "1":
            return numbers
        return sorted(random.Random(seed).sample(
            numbers, min(few, len(calls))))

    def go_on(self):
        """Without faults: the end, whatever was done before."""
        status = self.pybisect("status").out
        words = self.words
        if "unfinished" in status:
            words = ("resume",)
        elif "found" in status:
            words = ("report",)
        self.assertNames(self.pybisect(*words), CULPRIT)
        done = self.pybisect("cache", "verify", status=0)
        self.assertIn(" 0 damaged\n", done.out)

    def builds(self):
        return self.lines("tmp/builds").count("make")

    def check_told(self, done, words):
        """It ended in peace, and said why and what to do."""
        self.assertEqual(done.status, 3, str(done))
        self.assertRegex(done.err.lower(), words.lower())
        if "unfinished" in self.pybisect("status").out:
            self.assertIn("go on with: pybisect resume 1\n", done.err)
