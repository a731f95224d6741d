"""What the tests of the whole program share: a tiny CPython, a tiny project,
ways to run pybisect on them, and texts to compare with.

    PYBISECT=.../pybisect python3 test_x.py

PB_UPDATE_GOLDEN=1 writes what is in golden/ anew.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import tiny_cpython

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
PATIENCE = 300  # seconds, for one run of pybisect

CULPRIT, WAVELESS, MERGE, HANG = 24, 29, 32, 36

RECIPE = """\
name: tinyproject
description: a few tests of tinymod
environment:
  TINY_MARKS: "%s"
test:
  directory: "{project}/tests"
  command: "{python} {reporter} -m unittest -v {tests}"
  all: test_tiny
  reader: unittest
  timeout: 60
"""

# Each run is marked with the revision's serials. In the directory of marks,
# "slow" makes it sleep after writing "testing".
TESTS = '''\
import os
import sys
import time
import unittest

import serial
import tinymod

MARKS = os.environ.get("TINY_MARKS")
if MARKS:
    with open(MARKS + "/runs", "a") as marks:
        marks.write("%s.%d %s\\n" % (os.environ["TINY_SERIAL"], serial.SERIAL,
                                    " ".join(sys.argv[1:])))
    if os.path.exists(MARKS + "/slow"):
        open(MARKS + "/testing", "w").close()
        time.sleep(60)


class Tests(unittest.TestCase):

    def test_passes(self):
        pass

    def test_fails_everywhere(self):
        self.fail("no network")

    def test_long(self):
        tinymod.check("a string that is long")

    def test_longer(self):
        tinymod.check("a string that is longer")

    @unittest.skipUnless(hasattr(tinymod, "wave"), "no tinymod.wave")
    def test_waves(self):
        self.assertEqual(tinymod.wave(), "~")


if os.environ["TINY_STRICT"] == "0":
    class Vanishing(unittest.TestCase):

        def test_is_there(self):
            pass
'''


class Shared:
    """Made once a test program: histories do not change, builds may be
    shared. The root's length is fixed, because reports wrap."""

    root = None

    @classmethod
    def make(cls):
        cls.root = tempfile.mkdtemp(
            prefix="pb", dir=os.environ.get("PB_TEST_ROOT", "/tmp"))
        cls.clone = os.path.join(cls.root, "tiny")
        cls.recipes = os.path.join(cls.root, "recipes")
        cls.cache = os.path.join(cls.root, "cache")
        cls.shas = tiny_cpython.make(cls.clone)
        os.mkdir(cls.recipes)
        for name in ("cpython.yml", "classes.yml"):
            shutil.copy(os.path.join(SOURCE, "recipes", name), cls.recipes)

    @classmethod
    def remove(cls):
        shutil.rmtree(cls.root)


def setUpModule():
    Shared.make()


def tearDownModule():
    Shared.remove()


class Done:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout.decode("utf-8")
        self.err = process.stderr.decode("utf-8")

    def __str__(self):
        return "%s%s= %d\n" % (self.out, self.err, self.status)


def normalise(text):
    """Without what differs between two machines or two runs."""
    text = text.replace(Shared.root, "/ROOT")
    text = re.sub(r"/ROOT/t\w{8}\b", "/PLACE", text)
    text = re.sub(r"\b\d+ min \d\d s\b|\b\d+(\.\d+)? s\b", "N s", text)
    text = re.sub(r"\b\d:\d\d\b", "M:SS", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r"\b(digest:|test-|source-)[0-9a-f]{16}\b", r"\1DIGEST",
                  text)
    text = re.sub(r"log: /\S+(?:\n +\S+)?\.log\b", "log: LOG", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"(?m)^(  toolchain  ).*\n(?: {13}.*\n)*", r"\1...\n", text)
    # How the time wraps depends on the time.
    return re.sub(r"(?m)^N s: .*\n(?:.+\n)*",
                  lambda m: " ".join(m[0].split()) + "\n", text)


