"""A shipped recipe run for real: the interpreter is built from Debian's
CPython, the project comes from Debian's packages, or from a checkout of yours:
NAME below the directory that PYBISECT_PROJECTS names, beside it what it
imports in NAME-deps, and wheels and source distributions in NAME-links.

    python3 recipes.py RECIPE PYBISECT SOURCE HOME

The whole suite must be good, and one test of it must run alone, where tests
can be chosen.  A project that is not there is no failure: exit status 77.
"""

import os
import re
import subprocess
import sys

import confine

SKIP = 77

# recipe: (tests at least, one of them)
RECIPES = {
    "breezy": (3900, "breezy.tests.test_osutils.TestSafeUnicode."
                     "test_from_ascii_string"),
    "cherrypy": (250, None),
    "django": (4800, "utils_tests.test_http.URLEncodeTests.test_dict"),
    "genshi": (850, "genshi.tests.core.MarkupTestCase.test_escape"),
    "mysqlclient": (95, None),
    "nose2": (300, "nose2.tests.unit.test_util.UtilTests."
                   "test_testcase_test_name"),
    "pycryptodome": (35000, None),
    "roundup": (2000, None),
    "sqlalchemy": (10000, None),
    "storm": (2500, "storm.tests.event.EventTest.test_hook_unhook_emit"),
    "trac": (1900, None),
    "twill": (45, None),
    "twisted": (10000, "twisted.python.test.test_util.UtilTests.testUniq"),
}


def check(condition, message):
    if not condition:
        sys.exit("recipes: " + message)


def run(command, environment):
    print("$", " ".join(command), flush=True)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE)
    output = done.stdout.decode("utf-8", "replace")
    print(output, flush=True)
    check(done.returncode == 0,
          "exit status %d instead of 0" % done.returncode)
    return output


def count(output):
    found = re.search(r"^good: (\d+) tests?, ", output, re.MULTILINE)
    check(found, "no verdict in the output")
    return int(found[1])


def find_project(name, material):
    """Its directory, and words that name what it imports."""
    for place in os.environ.get("PYBISECT_PROJECTS"), material:
        project = os.path.join(place or "", name)
        if place and os.path.isdir(project):
            return project, name_dependencies(name, place)
    print("recipes: there is no %s: apt could not bring it, and "
          "PYBISECT_PROJECTS has none" % name)
    sys.exit(SKIP)


def name_dependencies(name, place):
    words = []
    deps = "deps" if name == "genshi" else name + "-deps"
    for option, below in ("--deps", deps), ("--find-links", name + "-links"):
        directory = os.path.join(place, below)
        if os.path.isdir(directory):
            words += [option, directory]
    return words


def main(name, pybisect, source, home):
    least, one = RECIPES[name]
    material = os.path.join(source, "build", "quickstart")
    history = os.path.join(material, "cpython.git")
    revision = subprocess.run(["git", "-C", history, "tag", "--list", "v3.*"],
                              check=True, stdout=subprocess.PIPE,
                              text=True).stdout.strip()
    project, deps = find_project(name, material)
    environment = dict(os.environ, PYBISECT_HOME=home,
                       PYBISECT_RECIPES=os.path.join(source, "recipes"))
    command = [pybisect, "try", revision, name, "--cpython", history,
               "--project-dir", project, *deps]
    ran = count(run(command, environment))
    check(ran >= least, "%d tests instead of %d at least" % (ran, least))
    if one:
        ran = count(run(command + ["--test", one], environment))
        check(ran == 1, "%d tests where one was asked for" % ran)


if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[1] not in RECIPES:
        sys.exit("usage: recipes.py %s PYBISECT SOURCE HOME"
                 % "|".join(sorted(RECIPES)))
    confine.settle()
    main(*sys.argv[1:])
