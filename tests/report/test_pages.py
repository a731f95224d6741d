"""Reports and the site as files: valid, harmless whatever a log holds, and
whole. (How they look is for test_browser.py.)"""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from needs import need

need("html5lib", "jsonschema", "lxml", program="cmark-gfm")

import html5lib  # noqa: E402
import jsonschema  # noqa: E402
from lxml import etree  # noqa: E402

import nights  # noqa: E402
from pages import (GOLDEN, HERE, RECORDS, UNSEEN, check_page,  # noqa: E402
                   parse, render, write_site)

SCHEMA = json.loads(
    (HERE.parent.parent / "docs/report.schema.json").read_text())
MOST = 60000
POISONED = ("found", "suspects", "command", "good-is-bad", "untestable")
MARKDOWN_ELEMENTS = set(
    "html head body p h1 h2 h3 ul ol li code pre strong a table thead tbody "
    "tr th td details summary sub blockquote em".split())
OUR_LINKS = re.compile(r"https://(github\.com/python/cpython/|"
                       r"bugs\.python\.org/issue)[a-z0-9/]+")


class Place(unittest.TestCase):

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)

    def poisoned(self):
        """Records with something nasty before every string, in turn."""
        for record in [GOLDEN / (name + ".json") for name in POISONED]:
            for turn in range(0, len(nights.NASTY), 3):
                value = json.loads(record.read_text())
                schema = value["schema"]
                value = nights.poison(value, count=[turn])
                value["schema"] = schema
                path = self.place / ("%s-%d.json" % (record.stem, turn))
                path.write_text(json.dumps(value))
                yield path


class Page(Place):

    def test_each_report_is_a_valid_page(self):
        for record in RECORDS:
            with self.subTest(record.stem):
                check_page(self, render("html", record))

    def test_no_text_of_a_record_becomes_markup(self):
        for record in self.poisoned():
            with self.subTest(record.stem):
                check_page(self, render("html", record))

    def test_a_record_of_nothing_is_a_valid_page(self):
        path = self.place / "empty.json"
        path.write_text("{}")
        tree = check_page(self, render("html", path))
        self.assertIn("Not finished", "".join(tree.find(".//h1").itertext()))

    def test_the_search_is_drawn(self):
        tree = parse(render("html", GOLDEN / "found.json"))
        text = "".join(tree.find(".//main").itertext())
        drawings = [each for each in tree.iter()
                    if each.get("role") == "img"]
        self.assertEqual(len(drawings), 2)
        self.assertIn("The answer is number 1411",
                      drawings[0].get("aria-label"))
        self.assertIn("ruled out: a later one passes", text)

    def test_a_page_is_no_longer_than_its_record_makes_it(self):
        for record in RECORDS:
            size = len(render("html", record))
            self.assertLess(size, 60000 + 3 * record.stat().st_size)


class Markdown(Place):

    def as_html(self, markdown):
        done = subprocess.run(
            ["cmark-gfm", "--unsafe", "-e", "autolink", "-e", "table", "-e",
             "strikethrough", "-e", "tagfilter"],
            input=markdown.encode(), stdout=subprocess.PIPE, check=True)
        return html5lib.parse(done.stdout.decode(),
                              namespaceHTMLElements=False)

    def check_text(self, text):
        """As GitHub looks for people and issues: after all else."""
        self.assertNotRegex(text, r"(?<![\w`])@\w")
        self.assertNotRegex(text, r"(?<!\w)#\d")
        self.assertNotRegex(text, r"(?i)\bgh-\d")

    def check(self, markdown):
        self.assertLessEqual(len(markdown.encode()), MOST)
        self.assertIsNone(UNSEEN.search(markdown))
        tree = self.as_html(markdown)
        for element in tree.iter():
            if not isinstance(element.tag, str):
                self.assertEqual(element.text, " ")  # <!-- -->
                continue
            self.assertIn(element.tag, MARKDOWN_ELEMENTS)
            self.assertLessEqual(set(element.attrib), {"href", "lang",
                                                       "class"})
            if element.tag == "a":
                self.assertRegex(element.get("href"), OUR_LINKS)
            elif element.tag != "code":
                self.check_text(element.text or "")
            self.check_text(element.tail or "")
        return tree

    def test_each_report_is_an_issue_for_both(self):
        for record in RECORDS:
            for reader in ("cpython", "project"):
                with self.subTest(record.stem, reader=reader):
                    self.check(render(reader, record))

    def test_no_text_of_a_record_breaks_out(self):
        for record in self.poisoned():
            for reader in ("cpython", "project"):
                with self.subTest(record.stem, reader=reader):
                    self.check(render(reader, record))

    def test_the_fields_of_cpythons_form_are_there(self):
        text = render("cpython", GOLDEN / "found.json")
        for field in ("Bug description", "CPython versions tested on",
                      "Operating systems tested on"):
            self.assertIn("\n### %s:\n\n" % field, text)
        self.assertIn("pybisect try 1f4d1a979d", text)

    def test_whatever_its_size_it_fits(self):
        record = json.loads((GOLDEN / "found.json").read_text())
        finding = record["findings"][0]
        test = finding["tests"][0]
        finding["tests"] = [
            dict(test, id="t%d." % i + "x" * 1000, signature="s%d" % i,
                 after=dict(test["after"], message="`" * 8000,
                            trace="é\n" * 4000))
            for i in range(500)]
        finding["reasons"] = ["\\*" * 5000] * 5
        record["tried"] = record["tried"] * 100
        path = self.place / "long.json"
        path.write_text(json.dumps(record))
        for reader in ("cpython", "project"):
            text = render(reader, path)
            self.check(text)
            self.assertIn("### CPython versions" if reader == "cpython"
                          else "## Reproduce", text)


