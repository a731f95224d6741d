"""Holds every #include against the floors of the house.

A room includes its own headers and those of lower floors, never those of its
own floor's other rooms or of a floor above. A third-party header is included
in exactly one room. `search` and `verdict` are pure: no files, no clock, no
processes. Prints each offence as file:line; exits 1 if there is any.
"""

import pathlib
import re
import sys

FLOORS = {
    "cli": 7,
    "report": 6,
    "bisect": 5,
    "build": 4,
    "recipe": 3,
    "verdict": 3,
    "remote": 3,
    "trial": 2,
    "history": 2,
    "search": 2,
    "cache": 2,
    "base": 1,
}

# Public headers by room.
PUBLIC = {
    "base": "alloc archive buf cancel checksum cleanup clock digest error fs "
            "foreground json limits map process progress regex server strv yaml",
    "cache": "store",
    "history": "announce candidates fingerprint git patch range touched undo "
               "worktree",
    "search": "belief",
    "trial": "results sandbox trial",
    "recipe": "dependencies recipe",
    "remote": "remote",
    "verdict": "blame classify evidence traceback verdict",
    "build": "interpreter",
    "bisect": "ahead bisection comparison costs evaluation fill journal "
              "night outbox outlook plan prepared session",
    "report": "audit_report night_report notify report site",
}
ROOM_OF = {name: room for room, names in PUBLIC.items()
           for name in names.split()}

THIRD_PARTY = {
    "archive.h": "base",
    "archive_entry.h": "base",
    "git2.h": "history",
    "git2/": "history",
    "jansson.h": "base",
    "yaml.h": "base",
    "openssl/": "base",
    "pcre2.h": "base",
    "uthash.h": "base",
    "zstd.h": "cache",
    "sqlite3.h": "bisect",
    "expat.h": "trial",
    "curl/": "remote",
    "pthread.h": "history",
}

# What a pure room must not see: public headers and system headers.
IMPURE = {"fs", "clock", "process", "journal", "git", "trial"}
IMPURE_SYSTEM = {"unistd.h", "fcntl.h", "time.h", "sys/stat.h", "spawn.h"}
PURE_ROOMS = {"search", "verdict"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]')


def room_of_file(path):
    parts = path.parts
    return "cache" if parts[0] == "cache" else parts[1]


def room_of_header(name, own):
    if name.startswith("pybisect/"):
        return ROOM_OF.get(name[len("pybisect/"):-len(".h")])
    return name.split("/")[0] if "/" in name else own


def check_own(name, own):
    room = room_of_header(name, own)
    if room not in FLOORS:
        return f"'{name}' belongs to no room: add it to this test's table"
    if room != own and FLOORS[room] >= FLOORS[own]:
        return f"'{own}' may not include '{name}' of '{room}'"
    stem = pathlib.PurePath(name).stem
    if own in PURE_ROOMS and room != own and stem in IMPURE:
        return f"'{own}' is pure: it may not include '{name}'"
    return None


def check_system(name, own):
    for header, room in THIRD_PARTY.items():
        matches = name.startswith(header) if header.endswith("/") \
            else name == header
        if matches and room != own:
            return f"<{name}> is for '{room}' alone"
    if own in PURE_ROOMS and name in IMPURE_SYSTEM:
        return f"'{own}' is pure: it may not include <{name}>"
    return None


def offences(root):
    files = sorted(root.glob("src/**/*.[ch]")) + sorted(
        root.glob("cache/*.[ch]"))
    assert len(files) > 50, "the sources are not where they were"
    for path in files:
        relative = path.relative_to(root)
        own = room_of_file(relative)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match is None:
                continue
            check = check_own if match.group(1) == '"' else check_system
            offence = check(match.group(2), own)
            if offence:
                yield f"{relative}:{number}: {offence}"


def main():
    found = list(offences(pathlib.Path(sys.argv[1])))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
