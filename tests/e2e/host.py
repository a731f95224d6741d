"""What an interpreter under test knows of the host, and does to it: nothing.

    python3 host.py PYBISECT CLONE HOME REVISION...

pybisect is run by a user whose environment is full of traps: a PYTHONHOME, a
PYTHONPATH, packages and settings in his home, another language, time zone,
hash seed and umask. Tests that each revision's interpreter runs must see none
of it, an interpreter that he runs himself nothing of another's, and nothing in that home, nor in the dependencies, may have changed.
"""

import os
import shutil
import subprocess
import sys
import tempfile

RECIPE = """
name: host
dependencies: [laidout]
prepare:
  - "{python} -c \\"open('made', 'w').close()\\""
test:
  command: "{python} {reporter} -m unittest -v {tests}"
  all: test_host
  reader: unittest
  min-tests: 8
"""

# For every Python from 2.5 on.
TESTS = r"""
import os
import sys
import time
import unittest

import laidout

REAL = os.path.realpath


class HostTest(unittest.TestCase):
    def assert_below(self, path, tops):
        for top in tops:
            if REAL(path).startswith(REAL(top)):
                return
        self.fail("%r is below none of %r" % (path, tops))

    def test_modules_come_from_the_build_and_the_project(self):
        build = os.path.dirname(REAL(sys.executable))
        deps = os.path.dirname(laidout.__file__)
        for path in sys.path:
            self.assert_below(path or ".", [build, os.getcwd(), deps,
                                            os.path.dirname(sys.argv[0]),
                                            "/nonexistent"])
        self.assert_below(os.__file__, [build])
        for name in ("pip", "setuptools", "pkg_resources", "leak",
                     "usercustomize", "sitecustomize"):
            self.assertRaises(ImportError, __import__, name)

    def test_prefix_is_nowhere(self):
        self.assertEqual(sys.prefix, "/nonexistent")
        self.assertEqual(sys.exec_prefix, "/nonexistent")

    def test_no_variable_of_the_user(self):
        for name in ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS",
                     "PYTHONOPTIMIZE", "LC_ALL", "LC_TIME", "LEAK"):
            self.assertFalse(name in os.environ, name)
        self.assertTrue(__debug__)

    def test_home(self):
        home = os.path.expanduser("~")
        self.assertEqual(os.environ["HOME"], home)
        self.assertEqual(os.listdir(home), [])
        self.assertNotEqual(home, HOST_HOME)

    def test_language(self):
        import locale
        self.assertEqual(os.environ["LANG"], "C.UTF-8")
        self.assertNotEqual(locale.setlocale(locale.LC_ALL, ""), "de_DE.UTF-8")

    def test_time_zone(self):
        self.assertEqual(time.tzname[0], "UTC")
        self.assertEqual(time.timezone, 0)

    def test_hash_seed(self):
        self.assertEqual(os.environ["PYTHONHASHSEED"], "0")
        pipe = os.popen("%s -c \"print(hash('text'))\"" % sys.executable)
        self.assertEqual(pipe.read().strip(), str(hash("text")))
        pipe.close()

    def test_umask(self):
        mask = os.umask(18)
        os.umask(mask)
        self.assertEqual(mask, 18)
        self.assertEqual(os.stat("made").st_mode & 511, 420)
"""

SETTINGS = {
    "PYTHONHOME": "/usr", "PYTHONSTARTUP": "/nonexistent/startup.py",
    "PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2",
    "PYTHONHASHSEED": "random", "LANG": "de_DE.UTF-8",
    "LC_ALL": "de_DE.UTF-8", "LC_TIME": "fr_FR.UTF-8", "TZ": "Asia/Tokyo",
    "LEAK": "leak",
}
VERSIONS = ["2.6", "2.7"] + ["3.%d" % minor for minor in range(1, 16)]


def write(*parts):
    path = os.path.join(*parts[:-1])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(parts[-1])


def fill_home(home):
    """Where any version looks for the user's own packages and settings."""
    for version in VERSIONS:
        own = os.path.join(home, ".local", "lib", "python" + version,
                           "site-packages")
        write(own, "leak.py", "")
        write(own, "usercustomize.py", "raise SystemExit('usercustomize')\n")
        write(own, "leak.pth", "import os; os.environ['LEAK'] = 'pth'\n")
    write(home, "path", "leak.py", "")
    write(home, "path", "sitecustomize.py", "raise SystemExit('site')\n")
    write(home, ".pydistutils.cfg", "[build]\nbuild-base=/nonexistent\n")


def execute(pybisect, clone, revision, environment):
    """pybisect exec, which is given the user's own environment."""
    environment = dict(environment)
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS"):
        del environment[name]
    done = subprocess.run(
        [os.path.abspath(pybisect), "exec", revision,
         "--cpython", os.path.abspath(clone), "--", "{python}", "-c",
         "import sys; print('leak' in sys.modules or sys.prefix)"],
        env=environment, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


def state(*tops):
    """Every file, and when it was changed."""
    found = {}
    for top in tops:
        for directory, _, names in os.walk(top):
            for name in names + [""]:
                path = os.path.join(directory, name)
                found[path] = os.stat(path).st_mtime_ns
    return found


def main(pybisect, clone, home, revisions):
    scratch = tempfile.mkdtemp()
    host = os.path.join(scratch, "host")
    project = os.path.join(scratch, "project")
    deps = os.path.join(scratch, "deps")
    fill_home(host)
    write(project, "pybisect.yml", RECIPE)
    write(project, "test_host.py",
          "HOST_HOME = %r\n" % host + TESTS.lstrip())
    write(deps, "laidout.py", "")
    environment = dict(os.environ, HOME=host, PYBISECT_HOME=home,
                       PYTHONPATH=os.path.join(host, "path"), **SETTINGS)
    before = state(host, deps, project)
    failed = []
    for revision in revisions:
        os.umask(0o077)
        done = subprocess.run(
            [os.path.abspath(pybisect), "try", revision, project,
             "--cpython", os.path.abspath(clone), "--deps", deps],
            env=environment)
        if done.returncode != 0:
            failed.append("%s: exit status %d" % (revision, done.returncode))
        prefix = execute(pybisect, clone, revision, environment)
        if prefix != "/nonexistent":
            failed.append("%s: exec has its prefix at '%s'"
                          % (revision, prefix))
    after = state(host, deps, project)
    for path in sorted(set(before) | set(after)):
        if before.get(path) != after.get(path):
            failed.append("changed: " + path)
    shutil.rmtree(scratch)
    if failed:
        sys.exit("host: " + "\n      ".join(failed))


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:4], sys.argv[4:])
