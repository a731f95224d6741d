"""A git repository that looks enough like CPython to be built in no time.

    python3 tiny_cpython.py DIRECTORY

`configure` and `make` are a few lines of shell; the "interpreter" is a script
that runs the host's python3 with settings from "C" files in its environment
and with its own Lib/tiny on the path. What a revision's python does is thus
decided by the revision, and a build takes some milliseconds.

Builds append a line to $TMPDIR/builds. While $TMPDIR/slow is there, make
sleeps for as many seconds as it says, after writing $TMPDIR/building.
"""

import os
import subprocess
import sys

START = 1704110400  # 2024-01-01 12:00 UTC; a commit a day
DAY = 86400
AUTHOR = "Ada Tiny <ada@tiny.example>"

CONFIGURE = """\
#!/bin/sh
echo configure >>"$TMPDIR/builds"
sed "s|@CC@|$CC|; s|@PYTHON3@|$(command -v python3)|" Makefile.pre.in >Makefile
echo '#define HAVE_TINY 1' >pyconfig.h
"""

MAKEFILE = """\
CC=@CC@
PYTHON3=@PYTHON3@

python: Makefile
\t@echo make >>"$$TMPDIR/builds"
\t@if [ -e "$$TMPDIR/slow" ]; then \\
\t    echo $$$$ >"$$TMPDIR/building"; sleep "$$(cat "$$TMPDIR/slow")"; fi
\t@! grep -n '^#error' Objects/*.c | sed 's/:#error/:1: error:/' | grep .
\t@{ echo '#!/bin/sh'; \\
\t   sed -n 's/^#define \\(TINY_[A-Z]*\\) \\(.*\\)/export \\1=\\2/p' \\
\t       Objects/*.c Include/tiny.h; \\
\t   echo 'path=$${0%/*}/Lib/tiny$${PYTHONPATH:+:}$$PYTHONPATH'; \\
\t   echo 'PYTHONPATH=$$path exec $(PYTHON3) "$$@"'; } >$@
\t@chmod +x $@

sharedmods: python
\t@mkdir -p build/lib.tiny
\t@cat Modules/*.c >build/lib.tiny/_tiny.so
\t@printf build/lib.tiny >pybuilddir.txt
"""

TINYMOD = """\
import os


def check(text):
    if os.environ["TINY_STRICT"] == "1" and len(text) > 9:
        raise ValueError("%d characters are not tiny" % len(text))
"""

WAVE = TINYMOD + """

def wave():
    return "~"
"""

BASE = {
    "configure": CONFIGURE,
    "Makefile.pre.in": MAKEFILE,
    "README.rst": "Tiny Python\n",
    "Include/patchlevel.h":
        "#define PY_MAJOR_VERSION 9\n#define PY_MINOR_VERSION 0\n",
    "Include/tiny.h": "#define TINY_HEADER 0\n",
    "Objects/strict.c": "#define TINY_STRICT 0\n",
    "Objects/level.c": "#define TINY_LEVEL 0\n",
    "Objects/serial.c": "#define TINY_SERIAL 0\n",
    "Objects/side.c": "#define TINY_SIDE 0\n",
    "Objects/hang.c": "#define TINY_HANG 0\n",
    "Modules/Setup": "# none\n",
    "Modules/_tinymodule.c": "/* no module */\n",
    "Lib/os.py": "# not imported: Lib itself is not on the path\n",
    "Lib/tiny/tinymod.py": WAVE,
    "Lib/tiny/serial.py": "SERIAL = 0\n",
    "Lib/test/test_tiny.py": "# 0\n",
    "Doc/tiny.rst": "0\n",
}


class History:
    """Writes a fast-import stream; a commit's parent is the last one."""

    def __init__(self):
        self.stream = []
        self.marks = 0
        self.number = 0  # of commits on main, hence of days

    def data(self, text):
        raw = text.encode()
        self.stream.append(b"data %d\n%s\n" % (len(raw), raw))

    def commit(self, branch, subject, files, parent=None, merge=None):
        self.marks += 1
        when = START + DAY * self.number + 60 * (branch != "main")
        if branch == "main":
            self.number += 1
        head = "commit refs/heads/%s\nmark :%d\n" % (branch, self.marks)
        for role in ("author", "committer"):
            head += "%s %s %d +0000\n" % (role, AUTHOR, when)
        self.stream.append(head.encode())
        self.data(subject + "\n")
        for word, mark in (("from", parent), ("merge", merge)):
            if mark is not None:
                self.stream.append(b"%s :%d\n" % (word.encode(), mark))
        for path, text in files.items():
            mode = "100755" if path == "configure" else "100644"
            self.stream.append(
                ("M %s inline %s\n" % (mode, path)).encode())
            self.data(text)
        return self.marks

    def tag(self, name, mark):
        self.stream.append(
            ("reset refs/tags/%s\nfrom :%d\n\n" % (name, mark)).encode())

    # Kinds of commits on main that change nothing of interest.

    def docs(self):
        return self.commit("main", "Doc: Reword %d" % self.number,
                           {"Doc/tiny.rst": "%d\n" % self.number})

    def tests(self):
        return self.commit("main", "Test more of %d" % self.number,
                           {"Lib/test/test_tiny.py": "# %d\n" % self.number})

    def lib(self):
        return self.commit("main", "Tidy up Lib %d" % self.number,
                           {"Lib/tiny/serial.py":
                            "SERIAL = %d\n" % self.number})

    def c(self, **more):
        return self.commit("main", "Make %d faster" % self.number,
                           {"Objects/serial.c":
                            "#define TINY_SERIAL %d\n" % self.number, **more})

    def header(self):
        return self.commit("main", "Move macro %d" % self.number,
                           {"Include/tiny.h":
                            "#define TINY_HEADER %d\n" % self.number})


