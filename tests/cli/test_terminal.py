"""What a bisection shows while it runs: in a terminal of any size, and where
there is none."""

import os
import re
import time
import unittest

from bench import Case, setUpModule, tearDownModule, \
    wait_for  # noqa: F401
from terminal import Terminal, pyte

RANGE = "v9.1.0..main"
ESCAPE = "\x1b"
COLOR = re.compile(r"\x1b\[[0-9;]*m")


class InTerminal(Case):

    def begin(self, *words, columns=80, lines=24, **variables):
        self.own_cache()
        self.environment["TERM"] = "xterm"
        self.environment.update(variables)
        terminal = Terminal([os.environ["PYBISECT"], *words], columns, lines,
                            cwd=self.project, env=self.environment)
        self.addCleanup(terminal.close)
        return terminal

    def slow(self, seconds):
        self.write("tmp/slow", str(seconds))


class Terminals(InTerminal):

    def test_plain_lines_where_there_is_no_terminal(self):
        done = self.pybisect(".", RANGE)
        self.assertEqual(done.status, 0, done)
        self.assertIn("[5] search", done.err)
        self.assertNotIn("to go;", done.err)

    def test_a_dumb_terminal_gets_plain_lines(self):
        terminal = self.begin(".", RANGE, TERM="dumb")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn(ESCAPE, terminal.text)
        self.assertIn("[5] search", terminal.text)

    def test_quiet_is_quiet(self):
        terminal = self.begin(".", RANGE, "--quiet")
        self.assertEqual(terminal.finish(), 0)
        self.assertTrue(COLOR.sub("", terminal.text).startswith("Found"),
                        terminal.text)

    def test_without_colors(self):
        terminal = self.begin(".", RANGE, NO_COLOR="1")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotRegex(terminal.text, COLOR)
        self.assertIn("to go;", terminal.text)

    def test_an_interruption_leaves_nothing_behind(self):
        self.slow(30)
        terminal = self.begin(".", RANGE, columns=100)
        terminal.wait_for("to go;")
        terminal.send("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertEqual(terminal.after, terminal.before)
        self.assertTrue(terminal.text.endswith(
            "nothing is lost; go on with: pybisect resume 1\r\n"))

    def test_no_line_is_wider_than_the_window(self):
        for columns in 100, 50, 30, 9:
            with self.subTest(columns=columns):
                self.anew()
                terminal = self.begin(".", RANGE, columns=columns)
                self.assertEqual(terminal.finish(), 0)
                text = re.sub(r"\x1b\[\d*[mAJ]", "", COLOR.sub(
                    "", terminal.text))
                lines = re.findall(r"([^\r\n\x1b]*)\x1b\[K", text)
                self.assertGreater(len(lines), 30)
                self.assertLess(max(map(len, lines)), columns)
                self.assertTrue(any("[5]" in line for line in lines))


@unittest.skipUnless(pyte, "there is no pyte")
class Drawn(InTerminal):

    def wait_for_block(self, terminal, wanted=r"to go; ", seconds=60):
        end = time.monotonic() + seconds
        while True:
            lines = terminal.display().split("\n")
            if re.search(wanted, lines[-1]):
                return lines
            if time.monotonic() > end:
                raise AssertionError("\n".join(lines))
            time.sleep(0.05)

    def test_the_block_is_below_the_lines_that_stay(self):
        terminal = self.begin(".", RANGE, columns=100)
        terminal.wait_for("[4] confirm")
        self.slow(2)
        lines = self.wait_for_block(terminal, r"9 suspects of 26")
        self.assertRegex(lines[-3], r"^\w{10} [?.x+!@]{26} \w{10}$")
        self.assertEqual(lines[-3].count("@"), 1)
        self.assertRegex(lines[-2], r"^\[\d+\] search \w{10}: .*\d s of about")
        self.assertRegex(lines[-1], r"^about \d+ runs, \d+ (s|min) to go")
        os.unlink(os.path.join(self.temporary, "slow"))
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("to go;", terminal.display())
        self.assertNotRegex(terminal.display(), "building|testing")
        steps = [line for line in terminal.text.split("\r\n")
                 if re.match(r".*\[\d+\] \w[\w ]* \w{10}: built in", line)]
        self.assertGreater(len(steps), 3)

    def test_time_passes_without_events(self):
        self.slow(8)
        terminal = self.begin(".", RANGE)
        self.wait_for_block(terminal)
        for seconds in 1, 2, 3:
            terminal.wait_for(", %d s" % seconds, 10)
        terminal.send("\x03")
        terminal.finish()

    def test_a_window_is_resized(self):
        self.slow(30)
        terminal = self.begin(".", RANGE, columns=100)
        self.wait_for_block(terminal)
        for columns in 45, 70, 30, 120:
            terminal.resize(columns)
            before = len(terminal.text)
            wait_for(lambda: terminal.text.count("to go", before) +
                     terminal.text.count("...", before) > 3)
            lines = terminal.display().split("\n")
            self.assertLess(max(map(len, lines[-3:])), columns)
            self.assertIn("good end", lines[-2])
            self.assertTrue(lines[-1].startswith("about"), lines)
        self.assertRegex(lines[-1], r"26 suspects of 26; builds: 0 made")
        terminal.send("\x03")
        terminal.finish()

    def test_a_low_window_shows_what_fits(self):
        terminal = self.begin(".", RANGE, lines=3)
        terminal.wait_for("[5] search")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("\x1b[2A", terminal.text)


if __name__ == "__main__":
    unittest.main()
