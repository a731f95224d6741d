"""Whole bisections of the tiny CPython, and what tells of them later."""

import json
import os
import re
import signal
import subprocess

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, HANG, MERGE, WAVELESS, Case, Shared, listing, main,
    processes_below, setUpModule, tearDownModule)

RANGE = "v9.1.0..main"


def script(expression):
    """A command that fails where the expression is not 0."""
    return ["--", "{python}", "-c",
            "import os; raise SystemExit(%s)" % expression]


STRICT = script('int(os.environ["TINY_STRICT"])')


class MainJob(Case):

    def test_a_project_with_a_recipe_is_bisected(self):
        self.own_cache()
        before = listing(Shared.clone, self.project)
        report = os.path.join(self.place, "copy.json")
        first = self.pybisect(".", RANGE, "--by", "runs", "--report", report,
                              status=0)
        self.check_golden("found-stdout", first.out)
        self.check_golden("found-stderr", first.err)
        with open(report, encoding="utf-8") as file:
            record = json.load(file)
        self.assertEqual(
            [finding["culprit"]["sha"] for finding in record["findings"]],
            [Shared.shas[CULPRIT], Shared.shas[WAVELESS]])

        # All is known by now; the closing checks alone are made again, with
        # builds that the first ones have proved.
        builds = len(self.lines("tmp/builds"))
        runs = len(self.lines("marks/runs"))
        second = self.pybisect(".", RANGE, "--by", "runs", status=0)
        self.assertEqual(len(self.lines("marks/runs")) - runs, 4)
        self.assertEqual(len(self.lines("tmp/builds")) - builds, 0)
        self.assertEqual(len(re.findall(
            r"(?m)^\[\d+\] close .* has proved it", second.err)), 4)
        self.assertEqual(len(re.findall(
            r"(?m)^\[\d+\] (?!close ).*(?<!building)$", second.err)),
            second.err.count(": known before; "))
        self.assertEqual(listing(Shared.clone, self.project), before)

        # What tells of them later.
        status = self.pybisect("status", status=0)
        log = self.pybisect("log", "2", status=0)
        self.check_golden("status-and-log", status.out + log.out)
        text = self.pybisect("report", status=0)
        self.assertEqual(text.out + "\n", second.out.rstrip("\n") + "\n\n")
        again = self.pybisect("report", "1", "--format", "json", status=0)
        self.assertEqual(json.loads(again.out), record)

        # And the store as it is now.
        stats = self.pybisect("cache", "stats", status=0)
        self.assertRegex(stats.out, r" \d+ builds, 0 failures\n")
        verify = self.pybisect("cache", "verify", status=0)
        self.assertRegex(verify.out, r"^\d+ entries checked, 0 damaged")

    def test_a_project_without_a_recipe_is_bisected(self):
        os.unlink(os.path.join(self.project, "pybisect.yml"))
        done = self.pybisect(".", RANGE, "--match", "ValueError")
        self.assertNames(done, CULPRIT)
        self.assertIn("note: found test*.py in 'tests': runs unittest's "
                      "discovery there\n", done.err)

    def test_what_was_chosen_is_told_and_chosen_again(self):
        self.own_cache()
        done = self.pybisect("--explain", RANGE, *STRICT)
        self.assertEqual(done.status, 0, str(done))
        self.assertRegex(done.err, r"(?m)^\[5\] expected to tell 0\.\d+ of "
                         r"the \d\.\d+ bits that are missing, in about ")
        log = self.pybisect("log", status=0)
        self.assertEqual(len(re.findall(r"(?m)^     expected to tell ",
                                        log.out)),
                         len(re.findall(r"(?m) (?:search|repeat)  ?", log.out)))
        replay = self.pybisect("replay", status=0)
        self.assertRegex(replay.out, r"^\d+ steps replayed: the same choices$")
        steps = json.loads(self.pybisect("log", "--format", "json",
                                         status=0).out)
        self.assertEqual(steps[4]["purpose"], "search")
        self.assertIn("build", steps[4]["costs"])

    def test_the_log_is_one_that_git_replays(self):
        self.pybisect(RANGE, *STRICT, status=0)
        log = self.pybisect("log", "--format", "git", status=0)
        self.write("git.log", log.out)
        clone = os.path.join(self.place, "clone-for-git")
        git = ["git", "-c", "advice.detachedHead=false"]
        subprocess.run([*git, "clone", "-q", Shared.clone, clone], check=True)
        done = subprocess.run(
            [*git, "bisect", "replay", os.path.join(self.place, "git.log")],
            cwd=clone, capture_output=True, text=True, check=True)
        self.assertIn("is the first bad commit", done.stdout + done.stderr)
        self.assertIn(re.search(r"# first bad commit: \[(\w+)\]",
                                log.out)[1], done.stdout + done.stderr)
        wrong = self.pybisect("log", "--format", "xml", status=2)
        self.assertIn("there is no format 'xml'", wrong.err)

    def test_a_spent_budget_leaves_suspects(self):
        done = self.pybisect("--budget", "6", RANGE, *STRICT, status=1)
        self.assertIn("The budget was spent", " ".join(done.out.split()))
        self.assertRegex(done.out, r"^Suspects: one of \d+ commits ")

    def test_builds_are_made_ahead(self):
        self.own_cache()
        done = self.pybisect("--ahead", "1", ".", RANGE, "--max-culprits",
                             "1")
        self.assertEqual(done.status, 0, str(done))
        self.assertRegex(done.err, r"(?m)^built ahead: \d+ revisions?, ")
        self.assertEqual(processes_below(self.place), [])

    def test_an_edited_script_is_another_command(self):
        self.write("project/probe.py", "raise SystemExit(0)\n")
        first = self.pybisect(RANGE, "--", "{python}", "probe.py", status=1)
        self.assertIn("Nothing to bisect", first.out)
        again = self.pybisect(RANGE, "--", "{python}", "probe.py", status=1)
        self.assertIn(": known before; ", again.err)
        self.write("project/probe.py",
                   "import os\n"
                   "raise SystemExit(int(os.environ['TINY_STRICT']))\n")
        done = self.pybisect(RANGE, "--", "{python}", "probe.py")
        self.assertNames(done, CULPRIT)

    def test_quiet_prints_the_result_alone(self):
        done = self.pybisect(".", RANGE, "-q", "--test",
                             "test_tiny.Tests.test_waves")
        self.assertEqual(done.err, "")
        self.assertNames(done, WAVELESS)

    def test_the_run_that_fails_as_a_whole_says_why(self):
        self.write("project/tests/run.py", TESTS_THAT_DO_NOT_IMPORT)
        self.write("project/pybisect.yml", self.read("project/pybisect.yml")
                   .replace("-m unittest -v", "run.py"))
        done = self.pybisect(".", RANGE)
        self.assertNames(done, WAVELESS)
        self.assertRegex(done.err, r"; 0 tests, the run failed: "
                         r".*ImportError: cannot import name 'wave'.* in ")
        self.assertNotIn("0 tests, 0 failed", done.err)

    def test_no_match_says_so(self):
        done = self.pybisect(".", RANGE, "--match", "no such text", status=1)
        self.assertIn("No regression matches", done.out)

    def test_what_fails_at_both_ends_is_no_regression(self):
        done = self.pybisect(".", RANGE, "--test",
                             "test_tiny.Tests.test_fails_everywhere",
                             status=1)
        self.assertIn("Not a regression in this range", done.out)

    def test_control_characters_of_tests_do_not_reach_the_terminal(self):
        self.write("project/tests/test_tiny.py", TESTS_WITH_ESCAPES)
        done = self.pybisect("try", "main", ".", status=1)
        self.assertIn(r"\x1b]0;title\x07", done.out)
        done = self.pybisect(
            ".", "%s..%s" % (Shared.shas[35], Shared.shas[37]))
        self.assertNames(done, HANG)
        self.assertIn(r"Hang \x1b[31mred\x1b]0;title\x07", done.out)
        self.pybisect("log", status=0)