def define(name, value):
    return {"Objects/%s.c" % name.lower():
            "#define TINY_%s %d\n" % (name, value)}


def write_history(history):
    r"""    0 - 1 - 2 - 3 = v9.0.0       docs, C
                       \
                        r1 - r2      branch 9.0; r2 = v9.0.1
        4 = v9.1.0 ... 14            harmless changes of all kinds
       15 to 18                      do not build; 16: LEVEL becomes 1
       19 ... 23                     builds again, harmless
       24                            the culprit: STRICT becomes 1
       25 ... 28                     harmless
       29                            Lib: wave() is removed
       30, 31                        docs, C
       32 = merge of s1, s2          s1: SIDE becomes 1
       33 ... 35                     harmless; 33, 34: docs alone
       36                            HANG becomes 1; a subject with ESC
       37 ... 39 = main              harmless
    """
    commit, do = history.commit, history
    marks = [commit("main", "Start Tiny Python", BASE)]
    marks += [do.docs(), do.c(), do.lib()]
    history.tag("v9.0.0", marks[3])
    marks += [commit("main", "Tiny Python 9.1.0", {
        "Include/patchlevel.h":
            "#define PY_MAJOR_VERSION 9\n#define PY_MINOR_VERSION 1\n"})]
    history.tag("v9.1.0", marks[4])
    marks += [do.docs(), do.tests(), do.c(), do.header(), do.lib(), do.c(),
              do.docs(), do.c(), do.lib(), do.header()]
    marks += [commit("main", "Break the build", {
        "Objects/broken.c": "#error out of cheese\n"})]
    marks += [commit("main", "Raise the level", define("LEVEL", 1))]
    marks += [do.c(), do.header()]
    marks += [commit("main", "Mend the build", {
        "Objects/broken.c": "/* cheese */\n"})]
    marks += [do.c(), do.docs(), do.tests(), do.c()]
    marks += [commit(
        "main", "gh-1234: Refuse strings that are not tiny (GH-1240)", {
            **define("STRICT", 1),
            "Doc/tiny.rst": "Strings must be tiny.\n",
            "Misc/NEWS.d/next/Core/2024-01-25-12-00-00.gh-issue-1234.x.rst":
                "Strings of more than nine characters are refused.\n",
        })]
    marks += [do.lib(), do.docs(), do.c(), do.header()]
    marks += [commit("main", "gh-1300: Remove tinymod.wave (#1301)",
                     {"Lib/tiny/tinymod.py": TINYMOD})]
    marks += [do.docs(), do.c()]
    side = commit("side", "Look at the other side", define("SIDE", 1),
                  parent=marks[31])
    side = commit("side", "Polish the other side",
                  {"Objects/polish.c": "/* polish */\n"})
    marks += [commit("main", "Merge the other side",
                     {**define("SIDE", 1),
                      "Objects/polish.c": "/* polish */\n"}, merge=side)]
    marks += [do.docs(), do.docs(), do.c()]
    marks += [commit("main", "Hang \x1b[31mred\x1b]0;title\x07 \x9b5m now",
                     define("HANG", 1))]
    marks += [do.c(), do.lib(), do.c()]
    commit("9.0", "Back-port a fix", {"Objects/fix.c": "/* fix */\n"},
           parent=marks[3])
    history.tag("v9.0.1", commit("9.0", "Tiny Python 9.0.1", {
        "Lib/tiny/serial.py": "SERIAL = 901\n"}))
    return marks


def git(directory, *arguments, **more):
    environment = dict(os.environ, GIT_CONFIG_NOSYSTEM="1",
                       GIT_CONFIG_GLOBAL=os.devnull)
    return subprocess.run(
        ["git", "-C", directory, *arguments], check=True, env=environment,
        stdout=subprocess.PIPE, **more).stdout


def make(directory):
    """Makes the repository; returns the shas of main, oldest first."""
    os.mkdir(directory)
    history = History()
    write_history(history)
    git(directory, "init", "--quiet", "--initial-branch=main")
    git(directory, "fast-import", "--quiet", input=b"".join(history.stream))
    git(directory, "reset", "--quiet", "--hard", "main")
    shas = git(directory, "rev-list", "--first-parent", "--reverse", "main")
    return shas.decode().split()


if __name__ == "__main__":
    print("\n".join(make(sys.argv[1])))