class Junit(Place):

    def check(self, record):
        tree = etree.fromstring(render("junit", record).encode())
        for suite in tree.iter("testsuite"):
            cases = suite.findall("testcase")
            failures = [case for case in cases if case.find("failure")
                        is not None]
            self.assertEqual(int(suite.get("tests")), len(cases))
            self.assertEqual(int(suite.get("failures")), len(failures))
            for failure in suite.iter("failure"):
                self.assertIsNotNone(failure.get("message"))
        return tree

    def test_what_got_worse_is_a_failure(self):
        tree = self.check(GOLDEN / "found.json")
        record = json.loads((GOLDEN / "found.json").read_text())
        finding = record["findings"][0]
        worse = [test["id"] for test in finding["tests"]
                 if test["kind"] not in ("fixed", "new")]
        failing = [".".join(filter(None, (case.get("classname"),
                                          case.get("name"))))
                   for case in tree.iter("testcase")
                   if case.find("failure") is not None]
        self.assertEqual(failing, worse)
        first = tree.find(".//failure").text
        self.assertTrue(first.startswith("before: passed\nafter: "), first)
        self.assertEqual(
            tree.find(".//property[@name='culprit']").get("value"),
            finding["culprit"]["sha"])

    def test_each_record_is_valid_xml(self):
        for record in [*RECORDS, *self.poisoned()]:
            with self.subTest(record.stem):
                self.check(record)