TESTS_THAT_DO_NOT_IMPORT = """\
import unittest
from tinymod import wave

class Tests(unittest.TestCase):
    def test_waves(self):
        wave()

unittest.main(module=None, argv=["run", "run.Tests"])
"""

TESTS_WITH_ESCAPES = r"""
import os, unittest

class Tests(unittest.TestCase):
    def test_shouts(self):
        if os.environ["TINY_HANG"] == "1":
            self.fail("\x1b[31mred\x1b]0;title\x07 \x9b5m \u202e \x7f")
"""


class Commands(Case):

    def test_exit_statuses_mean_what_the_manual_says(self):
        for status, verdict in ((0, 0), (1, 1), (2, 1), (124, 1), (125, 125),
                                (126, 1), (127, 1), (139, 1)):
            done = self.pybisect("try", "main", "--", "sh", "-c",
                                 "exit %d" % status)
            self.assertEqual(done.status, verdict, str(done))
        self.assertIn("command: crashed", done.out)

    def test_a_command_that_fails_later_has_a_culprit(self):
        done = self.pybisect(RANGE, *STRICT)
        self.assertNames(done, CULPRIT)
        self.assertIn("broke the command", done.out)

    def test_a_command_that_dies_of_a_signal_has_a_culprit(self):
        done = self.pybisect(RANGE, *script(
            'os.environ["TINY_STRICT"] == "1" and os.kill(os.getpid(), 11)'))
        self.assertNames(done, CULPRIT)

    def test_a_failure_at_both_ends_is_told(self):
        self.own_cache()
        done = self.pybisect(RANGE, *script("1"), status=1)
        self.check_golden("good-is-bad", done.out)

    def test_no_failure_at_either_end_is_told(self):
        self.own_cache()
        done = self.pybisect(RANGE, *script("0"), status=1)
        self.check_golden("bad-is-good", done.out)

    def test_an_end_that_does_not_build_is_told(self):
        done = self.pybisect("v9.1.0..%s" % Shared.shas[17], *STRICT,
                             status=1)
        self.assertIn("An end cannot be tested", done.out)
        self.assertIn("error: out of cheese", done.out)

    def test_skips_around_the_culprit_leave_suspects_with_reasons(self):
        self.own_cache()
        done = self.pybisect("--by", "runs", RANGE,
                             *script('int(os.environ["TINY_LEVEL"])'),
                             status=1)
        self.assertIn("out of cheese", done.out)
        for number in range(15, 20):
            self.assertIn(Shared.shas[number][:10], done.out)
        self.check_golden("suspects", done.out)

    def test_a_command_that_skips_leaves_suspects(self):
        done = self.pybisect(RANGE, *script(
            '125 if 20 < int(os.environ["TINY_SERIAL"]) < 27 else '
            'int(os.environ["TINY_STRICT"])'), status=1)
        self.assertIn("exited with 125", done.out)
        self.assertIn(Shared.shas[CULPRIT][:10], done.out)


