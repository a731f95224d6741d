"""The builds that are kept: made ahead, protected, carried away."""

import os
import re
import signal

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, Case, Shared, main, setUpModule, tearDownModule, wait_for)

RANGE = "v9.1.0..main"
STRICT = ["--", "{python}", "-c",
          'import os; raise SystemExit(int(os.environ["TINY_STRICT"]))']


class Cache(Case):

    def setUp(self):
        super().setUp()
        self.cache = self.own_cache()

    def makes(self):
        return self.lines("tmp/builds").count("make")


class Fill(Cache):

    def test_a_bisection_of_a_filled_range_compiles_nothing(self):
        done = self.pybisect("cache", "fill", RANGE, status=0)
        self.assertRegex(done.err, r"^(\d+) distinct builds in the range, "
                                   r"0 stored already\n")
        self.assertRegex(done.err, r"\[(\d+)/\1\] [0-9a-f]{10} built in ")
        self.assertRegex(done.err, r" does not build, after ")
        self.assertRegex(done.out, r"^(\d+) of \1 builds are stored: \d+ "
                                   r"built now, 4 do not build, 0 known ")
        made = len(self.lines("tmp/builds"))
        # But for the two revisions at the close, from clean.
        done = self.pybisect(RANGE, *STRICT, status=0)
        self.assertIn(Shared.shas[CULPRIT][:10], done.out)
        self.assertEqual(len(re.findall(r"(?m)^\[\d+\] (?!close).* built in ",
                                        done.err)), 0, done.err)
        self.assertEqual(done.err.count("from clean\n"), 2, done.err)
        self.assertEqual(self.lines("tmp/builds")[made:].count("make"), 2)

    def test_it_goes_on_where_it_was_killed(self):
        self.write("tmp/slow", "0.2")
        process = self.start("cache", "fill", RANGE, "--trees", "1")
        wait_for(lambda: self.makes() >= 4)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        os.unlink(os.path.join(self.temporary, "slow"))
        done = self.pybisect("cache", "fill", RANGE, status=0)
        self.assertRegex(done.err, r" builds in the range, [1-9]\d* stored ")
        done = self.pybisect("cache", "fill", RANGE, status=0)
        self.assertRegex(done.out, r"^(\d+) of \1 builds are stored: "
                                   r"0 built now, ")

    def test_trees_share_the_work(self):
        self.pybisect("cache", "fill", RANGE, "--trees", "3", status=0)
        trees = os.path.join(self.cache, "trees")
        self.assertEqual(sorted(os.listdir(trees)), ["0", "1", "2"])

    def test_an_interruption_says_how_to_go_on(self):
        self.write("tmp/slow", "5")
        process = self.start("cache", "fill", RANGE)
        wait_for(lambda: os.path.exists(self.temporary + "/building"))
        process.send_signal(signal.SIGINT)
        done = self.finish(process)
        self.assertEqual(done.status, 130)
        self.assertIn("run it again: it goes on where it was\n", done.err)

    def test_a_range_needs_a_first_revision(self):
        done = self.pybisect("cache", "fill", "..main", status=2)
        self.assertIn("needs a first revision here", done.err)


class Pins(Cache):

    def test_what_an_unfinished_bisection_needs_is_not_removed(self):
        self.pybisect("exec", "main", "--", "{python}", "-c", "1", status=0)
        self.write("tmp/slow", "60")
        process = self.start(RANGE, *STRICT)
        wait_for(lambda: os.path.exists(self.temporary + "/building"))
        process.send_signal(signal.SIGINT)
        self.finish(process)
        os.unlink(os.path.join(self.temporary, "slow"))
        done = self.pybisect("cache", "gc", "--max-size", "1", status=0)
        self.assertEqual(done.out,
                         "0 entries in 0 packs removed, 0.0 MB\n"
                         "1 packs stay although they are beyond the limit: a "
                         "bisection under way needs them\n")
        self.pybisect("resume", status=0)
        done = self.pybisect("cache", "gc", "--max-size", "1", "--dry-run",
                             status=0)
        self.assertRegex(done.out, r"^\d+ entries in 1 packs would be "
                                   r"removed, 0.\d MB\n$")


class Transfer(Cache):

    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.place, "range.pybisect")

    def elsewhere(self):
        self.environment["XDG_CACHE_HOME"] = os.path.join(self.place, "other")

    def export(self):
        self.pybisect("cache", "fill", RANGE, status=0)
        return self.pybisect("cache", "export", RANGE, self.file, status=0)

    def test_an_exported_range_compiles_nothing_elsewhere(self):
        done = self.export()
        self.assertRegex(done.out, r"^(\d+) of \1 builds written to ")
        self.elsewhere()
        done = self.pybisect("cache", "import", self.file, status=0)
        self.assertRegex(done.out, r"^\d+ ")
        made = len(self.lines("tmp/builds"))
        self.pybisect("exec", "main", "--", "{python}", "-c", "1", status=0)
        done = self.pybisect("cache", "fill", RANGE, status=0)
        self.assertRegex(done.out, r": 0 built now, ")
        self.assertEqual(len(self.lines("tmp/builds")), made)

    def test_builds_of_another_compiler_are_refused(self):
        other = self.write("bin/othercc", '#!/bin/sh\ncase "$*" in\n'
                           '*-version*) echo "other 1.0"; exit;;\nesac\n'
                           'exec cc "$@"\n')
        os.chmod(other, 0o755)
        self.export()
        self.elsewhere()
        done = self.pybisect("cache", "import", self.file, "--cc", other)
        self.assertGreaterEqual(done.status, 2, str(done))
        self.assertRegex(done.err, r"are of another toolchain: '.*' there, "
                                   r"'.*' here")
        done = self.pybisect("cache", "stats", status=0)
        self.assertIn(" 0 builds, 0 failures\n", done.out)

    def test_a_torn_file_is_refused(self):
        self.export()
        with open(self.file, "rb+") as file:
            file.truncate(os.path.getsize(self.file) // 2)
        self.elsewhere()
        done = self.pybisect("cache", "import", self.file)
        self.assertGreaterEqual(done.status, 2, str(done))
        self.assertIn(self.file, done.err)


if __name__ == "__main__":
    main()
