"""What pybisect says to a wrong command line, recipe or place."""

import os
import subprocess
import unittest

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    Case, Shared, main, setUpModule, tearDownModule)

RANGE = "v9.1.0..main"

COMMAND_LINES = [
    ("no arguments print the help and fail", []),
    ("a word that is no command says so", ["frobnicate"]),
    ("a range without a project says so", [RANGE]),
    ("a word too many is named", ["a", "b", RANGE]),
    ("a project without a range says so", [".", "main"]),
    ("three dots are no range", [".", "v9.1.0...main"]),
    ("two dots alone are no range", [".", ".."]),
    ("an unknown option suggests the one that was meant",
     [".", RANGE, "--cpyhton", "x"]),
    ("an option without its value says so", [".", RANGE, "--cpython"]),
    ("no jobs are refused", [".", RANGE, "--jobs", "0"]),
    ("jobs that are no number are refused", [".", RANGE, "-j", "many"]),
    ("certainty is not to be had", [".", RANGE, "--confidence", "1"]),
    ("a budget has a unit of its own", [".", RANGE, "--budget", "2 weeks"]),
    ("revisions are chosen by two things alone",
     [".", RANGE, "--by", "weather"]),
    ("a bad --match is told before any work", [".", RANGE, "--match", "("]),
    ("an unknown revision says what a revision can be",
     [".", "v9.1.0..nope"]),
    ("an unknown version suggests a tag", [".", "9.0.7..main"]),
    ("a date that is none says how to write one",
     [".", "2024-13-45..main"]),
    ("a date before the first commit says so", [".", "1999-01-01..main"]),
    ("an empty range says so", [".", "main..main"]),
    ("a range the wrong way round says so", [".", "main..v9.1.0"]),
    ("a clone that is not there is named",
     [".", RANGE, "--cpython", "/nowhere/cpython"]),
    ("a clone that is no repository is named",
     [".", RANGE, "--cpython", "tests"]),
    ("an unknown project suggests one", ["tinyprojet", RANGE]),
    ("a project directory that is not there is named", ["./nowhere", RANGE]),
    ("a project without tests says what to do", ["../tmp", RANGE]),
    ("a compiler that is not there is named",
     [".", RANGE, "--cc", "no-such-cc"]),
    ("dependencies that are missing are named",
     ["needy", RANGE, "--find-links", "tests"]),
    ("try without a revision says so", ["try", "."]),
    ("exec of two revisions says so", ["exec", "main", "v9.1.0"]),
    ("exec of a command that is not there says so",
     ["exec", "main", "--", "/nowhere/command"]),
    ("there is nothing to resume", ["resume"]),
    ("a bisection that is not there cannot be resumed", ["resume", "7"]),
    ("a bisection's number is a number", ["resume", "seven"]),
    ("there is nothing to report", ["report"]),
    ("an unknown format is named", ["report", "--format", "pdf"]),
    ("Markdown is for one of two", ["report", "--format", "markdown",
                                    "--for", "me"]),
    ("only Markdown is for somebody", ["report", "--for", "cpython"]),
    ("there is no bisection to list", ["status"]),
    ("cache wants a verb", ["cache"]),
    ("recipe wants a verb", ["recipe", "bake"]),
    ("a range of docs and tests alone says so", None),  # below
]

NEEDY = """\
name: needy
description: needs what nobody has
source:
  git: https://example.invalid/needy.git
  ref: v1
dependencies: [no_such_module, nor_this_one]
test:
  command: "{python} {reporter} -m unittest"
  reader: unittest
"""

MISTAKEN = """\
name: Mistaken Name
descripton: a typo
source:
  git: https://example.invalid/x.git
dependencies: [fine]
prepare:
  - "{pyhton} setup.py build"
step-timeout: 0
test:
  command: "'unbalanced"
  reader: unitest
  timeout: soon
"""


