"""What a build costs that is not stored, beside the usual ways.

    python3 miss.py PYBISECT CLONE FIRST..LAST

Out of the range's commits it takes the one that changes most headers under
Include/, one that changes one C file alone, and one that changes one file of
the standard library. For each, the parent is
built (not timed) and then the commit itself:

  make      git checkout and make, in a tree configured as the developer's
            guide says (--with-pydebug)
  ccache    the same in a fresh tree, configured with a cache file, with
            whatever ccache has from the parent
  pybisect  pybisect exec, the interpreter started; not confined, as the others

and last a build of everything, for which configure's answers are known and
no compiler's.
"""

import os
import shutil
import sys
import tempfile

from measure import add_worktree, cores, remove_worktree, run, timed

CONFIGURE = ["./configure", "-q", "--with-pydebug"]


def git(clone, *arguments):
    return run("git", "-C", clone, *arguments)


def changed_files(clone, commit):
    return git(clone, "diff", "--name-only", commit + "^", commit).split()


def is_source(path):
    """Of the interpreter and its modules, the tests' modules aside."""
    return (path.endswith(".c") and "test" not in path.lower() and
            path.split("/")[0] in ("Python", "Objects", "Modules", "Parser"))


def is_library(path):
    return (path.startswith("Lib/") and path.endswith(".py") and
            "test" not in path and "idlelib" not in path)


def choose_commits(clone, the_range):
    commits = git(clone, "rev-list", "--first-parent", "--reverse",
                  the_range).split()
    changes = {commit: changed_files(clone, commit) for commit in commits}

    def take(score):
        """The commit that scores most, with neighbours that are unused."""
        most = max(changes, key=lambda commit: score(changes[commit]))
        at = commits.index(most)
        for commit in commits[max(at - 1, 0):at + 2]:
            changes.pop(commit, None)
        return most

    def only(wanted, refused):
        return lambda paths: (sum(map(wanted, paths)) == 1 and
                              not any(map(refused, paths)))

    def headers(paths):
        return sum(path.startswith("Include/") and path.endswith(".h")
                   for path in paths)

    return [
        ("headers", take(headers)),
        ("one C file", take(only(is_source, lambda path: is_library(path) or
                                 path.endswith((".h", ".in", ".ac",
                                                ".py"))))),
        ("one file of Lib/", take(only(is_library, lambda path: path.endswith(
            (".c", ".h", ".in", ".ac", "Setup"))))),
    ]


class Make:
    name = "make"

    def __init__(self, scratch, clone):
        self.tree = os.path.join(scratch, "make")
        self.log = os.path.join(scratch, "make.log")
        self.clone = clone

    def build(self, commit):
        if not os.path.exists(self.tree):
            add_worktree(self.clone, self.tree, commit)
        git(self.tree, "checkout", "-q", "-f", commit)
        if not os.path.exists(os.path.join(self.tree, "Makefile")):
            run(*CONFIGURE, cwd=self.tree, log=self.log)
        run("make", "-s", "-j" + cores(), cwd=self.tree, log=self.log)


class Ccache:
    name = "ccache, fresh tree"

    def __init__(self, scratch, clone):
        self.clone, self.tree = clone, os.path.join(scratch, "fresh")
        self.log = os.path.join(scratch, "ccache.log")
        self.answers = os.path.join(scratch, "config.cache")
        self.environment = dict(
            os.environ, CCACHE_DIR=os.path.join(scratch, "ccache"),
            CCACHE_BASEDIR=self.tree, CC="ccache gcc")

    def build(self, commit):
        if os.path.exists(self.tree):
            remove_worktree(self.clone, self.tree)
        add_worktree(self.clone, self.tree, commit)
        run(*CONFIGURE, "--cache-file=" + self.answers, cwd=self.tree,
            env=self.environment, log=self.log)
        run("make", "-s", "-j" + cores(), cwd=self.tree, log=self.log,
            env=self.environment)


class Pybisect:
    name = "pybisect"

    def __init__(self, scratch, clone, pybisect):
        self.pybisect, self.clone = pybisect, clone
        self.home = os.path.join(scratch, "home")
        self.log = os.path.join(scratch, "pybisect.log")
        self.environment = dict(os.environ, PYBISECT_HOME=self.home,
                                PYBISECT_SANDBOX="none")

    def build(self, commit):
        run(self.pybisect, "exec", commit, "--cpython", self.clone, "--",
            "{python}", "-c", "1", env=self.environment, log=self.log)

    def forget_compiled(self):
        for name in ("store", "ccache", "trees"):
            shutil.rmtree(os.path.join(self.home, "cache", name),
                          ignore_errors=True)


def row(case, name, took, base):
    print("%-18s %-20s %9.2f s %9.2f s %9.2f %9.2f" % (
        case, name, took.wall, took.cpu, took.wall / base.wall,
        took.cpu / base.cpu), flush=True)


def main():
    pybisect, clone, the_range = sys.argv[1:]
    scratch = tempfile.mkdtemp(prefix="bench-miss-",
                               dir=os.environ.get("TMPDIR", "/tmp"))
    ways = [Make(scratch, clone), Ccache(scratch, clone),
            Pybisect(scratch, clone, os.path.abspath(pybisect))]
    print("%-18s %-20s %11s %11s %9s %9s" % (
        "", "", "wall", "cpu", "of make's", "of its cpu"))
    last = None
    for case, commit in choose_commits(clone, the_range):
        parent = git(clone, "rev-parse", commit + "^").strip()
        base, last = None, commit
        for way in ways:
            way.build(parent)
            _, took = timed(lambda: way.build(commit))
            base = base or took
            row(case, way.name, took, base)
    run("git", "clean", "-xfdq", cwd=ways[0].tree)
    ways[1].environment["CCACHE_RECACHE"] = "1"
    ways[2].forget_compiled()
    base = None
    for way in ways:
        _, took = timed(lambda: way.build(last))
        base = base or took
        row("everything", way.name, took, base)
    for way in ways[:2]:
        remove_worktree(clone, way.tree)
    shutil.rmtree(scratch)


main()
