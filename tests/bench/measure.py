"""What the benches that are scripts share."""

import os
import resource
import subprocess
import sys
import time


def stop(message):
    sys.exit("bench: " + message)


class Took:
    """Seconds: of the clock, and of all processors together."""

    def __init__(self, wall=0.0, cpu=0.0):
        self.wall, self.cpu = wall, cpu

    def __add__(self, other):
        return Took(self.wall + other.wall, self.cpu + other.cpu)


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(function):
    """(what it returned, Took)."""
    wall, cpu = time.monotonic(), cpu_of_children()
    result = function()
    return result, Took(time.monotonic() - wall, cpu_of_children() - cpu)


def run(*command, log=None, check=True, **more):
    """Standard output of a command that must succeed."""
    error = subprocess.DEVNULL if log is None else open(log, "ab")
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=error, **more)
    if log is not None:
        error.write(done.stdout)
        error.close()
    if check and done.returncode != 0:
        stop("%s: exit status %d%s" % (
            " ".join(command), done.returncode,
            "" if log is None else ", see " + log))
    return done.stdout.decode("utf-8", "replace")


# Some clones lack this blob, which nothing needs.
NOT_CHECKED_OUT = "!/Misc/svnmap.txt"


def add_worktree(clone, tree, commit):
    run("git", "-C", clone, "worktree", "add", "--detach", "-f",
        "--no-checkout", tree, commit)
    run("git", "-C", tree, "sparse-checkout", "set", "--no-cone", "/*",
        NOT_CHECKED_OUT)
    run("git", "-C", tree, "checkout", "-q", "-f", "--detach", commit)


def remove_worktree(clone, tree):
    run("git", "-C", clone, "worktree", "remove", "-f", "-f", tree)


def cores():
    return str(os.cpu_count())
