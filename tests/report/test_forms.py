"""What the program itself makes of bisections and nights of the tiny CPython:
the forms of a real record, and a site."""

import json
import os
import pathlib
import sys

from needs import need

need("html5lib", "jsonschema", "lxml", program="git")

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "cli"))

import jsonschema  # noqa: E402
from lxml import etree  # noqa: E402

from bench import (  # noqa: E402,F401 (unittest calls setUpModule by name)
    CULPRIT, Case, Shared, main, setUpModule, tearDownModule)

from journal import open_journal  # noqa: E402
from projects import Projects  # noqa: E402

os.environ.setdefault("PB_RENDER", "")
from pages import check_page  # noqa: E402

SCHEMA = json.loads(
    (HERE.parent.parent / "docs/report.schema.json").read_text())
OPEN = ("commit", "run")  # others add to what these have


def closed(schema):
    """The schema, with no room for a field that it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "required" in schema:
        schema.setdefault("additionalProperties", False)
    return schema


class Forms(Case):

    def test_a_real_record_has_each_form(self):
        page = os.path.join(self.place, "report.html")
        self.pybisect(".", "v9.1.0..main", "--report", page, status=0)
        with open(page, encoding="utf-8") as file:
            tree = check_page(self, file.read())
        self.assertIn(Shared.shas[CULPRIT][:10],
                      "".join(tree.find(".//h1").itertext()))

        record = self.pybisect("report", "--format", "json", status=0).out
        schema = closed(SCHEMA)
        for name in OPEN:
            del schema["definitions"][name]["additionalProperties"]
        jsonschema.Draft7Validator(schema).validate(json.loads(record))

        html = self.pybisect("report", "--format", "html", status=0).out
        with open(page, encoding="utf-8") as file:
            self.assertEqual(file.read(), html)
        for reader, title in (("cpython", "# Bug report\n"),
                              ("project", "# Fails on CPython\n")):
            issue = self.pybisect("report", "--format", "markdown", "--for",
                                  reader, status=0).out
            self.assertTrue(issue.startswith(title), issue[:80])
            self.assertIn(Shared.shas[CULPRIT], issue)
        junit = os.path.join(self.place, "diff.xml")
        self.pybisect("report", "--report", junit, status=0)
        failures = etree.parse(junit).findall(".//failure")
        self.assertGreater(len(failures), 1)

    def test_an_older_record_is_told(self):
        self.pybisect(".", "v9.1.0..main", "--max-culprits", "1")
        self.change_schema("pybisect-report-0")
        done = self.pybisect("report", status=2)
        self.assertIn("the report of bisection 1 has the schema "
                      "'pybisect-report-0'", done.err)
        self.assertIn("hint: this version reads pybisect-report-1", done.err)

    def change_schema(self, schema):
        for path in pathlib.Path(self.place).rglob("journal.sqlite"):
            with open_journal(path) as journal:
                (text,), = journal.execute(
                    "SELECT report FROM bisections WHERE id = 1")
                journal.execute("UPDATE bisections SET report = ?", [
                    text.replace("pybisect-report-1", schema)])


class Site(Projects):

    def test_real_nights_make_a_valid_site(self):
        """A green one and a red one; the site can be kept."""
        site = pathlib.Path(os.environ.get("PB_SITE") or
                            os.path.join(self.place, "site"))
        for name, *kinds in (("alpha", "strict"), ("beta", "strict", "waves"),
                             ("gamma", "quiet")):
            self.add(name, *kinds)
        for head, status in ((CULPRIT - 2, 0), (CULPRIT + 2, 1)):
            self.pybisect("nightly", "--head", Shared.shas[head], "--site",
                          str(site), status=status)
        pages = sorted(site.rglob("*.html"))
        self.assertEqual(len(pages), 1 + 3 + 2)
        for page in pages:
            check_page(self, page.read_text(encoding="utf-8"), page)
        front = (site / "index.html").read_text(encoding="utf-8")
        self.assertIn(Shared.shas[CULPRIT], front)
        etree.parse(str(site / "atom.xml"))


if __name__ == "__main__":
    main()
