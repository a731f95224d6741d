"""Nights of several tiny projects, by moving the head."""

import json
import os
import random
import sqlite3
import subprocess
import time

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, WAVELESS, Shared, listing, main, setUpModule, tearDownModule)
from projects import Projects
from test_notify import Hooks

EARLY, BETWEEN, LATE = 12, 26, 31  # heads


class Nights(Projects):

    def night(self, head, *words, status=None):
        path = os.path.join(self.place, "nights.json")
        done = self.pybisect("nightly", "--head", Shared.shas[head], "--json",
                             path, *words, status=status)
        with open(path, encoding="utf-8") as file:
            return done, json.load(file)

    def states(self, record, night):
        return {project["name"]: cell["state"]
                for project in record["projects"]
                for cell in project["cells"] if cell["night"] == night}

    def failures(self, record):
        return [(f["id"], f["project"], f["status"],
                 f["culprit"] and Shared.shas.index(f["culprit"]["sha"]),
                 f["fixed"]) for f in record["failures"]]

    def test_three_nights(self):
        self.add("alpha", "strict")
        self.add("beta", "strict", "waves")
        self.add("gamma", "quiet")
        before = listing(Shared.clone)
        first, record = self.night(EARLY, status=0)
        self.assertEqual(self.states(record, 1), {
            "alpha": "green", "beta": "green", "gamma": "green"})
        self.assertEqual(self.builds(), 1)
        second, record = self.night(BETWEEN, status=1)
        self.assertEqual(self.states(record, 2), {
            "alpha": "newly red", "beta": "newly red", "gamma": "green"})
        self.assertEqual(self.failures(record), [
            ("f1", "alpha", "found", CULPRIT, None),
            ("f2", "beta", "found", CULPRIT, None)])
        # What broke alpha is suspected at once.
        searched = second.err.partition("beta: bisecting")[2]
        self.assertRegex(searched, r"\n\[5\] search (%s|%s) " % (
            Shared.shas[CULPRIT][:10], Shared.shas[CULPRIT - 1][:10]))
        self.assertEqual([(c["failures"], c["fixed"])
                          for c in record["culprits"]],
                         [(["f1", "f2"], None)])
        for failure in record["failures"]:
            with open(os.path.join(self.place, "data", "pybisect",
                                   failure["report"])) as file:
                report = json.load(file)
            self.assertEqual(report["outcome"], "found")
        third, record = self.night(LATE, status=1)
        self.assertEqual(self.states(record, 3), {
            "alpha": "red", "beta": "newly red", "gamma": "green"})
        self.assertEqual(self.failures(record)[2],
                         ("f3", "beta", "found", WAVELESS, None))
        self.check_golden("nightly-stdout", first.out + second.out + third.out)
        status = self.pybisect("nightly", "--status", status=0)
        self.check_golden("nightly-status", status.out)
        # The same head again.
        runs = len(self.lines("marks/runs"))
        again, record = self.night(LATE)
        self.assertIn("nothing to do", again.out)
        self.assertEqual(len(self.lines("marks/runs")), runs)
        self.assertEqual(len(record["nights"]), 3)
        # And back: all is fixed.
        _, record = self.night(EARLY, status=0)
        self.assertEqual([f[4] for f in self.failures(record)], [4, 4, 4])
        self.assertEqual(listing(Shared.clone), before)

    def test_what_was_found_is_shown_and_told_once(self):
        hooks = Hooks()
        self.addCleanup(hooks.close)
        self.add("alpha", "strict")
        self.environment["PB_SECRET"] = "a shared secret"
        self.write("config/pybisect/notify.yml",
                   "hooks:\n  - url: http://127.0.0.1:%d/hook\n"
                   "    secret-variable: PB_SECRET\n" % hooks.port)
        site = os.path.join(self.place, "site")

        def night(head, status, *words):
            self.night(head, "--site", site, *words, status=status)
            return [json.loads(body)["kind"] for _, _, body in hooks.got]

        self.assertEqual(night(EARLY, 0), [])
        self.assertEqual(night(BETWEEN, 1, "--dry-run"), [])
        self.assertEqual(night(BETWEEN, 1), ["found"])
        self.assertIn("regressions/alpha-f1.html",
                      self.read("site/index.html"))
        self.assertIn(Shared.shas[CULPRIT],
                      self.read("site/regressions/alpha-f1.html"))
        self.assertEqual(night(BETWEEN, 1), ["found"])
        self.assertEqual(night(EARLY, 0), ["found", "fixed"])
        texts = [json.loads(body)["text"] for _, _, body in hooks.got]
        sha = Shared.shas[CULPRIT][:10]
        self.assertEqual(texts, [
            "[pybisect] %s broke alpha: gh-1234: Refuse strings that are not "
            "tiny (GH-1240)" % sha,
            "[pybisect] alpha fixed: what %s broke is green again" % sha])

    def test_the_mirror_is_fetched_each_night(self):
        upstream = os.path.join(self.place, "upstream")
        mirror = os.path.join(self.place, "data", "pybisect", "cpython.git")
        os.makedirs(os.path.dirname(mirror))

        def git(*words):
            subprocess.run(["git", "-C", upstream, *words], check=True,
                           stdout=subprocess.DEVNULL)

        subprocess.run(["git", "clone", "-q", "--bare", Shared.clone,
                        upstream], check=True)
        git("update-ref", "refs/heads/main", Shared.shas[EARLY])
        subprocess.run(["git", "clone", "-q", "--mirror", upstream, mirror],
                       check=True)
        del self.environment["PYBISECT_CPYTHON"]
        self.add("alpha", "strict")
        self.pybisect("nightly", status=0)
        git("update-ref", "refs/heads/main", Shared.shas[BETWEEN])
        done = self.pybisect("nightly", status=1)
        self.assertIn(Shared.shas[BETWEEN][:10], done.out)
        self.assertIn("Newly broken by\n  " + Shared.shas[CULPRIT][:10],
                      done.out)
        os.rename(upstream, upstream + "-away")
        done = self.pybisect("nightly")
        self.assertIn("as of the last fetch", done.err)
        self.assertIn("nothing to do", done.out)

    def test_red_does_not_hide_red(self):
        self.add("alpha", "both")
        self.night(EARLY, status=0)
        self.night(BETWEEN, status=1)
        _, record = self.night(LATE, status=1)
        self.assertEqual(self.failures(record), [
            ("f1", "alpha", "found", CULPRIT, 3),
            ("f2", "alpha", "found", WAVELESS, None)])
        self.assertIn("KeyError", record["failures"][1]["signature"])
        # The same by hand.
        span = "%s..%s" % (Shared.shas[BETWEEN], Shared.shas[LATE])
        done = self.pybisect("alpha", span, status=1)
        self.assertIn("already fails", " ".join(done.out.split()))
        self.assertNames(self.pybisect("alpha", span, "--different"),
                         WAVELESS)

    def test_what_fails_by_chance_is_flaky(self):
        self.add("alpha", "flaky", "strict")
        self.night(EARLY, status=0)
        self.write("marks/flaky", "")
        _, record = self.night(EARLY + 2, status=0)
        self.assertEqual(self.states(record, 2), {"alpha": "flaky"})
        self.assertEqual([(f["test"], f["failed"])
                          for f in record["projects"][0]["flaky"]],
                         [("test_tiny.Tests.test_flaky", 1)])
        self.assertEqual(record["failures"], [])

    def test_a_sick_machine_is_told_and_forgotten(self):
        self.add("alpha", "sick")
        self.add("beta", "sick")
        self.night(EARLY, status=0)
        self.write("marks/sick", "")
        done, record = self.night(EARLY + 2, status=3)
        self.assertEqual(record["nights"][-1]["state"], "sick")
        self.assertIn("it is so with all projects", " ".join(done.out.split()))
        self.assertEqual(record["failures"], [])
        os.unlink(self.marks + "/sick")
        _, record = self.night(EARLY + 2, status=0)
        self.assertEqual(self.states(record, 3),
                         {"alpha": "green", "beta": "green"})

    def test_killed_at_any_moment_it_goes_on(self):
        self.add("alpha", "strict")
        self.add("beta", "strict")
        self.night(EARLY, status=0)
        seed = int(os.environ.get("PB_SEED", random.randrange(10 ** 6)))
        print("PB_SEED=%d" % seed, end=" ", flush=True)
        instants = random.Random(seed)
        kills = 0
        process = None
        while kills < 6:
            process = self.start("nightly", "--head", Shared.shas[BETWEEN])
            time.sleep(instants.uniform(0.1, 2))
            if process.poll() is not None:
                break
            process.kill()
            process.communicate()
            kills += 1
        if process.poll() == 0 or process.poll() == 1:
            process.communicate()
        _, record = self.night(BETWEEN, status=1)
        self.assertEqual(self.failures(record), [
            ("f1", "alpha", "found", CULPRIT, None),
            ("f2", "beta", "found", CULPRIT, None)])
        self.assertEqual(len(record["nights"]), 2)
        self.assertEqual(record["nights"][-1]["state"], "whole")
        journal = sqlite3.connect(os.path.join(
            self.place, "data", "pybisect", "journal.sqlite"))
        events = journal.execute("SELECT kind, about FROM events").fetchall()
        self.assertEqual(events, [("found", Shared.shas[CULPRIT])])

    def test_two_nights_at_once_are_one(self):
        self.add("alpha", "quiet")
        self.write("tmp/slow", "60")
        process = self.start("nightly", "--head", Shared.shas[EARLY])
        while not os.path.exists(self.temporary + "/building"):
            time.sleep(0.01)
        done = self.pybisect("nightly", status=3)
        self.assertIn("a night is under way", done.err)
        process.terminate()
        self.assertEqual(self.finish(process).status, 130)
        os.unlink(self.temporary + "/slow")
        self.night(EARLY, status=0)

    def test_the_rest_is_carried_over(self):
        self.add("alpha", "strict")
        self.night(EARLY, status=0)
        self.write("tmp/slow", "2")
        done, record = self.night(BETWEEN, "--budget", "1s", status=1)
        self.assertEqual(record["nights"][-1]["state"], "partial")
        self.assertEqual(self.failures(record),
                         [("f1", "alpha", "waiting", None, None)])
        os.unlink(self.temporary + "/slow")
        _, record = self.night(BETWEEN, status=1)
        self.assertEqual(self.failures(record),
                         [("f1", "alpha", "found", CULPRIT, None)])

    def test_mistakes(self):
        self.add("alpha", "quiet")
        for words, text in (
                (("nightly", "word"), "one word too many"),
                (("nightly", "--budget", "40"), "--budget takes a time"),
                (("nightly", "--projects", "alpha,nosuch"), "nosuch"),
                (("nightly", "--head", "nosuch"), "nosuch")):
            done = self.pybisect(*words, status=2)
            self.assertIn(text, done.err)
        status = self.pybisect("nightly", "--status", status=0)
        self.assertEqual(status.out, "no night yet\n")


if __name__ == "__main__":
    main()
