"""What builds cost in the store, beside other ways to keep them.

    PYBISECT_HOME=... PYBISECT_CPYTHON=... python3 peers.py PYBISECT RANGE

Fills the store with the range's builds (pybisect cache fill), writes each out
as a tree that runs (interpreter, extension modules, standard library without
its tests, headers), and gives the same trees to tar and zstd, borg, restic
and casync. "Further" is what each further build adds; "back" is the time until
the last one's `python -c "import ssl, sqlite3"` has run, out of the packs. The
ccache directory is that of the fill: what it would take to compile them all
again quickly.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

IMPORTS = "import ssl, sqlite3"

COPY = r"""
import hashlib, os, shutil, sys
to, root = sys.argv[1], os.path.dirname(sys.executable)
with open(root + '/pybuilddir.txt') as file:
    modules = file.read().strip()
keep = ['python', 'pybuilddir.txt', 'pyconfig.h', 'Makefile', 'Modules',
        'Include', 'Lib', modules]
for name in keep:
    source, target = os.path.join(root, name), os.path.join(to, name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if name == 'Modules':
        os.makedirs(target)
        shutil.copy2(source + '/Setup.local', target)
    elif os.path.isdir(source):
        shutil.copytree(source, target, symlinks=True,
                        ignore=shutil.ignore_patterns('test', '*.pyc',
                                                      '__pycache__', 'idlelib'))
    else:
        shutil.copy2(source, target)
digest = hashlib.sha256()
for folder, _, names in sorted(os.walk(to)):
    for name in sorted(names):
        if '/Lib' not in folder:
            with open(os.path.join(folder, name), 'rb') as file:
                digest.update(file.read())
print(digest.hexdigest())
"""


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, **more).stdout.decode()


def size_of(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names
               if not os.path.islink(os.path.join(folder, name)))


def timed(function):
    start = time.monotonic()
    function()
    return time.monotonic() - start


def start(tree):
    run(os.path.join(tree, "python"), "-c", IMPORTS)


class Peer:
    """Keeps trees one by one in `self.place`; gives one back."""

    def __init__(self, place):
        self.place = place
        os.mkdir(place)
        self.prepare()

    def prepare(self):
        pass

    def size(self):
        return size_of(self.place)


class TarZstd(Peer):
    name = "tar.zst -19 each"

    def keep(self, tree, name):
        run("sh", "-c", 'tar -C "$1" -cf - . | zstd -19 -T2 -q -o "$2"', "sh",
            tree, "%s/%s.tar.zst" % (self.place, name))

    def back(self, name, to):
        os.mkdir(to)
        run("sh", "-c", 'zstd -dcq "$1" | tar -C "$2" -xf -', "sh",
            "%s/%s.tar.zst" % (self.place, name), to)
        return to


class Borg(Peer):
    name = "borg, zstd,19"

    def prepare(self):
        self.environment = dict(os.environ, BORG_BASE_DIR=self.place + ".base",
                                BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="y")
        run("borg", "init", "--encryption=none", self.place,
            env=self.environment)

    def keep(self, tree, name):
        run("borg", "create", "--compression", "zstd,19",
            self.place + "::" + name, ".", cwd=tree, env=self.environment)

    def back(self, name, to):
        os.mkdir(to)
        run("borg", "extract", self.place + "::" + name, cwd=to,
            env=self.environment)
        return to


class Restic(Peer):
    name = "restic, max compression"

    def prepare(self):
        self.environment = dict(
            os.environ, RESTIC_REPOSITORY=self.place, RESTIC_PASSWORD="x",
            RESTIC_CACHE_DIR=self.place + ".cache", RESTIC_COMPRESSION="max")
        os.rmdir(self.place)
        run("restic", "init", env=self.environment)

    def keep(self, tree, name):
        run("restic", "backup", "--tag", name, ".", cwd=tree,
            env=self.environment)

    def back(self, name, to):
        run("restic", "restore", "latest", "--tag", name, "--target", to,
            env=self.environment)
        return to


class Casync(Peer):
    name = "casync"

    def keep(self, tree, name):
        run("casync", "make", "--store", self.place + "/default.castr",
            "%s/%s.caidx" % (self.place, name), tree)

    def back(self, name, to):
        run("casync", "extract", "--store", self.place + "/default.castr",
            "%s/%s.caidx" % (self.place, name), to)
        return to


def row(name, first, further, back):
    print("%-28s %9.2f MB %10.1f KB %9.0f ms" % (
        name, first / 1e6, further / 1e3, back * 1000), flush=True)


def measure_peer(kind, scratch, trees):
    peer = kind(os.path.join(scratch, kind.__name__.lower()))
    sizes = [peer.size()]
    for name, tree in trees:
        peer.keep(tree, name)
        sizes.append(peer.size())
    to = os.path.join(scratch, "back-" + kind.__name__.lower())
    back = timed(lambda: start(peer.back(trees[-1][0], to)))
    row(peer.name, sizes[1] - sizes[0],
        (sizes[-1] - sizes[1]) / max(len(trees) - 1, 1), back)


def forget_run_trees(home):
    """So that the first one is taken, whatever it holds."""
    for path in pathlib.Path(home, "cache", "trees").glob("*/*.holds"):
        path.unlink()


def measure_ours(pybisect, home, first, last):
    """Into a tree that holds the range's first build."""
    forget_run_trees(home)
    run(pybisect, "exec", first, "--", "{python}", "-c", IMPORTS)
    forget_run_trees(home)
    took = timed(lambda: run(pybisect, "exec", last, "--", "{python}", "-c",
                             IMPORTS))
    stats = run(pybisect, "cache", "stats")
    first, = re.findall(r"([\d.]+) MB the first", stats)
    further, = re.findall(r"([\d.]+) KB each further", stats)
    row("pybisect", float(first) * 2**20, float(further) * 2**10, took)


def main():
    pybisect, the_range = sys.argv[1:]
    home = os.environ["PYBISECT_HOME"]
    scratch = tempfile.mkdtemp(prefix="bench-peers-", dir=home)
    commits = run("git", "-C", os.environ["PYBISECT_CPYTHON"], "rev-list",
                  "--first-parent", "--reverse", the_range).split()
    run(pybisect, "cache", "fill", the_range)
    trees, seen = [], set()
    for commit in commits:
        target = os.path.join(scratch, "trees", commit[:10])
        content = run(pybisect, "exec", commit, "--", "{python}", "-c", COPY,
                      target)
        if content in seen:
            shutil.rmtree(target)
        else:
            seen.add(content)
            trees.append((commit[:10], target))
    raw = size_of(trees[-1][1])
    print("%d builds, %.1f MB each as a tree that runs" % (
        len(trees), raw / 1e6))
    print("%-28s %12s %13s %12s" % ("", "first", "each further", "back"))
    measure_ours(pybisect, home, trees[0][0], trees[-1][0])
    for kind in (TarZstd, Borg, Restic, Casync):
        measure_peer(kind, scratch, trees)
    ccache = size_of(os.path.join(home, "cache", "ccache"))
    print("%-28s %9.2f MB in all, %.1f KB a build" % (
        "the ccache directory", ccache / 1e6, ccache / 1e3 / len(trees)))
    shutil.rmtree(scratch)


main()
