"""`pybisect exec`: a revision's interpreter, in a project's place, and a shell
in a terminal that is not the user's."""

import os
import subprocess
import unittest

from bench import Case, processes_below, setUpModule, \
    tearDownModule  # noqa: F401
from terminal import Terminal
from test_sandbox import can_confine

STEAL = """\
import fcntl, termios
for key in "touch stolen\\n":
    fcntl.ioctl(0, termios.TIOCSTI, key)
"""


class Exec(Case):

    def test_the_interpreter_alone_runs_in_the_users_place(self):
        done = self.pybisect(
            "exec", "main", "--", "{python}", "-c",
            "import os, tinymod; print(os.getcwd(), os.environ['HOME'])",
            status=0)
        self.assertEqual(done.out, "%s %s\n" % (self.project, self.place))

    def test_the_commands_status_is_ours(self):
        self.pybisect("exec", "main", "--", "{python}", "-c",
                      "raise SystemExit(7)", status=7)
        self.pybisect("exec", "main", ".", "--", "{python}", "-c",
                      "raise SystemExit(7)", status=7)
        self.pybisect("exec", "main", ".", "--", "sh", "-c", "kill -9 $$",
                      status=137)

    def test_a_project_is_prepared_and_copied(self):
        self.write("project/pybisect.yml",
                   self.read("project/pybisect.yml") +
                   "prepare:\n  - touch prepared\n")
        done = self.pybisect(
            "exec", "main", ".", "--", "python", "-c",
            "import os, tinymod; print(os.getcwd(), os.environ['HOME'], "
            "os.environ['TINY_MARKS'], os.path.exists('../prepared'))",
            status=0)
        where, home, marks, prepared = done.out.split()
        self.assertNotIn(self.project, where)
        self.assertTrue(where.endswith("/project/tests"), where)
        self.assertNotEqual(home, self.place)
        self.assertEqual((marks, prepared), (self.marks, "True"))
        self.assertFalse(os.path.exists(where))
        self.assertFalse(os.path.exists(self.project + "/prepared"))

    def test_placeholders_are_those_of_recipes(self):
        done = self.pybisect("exec", "main", ".", "--", "echo", "{project}",
                             "{tmp}", "{1: 2}", status=0)
        project, tmp, rest = done.out.rstrip().split(" ", 2)
        self.assertTrue(project.endswith("/project"), project)
        self.assertTrue(tmp.endswith("/tmp"), tmp)
        self.assertEqual(rest, "{1: 2}")

    def test_what_does_not_build_is_skipped(self):
        done = self.pybisect("exec", "main~22", ".", "--", "true", status=125)
        self.assertIn("does not build", done.err)

    def test_what_cannot_be_prepared_is_skipped_and_told(self):
        self.write("project/pybisect.yml",
                   self.read("project/pybisect.yml") +
                   "prepare:\n  - sh -c 'echo no luck; exit 1'\n")
        done = self.pybisect("exec", "main", ".", "--", "echo", "ran",
                             status=125)
        self.assertIn("prepare failed", done.err)
        self.assertNotIn("ran", done.out)

    def test_a_shell_is_there_to_see_why(self):
        self.write("project/pybisect.yml",
                   self.read("project/pybisect.yml") +
                   "prepare:\n  - sh -c 'echo no luck; exit 1'\n")
        terminal = self.shell("main", ".")
        terminal.wait_for("prepare failed")
        terminal.send("echo $((6*7)); exit 3\n")
        terminal.wait_for("42")
        self.assertEqual(terminal.finish(), 3)

    def test_mistakes_are_told(self):
        for words, text in (
                ((), "one revision is wanted"),
                (("main", ".", "more"), "at most one project"),
                (("main", "--shell", "--", "true"), "takes no command")):
            done = self.pybisect("exec", *words, status=2)
            self.assertIn(text, done.err)
            self.assertIn("usage: pybisect exec", done.err)

    def shell(self, *words, columns=80):
        return self.in_terminal("exec", *words, "--shell", columns=columns)

    def in_terminal(self, *words, columns=80, **more):
        self.environment["TERM"] = "xterm"
        terminal = Terminal([os.environ["PYBISECT"], *words], columns,
                            cwd=self.project, env=self.environment, **more)
        self.addCleanup(terminal.close)
        return terminal


