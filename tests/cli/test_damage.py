"""Flipped and cut bytes anywhere in the store, the journal, and what is noted
beside work trees; and disks that are really full."""

import glob
import os
import random
import re
import shutil
import subprocess
import unittest

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, main, setUpModule, tearDownModule)
from strikes import Struck

FEW = 4
ALL = 150

KINDS = ("cache/store/packs/*", "cache/store/pins/*", "cache/store/claims/*",
         "cache/trees/0/*.index", "cache/trees/0/*.store",
         "cache/trees/0/*.holds", "cache/trees/0/source.*", "cache/uses",
         "journal.sqlite")


class Damaged(Struck):

    def ask_again(self, number):
        """Another question, so that nothing is recalled."""
        return self.pybisect(*self.words[:-1],
                             "%s  # %d" % (self.words[-1], number))

    def damage(self, chance):
        """One byte, or all from there on, of one file; tells which."""
        files = []
        while not files:
            files = [path for path in glob.glob(
                os.path.join(self.home, chance.choice(KINDS)))
                     if os.path.isfile(path) and os.path.getsize(path) > 0]
        path = chance.choice(sorted(files))
        at = chance.randrange(os.path.getsize(path))
        with open(path, "r+b") as file:
            if chance.random() < 0.3:
                file.truncate(at)
                return "%s cut at %d" % (path, at)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << chance.randrange(8)]))
            return "%s flipped at %d" % (path, at)

    def test_a_damaged_byte_is_noticed_or_harmless(self):
        seed = int(os.environ.get("PB_SEED", random.randrange(10 ** 6)))
        print("PB_SEED=%d" % seed, end=" ", flush=True)
        chance = random.Random(seed)
        self.assertNames(self.pybisect(*self.words), CULPRIT)
        whole = self.home + "-whole"
        os.rename(self.home, whole)
        thorough = os.environ.get("PB_THOROUGH") == "1"
        for number in range(ALL if thorough else FEW):
            shutil.copytree(whole, self.home, symlinks=True)
            what = self.damage(chance)
            with self.subTest(what):
                self.check_damaged(number)
            shutil.rmtree(self.home)

    def check_damaged(self, number):
        done = self.ask_again(number)
        if done.status != 0:
            # The journal's own pages: what to do is said.
            self.assertEqual(done.status, 3, str(done))
            self.assertIn("pybisect cache verify --repair", done.err)
        self.assertIn(self.pybisect("cache", "verify", "--repair").status,
                      (0, 1))
        done = self.pybisect("cache", "verify", status=0)
        self.assertEqual(re.findall(r" (\d+) damaged\n", done.out),
                         ["0", "0"], str(done))
        self.assertNames(self.ask_again(number), CULPRIT)


# A small disk, for as long as the script runs.
ON_SMALL_DISK = """
mkdir -p "$PYBISECT_HOME" && mount -t tmpfs -o size=8m tmpfs "$PYBISECT_HOME"
cd "$PYBISECT_HOME"
fill() { mkdir -p "${1%/*}"; head -c 100m /dev/zero >"$1" 2>/dev/null
         truncate -s -200K "$1"; }
cd "$OLDPWD"
"""
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def may_mount():
    return subprocess.run(
        NAMESPACE + ["mount -t tmpfs tmpfs /mnt"],
        stderr=subprocess.DEVNULL).returncode == 0


@unittest.skipUnless(may_mount(), "no mounts in a namespace of one's own")
class FullDisk(Struck):

    def run_there(self, script):
        """"$@" is the bisection."""
        process = subprocess.Popen(
            NAMESPACE + [ON_SMALL_DISK + script, "sh",
                         os.environ["PYBISECT"], *self.words],
            cwd=self.project, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self.finish(process)

    def test_what_can_be_made_again_makes_room(self):
        done = self.run_there(
            'fill "$PYBISECT_HOME/cache/trees/7/source/filler"; "$@"')
        self.assertNames(done, CULPRIT)
        self.assertEqual(done.err.count("the disk is full: "), 1, done.err)

    def test_else_it_pauses_and_says_so(self):
        done = self.run_there(
            'fill "$PYBISECT_HOME/filler"; "$@"; echo "status $?"; '
            'rm "$PYBISECT_HOME/filler"; "$1" resume || "$@"')
        self.assertIn("status 3\n", done.out)
        self.assertRegex(done.err, "(?i)no space left|disk is full|hardly any "
                                   "space is left")
        self.assertIn("nothing is lost; go on with: pybisect resume 1\n",
                      done.err)
        self.assertNames(done, CULPRIT)


if __name__ == "__main__":
    main()