class Mistakes(Case):

    def setUp(self):
        super().setUp()
        for name, text in (("needy", NEEDY), ("tinyproject", None)):
            self.write("config/pybisect/recipes/%s.yml" % name,
                       text or self.read("project/pybisect.yml"))

    def test_each_mistake_has_its_message(self):
        transcript = ""
        for sentence, words in COMMAND_LINES:
            if words is None:
                words = [".", "%s..%s" % (Shared.shas[32], Shared.shas[34])]
            done = self.pybisect(*words)
            transcript += "# %s\n$ pybisect %s\n%s\n" % (
                sentence, " ".join(words), done)
        self.check_golden("mistakes", transcript)

    def test_mistakes_leave_no_bisection_behind(self):
        for words in ([".", "main..main"], ["tinyprojet", RANGE],
                      [".", "v9.1.0..nope"]):
            self.pybisect(*words, status=2)
        self.assertEqual(self.pybisect("status", status=0).out,
                         "no bisection yet\n")

    def test_every_mistake_in_a_recipe_has_its_line(self):
        path = self.write("mistaken.yml", MISTAKEN)
        done = self.pybisect("recipe", "check", path, status=2)
        torn = self.write("torn.yml", "name: [x\ntest: {\n")
        more = self.pybisect("recipe", "check", torn, "/nowhere.yml",
                             status=2)
        self.write("project/pybisect.yml", MISTAKEN)
        job = self.pybisect(".", RANGE, status=2)
        self.check_golden("recipe-mistakes", "".join(map(str, (
            done, more, job))))

    def test_recipes_are_listed_and_checked_by_name(self):
        done = self.pybisect("recipe", "list", status=0)
        self.assertRegex(done.out,
                         r"(?m)^needy +v1 +clone +needs what nobody has$")
        self.assertRegex(done.out, r"(?m)^tinyproject +- +- +a few tests")
        done = self.pybisect("recipe", "check", "tinyproject", status=0)
        self.assertTrue(done.out.endswith("tinyproject.yml: no mistakes\n"))

    def test_shipped_recipes_have_no_mistakes(self):
        del self.environment["PYBISECT_RECIPES"]
        done = self.pybisect("recipe", "check", status=0)
        self.assertIn("genshi.yml: no mistakes", done.out)

    def test_help_and_version_go_to_standard_output(self):
        done = self.pybisect("--help", status=0)
        self.assertEqual(done.err, "")
        self.assertIn("pybisect PROJECT RANGE", done.out)
        self.assertLessEqual(max(map(len, done.out.splitlines())), 79)
        self.assertRegex(self.pybisect("--version", status=0).out,
                         r"\Apybisect \d+\.\d+\.\d+\n\Z")

    def test_a_file_in_place_of_the_cache_is_told(self):
        os.makedirs(os.path.join(self.place, "cache"))
        self.write("cache/pybisect", "in the way\n")
        self.own_cache()
        done = self.pybisect(".", RANGE, status=3)
        self.assertRegex(done.err, r"\n?pybisect: .*cache/pybisect")

    def test_a_file_in_place_of_the_data_is_told(self):
        self.write("data/pybisect", "in the way\n")
        done = self.pybisect(".", RANGE, status=3)
        self.assertRegex(done.err, r"\n?pybisect: .*data/pybisect")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_cache_that_cannot_be_written_is_told(self):
        os.makedirs(self.own_cache())
        os.chmod(os.path.join(self.place, "cache", "pybisect"), 0o555)
        done = self.pybisect(".", RANGE, status=3)
        self.assertRegex(done.err, "permission denied")

    def test_a_damaged_journal_is_told(self):
        self.write("data/pybisect/journal.sqlite",
                   "this is no database\n" * 99)
        for words in ((".", RANGE), ("resume",), ("status",)):
            done = self.pybisect(*words, status=3)
            self.assertRegex(done.err, "pybisect: .*journal.sqlite': file is "
                             "not a database\nhint: say 'pybisect cache "
                             "verify --repair'")
        done = self.pybisect("cache", "verify", "--repair", status=1)
        self.assertRegex(done.out, r"the damaged journal is kept as .*"
                         r"/journal\.sqlite\.damaged-1\n$")
        self.pybisect("status", status=0)

    def test_a_full_standard_output_is_told(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([os.environ["PYBISECT"], "--help"],
                                  stdout=full, stderr=subprocess.PIPE,
                                  env=self.environment)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr, b"pybisect: cannot write the output\n")


if __name__ == "__main__":
    main()
