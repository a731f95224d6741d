"""What of each version of CPython is built here, and whether it works.

    python3 eras.py PYBISECT CLONE REVISION...

Each revision is built and then asked: which of the modules that want
something of the machine can be imported, and whether it passes its own
test_grammar, test_unittest and test_json. A line of a Markdown table for
each. Builds that are kept already take no time.
"""

import os
import re
import subprocess
import sys
import tempfile

from measure import timed

TESTS = ["test_grammar", "test_unittest", "test_json"]

# Modules of C that are not simply always there.
MODULES = """
_bisect _bsddb _bz2 _collections _collections_abc _contextvars _crypt _csv
_ctypes _curses _curses_panel _dbm _decimal _elementtree _gdbm _hashlib
_heapq _io _json _locale _lsprof _lzma _md5 _multiprocessing _posixshmem
_posixsubprocess _queue _random _sha _sha1 _sha256 _sha512 _socket _sqlite3
_ssl _struct _tkinter _uuid _zoneinfo array audioop binascii bz2 cPickle
cStringIO crypt datetime dbm fcntl gdbm grp itertools math mmap nis operator
ossaudiodev parser pyexpat readline resource select spwd strop syslog termios
time unicodedata zlib
""".split()

# Which have a source in this revision is what the tree says; those of no
# source are of another time.
PROBE = r"""
import sys
sys.stdout.write("version " + sys.version.split()[0] + "\n")
for name in sys.argv[1:]:
    try:
        __import__(name)
    except Exception:
        sys.stdout.write("lacks %s %s\n"
                         % (name, str(sys.exc_info()[1]).split("\n")[0]))
"""


def git(clone, *arguments):
    return subprocess.run(["git", "-C", clone] + list(arguments),
                          stdout=subprocess.PIPE, check=True
                          ).stdout.decode("utf-8", "replace")


def modules_of(clone, revision):
    """Those of MODULES that this revision has a source for."""
    known = set()
    for path in git(clone, "ls-tree", "-r", "--name-only", revision,
                    "Modules/").split():
        name = os.path.basename(path)
        if name.endswith(".c"):
            known.add(name[:-2])
            if name.endswith("module.c"):
                known.add(name[:-len("module.c")])
    for text in ("setup.py", "Modules/Setup", "Modules/Setup.stdlib.in"):
        done = subprocess.run(["git", "-C", clone, "show",
                               "%s:%s" % (revision, text)],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        content = done.stdout.decode("utf-8", "replace")
        known.update(re.findall(r"Extension\(\s*['\"](\w+)['\"]", content))
        known.update(re.findall(r"^#?(\w+) .*\.c\b", content, re.M))
    return [name for name in MODULES if name in known]


class Program:
    def __init__(self, pybisect, clone, scratch):
        self.pybisect, self.clone, self.scratch = pybisect, clone, scratch

    def run(self, revision, *words):
        environment = dict(os.environ, HOME=self.scratch, LC_ALL="C.UTF-8",
                           PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(
            [self.pybisect, "exec", revision, "--cpython", self.clone,
             "-j", "2", "--", "{python}"] + list(words),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=self.scratch, env=environment)
        return done.returncode, done.stdout.decode("utf-8", "replace")


def own_tests(program, revision):
    """Those that fail, and what they last said."""
    listed = git(program.clone, "ls-tree", "-r", "--name-only", revision,
                 "Lib/test/", "Lib/json/tests/").split()
    failed = []
    there = []
    for test in TESTS:
        if not any(path.startswith("Lib/test/" + test) for path in listed):
            failed.append(test + ": not there")
            continue
        there.append(test)
        if "Lib/test/__main__.py" in listed:
            words = ["-m", "test"]
        else:
            words = ["-c", "from test import regrtest; regrtest.main()"]
        code, said = program.run(revision, *(words + [test]))
        if code != 0 or ("1 test OK" not in said
                         and "Tests result: SUCCESS" not in said
                         and "Result: SUCCESS" not in said):
            lines = said.strip().split("\n")
            failed.append("%s: exit %d: %s" % (test, code, lines[-1]))
            sys.stderr.write("\n".join(lines[-40:]) + "\n")
    return there, failed


def row(program, revision):
    date = git(program.clone, "log", "-1", "--format=%h %cs", revision)
    (code, said), took = timed(lambda: program.run(revision, "-c", "pass"))
    if code != 0:
        return "| %s | | | does not build | %s |" % (date.strip(),
                                                     said.strip()[-300:])
    _, said = program.run(revision, "-c", PROBE,
                          *modules_of(program.clone, revision))
    version = re.search("^version (.*)$", said, re.M).group(1)
    lacks = re.findall(r"^lacks (\w+) (.*)$", said, re.M)
    there, failed = own_tests(program, revision)
    sys.stderr.write("".join("%s: %s\n" % pair for pair in lacks))
    return "| %s | %s | %.0f s (%.0f s) | %s | %s |" % (
        version, date.strip().replace(" ", " | "), took.wall, took.cpu,
        ", ".join(name for name, _ in lacks) or "nothing",
        "; ".join(failed) or "pass")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    pybisect, clone = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as scratch:
        program = Program(os.path.abspath(pybisect), os.path.abspath(clone),
                          scratch)
        print("| version | commit | date | time (processor) | lacks |"
              " its own tests |\n|---|---|---|---|---|---|")
        for revision in sys.argv[3:]:
            print(row(program, revision))
            sys.stdout.flush()


main()
