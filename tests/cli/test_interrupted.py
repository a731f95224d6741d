"""Bisections that are killed, interrupted, damaged, or not alone."""

import glob
import os
import random
import re
import signal
import time

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, Case, Shared, main, processes_below, setUpModule,
    tearDownModule, wait_for)

# How long a run took has no part in what is chosen.
JOB = (".", "v9.1.0..main", "--match", "ValueError", "--by", "runs")
KILLS = 15


class Killed(Case):

    def setUp(self):
        super().setUp()
        self.own_cache()

    def counts(self):
        return (len(self.lines("marks/runs")),
                self.lines("tmp/builds").count("make"))

    def test_whenever_it_is_killed_it_ends_at_the_same_culprit(self):
        seed = int(os.environ.get("PB_SEED", random.randrange(10 ** 6)))
        print("PB_SEED=%d" % seed, end=" ", flush=True)
        instants = random.Random(seed)
        kills = 0
        self.assertNames(self.pybisect(*JOB), CULPRIT)
        runs, builds = self.counts()
        while kills < KILLS:
            self.anew()
            self.own_cache()
            killed_here = 0
            words = JOB
            while kills < KILLS:
                process = self.start(*words)
                time.sleep(instants.uniform(0.05, 1.5))
                if process.poll() is not None:
                    break
                process.kill()
                process.communicate()
                kills += 1
                killed_here += 1
                status = self.pybisect("status", status=0).out
                if "unfinished" in status:
                    words = ("resume",)
                elif "found" in status:
                    words = ("report",)
            else:
                process = self.start(*words)
            self.assertNames(self.finish(process), CULPRIT)
            # Of what was done, each kill cost one step at most.
            self.assertLessEqual(self.counts()[0], runs + killed_here)
            self.assertLessEqual(self.counts()[1], builds + killed_here)
            self.assertIn("found", self.pybisect("status").out)

    def test_a_sigint_while_testing_stops_and_leaves_no_child(self):
        self.write("marks/slow", "")
        process = self.start(*JOB)
        wait_for(lambda: os.path.exists(self.marks + "/testing"))
        process.send_signal(signal.SIGINT)
        done = self.finish(process)
        self.assertEqual(done.status, 130, str(done))
        self.assertTrue(done.err.endswith(
            "nothing is lost; go on with: pybisect resume 1\n"), done.err)
        self.assertEqual(processes_below(self.place), [])
        os.unlink(self.marks + "/slow")
        self.assertIn("unfinished", self.pybisect("status").out)
        done = self.pybisect("report", "1", status=2)
        self.assertIn("bisection 1 is not finished", done.err)
        resumed = self.pybisect("resume")
        self.assertNames(resumed, CULPRIT)
        # The build was made before.
        self.assertRegex(resumed.err, r"\[1\] .*: build out of the store; ")
        self.pybisect("resume", status=2)

    def test_a_sigint_while_building_stops_and_leaves_no_child(self):
        self.write("tmp/slow", "60")
        process = self.start(*JOB)
        wait_for(lambda: os.path.exists(self.temporary + "/building"))
        process.send_signal(signal.SIGINT)
        done = self.finish(process)
        self.assertEqual(done.status, 130, str(done))
        self.assertTrue(done.err.endswith("pybisect resume 1\n"), done.err)
        self.assertEqual(processes_below(self.place), [])
        os.unlink(self.temporary + "/slow")
        self.assertNames(self.pybisect("resume", "1"), CULPRIT)

    def test_a_resumed_bisection_keeps_to_the_project_it_began_with(self):
        self.write("tmp/slow", "60")
        process = self.start(*JOB)
        wait_for(lambda: os.path.exists(self.temporary + "/building"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process).status, 130)
        os.unlink(self.temporary + "/slow")
        self.write("project/tests/test_tiny.py", "no python\n")
        self.assertNames(self.pybisect("resume"), CULPRIT)


