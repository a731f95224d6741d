"""What a project needs: found in a directory, pinned, unpacked once, and built
by each interpreter that needs a build of its own."""

import functools
import glob
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import zipfile

import distributions
from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, WAVELESS, Case, Shared, listing, main, setUpModule,
    tearDownModule, wait_for)

RANGE = "v9.1.0..main"

USES_PURE = """

class Pure(unittest.TestCase):

    def test_pure(self):
        import pure
        self.assertEqual(pure.double(2), 4)
"""

USES_FAST = """

class Fast(unittest.TestCase):

    def test_fast(self):
        import fast
        self.assertEqual(fast.use(), "x")
"""


OWN_BUILD = """
import os

with open(%r, "a") as log:
    log.write(os.environ["TINY_HEADER"] + "\\n")
%s
with open("tests/own.py", "w") as made:
    made.write("HEADER = %%r\\n" %% os.environ["TINY_HEADER"])
"""

USES_OWN = """

class Own(unittest.TestCase):

    def test_own(self):
        import own
        self.assertEqual(own.HEADER, os.environ["TINY_HEADER"])
"""


class Dependencies(Case):

    def setUp(self):
        super().setUp()
        self.cache = self.own_cache()
        self.links = os.path.join(self.place, "links")
        self.log = os.path.join(self.place, "built")
        os.mkdir(self.links)

    def need(self, dependencies, tests=""):
        path = "project/pybisect.yml"
        self.write(path, self.read(path) + "dependencies: %s\n"
                   % json.dumps(dependencies))
        path = "project/tests/test_tiny.py"
        self.write(path, self.read(path) + tests)

    def pure(self, **more):
        distributions.wheel(
            self.links, "helper", "2.0",
            {"helper/__init__.py": "def twice(x):\n    return x + x\n"})
        distributions.wheel(
            self.links, "helper", "1.0",
            {"helper/__init__.py": "raise ImportError('too old')\n"})
        return distributions.wheel(
            self.links, "Pure_Thing", "1.5",
            {"pure.py": "import helper\n\n\ndef double(x):\n"
                        "    return helper.twice(x)\n",
             "Pure_Thing-1.5.data/scripts/pure": "#!python\n"},
            requires=["helper>1; python_version >= '9'",
                      "absent; python_version < '9'",
                      "absent; extra == 'all'"], **more)

    def deps(self, pattern):
        return glob.glob(os.path.join(self.cache, "deps", pattern))

    def test_wheels_are_found_pinned_and_unpacked_once(self):
        self.pure(python=">=3.6,<4")
        self.need(["pure=pure.thing>=1"], USES_PURE)
        report = os.path.join(self.place, "report.json")
        done = self.pybisect(".", RANGE, "--find-links", self.links,
                             "--match", "ValueError", "--report", report)
        self.assertNames(done, CULPRIT)
        self.assertIn("pure-thing 1.5 says that it is for Python >=3.6,<4, "
                      "which is ignored", done.err)
        self.assertIn("pure-thing 1.5", done.out)
        self.assertEqual(len(self.deps("wheels-*")), 1)
        self.assertEqual(self.deps("work-*"), [])
        files = os.path.join(self.deps("wheels-*")[0], "files")
        self.assertTrue(os.path.exists(files + "/bin/pure"))
        with open(report, encoding="utf-8") as file:
            record = json.load(file)
        pins = {pin["name"]: pin for pin in record["project"]["distributions"]}
        self.assertEqual(sorted(pins), ["helper", "pure-thing"])
        self.assertEqual(pins["helper"]["version"], "2.0")
        self.assertRegex(pins["helper"]["sha256"], "^[0-9a-f]{64}$")

    def test_what_was_written_to_is_unpacked_anew(self):
        self.pure()
        self.need(["pure=pure.thing"], USES_PURE)
        words = ["try", "v9.1.0", ".", "--find-links", self.links,
                 "--test", "test_tiny.Pure.test_pure"]
        self.pybisect(*words, status=0)
        with open(self.deps("wheels-*/files/pure.py")[0], "w") as file:
            file.write("raise ImportError('torn')\n")
        shutil.rmtree(os.path.join(self.place, "data"))
        self.pybisect(*words, status=0)

    def test_what_is_long_unused_goes(self):
        self.pure()
        self.need(["pure=pure.thing"], USES_PURE)
        old = os.path.join(self.cache, "deps", "wheels-old")
        left = os.path.join(self.cache, "deps", "work-left")
        for directory in (old, left):
            os.makedirs(directory)
        for path in (old + "/revision", left + ".lock"):
            open(path, "w").close()
        os.utime(old + "/revision", (1700000000, 1700000000))
        self.pybisect("try", "v9.1.0", ".", "--find-links", self.links,
                      "--test", "test_tiny.Pure.test_pure", status=0)
        self.assertFalse(os.path.exists(old))
        self.assertFalse(os.path.exists(left))
        self.assertEqual(len(self.deps("wheels-*")), 1)

    def test_all_that_is_missing_is_named(self):
        distributions.wheel(self.links, "helper", "1.0", {"helper.py": ""},
                            tag="cp99-cp99-linux_x86_64")
        distributions.wheel(self.links, "old", "1.0", {"old.py": ""},
                            requires=["deeper"])
        self.need(["helper", "old", "none", "older=old>=2"])
        done = self.pybisect("try", "main", ".", "--find-links", self.links,
                             status=2)
        self.assertRegex(done.err, "'helper', where helper-1.0-.* is for "
                         "another machine or for one interpreter alone")
        self.assertIn("'old>=2', where old-1.0", done.err)
        self.assertIn("'none'", done.err)
        self.assertIn("--deps DIR", done.err)

    def test_without_an_index_the_ways_to_do_without_are_named(self):
        self.need(["no_such_module", "nor_this"])
        self.environment.update(PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
        done = self.pybisect("try", "main", ".", status=2)
        self.assertIn("needs 'no_such_module', 'nor_this'", done.err)
        self.assertIn("--find-links DIR", done.err)
        self.assertIn("--deps DIR", done.err)

    def test_a_resumed_bisection_goes_by_its_pins(self):
        path = self.pure()
        self.need(["pure=pure.thing"], USES_PURE)
        self.write("marks/slow", "")
        process = self.start(".", RANGE, "--find-links", self.links)
        wait_for(lambda: os.path.exists(self.marks + "/testing"))
        process.send_signal(signal.SIGKILL)
        self.finish(process)
        os.unlink(self.marks + "/slow")
        # A newer release comes too late, and a pinned file must be there.
        distributions.wheel(self.links, "Pure_Thing", "1.6",
                            {"pure.py": "raise ImportError('newer')\n"})
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "ab") as file:
            file.write(b"\0")
        done = self.pybisect("resume", status=2)
        self.assertRegex(done.err, r"Pure_Thing-1.5-\S+whl' has changed since "
                         "pure-thing 1.5 was pinned to it")
        os.unlink(path)
        done = self.pybisect("resume", status=2)
        self.assertRegex(done.err, r"Pure_Thing-1.5-\S+whl' is gone")
        with open(path, "wb") as file:
            file.write(content)
        done = self.pybisect("resume")
        self.assertEqual(done.status, 0, str(done))
        self.assertEqual(self.deps("work-*"), [])

    def test_a_wheel_that_means_harm_is_refused(self):
        self.need(["evil"])
        before = listing(self.project)
        for name in ("../../../outside.py", "/tmp/pybisect-outside.py",
                     "a/../../outside.py"):
            path = distributions.wheel(self.links, "evil", "1.0",
                                       {"evil.py": "", name: "outside"})
            done = self.pybisect("try", "main", ".", "--find-links",
                                 self.links, status=3)
            self.assertIn("leads out of it", done.err)
            os.unlink(path)
        with zipfile.ZipFile(path, "w") as archive:
            link = zipfile.ZipInfo("evil")
            link.create_system = 3
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc")
            archive.writestr("evil-1.0.dist-info/METADATA", "Name: evil\n")
        done = self.pybisect("try", "main", ".", "--find-links", self.links,
                             status=3)
        self.assertIn("a link or a device", done.err)
        self.assertFalse(os.path.exists("/tmp/pybisect-outside.py"))
        self.assertEqual(glob.glob(self.place + "/**/outside.py",
                                   recursive=True), [])
        self.assertEqual([path for path in listing(self.project)
                          if path not in before], [])

    def test_a_wheel_that_is_not_what_it_says_is_refused(self):
        distributions.wheel(self.links, "liar", "1.0",
                            {"liar.cpython-311-x86_64-linux-gnu.so": "ELF"})
        self.need(["liar"])
        done = self.pybisect("try", "main", ".", "--find-links", self.links,
                             status=3)
        self.assertIn("says that it is for any interpreter", done.err)

    def built(self):
        return self.lines("built")

    def test_extension_modules_are_built_once_for_equal_headers(self):
        distributions.fast(self.links, self.log)
        self.need(["fast"], USES_FAST)
        report = os.path.join(self.place, "report.json")
        words = [".", RANGE, "--find-links", self.links, "--match",
                 "ValueError", "--report", report]
        done = self.pybisect(*words)
        self.assertNames(done, CULPRIT)
        with open(report, encoding="utf-8") as file:
            record = json.load(file)
        self.assertFalse(re.search("test_fast", json.dumps(
            record["findings"])), "the extension module did not work")
        # Two closing checks build anew; else there is one for each Include.
        tried = record["tried"]
        closing = [row for row in tried if row["clean"]]
        shared = self.built()[:len(self.built()) - len(closing)]
        self.assertEqual(len(shared), len(set(shared)))
        self.assertGreater(len(shared), 2)
        self.assertLess(len(shared), len(tried) - len(closing))
        times = record["time"]
        self.assertEqual(times["dependencies_built"], len(self.built()))
        self.assertGreater(times["dependency_seconds"], 0)
        self.assertIn("%d dependencies built" % len(self.built()), done.out)

        # A new place with the same store builds nothing.
        before = len(self.built())
        self.pybisect("try", "main", ".", "--find-links", self.links,
                      "--test", "test_tiny.Fast.test_fast", status=0)
        self.assertEqual(len(self.built()) - before, 0)

    def test_what_was_built_for_other_headers_crashes(self):
        """What the ABI keys are for: without them, this would be run."""
        distributions.fast(self.links, self.log)
        self.need(["fast"], USES_FAST)
        old, new = Shared.shas[4], "main"
        words = [".", "--find-links", self.links, "--test",
                 "test_tiny.Fast.test_fast"]
        self.pybisect("try", old, *words, status=0)
        built = self.deps("built-*/files")[0]
        load = ["--", "{python}", "-c",
                "import sys; sys.path.insert(0, %r); import fast; "
                "print(fast.use())" % built]
        done = self.pybisect("exec", old, *load, status=0)
        self.assertEqual(done.out, "x\n")
        done = self.pybisect("exec", new, *load)
        self.assertEqual(done.status, 128 + signal.SIGSEGV, str(done))
        # By the same pins, and with the same store, it never comes to that.
        self.pybisect("try", new, *words, status=0)
        self.assertEqual(len(self.deps("built-*")), 2)
        # Nor is what somebody else built taken for granted.
        done = self.pybisect("try", new, ".", "--deps", built, status=2)
        self.assertIn("holds 1 extension module, built for one interpreter "
                      "alone: '_fast.so'", done.err)

    def test_a_build_that_fails_is_bisected_like_a_test(self):
        """The headers of the culprit and of its parent are equal: sharing
        would hide it."""
        distributions.fast(self.links, self.log,
                           check="from tinymod import wave")
        self.need(["fast"])
        done = self.pybisect(".", RANGE, "--find-links", self.links)
        self.assertIn("Found: %s" % Shared.shas[WAVELESS][:10], done.out)
        self.assertIn("cannot import name 'wave'", done.out)
        self.assertIn("each revision building them itself", done.err)
        self.assertIn("{deps}/fast/", done.out)
        self.assertNotIn("/deps/work-", done.out)
        # The commands show it too, whatever the store has by now.
        for number, status in ((WAVELESS - 1, 0), (WAVELESS, 1)):
            command = re.search(
                r"pybisect try %s (?:.*\\\n)*.*" % Shared.shas[number],
                done.out)[0].replace("\\\n", " ")
            self.pybisect(*command.split()[1:], status=status)
        done = self.pybisect("try", "main", ".", "--find-links", self.links,
                             status=1)
        self.assertIn("(prepare)", done.out)
        done = self.pybisect(".", RANGE, "--find-links", self.links,
                             "--phase", "prepare")
        self.assertNames(done, WAVELESS)

    def test_tools_are_resolved_and_built_like_the_rest(self):
        distributions.wheel(self.links, "mallet", "3.0",
                            {"mallet.py": "HEAD = 'steel'\n"})
        distributions.fast(self.links, self.log,
                           check="import mallet; assert mallet.HEAD",
                           requires='["mallet>=2"]')
        self.need(["fast"], USES_FAST)
        words = ["try", "main", ".", "--find-links", self.links,
                 "--test", "test_tiny.Fast.test_fast"]
        self.pybisect(*words, status=0)
        os.unlink(glob.glob(self.links + "/mallet*")[0])
        done = self.pybisect(*words, status=2)
        self.assertIn("'mallet>=2' (for 'fast')", done.err)

    def own_build(self, check=""):
        self.write("project/build.py", OWN_BUILD % (self.log, check))
        path = "project/pybisect.yml"
        self.write(path, self.read(path)
                   + "build: \"{python} build.py\"\n")
        path = "project/tests/test_tiny.py"
        self.write(path, self.read(path) + USES_OWN)

    def test_the_projects_own_build_is_shared_by_equal_headers(self):
        self.own_build()
        report = os.path.join(self.place, "report.json")
        done = self.pybisect(".", RANGE, "--match", "ValueError",
                             "--report", report)
        self.assertNames(done, CULPRIT)
        with open(report, encoding="utf-8") as file:
            record = json.load(file)
        self.assertNotIn("test_own", json.dumps(record["findings"]))
        closing = [row for row in record["tried"] if row["clean"]]
        shared = self.built()[:len(self.built()) - len(closing)]
        self.assertEqual(len(shared), len(set(shared)))
        self.assertEqual(record["time"]["dependencies_built"],
                         len(self.built()))

    def test_an_own_build_that_fails_is_bisected_like_a_test(self):
        self.own_build("from tinymod import wave")
        done = self.pybisect(".", RANGE, "--phase", "prepare")
        self.assertNames(done, WAVELESS)
        done = self.pybisect(".", RANGE)
        self.assertIn("Found: %s" % Shared.shas[WAVELESS][:10], done.out)

    def test_a_list_of_recipes_shows_what_a_directory_lacks(self):
        self.pure()
        self.need(["pure=pure-thing", "nothing"])
        self.write("config/pybisect/recipes/tinyproject.yml",
                   self.read("project/pybisect.yml"))
        done = self.pybisect("recipe", "list", "--find-links", self.links,
                             status=0)
        self.assertRegex(done.out, "(?m)^tinyproject +- +nothing +a few")

    def test_an_index_is_asked_through_pip(self):
        if subprocess.run(["python3", "-m", "pip", "--version"],
                          capture_output=True).returncode != 0:
            self.skipTest("the host has no pip")
        self.pure()
        self.need(["pure=pure.thing"], USES_PURE)
        index = os.path.join(self.place, "index")
        for name in os.listdir(self.links):
            project = name.split("-")[0].lower().replace("_", "-")
            page = "index/%s/index.html" % project
            self.write(page, "".join(self.lines(page))
                       + "<a href='%s'>%s</a>" % (name, name))
            shutil.copy(os.path.join(self.links, name),
                        os.path.join(index, project))
        handler = functools.partial(Quiet, directory=index)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                             handler) as server:
            threading.Thread(target=server.serve_forever).start()
            self.environment.update(
                PIP_CONFIG_FILE=os.devnull,
                PIP_INDEX_URL="http://127.0.0.1:%d" % server.server_port)
            words = [".", "%s..%s" % (Shared.shas[23], Shared.shas[25]),
                     "--match", "ValueError"]
            done = self.pybisect(*words)
            server.shutdown()
        self.assertNames(done, CULPRIT)
        self.assertEqual(len(self.deps("wheels-*")), 1)
        self.assertEqual(
            sorted(os.listdir(self.place + "/data/pybisect/distributions")),
            ["Pure_Thing-1.5-py2.py3.py9-none-any.whl",
             "helper-2.0-py2.py3.py9-none-any.whl"])
        # What was pinned needs no index any more; a new bisection does.
        self.environment["PIP_NO_INDEX"] = "1"
        self.pybisect("resume", "1", status=0)
        done = self.pybisect(*words, status=2)
        self.assertIn("cannot fetch 'pure-thing'", done.err)


class Quiet(http.server.SimpleHTTPRequestHandler):

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    main()