@unittest.skipUnless(can_confine(), "nothing can be confined here")
class ExecConfined(Exec):

    def setUp(self):
        super().setUp()
        self.own_cache()
        self.environment["PYBISECT_SANDBOX"] = "bwrap"
        self.environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"

    def test_the_users_files_are_not_there(self):
        secret = self.write("secret", "the user's own")
        done = self.pybisect("exec", "main", ".", "--", "cat", secret,
                             status=1)
        self.assertIn("No such file", done.err)
        self.assertIn("--sandbox=none", done.err)
        done = self.pybisect("exec", "main", ".", "--sandbox=none", "--",
                             "cat", secret, status=0)
        self.assertEqual(done.out, "the user's own")

    def test_a_shell_without_a_project_reads_the_directory(self):
        terminal = self.shell("main")
        terminal.send("wc -l < pybisect.yml; touch x; exit 5\n")
        terminal.wait_for("Read-only file system")
        self.assertEqual(terminal.finish(), 5)

    def test_commands_come_from_standard_input(self):
        done = self.finish_with("exec", "main", ".", "--shell", "--quiet",
                                text="python -c 'import tinymod; print(1)'\n"
                                     "exit 9\n")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (9, b"1\n", b""))

    def finish_with(self, *words, text):
        return subprocess.run(
            [os.environ["PYBISECT"], *words], cwd=self.project,
            env=self.environment, input=text.encode(), timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_a_shell_has_job_control(self):
        terminal = self.shell("main", ".")
        terminal.wait_for("(main .) ")
        # The line as typed does not hold what it prints.
        terminal.send("sh -c 'echo slee''ping; exec sleep 1000'\n")
        terminal.wait_for("sleeping")
        terminal.send("\x1a")
        terminal.wait_for("Stopped")
        terminal.send("kill -9 %1; wait; echo go''ing; cat\n")
        terminal.wait_for("going")
        before = len(terminal.text)
        terminal.send("\x03")
        # Typed any earlier, it would be for the dying cat to read.
        terminal.wait_for("(main .) ", after=before)
        terminal.send("echo $((6*7)) > /dev/tty; exit 4\n")
        terminal.wait_for("42")
        self.assertEqual(terminal.finish(), 4)
        self.assertEqual(terminal.after, terminal.before)
        self.assertNotIn("no job control", terminal.text)
        self.assertEqual(processes_below(self.place), [])

    def test_ctrl_c_interrupts_and_does_not_end_it(self):
        terminal = self.in_terminal(
            "exec", "main", ".", "--", "{python}", "-c",
            "import time\ntry:\n  print('read' + 'y')\n  time.sleep(60)\n"
            "except KeyboardInterrupt: print('caught')")
        terminal.wait_for("ready")
        terminal.send("\x03")
        terminal.wait_for("caught")
        self.assertEqual(terminal.finish(), 0)

    def test_the_window_is_resized_inside(self):
        terminal = self.shell("main", ".", columns=70)
        terminal.wait_for("(main .) ")
        terminal.send("stty size\n")
        terminal.wait_for("24 70")
        terminal.resize(100, 30)
        for _ in range(50):
            terminal.send("stty size\n")
            try:
                terminal.wait_for("30 100", 0.2)
                break
            except AssertionError:
                pass
        terminal.send("exit\n")
        terminal.wait_for("30 100")
        self.assertEqual(terminal.finish(), 0)

    def test_no_key_is_pushed_into_the_users_terminal(self):
        """The user's shell would take it for typed."""
        self.write("project/tests/steal.py", STEAL)
        terminal = self.in_terminal(
            "exec", "main", ".", "--", "sh", "-c",
            "{python} steal.py; ls -l /proc/self/fd/0")
        status = terminal.finish()
        self.assertEqual(status, 0, terminal.text)
        self.assertNotIn(os.ttyname(terminal.theirs), terminal.text)
        os.set_blocking(terminal.theirs, False)
        with self.assertRaises(BlockingIOError):
            os.read(terminal.theirs, 100)

    def test_no_key_with_output_or_input_elsewhere(self):
        self.write("project/tests/steal.py",
                   STEAL.replace("ioctl(0", "ioctl(2"))
        with open(os.path.join(self.place, "out"), "w") as out, \
                open(os.devnull) as nothing:
            terminal = self.in_terminal(
                "exec", "main", ".", "--", "{python}", "steal.py",
                stdout=out, stdin=nothing)
            self.assertEqual(terminal.finish(), 1, terminal.text)
        self.assertIn("Error", terminal.text)

    def test_a_killed_pybisect_leaves_nothing_running(self):
        terminal = self.shell("main", ".")
        terminal.wait_for("(main .) ")
        terminal.send("sleep 1000\n")
        terminal.process.terminate()
        terminal.finish()
        self.assertEqual(terminal.after, terminal.before)
        self.assertEqual(processes_below(self.place), [])


if __name__ == "__main__":
    unittest.main()