class Schema(unittest.TestCase):

    def test_the_schema_is_one(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_each_record_is_valid(self):
        validator = jsonschema.Draft7Validator(SCHEMA)
        for path in RECORDS:
            with self.subTest(path.stem):
                validator.validate(json.loads(path.read_text()))

    def test_what_is_no_report_is_not_valid(self):
        record = json.loads((GOLDEN / "found.json").read_text())
        for change in ({"schema": "pybisect-report-0"}, {"id": "7"},
                       {"outcome": "well"}, {"tried": None}):
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.Draft7Validator(SCHEMA).validate(
                    dict(record, **change))


class Nights(Place):

    def write(self, hostile=False):
        self.record = nights.write(self.place / "data", hostile)
        write_site(self.place / "data", self.place / "site")
        return self.place / "site"

    def again(self, change):
        change(self.record)
        (self.place / "data/nights.json").write_text(json.dumps(self.record))
        write_site(self.place / "data", self.place / "site")

    def pages(self, site):
        return sorted(site.rglob("*.html"))


class Site(Nights):

    def test_each_page_is_valid_and_its_links_lead_somewhere(self):
        for page in self.pages(self.write()):
            with self.subTest(page.name):
                check_page(self, page.read_text(), page)

    def test_no_text_of_the_nights_becomes_markup(self):
        site = self.write(hostile=True)
        for page in self.pages(site):
            with self.subTest(page.name):
                check_page(self, page.read_text(), page)

    def test_red_cells_lead_to_their_regression(self):
        site = self.write()
        tree = parse((site / "index.html").read_text())
        grid = [table for table in tree.iter("table")
                if table.get("class") == "grid"][0]
        rows = grid.find("tbody").findall("tr")
        self.assertEqual(len(rows), len(nights.PROJECTS))
        self.assertEqual(len(grid.find("thead/tr").findall("th")), 31)
        for cell in grid.iter("td"):
            link = cell.find("a")
            red = cell.get("class") in ("cell red", "cell new")
            self.assertEqual(link is not None, red)
            if red:
                project = link.get("href").split("/")[-1].split("-")[0]
                self.assertIn(project, nights.PROJECTS)
                self.assertRegex(link.get("title"), "^2026-.*red, ")

    def test_the_newest_regression_is_the_first(self):
        site = self.write()
        tree = parse((site / "index.html").read_text())
        cards = ["".join(each.itertext()) for each in tree.iter("article")]
        self.assertIn("storm", cards[0])
        self.assertIn("bisecting", cards[0])
        self.assertIn("nose2", cards[1])
        both = [card for card in cards if "genshi" in card][0]
        self.assertIn("trac", both)
        self.assertIn("type-stricter", both)
        self.assertIn("Enforce PEP 479", both)

    def test_a_report_that_is_not_there_is_said_so(self):
        site = self.write()
        (self.place / "data/reports/several.json").unlink()
        (self.place / "data/reports/suspects.json").write_text(
            '{"schema": "pybisect-report-0"}')
        self.again(lambda record: None)
        nose = (site / "regressions/nose2-f3.html").read_text()
        self.assertIn("cannot open", nose)
        twisted = (site / "regressions/twisted-f2.html").read_text()
        self.assertIn("pybisect-report-0", twisted)
        for text in (nose, twisted):
            check_page(self, text, site / "regressions/x.html")

    def test_what_is_no_longer_part_of_it_goes_and_the_rest_stays(self):
        site = self.write()
        (site / "CNAME").write_text("example.org")
        (site / "projects/mine.html").write_text("mine")
        before = (site / "projects/breezy.html").stat()
        self.again(lambda record: record["projects"].pop())
        self.assertFalse((site / "projects/twisted.html").exists())
        self.assertEqual((site / "CNAME").read_text(), "example.org")
        self.assertEqual((site / "projects/mine.html").read_text(), "mine")
        self.assertEqual(
            (site / "projects/breezy.html").stat().st_ino, before.st_ino)

    def test_a_forged_list_removes_nothing_else(self):
        site = self.write()
        for name in ("keep.txt", "data/keep.txt"):
            (self.place / name).write_text("keep")
        (site / ".pybisect-site").write_text(
            "../keep.txt\n../data/keep.txt\nprojects/../../keep.txt\n"
            "/etc/hostname\n\nregressions\n.\n")
        self.again(lambda record: None)
        self.assertTrue((self.place / "keep.txt").exists())
        self.assertTrue((self.place / "data/keep.txt").exists())

    def test_a_record_of_another_schema_is_refused(self):
        self.write()
        with self.assertRaises(subprocess.CalledProcessError):
            self.again(lambda record: record.update(schema="nights-9"))

    def test_no_night_yet_is_a_site_too(self):
        site = self.write()
        self.again(lambda record: record.update(
            nights=[], projects=[], failures=[], culprits=[]))
        text = (site / "index.html").read_text()
        check_page(self, text, site / "index.html")
        self.assertIn("No night yet", text)
        self.assertEqual(list(site.glob("regressions/*")), [])


class Feeds(Nights):

    def test_atom_is_valid(self):
        for hostile in (False, True):
            shutil.rmtree(self.place / "data", ignore_errors=True)
            site = self.write(hostile)
            tree = etree.parse(str(site / "atom.xml")).getroot()
            atom = "{http://www.w3.org/2005/Atom}"
            entries = tree.findall(atom + "entry")
            self.assertEqual(len(entries), len(nights.FAILURES))
            ids = [entry.find(atom + "id").text for entry in entries]
            self.assertEqual(len(set(ids)), len(ids))
            for entry in [tree, *entries]:
                self.assertTrue(entry.find(atom + "title").text)
                self.assertRegex(entry.find(atom + "updated").text,
                                 r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            for entry in entries:
                href = entry.find(atom + "link").get("href")
                self.assertTrue((site / href).is_file())

    def test_json_feed_is_valid(self):
        for hostile in (False, True):
            shutil.rmtree(self.place / "data", ignore_errors=True)
            site = self.write(hostile)
            feed = json.loads((site / "feed.json").read_text())
            self.assertEqual(feed["version"],
                             "https://jsonfeed.org/version/1.1")
            self.assertEqual(len(feed["items"]), len(nights.FAILURES))
            for item in feed["items"]:
                self.assertTrue((site / item["url"]).is_file())
                self.assertIsNone(UNSEEN.search(item["content_text"]))


if __name__ == "__main__":
    unittest.main()
