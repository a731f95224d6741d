"""Several tiny projects with recipes of their own, each in a git repository,
for the commands that run all of them."""

import os
import subprocess

from bench import Case, Shared  # noqa: F401

RECIPE = """\
name: %(name)s
description: one of several
source:
  git: %(repository)s
  ref: main
environment:
  TINY_MARKS: "%(marks)s"
test:
  directory: "{project}/tests"
  command: "{python} {reporter} -m unittest -v {tests}"
  all: test_tiny
  reader: unittest
  timeout: 60
"""

HEAD = """\
import os
import unittest

import tinymod

MARKS = os.environ["TINY_MARKS"]
with open(MARKS + "/runs", "a") as marks:
    marks.write("%(name)s\\n")


class Tests(unittest.TestCase):

    def test_passes(self):
        pass

"""

# What a project of this kind sees of the tiny CPython, a test each.
TESTS = {
    "strict": """\
    def test_long(self):
        tinymod.check("a string that is long")

""",
    "waves": """\
    def test_waves(self):
        self.assertEqual(tinymod.wave(), "~")

""",
    # Red from one commit on, for another reason from a later one on.
    "both": """\
    def test_both(self):
        if not hasattr(tinymod, "wave"):
            raise KeyError("no wave")
        tinymod.check("a string that is long")

""",
    "flaky": """\
    def test_flaky(self):
        path = MARKS + "/flaky"
        if os.path.exists(path):
            os.unlink(path)
            self.fail("by chance")

""",
    "quiet": "",
    "sick": """\
    def test_machine(self):
        if os.path.exists(MARKS + "/sick"):
            self.fail("no space left on device")

""",
}


class Projects(Case):

    def setUp(self):
        super().setUp()
        self.environment["XDG_CACHE_HOME"] = os.path.join(self.place, "cache")

    def add(self, name, *kinds):
        repository = os.path.join(self.place, "repositories", name)
        text = HEAD % {"name": name} + "".join(TESTS[k] for k in kinds)
        self.write("repositories/%s/tests/test_tiny.py" % name, text)
        git = ["git", "-C", repository, "-c", "user.name=Ada",
               "-c", "user.email=ada@tiny.example"]
        subprocess.run(["git", "init", "-q", "-b", "main", repository],
                       check=True)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "Start"], check=True)
        self.write("config/pybisect/recipes/%s.yml" % name, RECIPE % {
            "name": name, "repository": repository, "marks": self.marks})

    def builds(self):
        return self.lines("tmp/builds").count("make")
