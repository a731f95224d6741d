"""Debian's packages that tests of pages want; `./quickstart test` installs
them. Without them the tests are skipped, and say so."""

import importlib.util
import shutil
import sys

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def need(*modules, program):
    absent = ["python3-" + name for name in modules
              if importlib.util.find_spec(name) is None]
    if shutil.which(program) is None:
        absent.append(program)
    if absent:
        print("skipped: install " + " ".join(absent))
        sys.exit(SKIPPED)
