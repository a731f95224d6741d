"""A bisection that is killed, at every boundary of a step or anywhere else,
and whose power is cut."""

import concurrent.futures
import os
import random
import re
import time

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, main, setUpModule, tearDownModule)
from strikes import Struck

FEW = 6
FEW_STEPS = 3
INSTANTS = 16
ALL_INSTANTS = 200


class Killed(Struck):

    def check_costs(self, kills, builds, runs):
        """Of what was done, each kill cost one step at most."""
        self.assertLessEqual(self.builds(), builds + kills)
        self.assertLessEqual(self.runs(), runs + kills)

    def runs(self):
        return len(self.lines("tmp/runs"))

    def setUp(self):
        super().setUp()
        # Each run is counted, also that of a pybisect that is killed then.
        self.words = self.words[:-1] + (
            "open('../tmp/runs', 'a').write('x\\n'); " + self.words[-1],)

    def test_at_each_call(self):
        calls = self.calls("kill")
        builds, runs = self.builds(), self.runs()
        for number in self.some(calls, FEW):
            with self.subTest(call=number, what=calls[number - 1]):
                self.kill_at(number, builds, runs)

    def test_at_each_step(self):
        # A step ends when SQLite has synced it.
        calls = self.calls("kill")
        builds, runs = self.builds(), self.runs()
        ends = [number for number, call in enumerate(calls, 1)
                if re.match(r"sync .*journal\.sqlite-wal$", call)]
        self.assertGreater(len(ends), 10)
        if os.environ.get("PB_THOROUGH") != "1":
            ends = random.sample(ends, FEW_STEPS)
        for end in ends:
            for number in (end, end + 1):
                with self.subTest(call=number, what=calls[number - 1]):
                    self.kill_at(number, builds, runs)

    def kill_at(self, number, builds, runs):
        self.anew()
        done, _ = self.struck(*self.words, faults="kill:%d" % number)
        # Directories have other numbers of files when times differ.
        if done.status == 0:
            return
        self.assertEqual(done.status, -9, str(done))
        self.go_on()
        self.check_costs(1, builds, runs)

    def test_at_any_instant(self):
        seed = int(os.environ.get("PB_SEED", random.randrange(10 ** 6)))
        print("PB_SEED=%d" % seed, end=" ", flush=True)
        start = time.monotonic()
        self.assertNames(self.pybisect(*self.words), CULPRIT)
        took = time.monotonic() - start
        builds, runs = self.builds(), self.runs()
        thorough = os.environ.get("PB_THOROUGH") == "1"
        left = [ALL_INSTANTS if thorough else INSTANTS]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(self.kill_often, seed + i, left,
                                       took, builds, runs)
                           for i in range(2)]:
                future.result()

    def kill_often(self, seed, left, took, builds, runs):
        instants = random.Random(seed)
        while left[0] > 0:
            one = type(self)()
            one.setUp()
            kills = 0
            words = one.words
            while left[0] > 0:
                process = one.start(*words)
                time.sleep(instants.uniform(0, took))
                if process.poll() is not None:
                    break
                process.kill()
                process.communicate()
                left[0] -= 1
                kills += 1
                status = one.pybisect("status").out
                words = (("resume",) if "unfinished" in status else
                         ("report",) if "found" in status else one.words)
            else:
                process = one.start(*words)
            one.assertNames(one.finish(process), CULPRIT)
            one.go_on()
            one.check_costs(kills, builds, runs)


class PowerCut(Struck):
    """What is on disk follows from the order of writes and syncs."""

    def test_data_is_synced_before_its_name_and_all_before_the_step(self):
        unsynced = set()
        for call in self.calls("kill"):
            what, path = call.split(" ", 1)
            below = os.path.relpath(path, self.home)
            if what in ("write", "truncate"):
                unsynced.add(below)
            elif what == "sync":
                unsynced.discard(below)
            elif what == "rename" and is_kept(below):
                # Its content was written under a temporary name beside it.
                beside = os.path.dirname(below) + "/.tmp-"
                self.assertEqual(
                    [p for p in unsynced if p.startswith(beside)], [], call)
                unsynced.add(os.path.dirname(below))
            if what == "write" and below == "journal.sqlite-wal":
                # What a step tells of is there for good.
                self.assertEqual(
                    [p for p in unsynced if is_kept(p)], [], call)
        self.assertEqual([p for p in unsynced if is_kept(p)], [])


def is_kept(below):
    """Builds are not made again without need; trees and logs may be."""
    return below.startswith(("cache/store/packs", "cache/store/pins",
                             "bisections"))


if __name__ == "__main__":
    main()