class NotAlone(Case):

    def test_two_bisections_at_once_are_both_right(self):
        self.own_cache()
        first = self.start(*JOB)
        second = self.start(*JOB)
        self.assertNames(self.finish(first), CULPRIT)
        self.assertNames(self.finish(second), CULPRIT)
        self.assertEqual(self.pybisect("status").out.count("found"), 2)
        stats = self.pybisect("cache", "stats").out
        builds, failures = map(int, re.search(
            r"(\d+) builds, (\d+) failures", stats).groups())
        # Culprit and parent once more from clean; what fails, in an empty
        # tree.
        self.assertLessEqual(self.lines("tmp/builds").count("make"),
                             builds + 2 + 2 * failures, stats)

    def build_slowly_twice(self):
        self.own_cache()
        self.write("tmp/slow", "3")
        words = ("exec", "main", "--", "{python}", "-c", "")
        first = self.start(*words)
        wait_for(lambda: os.path.exists(self.temporary + "/building"))
        return first, self.start(*words)

    def test_who_wants_what_another_one_builds_waits_for_it(self):
        first, second = self.build_slowly_twice()
        done = self.finish(second)
        self.assertEqual(done.status, 0, str(done))
        self.assertIn("waiting for process %d, which builds this\n"
                      % first.pid, done.err)
        self.assertEqual(self.finish(first).status, 0)
        self.assertEqual(self.lines("tmp/builds").count("make"), 1)

    def test_one_that_is_killed_is_not_waited_for(self):
        first, second = self.build_slowly_twice()
        first.kill()
        self.finish(first)
        self.assertEqual(self.finish(second).status, 0)

    def test_a_bisection_that_runs_is_not_resumed_beside_itself(self):
        self.own_cache()
        self.write("tmp/slow", "60")
        process = self.start(*JOB)
        wait_for(lambda: os.path.exists(self.temporary + "/building"))
        done = self.pybisect("resume", status=3)
        self.assertIn("bisection 1 is running in another process", done.err)
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process).status, 130)


class Damaged(Case):

    def test_a_damaged_store_is_noticed_and_built_anew(self):
        cache = self.own_cache()
        self.assertNames(self.pybisect(*JOB), CULPRIT)
        damaged = 0
        for path in glob.glob(cache + "/store/**/*", recursive=True):
            if path.endswith("/FORMAT"):
                continue
            if os.path.isfile(path) and os.path.getsize(path) > 0:
                with open(path, "r+b") as file:
                    file.seek(os.path.getsize(path) // 2)
                    byte = file.read(1)
                    file.seek(-1, os.SEEK_CUR)
                    file.write(bytes([byte[0] ^ 0x55]))
                damaged += 1
        self.assertGreater(damaged, 0)
        os.unlink(self.place + "/data/pybisect/journal.sqlite")
        self.assertNames(self.pybisect(*JOB), CULPRIT)
        done = self.pybisect("cache", "verify", "--repair")
        self.assertIn(done.status, (0, 1), str(done))
        done = self.pybisect("cache", "verify", status=0)
        self.assertIn(" 0 damaged\n", done.out)

    def test_a_store_of_another_format_is_left_alone(self):
        cache = self.own_cache()
        self.pybisect("exec", "main", "--", "{python}", "-c", "", status=0)
        with open(cache + "/store/FORMAT", "w", encoding="utf-8") as file:
            file.write("from the future\n")
        done = self.pybisect(*JOB, status=3)
        self.assertRegex(done.err, "store' has a format .*\nhint: upgrade")

    def test_a_cache_that_was_deleted_is_made_again(self):
        cache = self.own_cache()
        self.assertNames(self.pybisect(*JOB), CULPRIT)
        os.rename(cache, cache + "-gone")
        self.assertNames(self.pybisect(*JOB), CULPRIT)

    def test_a_torn_work_tree_is_put_right(self):
        cache = self.own_cache()
        self.assertNames(self.pybisect(*JOB), CULPRIT)
        for path in glob.glob(cache + "/trees/0/source/Objects/*.c"):
            with open(path, "w", encoding="utf-8") as file:
                file.write("#error torn\n")
        os.unlink(self.place + "/data/pybisect/journal.sqlite")
        for path in glob.glob(cache + "/store/*"):
            os.rename(path, path + ".gone")
        self.assertNames(self.pybisect(*JOB), CULPRIT)


if __name__ == "__main__":
    main()
