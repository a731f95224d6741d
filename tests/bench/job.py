"""The main job, beside git bisect: which commit made a script behave otherwise?

    python3 job.py PYBISECT CLONE GOOD..BAD SCRIPT [WAY ...]

SCRIPT is run by each interpreter and exits 0 where it is good. The ways, all
unless named:

  make    git bisect run with `make` in one tree, configured as the developer's
          guide says (--with-pydebug)
  ccache  the same with ccache, empty at first
  cold    pybisect, which knows nothing yet; it tries both ends first and
          builds the culprit and its parent once more from clean at the end,
          which git bisect does not
  filled  pybisect after `pybisect cache fill GOOD..BAD`, which is not timed
  proved  the same once more, as another user of the store would: both closing
          builds have been proved by then

None of them is confined: git bisect cannot, and of confined commands the
processor time is not known here. All must name the same commit. "Search" is
the time without the ends and the closing checks, "of ccache's" is wall time as
a ratio. Where `cold` ran before, its closing builds are proved for `filled`.
"""

import json
import os
import re
import shutil
import sys
import tempfile

from measure import (Took, add_worktree, cores, remove_worktree, run, stop,
                     timed)

CONFIGURE = "./configure -q --with-pydebug"


def git(clone, *arguments, **more):
    return run("git", "-C", clone, *arguments, **more)


def bisect_with_git(scratch, clone, good, bad, script, ccache):
    tree = os.path.join(scratch, "ccache" if ccache else "make")
    log = tree + ".log"
    environment = dict(os.environ)
    if ccache:
        environment.update(CC="ccache gcc", CCACHE_BASEDIR=tree,
                           CCACHE_DIR=os.path.join(scratch, "ccache-dir"))
    command = ("{ test -e Makefile || %s; make -s -j%s; } >>%s 2>&1 || "
               "exit 125; ./python %s" % (CONFIGURE, cores(), log, script))
    add_worktree(clone, tree, bad)
    git(tree, "bisect", "start", "--first-parent", bad, good)
    output, took = timed(lambda: git(tree, "bisect", "run", "sh", "-c",
                                     command, env=environment, log=log))
    remove_worktree(clone, tree)
    found = re.search(r"([0-9a-f]{40}) is the first bad commit", output)
    if found is None:
        stop("git bisect found nothing, see " + log)
    return found[1], took, took


class Pybisect:
    def __init__(self, scratch, clone, pybisect, the_range, script):
        self.home = os.path.join(scratch, "home")
        self.log = os.path.join(scratch, "pybisect.log")
        self.report = os.path.join(scratch, "report.json")
        self.clone, self.pybisect = clone, os.path.abspath(pybisect)
        self.the_range, self.script = the_range, script
        self.environment = dict(os.environ, PYBISECT_HOME=self.home,
                                PYBISECT_SANDBOX="none")

    def run(self, *arguments):
        run(self.pybisect, *arguments, env=self.environment, log=self.log)

    def fill(self):
        self.run("cache", "fill", self.the_range, "--cpython", self.clone)

    def forget_results(self):
        for name in os.listdir(self.home):
            if name != "cache":
                path = os.path.join(self.home, name)
                (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)

    def bisect(self):
        _, took = timed(lambda: self.run(
            self.the_range, "--cpython", self.clone, "--report", self.report,
            "--", "{python}", self.script))
        with open(self.report, encoding="utf-8") as file:
            report = json.load(file)
        around = sum(
            (step.get("build_seconds") or 0) + (step.get("test_seconds") or 0)
            for step in report["tried"]
            if step["purpose"] in ("good end", "bad end", "close"))
        share = around / took.wall
        return (report["findings"][0]["culprit"]["sha"], took,
                Took(took.wall - around, took.cpu * (1 - share)))


def main():
    pybisect, clone, the_range, script, *chosen = sys.argv[1:]
    script = os.path.abspath(script)
    good, bad = the_range.split("..")
    scratch = tempfile.mkdtemp(prefix="bench-job-",
                               dir=os.environ.get("TMPDIR", "/tmp"))
    ours = Pybisect(scratch, clone, pybisect, the_range, script)

    def cold():
        return ours.bisect()

    def filled():
        ours.fill()
        if os.path.exists(os.path.join(ours.home, "journal.sqlite")):
            ours.forget_results()
        return ours.bisect()

    def proved():
        ours.forget_results()
        return ours.bisect()

    ways = {
        "make": lambda: bisect_with_git(scratch, clone, good, bad, script,
                                        False),
        "ccache": lambda: bisect_with_git(scratch, clone, good, bad, script,
                                          True),
        "cold": cold, "filled": filled, "proved": proved}
    print("%s commits" % git(clone, "rev-list", "--count", "--first-parent",
                             the_range).strip())
    print("%-8s %11s %11s %11s %12s %12s" % (
        "", "wall", "cpu", "search", "of ccache's", "search"), flush=True)
    culprits, base = set(), None
    for name in chosen or ways:
        culprit, took, search = ways[name]()
        culprits.add(culprit)
        base = took if name == "ccache" else base
        ratios = "" if base is None else " %12.2f %12.2f" % (
            took.wall / base.wall, search.wall / base.wall)
        print("%-8s %9.1f s %9.1f s %9.1f s%s" % (
            name, took.wall, took.cpu, search.wall, ratios), flush=True)
    if len(culprits) != 1:
        stop("they found different commits: %s" % sorted(culprits))
    print("all found %s" % git(clone, "log", "-1", "--oneline",
                               culprits.pop()).strip())
    shutil.rmtree(scratch)


main()
