"""A shipped recipe run for real: the project comes from Debian's packages, the
interpreter is built from Debian's CPython.

    python3 recipes.py RECIPE PYBISECT SOURCE HOME

The whole suite must be good, and one test of it must run alone.
"""

import json
import os
import re
import subprocess
import sys

import confine

PROJECTS = {
    # recipe: (project, dependencies, tests at least, one of them)
    "genshi": ("genshi", "deps", 850,
               "genshi.tests.core.MarkupTestCase.test_escape"),
    "storm": ("storm", "storm-deps", 2500,
              "storm.tests.event.EventTest.test_hook_unhook_emit"),
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


def main(name, pybisect, source, home):
    project, deps, least, one = PROJECTS[name]
    material = os.path.join(source, "build", "quickstart")
    history = os.path.join(material, "cpython.git")
    with open(history + ".json", encoding="utf-8") as file:
        revision = json.load(file)["range"].partition("..")[0]
    environment = dict(os.environ, PYBISECT_HOME=home,
                       PYBISECT_RECIPES=os.path.join(source, "recipes"))
    command = [pybisect, "try", revision, name, "--cpython", history,
               "--project-dir", os.path.join(material, project),
               "--deps", os.path.join(material, deps)]
    ran = count(run(command, environment))
    check(ran >= least, "%d tests instead of %d at least" % (ran, least))
    ran = count(run(command + ["--test", one], environment))
    check(ran == 1, "%d tests where one was asked for" % ran)


if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[1] not in PROJECTS:
        sys.exit("usage: recipes.py %s PYBISECT SOURCE HOME"
                 % "|".join(sorted(PROJECTS)))
    confine.settle()
    main(*sys.argv[1:])
