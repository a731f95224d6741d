"""Recipes as the whole program sees them: listed with what is missing here,
made for a checkout, tried where a server cannot be had."""

import os
import shutil
import subprocess

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    Case, Shared, main, setUpModule, tearDownModule)

SERVED = """\
name: served
description: talks to a server
source:
  git: https://example.invalid/served.git
  ref: "1.2"
dependencies:
  - no_such_module
  - if: ref < 1
    then: older_still
needs:
  - {name: base, start: "no-such-server {port}"}
test:
  command: "{python} {reporter} -m unittest {tests}"
  reader: unittest
"""

NEEDS = """\
needs:
  - name: cache
    start: no-such-server {port}
    tests: "*.test_long*"
  - name: port
    start: >-
      python3 -c "import socket, time; s = socket.socket();
      s.bind(('127.0.0.1', {port})); s.listen(); time.sleep(600)"
    environment: {SERVED_AT: "{port}"}
smoke:
  - "sh -c 'test -n \\"$SERVED_AT\\"'"
"""

PYPROJECT = """\
[project]
name = "tiny"
description = "a few tests of tinymod"
dependencies = ["PyYAML", "six; python_version < '3'", "x; os_name == 'nt'"]
"""


class Recipes(Case):

    def setUp(self):
        super().setUp()
        self.recipes = os.path.join(self.place, "recipes")
        shutil.copytree(Shared.recipes, self.recipes)
        self.environment["PYBISECT_RECIPES"] = self.recipes

    def test_a_list_shows_what_is_missing_here(self):
        self.write("recipes/served.yml", SERVED)
        self.write("recipes/tinyproject.yml",
                   self.read("project/pybisect.yml"))
        self.write("recipes/broken.yml", "name: other\n")
        self.write("config/pybisect/recipes/tinyproject.yml",
                   self.read("project/pybisect.yml").replace(
                       "a few tests", "my own tests"))
        plain = self.pybisect("recipe", "list", status=0)
        deps = self.pybisect("recipe", "list", "--deps", "tests", status=0)
        older = self.pybisect("recipe", "list", "--deps", "tests",
                              "--ref", "0.9", status=0)
        self.check_golden("recipe-list", "".join(map(str, (
            plain, deps, older))))

    def test_a_new_recipe_says_what_was_guessed(self):
        os.unlink(os.path.join(self.project, "pybisect.yml"))
        self.write("project/pyproject.toml", PYPROJECT)
        shown = self.pybisect("recipe", "new", status=0)
        written = self.pybisect("recipe", "new", ".", "-o", "pybisect.yml",
                                status=0)
        self.assertEqual(self.read("project/pybisect.yml"), shown.out)
        check = self.pybisect("recipe", "check", "pybisect.yml", status=0)
        again = self.pybisect("recipe", "new", "-o", "pybisect.yml",
                              status=2)
        self.check_golden("recipe-new", "".join(map(str, (
            shown, written, check, again))))

    def test_a_new_recipe_has_the_name_of_its_file(self):
        self.pybisect("recipe", "new", "-o", "../mine.yml", status=0)
        self.pybisect("recipe", "check", "../mine.yml", status=0)

    def test_a_clone_gives_its_origin_and_tag_but_no_password(self):
        for words in (["init", "-q"], ["add", "."],
                      ["-c", "user.name=x", "-c", "user.email=x@y",
                       "commit", "-qm", "first"],
                      ["tag", "v1.5"],
                      ["remote", "add", "origin",
                       "https://me:secret@example.org/tiny.git"]):
            subprocess.run(["git", *words], cwd=self.project, check=True,
                           env=self.environment)
        done = self.pybisect("recipe", "new", status=0)
        self.assertIn("  git: \"https://example.org/tiny.git\"\n"
                      "  ref: v1.5\n", done.out)
        self.assertNotIn("secret", str(done))

    def test_no_recipe_is_made_where_no_tests_are(self):
        shutil.rmtree(os.path.join(self.project, "tests"))
        done = self.pybisect("recipe", "new", "-o", "x.yml", status=2)
        self.assertIn("cannot tell how the tests", done.err)
        self.assertFalse(os.path.exists(self.project + "/x.yml"))

    def test_tests_of_a_server_that_is_absent_are_not_run(self):
        recipe = self.read("project/pybisect.yml")
        self.write("project/pybisect.yml", recipe + NEEDS)
        done = self.pybisect("try", "main", ".", status=1)
        self.check_golden("needs", str(done))

    def test_a_suite_whose_server_is_absent_is_not_good(self):
        recipe = self.read("project/pybisect.yml")
        self.write("project/pybisect.yml", recipe + "needs:\n"
                   "  - {name: base, start: \"no-such-server {port}\"}\n")
        done = self.pybisect("try", "main", ".", status=1)
        self.assertIn("not run: it needs 'base', and this machine lacks "
                      "no-such-server", done.out)
        job = self.pybisect(".", "v9.1.0..main", status=1)
        self.assertIn("no-such-server", job.out)
        self.assertNotIn("Found:", job.out)

    def test_known_failures_are_no_verdict(self):
        recipe = self.read("project/pybisect.yml")
        self.write("project/pybisect.yml",
                   recipe + "known-failures: \"test_tiny.Tests.*\"\n")
        done = self.pybisect("try", "main", ".", status=0)
        self.assertIn("good: 5 tests, 3 failed, 1 skipped (3 known to the "
                      "recipe)", done.out)

    def test_too_few_tests_are_no_good_run(self):
        recipe = self.read("project/pybisect.yml")
        self.write("project/pybisect.yml", recipe.replace(
            "  timeout: 60\n", "  min-tests: 50\n").replace(
            "test_tiny\n", "test_tiny.Tests.test_passes\n"))
        done = self.pybisect("try", "main", ".", status=1)
        self.assertIn("bad: 1 test, 0 failed, the recipe expects at least "
                      "50 tests", done.out)


if __name__ == "__main__":
    main()
