"""What the code of a project can and cannot do when it is confined.

Skipped where bubblewrap is absent or may not make namespaces; what pybisect
says then is tested everywhere."""

import os
import socket
import subprocess
import unittest

from bench import Case, processes_below, setUpModule, \
    tearDownModule  # noqa: F401

PROBE = ["bwrap", "--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/",
         "--proc", "/proc", "--dev", "/dev", "sh", "-c", ": >/dev/null"]


def can_confine():
    try:
        return subprocess.run(PROBE, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


RECIPE = """\
name: hostile
environment:
  LD_PRELOAD: "{project}/preload.so"
prepare:
  - "{python} prepare.py"
test:
  command: "{python} {reporter} -m unittest -v {tests}"
  all: test_hostile
  reader: unittest
  timeout: 60
"""

HEAD = "import os, socket, subprocess, sys, time, unittest\n"


@unittest.skipUnless(can_confine(), "nothing can be confined here")
class Confined(Case):

    def setUp(self):
        super().setUp()
        self.environment["PYBISECT_SANDBOX"] = "bwrap"
        self.environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        self.environment["GITHUB_TOKEN"] = "secret-token"
        self.environment["SSH_AUTH_SOCK"] = "/tmp/agent"
        self.secret = self.write("secret", "the user's own")
        self.own_cache()

    def run_hostile(self, body, prepare="", status=0):
        """Tests of a project that is up to something; `body` is of a test."""
        self.write("project/pybisect.yml",
                   RECIPE.replace('LD_PRELOAD: "{project}/preload.so"',
                                  'NONE: "1"'))
        self.write("project/prepare.py", HEAD + prepare)
        self.write("project/test_hostile.py", HEAD + (
            "SECRET = %r\n"
            "class Tests(unittest.TestCase):\n"
            "    def test_it(self):\n" % self.secret) + "".join(
                "        %s\n" % line for line in body.splitlines()))
        return self.pybisect("try", "main", ".", status=status)

    def test_a_harmless_suite_passes(self):
        done = self.run_hostile(
            "open('/tmp/x', 'w').close()\n"
            "open('made', 'w').close()\n"
            "open(os.path.expanduser('~/x'), 'w').close()\n"
            "subprocess.check_call(['true'])")
        self.assertIn("good: 1 test", done.out)

    def test_the_users_files_are_not_there(self):
        self.run_hostile(
            "self.assertFalse(os.path.exists(SECRET))\n"
            "for name in '/home', '/root', %r:\n"
            "    with self.assertRaises(OSError):\n"
            "        os.listdir(name)" % os.path.join(self.place, "data"))

    def test_nothing_outside_is_written(self):
        """What has the name of the secret inside is in a private /tmp."""
        self.run_hostile(
            "try: open(SECRET, 'a').write('x')\n"
            "except OSError: pass\n"
            "for name in ('/usr/x', '/etc/x', '/x', sys.executable, '/opt/x',\n"
            "             '/proc/sys/kernel/core_pattern', '/run/x',\n"
            "             '/proc/sysrq-trigger', '/dev/x', '/etc/passwd'):\n"
            "    with self.assertRaises(OSError, msg=name):\n"
            "        open(name, 'a')")
        self.assertEqual(self.read("secret"), "the user's own")

    def test_a_link_in_place_of_the_private_tmp_leads_nowhere(self):
        victim = os.path.dirname(self.write("victim/file", "the user's own"))
        self.run_hostile(
            "open('/tmp/planted', 'w').close()",
            "scratch = os.path.abspath('../scratch')\n"
            "try:\n"
            "    os.rename(scratch, scratch + '-away')\n"
            "    os.mkdir(scratch)\n"
            "    os.symlink(%r, scratch + '/tmp')\n"
            "    os.mkdir(scratch + '/shm')\n"
            "except OSError: pass\n" % victim)
        self.assertEqual(os.listdir(victim), ["file"])

    @unittest.skipUnless(os.getuid() == 0, "only root may in the first place")
    def test_the_machines_devices_are_not_altered(self):
        before = os.stat("/dev/null").st_mode
        try:
            self.run_hostile("for name in 'null', 'zero', 'full', 'random', "
                             "'urandom', 'tty':\n"
                             "    try: os.chmod('/dev/' + name, 0o600)\n"
                             "    except OSError: pass\n"
                             "open('/dev/null', 'w').write('x')")
            self.assertEqual(os.stat("/dev/null").st_mode, before)
        finally:
            os.chmod("/dev/null", before)

    def test_the_interpreter_and_its_library_cannot_be_altered(self):
        self.run_hostile(
            "import tinymod\n"
            "with self.assertRaises(OSError):\n"
            "    open(tinymod.__file__, 'a')")

    def test_no_token_is_in_the_environment(self):
        self.run_hostile(
            "self.assertNotIn('secret-token', repr(os.environ))\n"
            "self.assertNotIn('SSH_AUTH_SOCK', os.environ)")

    def test_the_hosts_services_are_not_reached(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            self.run_hostile(
                "with self.assertRaises(OSError):\n"
                "    socket.create_connection(('127.0.0.1', %d), 2)"
                % server.getsockname()[1])

    def test_loopback_is_up_for_what_the_suite_serves(self):
        self.run_hostile(
            "with socket.socket() as server:\n"
            "    server.bind(('127.0.0.1', 0))\n"
            "    server.listen()\n"
            "    socket.create_connection(server.getsockname(), 2).close()")

    def test_a_recipe_may_ask_for_the_network_and_that_is_told(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            self.run_hostile("pass")
            self.write("project/pybisect.yml",
                       self.read("project/pybisect.yml") + "network: true\n")
            self.write("project/test_hostile.py", HEAD + (
                "class Tests(unittest.TestCase):\n"
                "    def test_it(self):\n"
                "        socket.create_connection(('127.0.0.1', %d), 2)\n"
                % server.getsockname()[1]))
            done = self.pybisect("try", "main", ".", status=0)
            self.assertIn("asks for the network", done.err)

    def test_other_processes_are_not_seen(self):
        self.run_hostile(
            "seen = sorted(int(n) for n in os.listdir('/proc')\n"
            "              if n.isdigit())\n"
            "self.assertLess(len(seen), 5)\n"
            "with self.assertRaises(OSError):\n"
            "    os.kill(%d, 0)" % os.getpid())

    def test_daemons_are_gone(self):
        self.run_hostile(
            "for i in range(3):\n"
            "    subprocess.Popen(['setsid', 'sh', '-c',\n"
            "        'trap \"\" INT TERM HUP; sleep 1000; : ' + SECRET])\n"
            "time.sleep(0.3)")
        self.assertEqual(processes_below(self.place), [])

    def test_links_in_the_place_of_results_lead_nowhere(self):
        """Planted by an earlier step, to have the user's file written to or
        read, or the cleaner remove what is behind them."""
        self.run_hostile("pass", prepare=(
            "run = os.environ['HOME'][:-5]\n"
            "os.symlink(%r, run + '/results/report')\n"
            "os.symlink(%r, run + '/link')\n"
            "try:\n"
            "    os.rename(run + '/results', run + '/elsewhere')\n"
            "    sys.exit('results could be moved')\n"
            "except OSError:\n"
            "    pass\n" % (self.secret, self.place)))
        self.assertEqual(self.read("secret"), "the user's own")
        self.assertTrue(os.path.exists(os.path.join(self.place, "project")))

    def test_an_early_end_is_no_pass(self):
        done = self.run_hostile("os._exit(0)", status=1)
        self.assertIn("test_hostile.Tests.test_it", done.out)

    def test_printed_verdicts_count_for_nothing(self):
        done = self.run_hostile(
            "print('OK'); print('Ran 100 tests in 0.1s'); print('{')\n"
            "self.fail('really')", status=1)
        self.assertIn("really", done.out)

    def test_a_preloaded_library_is_not_loaded_outside(self):
        """Only bubblewrap and what starts it could load it there; inside,
        the loader says that it cannot be preloaded, or loads it."""
        self.write("project/pybisect.yml", RECIPE)
        self.write("project/prepare.py", "")
        self.write("project/test_hostile.py", HEAD + (
            "class Tests(unittest.TestCase):\n"
            "    def test_it(self):\n"
            "        with open('/proc/1/environ') as file:\n"
            "            self.assertNotIn('LD_PRELOAD', file.read())\n"))
        self.pybisect("try", "main", ".", status=0)

    def test_a_commands_directory_can_be_read_and_not_written(self):
        self.write("project/data.txt", "read me")
        done = self.pybisect("try", "main", "--", "{python}", "-c",
                             "print(open('data.txt').read())\n"
                             "try: open('data.txt', 'w')\n"
                             "except OSError as e: print(e)\n"
                             "else: raise SystemExit(1)", status=0)
        self.assertEqual(self.read("project/data.txt"), "read me", str(done))


class Bounded(Case):
    """Limits hold with and without a sandbox."""

    def run_greedy(self, limits, body):
        self.own_cache()
        self.write("project/pybisect.yml",
                   self.read("project/pybisect.yml") + limits)
        self.write("project/tests/test_tiny.py", HEAD + (
            "class Tests(unittest.TestCase):\n"
            "    def test_it(self):\n") + "".join(
                "        %s\n" % line for line in body.splitlines()))
        return self.pybisect("try", "main", ".", status=1)

    def test_a_suite_that_fills_the_disk_is_stopped(self):
        done = self.run_greedy("limits: {disk: 30}\n", (
            "for i in range(100000):\n"
            "    with open('f%d' % i, 'wb') as file:\n"
            "        file.write(b'x' * 1000000)"))
        self.assertIn("limit of disk space", done.out)
        self.assertIn("test_tiny.Tests.test_it", done.out)

    def test_a_fork_bomb_is_stopped(self):
        done = self.run_greedy("limits: {processes: 40}\n", (
            "while True:\n"
            "    subprocess.Popen(['sleep', '1000'])"))
        self.assertIn("limit of processes", done.out)
        self.assertEqual(processes_below(self.place), [])

    def test_a_file_has_a_largest_size(self):
        done = self.run_greedy("limits: {file-size: 5}\n", (
            "with open('f', 'wb') as file:\n"
            "    for i in range(1000):\n"
            "        file.write(b'x' * 1000000)"))
        self.assertIn("limit of a file's size", done.out)

    def test_a_limit_is_a_number_above_zero(self):
        self.write("project/pybisect.yml",
                   self.read("project/pybisect.yml") +
                   "limits: {disk: 0, memory: much}\n")
        done = self.pybisect("try", "main", ".", status=2)
        self.assertIn("2 mistakes", done.err)


@unittest.skipUnless(can_confine(), "nothing can be confined here")
class BoundedAndConfined(Bounded):

    def setUp(self):
        super().setUp()
        self.environment["PYBISECT_SANDBOX"] = "bwrap"
        self.environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        self.write("project/pybisect.yml", RECIPE.replace(
            'LD_PRELOAD: "{project}/preload.so"', 'NONE: "1"').replace(
                "prepare:\n  - \"{python} prepare.py\"\n", "").replace(
                    "test_hostile", "tests.test_tiny"))
        self.write("project/tests/__init__.py", "")


class Unconfined(Case):

    def without_bwrap(self):
        tools = os.path.join(self.place, "tools")
        os.mkdir(tools)
        for folder in os.environ["PATH"].split(":"):
            names = os.listdir(folder) if os.path.isdir(folder) else []
            for name in names:
                link = os.path.join(tools, name)
                if name != "bwrap" and not os.path.lexists(link):
                    os.symlink(os.path.join(folder, name), link)
        self.environment["PATH"] = tools
        del self.environment["PYBISECT_SANDBOX"]
        return tools

    def test_without_bubblewrap_nothing_is_run(self):
        self.without_bwrap()
        done = self.pybisect("try", "main", ".", status=3)
        self.assertIn("there is no bubblewrap", done.err)
        self.assertIn("apt-get install bubblewrap", done.err)
        self.assertIn("--sandbox=none", done.err)
        self.assertFalse(os.path.exists(os.path.join(self.marks, "runs")))

    def test_a_bubblewrap_that_cannot_confine_is_told_apart(self):
        tools = self.without_bwrap()
        path = os.path.join(tools, "bwrap")
        self.write(path, "#!/bin/sh\n"
                   "echo 'bwrap: No permissions to create new namespace' >&2\n"
                   "exit 1\n")
        os.chmod(path, 0o755)
        done = self.pybisect("try", "main", ".", status=3)
        self.assertIn("No permissions to create new namespace", done.err)
        self.assertIn("--sandbox=none", done.err)
        doctor = self.pybisect("doctor", status=3)
        self.assertIn("No permissions to create new namespace", doctor.out)

    def test_it_can_be_done_without(self):
        self.without_bwrap()
        self.pybisect("try", "main", ".", "--sandbox=none", "--test",
                      "test_tiny.Tests.test_passes", status=0)

    def test_a_mistyped_sandbox_is_a_mistake(self):
        done = self.pybisect("try", "main", ".", "--sandbox=on", status=2)
        self.assertIn("--sandbox takes bwrap or none", done.err)


if __name__ == "__main__":
    unittest.main()