class Classes(Case):

    WORDS = ["--test", "test_tiny.Tests.test_long"]

    def test_a_change_has_a_class_and_a_reason(self):
        done = self.pybisect(".", RANGE, "--explain", *self.WORDS, status=0)
        self.assertIn("    type-stricter: The library or the interpreter "
                      "refuses what it accepted\n", done.out)
        self.assertIn("\nWhy these classes\n", done.out)
        again = self.pybisect("report", "--explain", status=0)
        self.assertIn("\nWhy these classes\n", again.out)

    def test_a_rule_of_ones_own_comes_first(self):
        self.write("config/pybisect/classes.yml",
                   "classes:\n- name: tiny\n  description: Too long for us\n"
                   "  message: are not tiny$\n")
        done = self.pybisect(".", RANGE, *self.WORDS, status=0)
        self.assertIn("    tiny: Too long for us\n", done.out)

    def test_a_mistaken_rule_is_told_with_its_line(self):
        path = self.write("config/pybisect/classes.yml",
                          "classes:\n- name: tiny\n  mesage: x\n"
                          "  description: Too long for us\n")
        done = self.pybisect(".", RANGE, *self.WORDS, status=2)
        self.assertIn(path + ":3: ", done.err)


class Phases(Case):
    """All unit tests pass, and yet the program does not start."""

    SMOKE = """smoke:
  - "{python} -c 'import os; raise SystemExit(int(os.environ[\\"TINY_SIDE\\"]))'"
test:"""

    def setUp(self):
        super().setUp()
        recipe = self.read("project/pybisect.yml")
        self.write("project/pybisect.yml",
                   recipe.replace("test:", self.SMOKE, 1))

    def test_a_phase_that_fails_is_bisected_like_a_test(self):
        done = self.pybisect(".", RANGE, "--match", r"\(smoke\)")
        self.assertNames(done, MERGE)

    def test_one_phase_alone_runs_nothing_that_comes_after_it(self):
        done = self.pybisect(".", RANGE, "--phase", "smoke")
        self.assertNames(done, MERGE)
        self.assertEqual(self.lines("marks/runs"), [])

    def test_try_tells_of_the_phase_where_no_test_is_run(self):
        done = self.pybisect("try", "v9.1.0", ".", "--phase", "smoke",
                             status=0)
        self.assertRegex(done.out, r"^good: smoke passed, ")
        done = self.pybisect("try", "main", ".", "--phase", "smoke", status=1)
        self.assertRegex(done.out, r"(?m)^bad: 0 tests, smoke failed: ")

    def test_the_tests_alone_do_not_see_the_other_phases(self):
        done = self.pybisect(".", RANGE, "--phase", "test", "--max-culprits",
                             "1")
        self.assertNames(done, CULPRIT)
        self.assertNotIn("(smoke)", done.out)

    def test_a_phase_that_the_recipe_lacks_is_refused(self):
        done = self.pybisect(".", RANGE, "--phase", "prepare", status=2)
        self.assertIn("the recipe of 'tinyproject' has no phase 'prepare'",
                      done.err)
        done = self.pybisect(".", RANGE, "--phase", "build", status=2)
        self.assertIn("--phase takes install-python, prepare, smoke or test, "
                      "not 'build'", done.err)