def listing(*directories):
    """All that a write would alter, for each file and directory."""
    found = {}
    for top in directories:
        for folder, _, names in os.walk(top):
            for path in [folder] + [os.path.join(folder, n) for n in names]:
                info = os.lstat(path)
                found[path] = (info.st_mode, info.st_size, info.st_mtime_ns,
                               info.st_ino)
    return found


def processes_below(directory):
    """Processes that know of the directory: by words, variables, place."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            known = os.readlink("/proc/%s/cwd" % pid).encode()
            for name in ("cmdline", "environ"):
                with open("/proc/%s/%s" % (pid, name), "rb") as file:
                    known += b" " + file.read()
            with open("/proc/%s/stat" % pid, "rb") as file:
                zombie = file.read().rpartition(b")")[2].split()[0] == b"Z"
        except OSError:
            continue
        if directory.encode() in known and not zombie:
            found.append(known)
    return found


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("nothing happened for %d s" % seconds)
        time.sleep(0.01)


class Case(unittest.TestCase):
    """Each test has data, project and temporary directory of its own; the
    builds are shared unless own_cache is called."""

    def setUp(self):
        self.anew()

    def anew(self):
        """A new place: nothing of what this test did is known there."""
        self.place = tempfile.mkdtemp(prefix="t", dir=Shared.root)
        self.project = os.path.join(self.place, "project")
        self.temporary = os.path.join(self.place, "tmp")
        self.marks = os.path.join(self.place, "marks")
        for directory in (self.temporary, self.marks,
                          os.path.join(self.project, "tests")):
            os.makedirs(directory)
        self.write("project/pybisect.yml", RECIPE % self.marks)
        self.write("project/tests/test_tiny.py", TESTS)
        self.environment = {
            name: value for name, value in os.environ.items()
            if name == "PATH" or name.endswith("SAN_OPTIONS")}
        # What is confined has tests of its own: test_sandbox.py.
        self.environment["PYBISECT_SANDBOX"] = "none"
        self.environment.update(
            HOME=self.place, LANG="C.UTF-8", TMPDIR=self.temporary,
            XDG_DATA_HOME=os.path.join(self.place, "data"),
            XDG_CONFIG_HOME=os.path.join(self.place, "config"),
            XDG_CACHE_HOME=Shared.cache,
            PYBISECT_RECIPES=Shared.recipes,
            PYBISECT_CPYTHON=Shared.clone)

    def own_cache(self):
        self.environment["XDG_CACHE_HOME"] = os.path.join(self.place, "cache")
        return os.path.join(self.place, "cache", "pybisect")

    def write(self, path, text):
        path = os.path.join(self.place, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, path):
        with open(os.path.join(self.place, path), encoding="utf-8") as file:
            return file.read()

    def lines(self, path):
        path = os.path.join(self.place, path)
        return self.read(path).splitlines() if os.path.exists(path) else []

    def start(self, *arguments):
        return subprocess.Popen(
            [os.environ["PYBISECT"], *arguments], cwd=self.project,
            env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process):
        try:
            process.stdout, process.stderr = process.communicate(
                timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        done = Done(process)
        for text in (done.out, done.err):
            self.assertNotRegex(text, r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
        return done

    def pybisect(self, *arguments, status=None):
        done = self.finish(self.start(*arguments))
        if status is not None:
            self.assertEqual(done.status, status, str(done))
        return done

    def check_golden(self, name, text):
        path = os.path.join(HERE, "golden", name + ".txt")
        text = normalise(text)
        if os.environ.get("PB_UPDATE_GOLDEN") == "1":
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        with open(path, encoding="utf-8") as file:
            self.maxDiff = None
            self.assertMultiLineEqual(file.read(), text)

    def assertNames(self, done, number):
        """The answer is this commit of main, and no other."""
        self.assertEqual(done.status, 0, str(done))
        self.assertEqual(re.findall(r"(?m)^Found: (\w+)", done.out),
                         [Shared.shas[number][:10]])


def main():
    unittest.main(module="__main__", verbosity=2,
                  argv=[sys.argv[0]] + sys.argv[1:])
