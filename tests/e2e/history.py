"""Turns an upstream tarball of CPython into a git history with one break.

    python3 history.py TARBALL REPOSITORY

REPOSITORY becomes a bare repository: the tarball is its first commit, tagged
with the version, and the commits of edits.py follow on main, one a day.  Dates
and authors are fixed, so the shas are the same on every machine.
REPOSITORY.json says which commit breaks projects; only tests read it, and the
quickstart once pybisect has answered.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

import edits

START = 1675857600  # 2023-02-08 12:00 UTC, the day after 3.11.2
DAY = 24 * 60 * 60
FIRST_ISSUE = 900100
AUTHORS = (
    "Ada Aalto <ada@example.org>",
    "Bruno Bakker <bruno@example.org>",
    "Chidi Cole <chidi@example.org>",
    "Dana Dvorak <dana@example.org>",
    "Emi Endo <emi@example.org>",
)


class HistoryError(Exception):
    pass


def read_tarball(path):
    """The files of the tarball without their common top directory:
    {path: (mode, bytes)}."""
    files = {}
    with tarfile.open(path) as tar:
        for member in tar:
            if not member.isfile():
                continue
            name = member.name.split("/", 1)[1]
            mode = "100755" if member.mode & 0o100 else "100644"
            files[name] = mode, tar.extractfile(member).read()
    return files


def version_of(files):
    try:
        header = files["Include/patchlevel.h"][1].decode()
    except KeyError:
        raise HistoryError("the tarball has no Include/patchlevel.h") from None
    found = re.search(r'#define PY_VERSION\s+"([^"+]+)', header)
    if found is None:
        raise HistoryError("Include/patchlevel.h names no version")
    return found.group(1)


def apply_edit(files, subject, edit):
    path, old, new = edit
    if path not in files:
        raise HistoryError("'%s': the tarball has no %s" % (subject, path))
    mode, content = files[path]
    text = content.decode()
    if text.count(old) != 1:
        raise HistoryError("'%s': %d places in %s read %r instead of one"
                           % (subject, text.count(old), path, old))
    files[path] = mode, text.replace(old, new).encode()


def news_path(issue, section, when):
    stamp = "2023-%02d-%02d-12-00-00" % when
    return "Misc/NEWS.d/next/%s/%s.gh-issue-%d.pB%04x.rst" % (
        section.replace(" ", "_"), stamp, issue, issue % 0x10000)


def month_and_day(index):
    """The date of commit `index`; the history starts on 8 February 2023."""
    day = 8 + index
    for month, length in ((2, 28), (3, 31), (4, 30), (5, 31)):
        if day <= length:
            return month, day
        day -= length
    raise HistoryError("the history is longer than its calendar")


class Importer:
    """Writes the stream of git fast-import."""

    def __init__(self, stream):
        self.stream = stream

    def line(self, text):
        self.stream.write(text.encode() + b"\n")

    def data(self, content):
        self.line("data %d" % len(content))
        self.stream.write(content + b"\n")

    def commit(self, index, message, changed):
        author = AUTHORS[index * 7 % len(AUTHORS)]
        date = "%d +0000" % (START + index * DAY)
        self.line("commit refs/heads/main")
        self.line("mark :%d" % (index + 1))
        self.line("author %s %s" % (author, date))
        self.line("committer %s %s" % (author, date))
        self.data(message.encode())
        for path in sorted(changed):
            mode, content = changed[path]
            self.line("M %s inline %s" % (mode, path))
            self.data(content)


def write_commits(importer, files, version):
    importer.commit(0, "Python %s\n" % version, files)
    importer.line("reset refs/tags/v%s" % version)
    importer.line("from :1")
    importer.line("")
    for index, commit in enumerate(edits.COMMITS, 1):
        issue = FIRST_ISSUE + 13 * index
        for edit in commit.edits:
            apply_edit(files, commit.subject, edit)
        changed = {edit[0]: files[edit[0]] for edit in commit.edits}
        if commit.news:
            section, text = commit.news
            path = news_path(issue, section, month_and_day(index))
            changed[path] = "100644", text.encode() + b"\n"
        message = "gh-%d: %s (#%d)\n" % (issue, commit.subject, issue + 5)
        importer.commit(index, message, changed)


def git(repository, *arguments):
    return subprocess.run(("git", "-C", repository) + arguments, check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def write_history(files, repository):
    os.makedirs(repository)
    git(repository, "init", "--quiet", "--bare", "--initial-branch=main")
    stream_path = os.path.join(repository, "stream")
    with open(stream_path, "wb") as stream:
        write_commits(Importer(stream), files, version_of(files))
    with open(stream_path, "rb") as stream:
        subprocess.run(("git", "-C", repository, "-c",
                        "fastimport.unpackLimit=0", "fast-import", "--quiet"),
                       stdin=stream, check=True)
    os.unlink(stream_path)


def facts(repository, version):
    """What the tests want to know about the history."""
    log = git(repository, "log", "--reverse", "--format=%H%x09%s", "main")
    commits = [line.split("\t", 1) for line in log.splitlines()]
    shas = [sha for sha, _ in commits]

    def index_of(subject):
        (found,) = [i for i, (_, line) in enumerate(commits)
                    if subject in line]
        return found

    culprit = index_of(edits.CULPRIT)
    broken = index_of(edits.CANNOT_BUILD)
    repaired = index_of(edits.REPAIRS_BUILD)
    return {
        "version": version,
        "range": "v%s..main" % version,
        "good": shas[0],
        "bad": shas[-1],
        "culprit": shas[culprit],
        "subject": commits[culprit][1],
        "parent": shas[culprit - 1],
        "commits": shas,
        "cannot_build": shas[broken:repaired],
    }


def main(tarball, repository):
    partial = repository + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(repository, ignore_errors=True)
    files = read_tarball(tarball)
    version = version_of(files)
    write_history(files, partial)
    with open(repository + ".json", "w", encoding="utf-8") as out:
        json.dump(facts(partial, version), out, indent=2)
        out.write("\n")
    os.rename(partial, repository)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: history.py TARBALL REPOSITORY")
    try:
        main(sys.argv[1], sys.argv[2])
    except (HistoryError, OSError, tarfile.TarError,
            subprocess.CalledProcessError) as error:
        sys.exit("history.py: %s" % error)