class Ranges(Case):

    def test_a_range_without_bad_end_goes_up_to_trunk(self):
        self.assertNames(self.pybisect("9.1..", *STRICT), CULPRIT)

    def test_a_range_without_good_end_looks_for_one(self):
        done = self.pybisect("..%s" % Shared.shas[30], *STRICT)
        self.assertNames(done, CULPRIT)
        self.assertRegex(done.err, "looking for a good end: .* fails as the "
                         "bad end does\n")
        self.assertRegex(done.err, "looking for a good end: .* is good\n")

    def test_ends_may_be_dates(self):
        done = self.pybisect("2024-01-21..2024-01-28", *STRICT)
        self.assertNames(done, CULPRIT)
        self.assertIn("range %s..%s" % (Shared.shas[20][:10],
                                        Shared.shas[27][:10]), done.err)

    def test_a_good_end_on_another_branch_moves_to_the_fork(self):
        done = self.pybisect("9.0.1..main", *STRICT)
        self.assertNames(done, CULPRIT)
        self.assertIn("is on another branch; the range starts at %s"
                      % Shared.shas[3][:10], done.err)

    def test_first_parents_name_the_merge(self):
        done = self.pybisect("%s..main" % Shared.shas[30],
                             *script('int(os.environ["TINY_SIDE"])'))
        self.assertNames(done, MERGE)

    def test_all_parents_name_the_commit_that_was_merged(self):
        done = self.pybisect("%s..main" % Shared.shas[30], "--all-parents",
                             *script('int(os.environ["TINY_SIDE"])'))
        self.assertEqual(done.status, 0, str(done))
        self.assertIn("Look at the other side", done.out)

    def test_a_range_that_changes_nothing_leaves_no_bisection(self):
        done = self.pybisect("%s..%s" % (Shared.shas[32], Shared.shas[34]),
                             *STRICT, status=2)
        self.assertIn("none of the 2 commits in the range", done.err)
        self.assertEqual(self.pybisect("status").out, "no bisection yet\n")


