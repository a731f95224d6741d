"""A real extension module, built by real interpreters of Debian's CPython with
some commits on top: once for each Include tree, and never loaded by others.

    python3 extensions.py PYBISECT SOURCE HOME
"""

import glob
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

SETUP = """\
import os
from distutils.core import Extension, setup

with open(%r, "a") as log:
    log.write("built\\n")
setup(name="spam", version="1.0", ext_modules=[Extension("spam", ["spam.c"])])
"""

SPAM = """\
#include <Python.h>

static PyObject *
add(PyObject *self, PyObject *args)
{
    long a, b;
    (void)self;
    return PyArg_ParseTuple(args, "ll", &a, &b) ? PyLong_FromLong(a + b)
                                                : NULL;
}

static PyMethodDef methods[] = {{"add", add, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, -1,
                                    methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&module);
}
"""

RECIPE = """\
name: eggs
dependencies: [spam]
test:
  command: "{python} {reporter} -m unittest -v {tests}"
  all: test_eggs
  reader: unittest
"""

TESTS = """\
import unittest

import spam


class Tests(unittest.TestCase):

    def test_add(self):
        self.assertEqual(spam.add(40, 2), 42)

    def test_it_is_for_this_interpreter(self):
        self.assertRegex(spam.__file__, r"spam\\.cpython-3\\d+-.*\\.so$")
"""


def check(condition, message):
    if not condition:
        sys.exit("extensions: " + message)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_sdist(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo("spam-1.0/" + name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


def git(history, *words):
    return subprocess.run(["git", "-C", history, *words], check=True,
                          stdout=subprocess.PIPE).stdout.decode().split()


def main(pybisect, source, home):
    history = os.path.join(source, "build", "quickstart", "cpython.git")
    edited = git(history, "log", "-1", "--format=%H", "main", "--",
                 "Include")[0]
    with open(history + ".json", encoding="utf-8") as file:
        check(json.load(file)["range"].endswith("..main"), "another history")
    with tempfile.TemporaryDirectory(prefix="pybisect-") as place:
        log = os.path.join(place, "log")
        links = os.path.join(place, "links")
        write(place + "/eggs/pybisect.yml", RECIPE)
        write(place + "/eggs/test_eggs.py", TESTS)
        os.mkdir(links)
        write_sdist(links + "/spam-1.0.tar.gz", {
            "pyproject.toml": "[build-system]\nrequires = []\n",
            "setup.py": SETUP % log, "spam.c": SPAM})
        environment = dict(os.environ, PYBISECT_HOME=home,
                           PYBISECT_RECIPES=os.path.join(source, "recipes"))
        # Three interpreters, two Include trees.
        expected = {edited + "~1": 1, edited: 2, "main": 2}
        for revision, builds in expected.items():
            command = [pybisect, "try", revision, "./eggs", "--cpython",
                       history, "--find-links", links]
            print("$", " ".join(command), flush=True)
            done = subprocess.run(command, env=environment, cwd=place,
                                  stdout=subprocess.PIPE)
            output = done.stdout.decode("utf-8", "replace")
            print(output, flush=True)
            check(re.match(r"good: 2 tests, 0 failed", output),
                  "the extension module does not work")
            with open(log, encoding="utf-8") as file:
                seen = len(file.readlines())
            check(seen == builds, "%s: %d builds of it instead of %d"
                  % (revision, seen, builds))
        laid_out = glob.glob(home + "/cache/deps/built-*/files/spam.*.so")
        check(len(laid_out) >= 2, "not a directory for each ABI")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: extensions.py PYBISECT SOURCE HOME")
    # Builds are counted outside, where a confined one cannot write.
    os.environ["PYBISECT_SANDBOX"] = "none"
    main(*sys.argv[1:])
