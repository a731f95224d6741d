"""What the tests of pages share: the renderer, records, and a strict look at a
page."""

import base64
import hashlib
import os
import pathlib
import re
import subprocess

import html5lib

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE / "golden"
RECORDS = sorted(GOLDEN.glob("*.json"))
RENDER = os.environ["PB_RENDER"]

# What no page may show as it is: control characters, those that turn text
# around or are not to be seen, and what is no character.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f"
                    "\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")

ELEMENTS = set(
    "html head meta title style link body a nav ol li span main header "
    "article section aside footer h1 h2 h3 h4 p code pre b br ul dl dt dd "
    "details summary table caption thead tbody tr th td figure figcaption "
    "blockquote div svg defs rect circle path use line text".split())


def render(form, record):
    done = subprocess.run([RENDER, form, record], stdout=subprocess.PIPE,
                          check=True)
    return done.stdout.decode("utf-8")


def write_site(data, directory):
    subprocess.run([RENDER, "site", data / "nights.json", data, directory],
                   check=True)


def parse(text):
    """Any mistake that the standard knows is an error here."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def name_of(element):
    return element.tag.rsplit("}", 1)[-1]


def check_policy(case, tree):
    style = tree.find(".//style").text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest())
    policy = [meta.get("content") for meta in tree.iter("meta")
              if meta.get("http-equiv") == "Content-Security-Policy"]
    case.assertEqual(policy, [
        "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
        "form-action 'none'" % digest.decode()])
    case.assertNotRegex(style, r"url\(|@import|expression|</")


def check_elements(case, tree):
    ids = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            case.fail("a comment")
        case.assertIn(name_of(element), ELEMENTS)
        for name, value in element.attrib.items():
            name = name.rsplit("}", 1)[-1]
            case.assertFalse(name.startswith("on"), name)
            case.assertNotIn(name, ("style", "src", "srcset", "action"))
            case.assertIsNone(UNSEEN.search(value), value[:80])
        if element.get("id"):
            ids.append(element.get("id"))
        for text in (element.text, element.tail):
            found = UNSEEN.search(text or "")
            case.assertIsNone(found, found)
    case.assertEqual(len(ids), len(set(ids)), ids)
    return ids


def check_links(case, tree, ids, page=None):
    """Links lead to the web, to an id of this page, or to a file beside it."""
    for element in tree.iter():
        href = element.get("href")
        if href is None:
            continue
        if href.startswith("#"):
            case.assertIn(href[1:], ids)
        elif re.match(r"https?://", href):
            case.assertEqual(name_of(element), "a")
            case.assertEqual(element.get("rel"), "noreferrer")
        else:
            case.assertIsNotNone(page, href)
            case.assertTrue((page.parent / href).is_file(), href)


def check_structure(case, tree):
    levels = [int(element.tag[1]) for element in tree.iter()
              if re.fullmatch("h[1-6]", name_of(element))]
    case.assertEqual(levels.count(1), 1, levels)
    for before, level in zip(levels, levels[1:]):
        case.assertLessEqual(level, before + 1, levels)
    for table in tree.iter("table"):
        for head in table.iter("th"):
            case.assertIn(head.get("scope"), ("col", "row"))
    for element in tree.iter():
        if name_of(element) == "svg":
            case.assertTrue(element.get("aria-hidden") == "true" or
                            (element.get("role") == "img" and
                             element.get("aria-label")))
    case.assertEqual(len(list(tree.iter("main"))), 1)
    case.assertTrue(tree.find(".//title").text.strip())
    case.assertEqual(tree.get("lang"), "en")


def check_page(case, text, page=None):
    tree = parse(text)
    check_policy(case, tree)
    ids = check_elements(case, tree)
    check_links(case, tree, ids, page)
    check_structure(case, tree)
    return tree