TESTS_THAT_HANG = """\
import os, time, unittest

class Tests(unittest.TestCase):
    def test_first(self):
        pass
    def test_hangs(self):
        if os.environ["TINY_HANG"] == "1":
            time.sleep(600)
    def test_passes(self):
        pass
"""

TESTS_THAT_STAY = """\
import os, signal, subprocess, time, unittest

class Tests(unittest.TestCase):
    def test_leaves_a_daemon(self):
        subprocess.Popen(["sleep", "600"])
    def test_stays(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
"""


class Unruly(Case):

    def test_a_hung_test_is_named_and_the_bisection_goes_on(self):
        self.write("project/tests/test_tiny.py", TESTS_THAT_HANG)
        done = self.pybisect(".", "%s..%s" % (Shared.shas[35],
                                              Shared.shas[37]),
                             "--timeout", "2")
        self.assertNames(done, HANG)
        self.assertRegex(done.out, r"(?s)hung.*test_tiny\.Tests\.test_hangs")

    def test_a_test_that_ignores_sigterm_and_its_daemon_are_ended(self):
        self.own_cache()
        self.write("project/tests/test_tiny.py", TESTS_THAT_STAY)
        done = self.pybisect("try", "main", ".", "--timeout", "1", status=1)
        self.assertIn("hung  test_tiny.Tests.test_stays", done.out)
        self.assertEqual(processes_below(self.place), [])


class Single(Case):

    def test_a_flaky_test_is_tried_again_when_asked(self):
        """It fails in its first run."""
        self.write("project/tests/test_tiny.py", """\
import os, unittest
class Tests(unittest.TestCase):
    def test_it(self):
        path = os.environ["TINY_MARKS"] + "/ran"
        before = os.path.exists(path)
        open(path, "w").close()
        self.assertTrue(before)
""")
        self.pybisect("try", "main", ".", status=1)
        done = self.pybisect("try", "main", ".", status=1)
        self.assertIn("known before (--again runs it once more)", done.out)
        done = self.pybisect("try", "main", ".", "--again", status=0)
        self.assertNotIn("known before", done.out)
        self.pybisect("try", "main", ".", "--again", status=0)
        self.pybisect("try", "main", ".", status=1)

    def test_try_says_good_bad_or_skip(self):
        good = self.pybisect("try", "v9.1.0", ".", "--test",
                             "test_tiny.Tests.test_long", status=0)
        bad = self.pybisect("try", "main", ".", status=1)
        known = self.pybisect("try", "main", ".", status=1)
        skip = self.pybisect("try", Shared.shas[17], ".", status=125)
        self.check_golden("try", "".join(
            map(str, (good, bad, known, skip))))

    def test_exec_runs_the_revision_and_passes_its_status_on(self):
        done = self.pybisect(
            "exec", "main", "--", "{python}", "-c",
            "import os, tinymod; print(os.environ['TINY_STRICT']);"
            "raise SystemExit(7)", status=7)
        self.assertEqual(done.out, "1\n")
        self.pybisect("exec", "main", "--", "sh", "-c", "kill -9 $$",
                      status=128 + signal.SIGKILL)
        done = self.pybisect("exec", Shared.shas[17], status=125)
        self.assertIn("does not build: ", done.err)

    def test_doctor_runs(self):
        done = self.pybisect("doctor")
        self.assertIn(done.status, (0, 3))
        self.assertRegex(done.out, r"(?m)^ok +make ")
        self.assertIn("GB free", done.out)

    def test_a_project_directory_is_taken_for_a_named_recipe(self):
        self.write("config/pybisect/recipes/tinyproject.yml",
                   self.read("project/pybisect.yml"))
        done = self.pybisect("try", "main", "tinyproject", "--project-dir",
                             self.project, "--test",
                             "test_tiny.Tests.test_passes", status=0)
        self.assertEqual(done.out.partition(",")[0], "good: 1 test")


if __name__ == "__main__":
    main()
