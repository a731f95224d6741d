"""A record of nights as `pybisect nightly` writes it, for tests of the site:
plain, or hostile, with each string as bad as a log or a commit can make it."""

import datetime
import hashlib
import json
import pathlib
import random

GOLDEN = pathlib.Path(__file__).parent / "golden"

NASTY = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style></pre><h1>out</h1>",
    "&lt;already&gt; &amp; ' \" `",
    "\x1b[31mred\x1b[0m \x00\x07\x08\x7f\u009b",
    "\u202eevil\u202c \u2066\u2069 \u200b\ufeff \uffff",
    "caf\ufffd\ufffd broken bytes",
    "x" * 16000,
    "word " * 3000,
    "../../../etc/passwd",
    "javascript:alert(1)",
    "@everyone see #1 and gh-2, https://evil.example/ ```\n```",
    "]]> --> ${x} {{x}} %s %n",
    "\n\n# heading\n- item\n\n<details>",
]

PROJECTS = ["breezy", "cherrypy", "django", "genshi", "mysqlclient", "nose2",
            "pycryptodome", "roundup", "sqlalchemy", "storm", "trac", "twill",
            "twisted"]

FAILURES = [
    # project, class, first red, last red, fixed, status, report
    ("genshi", "type-stricter", 8, 40, None, "found", "found"),
    ("trac", "type-stricter", 8, 40, None, "found", None),
    ("twisted", "removed-name", 30, 40, None, "suspects", "suspects"),
    ("nose2", "removed-module", 39, 40, None, "found", "several"),
    ("django", "value-changed", 20, 27, 28, "found", "found"),
    ("storm", "crash", 40, 40, None, "bisecting", None),
    ("twill", "literal", 15, 40, None, "no answer", "untestable"),
]


def sha(number):
    return hashlib.sha1(b"%d" % number).hexdigest()


def night(number, first):
    start = first + datetime.timedelta(days=number)
    return {
        "night": number,
        "started": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ended": start.strftime("%Y-%m-%dT23:%M:%SZ"),
        "seconds": 5400 + number,
        "head": {"sha": sha(number), "date": start.strftime("%Y-%m-%d"),
                 "subject": "gh-%d: Mend the frobnicator" % (1000 + number)},
        "state": {25: "sick", 36: "partial"}.get(number, "whole"),
        "why": {25: "12 of 13 projects fail; the disk is full",
                36: "the budget of 6 h was spent"}.get(number, ""),
    }


def failure(number, row):
    project, class_name, first, last, fixed, status, report = row
    found = status == "found"
    shared = 1 if project in ("genshi", "trac") else number + 2
    tests = ["%s.tests.test_core.CoreTest.test_%d" % (project, i)
             for i in range(5 + number)]
    return {
        "id": "f%d" % number, "project": project,
        "signature": "RuntimeError: generator raised StopIteration (%s)"
                     % project,
        "class": class_name, "tests": tests, "ntests": 140 + number,
        "first_red": first, "last_red": last, "fixed": fixed,
        "green": sha(first - 1), "red": sha(first), "status": status,
        "why": {"suspects": "two commits in between do not build",
                "no answer": "the good end cannot be tested"}.get(status, ""),
        "culprit": {"sha": sha(shared), "subject": "gh-32670: Enforce PEP 479",
                    "author": "Ada Lovelace", "date": "2026-10-20",
                    "probability": .993} if found else None,
        "suspects": [sha(91), sha(92)] if status == "suspects" else [],
        "report": "reports/%s.json" % report if report else None,
    }


def cell(number, name, failures, rng):
    red = [each for each in failures if each["project"] == name
           and each["first_red"] <= number <= each["last_red"]]
    state = "green"
    if red:
        fresh = any(each["first_red"] == number for each in red)
        state = "newly red" if fresh else "red"
    elif number == 25:
        state = "not run"
    elif name == "mysqlclient":
        state = "untestable"
    elif rng.random() < .04:
        state = "flaky"
    return {"night": number, "state": state, "passed": rng.randint(100, 9000),
            "failed": 3 * len(red), "skipped": 3, "missing": 0,
            "why": "there is no MySQL server" if state == "untestable" else "",
            "failures": [each["id"] for each in red]}


def project(name, nights, failures, rng):
    cells = [cell(each["night"], name, failures, rng) for each in nights
             if rng.random() > .02]
    return {
        "name": name, "cells": cells,
        "changed": [{"test": "%s.tests.test_core.CoreTest.test_%d" % (name, i),
                     "night": 40 - i, "from": "pass", "to": "fail",
                     "message": "RuntimeError: generator raised StopIteration"}
                    for i in range(25 if name == "genshi" else 2)],
        "flaky": [{"test": "%s.tests.test_net.NetTest.test_%d" % (name, i),
                   "runs": 30, "failed": 9 - 3 * i} for i in range(3)],
    }


def culprits(failures):
    by_sha = {}
    for each in failures:
        if each["culprit"]:
            by_sha.setdefault(each["culprit"]["sha"], []).append(each)
    return [{**{key: group[0]["culprit"][key]
                for key in ("sha", "subject", "author", "date")},
             "failures": [each["id"] for each in group],
             "first_red": min(each["first_red"] for each in group),
             "fixed": group[0]["fixed"]}
            for group in by_sha.values()]


def make_nights():
    rng = random.Random(7)
    first = datetime.datetime(2026, 10, 16, 3, 0)
    nights = [night(number, first) for number in range(1, 41)]
    failures = [failure(number, row) for number, row in enumerate(FAILURES)]
    return {
        "schema": "pybisect-nights-1",
        "written": "2026-11-25T05:00:00Z",
        "nights": nights,
        "projects": [project(name, nights, failures, rng)
                     for name in PROJECTS],
        "failures": failures,
        "culprits": culprits(failures),
    }


# Words of the schema, and what links one part of a record with another.
KEPT = {"schema", "state", "status", "id", "failures", "kind", "outcome",
        "build", "verdict", "purpose", "who", "report", "started", "ended",
        "written", "verdicts", "whole", "near"}


def poison(value, key="", count=None):
    """A copy in which every other string is followed by something nasty."""
    count = count if count is not None else [0]
    if isinstance(value, dict):
        return {name: poison(each, name, count)
                for name, each in value.items()}
    if isinstance(value, list):
        return [poison(each, key, count) for each in value]
    if value in PROJECTS:  # the same wherever it is named
        return NASTY[PROJECTS.index(value)] + value
    if isinstance(value, str) and key not in KEPT:
        count[0] += 1
        return NASTY[count[0] % len(NASTY)] + value
    return value


def write(directory, hostile=False):
    """nights.json and the reports it names, below a directory."""
    directory = pathlib.Path(directory)
    (directory / "reports").mkdir(parents=True)
    change = poison if hostile else lambda value: value
    for name in ("found", "suspects", "several", "untestable"):
        record = json.loads((GOLDEN / (name + ".json")).read_text())
        if hostile:
            schema = record["schema"]
            record = poison(record)
            record["schema"] = schema
        (directory / "reports" / (name + ".json")).write_text(
            json.dumps(record))
    nights = change(make_nights())
    (directory / "nights.json").write_text(json.dumps(nights))
    return nights
