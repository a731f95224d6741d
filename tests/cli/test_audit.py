"""One revision against another, several projects."""

import json
import os
import subprocess

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, WAVELESS, Shared, listing, main, setUpModule, tearDownModule)
from projects import Projects

DOCS, FASTER = 11, 10  # commits that change nothing, as far as can be seen


def git(directory, *words):
    subprocess.run(["git", "-C", directory, *words], check=True,
                   capture_output=True)


class Audit(Projects):

    def audit(self, *words, status=0):
        report = os.path.join(self.place, "audit.json")
        done = self.pybisect("audit", *words, "--report", report,
                             status=status)
        with open(report, encoding="utf-8") as file:
            return done, json.load(file)

    def standings(self, record):
        return {each["name"]: each["standing"]
                for each in record["projects"]}

    def test_a_culprit_is_seen_by_those_whom_it_breaks(self):
        self.add("alpha", "strict")
        self.add("beta", "waves")
        self.add("gamma", "quiet")
        done, record = self.audit(Shared.shas[CULPRIT], status=1)
        self.assertEqual(self.standings(record), {
            "alpha": "regressed", "beta": "same", "gamma": "same"})
        self.assertEqual(self.builds(), 2)  # one a side, shared
        self.assertEqual(record["revision"]["sha"], Shared.shas[CULPRIT])
        self.assertEqual(record["base"]["sha"], Shared.shas[CULPRIT - 1])
        alpha = record["projects"][0]
        self.assertEqual([(t["id"], t["kind"]) for t in alpha["tests"]],
                         [("test_tiny.Tests.test_long", "failing")])
        self.assertEqual(alpha["counts"]["failing"], 1)
        self.check_golden("audit-stdout", done.out)
        self.check_golden("audit-stderr", done.err)
        # All is known by now.
        again, record = self.audit(Shared.shas[CULPRIT], "alpha", status=1)
        self.assertEqual(self.standings(record), {"alpha": "regressed"})
        self.assertEqual(self.builds(), 2)
        as_json = self.pybisect("audit", Shared.shas[CULPRIT], "alpha",
                                "--format", "json", "-q", status=1)
        self.assertEqual(json.loads(as_json.out)["outcome"], "regressed")
        self.assertEqual(as_json.err, "")

    def test_the_way_back_is_fixed(self):
        self.add("alpha", "strict")
        _, record = self.audit(Shared.shas[CULPRIT - 1], "--against",
                               Shared.shas[CULPRIT])
        self.assertEqual(self.standings(record), {"alpha": "fixed"})

    def test_what_no_project_can_see_builds_nothing(self):
        self.add("alpha", "strict")
        done, record = self.audit(Shared.shas[DOCS])
        self.assertIn("Clean: nothing that a project can see differs",
                      " ".join(done.out.split()))
        self.assertFalse(record["visible"])
        self.assertEqual(self.builds(), 0)
        self.assertEqual(self.lines("marks/runs"), [])

    def test_a_range_is_its_two_ends(self):
        self.add("alpha", "strict", "waves")
        _, record = self.audit("%s..%s" % (Shared.shas[20],
                                           Shared.shas[30]), status=1)
        self.assertEqual(record["kind"], "range")
        self.assertEqual(record["projects"][0]["counts"]["failing"], 2)

    def test_red_for_another_reason_is_broken_before(self):
        self.add("alpha", "both")
        _, record = self.audit(Shared.shas[WAVELESS])
        self.assertEqual(self.standings(record), {"alpha": "broken before"})
        self.assertIn("fail in another way", record["projects"][0]["why"])

    def test_what_does_not_reproduce_is_flaky(self):
        self.add("alpha", "flaky")
        self.audit(Shared.shas[FASTER - 3], "--against", Shared.shas[4])
        self.write("marks/flaky", "")
        done, record = self.audit(Shared.shas[FASTER], "--against",
                                  Shared.shas[FASTER - 3])
        self.assertEqual(self.standings(record), {"alpha": "flaky"}, done)
        self.assertEqual(record["projects"][0]["flaky"],
                         ["test_tiny.Tests.test_flaky"])

    def test_a_revision_that_does_not_build_is_broken(self):
        self.add("alpha", "quiet")
        done, record = self.audit(Shared.shas[15], status=1)
        self.assertEqual(self.standings(record), {"alpha": "untestable"})
        self.assertIn("Broken: it does not build", done.out)

    def test_a_project_that_cannot_be_had_does_not_stop_the_others(self):
        self.add("alpha", "strict")
        self.add("beta", "quiet")
        self.write("config/pybisect/recipes/beta.yml", self.read(
            "config/pybisect/recipes/beta.yml").replace(
                "repositories/beta", "repositories/gone"))
        _, record = self.audit(Shared.shas[CULPRIT], status=1)
        self.assertEqual(self.standings(record), {
            "alpha": "regressed", "beta": "untestable"})

    def test_a_branch_is_held_against_where_it_left_trunk(self):
        self.add("alpha", "waves")
        clone = os.path.join(self.place, "clone")
        git("/", "clone", "-q", Shared.clone, clone)
        git(clone, "checkout", "-q", "-b", "patch", Shared.shas[FASTER])
        for text in ("", "X = 1\n"):
            with open(clone + "/Lib/tiny/tinymod.py", "w") as file:
                file.write("def check(text):\n    pass\n" + text)
            git(clone, "-c", "user.name=A", "-c", "user.email=a@b", "commit",
                "-q", "-a", "-m", "Remove wave")
        _, record = self.audit("patch", "--cpython", clone, status=1)
        self.assertEqual(record["kind"], "branch")
        self.assertEqual(record["base"]["sha"], Shared.shas[FASTER])
        self.assertEqual(self.standings(record), {"alpha": "regressed"})

    def test_a_checkout_is_audited_as_it_is_and_left_alone(self):
        self.add("alpha", "waves")
        clone = os.path.join(self.place, "clone")
        git("/", "clone", "-q", Shared.clone, clone)
        git(clone, "checkout", "-q", "--detach", Shared.shas[FASTER])
        with open(clone + "/Lib/tiny/newmod.py", "w") as file:
            file.write("def check(text):\n    pass\n")
        with open(clone + "/Lib/tiny/tinymod.py", "w") as file:
            file.write("from newmod import check\n")
        before = listing(clone)
        _, record = self.audit("--worktree", clone, status=1)
        self.assertEqual(listing(clone), before)
        self.assertEqual(record["kind"], "worktree")
        self.assertEqual(record["base"]["sha"], Shared.shas[FASTER])
        self.assertEqual(self.standings(record), {"alpha": "regressed"})
        self.assertIn("wave", record["projects"][0]["tests"][0]["signature"])
        left = os.listdir(os.path.join(self.place, "cache", "pybisect"))
        self.assertEqual([n for n in left if n.startswith("worktree")], [])

    def test_mistakes(self):
        self.add("alpha", "quiet")
        for words, text in (
                (("audit",), "no revision is named"),
                (("audit", "main", "nosuch"), "nosuch"),
                (("audit", "main", "--format", "xml"), "no format 'xml'"),
                (("audit", "a..b", "--against", "main"), "one too many"),
                (("audit", Shared.shas[0]), "has no parent"),
                (("audit", "--worktree", "/nowhere"), "is no checkout"),
                (("audit", "..main"), "does not say what to hold")):
            done = self.pybisect(*words, status=2)
            self.assertIn(text, done.err)


if __name__ == "__main__":
    main()
