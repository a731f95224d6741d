"""The pages in a real browser: Debian's Chromium, without a window. They fit
from a telephone to 4K, by day and by night; they can be read by ear and used by
keyboard; they ask for nothing from outside.

PB_SCREENSHOTS=DIRECTORY keeps what was seen.
"""

import base64
import json
import os
import pathlib
import shutil
import tempfile
import unittest

from needs import need

need("selenium", "html5lib", program="chromedriver")

from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

import nights  # noqa: E402
from pages import GOLDEN, HERE, render, write_site  # noqa: E402

SIZES = {360: 740, 1280: 900, 3840: 2160}
SCHEMES = ("light", "dark")
LOOK = (HERE / "look.js").read_text()
KEPT = os.environ.get("PB_SCREENSHOTS")


class Shared:
    place = None
    browser = None
    pages = {}


def start_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs",
                           {"browser": "ALL", "performance": "ALL"})
    service = webdriver.chrome.service.Service(shutil.which("chromedriver"))
    return webdriver.Chrome(service=service, options=options)


def setUpModule():
    Shared.place = pathlib.Path(tempfile.mkdtemp())
    for name, hostile in (("site", False), ("hostile", True)):
        nights.write(Shared.place / (name + "-data"), hostile)
        write_site(Shared.place / (name + "-data"), Shared.place / name)
        site = Shared.place / name
        Shared.pages[name] = site / "index.html"
        Shared.pages[name + "-project"] = next(site.glob(
            "projects/*" if hostile else "projects/genshi.html"))
        for number in (0, 2, 5):
            Shared.pages["%s-f%d" % (name, number)] = next(
                site.glob("regressions/*-f%d.html" % number))
    for name in ("found", "several", "suspects", "command", "good-is-bad"):
        page = Shared.place / (name + ".html")
        page.write_text(render("html", GOLDEN / (name + ".json")))
        Shared.pages[name] = page
    Shared.browser = start_browser()


def tearDownModule():
    if Shared.browser is not None:
        Shared.browser.quit()
    shutil.rmtree(Shared.place)


class Case(unittest.TestCase):

    def setUp(self):
        self.browser = Shared.browser

    def cdp(self, command, **arguments):
        return self.browser.execute_cdp_cmd(command, arguments)

    def show(self, page, width=1280, scheme="light", media=""):
        self.cdp("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=SIZES.get(width, 900), deviceScaleFactor=1,
                 mobile=False)
        self.browser.get(Shared.pages[page].as_uri())

    def unfold(self):
        self.browser.execute_script(
            "for (const each of document.querySelectorAll('details'))"
            "    each.open = true;")

    def keep(self, name):
        if KEPT:
            size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
            shot = self.cdp(
                "Page.captureScreenshot", captureBeyondViewport=True,
                clip={"x": 0, "y": 0, "width": size["width"],
                      "height": min(size["height"], 6000), "scale": 1})
            path = pathlib.Path(KEPT) / (name + ".png")
            path.write_bytes(base64.b64decode(shot["data"]))


class Layout(Case):

    def test_each_page_fits_each_window_by_day_and_by_night(self):
        for page in Shared.pages:
            for width in SIZES:
                for scheme in SCHEMES:
                    with self.subTest(page, width=width, scheme=scheme):
                        self.show(page, width, scheme)
                        self.keep("%s-%d-%s" % (page, width, scheme))
                        self.assertEqual(self.look(), [])

    def look(self):
        problems = self.browser.execute_script(LOOK)
        self.unfold()
        return problems + self.browser.execute_script(LOOK)

    def test_night_is_dark_and_day_is_light(self):
        shades = []
        for scheme in SCHEMES:
            self.show("site", scheme=scheme)
            color = self.browser.execute_script(
                "return getComputedStyle(document.body).backgroundColor")
            shades.append(sum(map(int, color.strip("rgb()").split(","))))
        self.assertGreater(shades[0], 700)
        self.assertLess(shades[1], 120)

    def test_a_telephone_shows_the_newest_nights(self):
        self.show("site", 360)
        right = self.browser.execute_script(
            "return document.querySelector('.grid tr:last-child td:last-child'"
            ").getBoundingClientRect().right")
        self.assertLess(right, 360)

    def test_paper_takes_all_of_it(self):
        for page in ("found", "suspects", "site", "site-f0"):
            self.show(page, 794, media="print")
            self.assertLessEqual(self.browser.execute_script(
                "return document.documentElement.scrollWidth"), 794, page)
            paper = self.cdp("Page.printToPDF", printBackground=True)
            self.assertGreater(len(paper["data"]), 10000)


class Ear(Case):
    """What a screen reader is told: the browser's own tree of names."""

    def nodes(self, page):
        self.show(page)
        self.unfold()
        tree = self.cdp("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", ""),
                 {each["name"]: each["value"].get("value")
                  for each in node.get("properties", [])})
                for node in tree if not node["ignored"]]

    def test_what_can_be_used_or_is_a_place_has_a_name(self):
        named = {"link", "button", "image", "img", "region", "navigation",
                 "heading", "columnheader", "rowheader", "group",
                 "DisclosureTriangle", "RootWebArea"}
        for page in Shared.pages:
            with self.subTest(page):
                for role, name, more in self.nodes(page):
                    if role in named and not (role == "group" and
                                              not more.get("focusable")):
                        self.assertTrue(name.strip(), (role, more))

    def test_there_is_one_title_to_a_page(self):
        for page in Shared.pages:
            levels = [more["level"] for role, _, more in self.nodes(page)
                      if role == "heading"]
            self.assertEqual(levels.count(1), 1, (page, levels))

    def test_a_cell_says_its_night_and_its_state(self):
        nodes = self.nodes("site")
        roles = [role for role, _, _ in nodes]
        self.assertEqual(roles.count("rowheader"), len(nights.PROJECTS))
        self.assertEqual(roles.count("columnheader"), 31)
        cells = [name for role, name, _ in nodes
                 if role in ("cell", "gridcell")]
        self.assertEqual(len(cells), 30 * len(nights.PROJECTS))
        for name in cells:
            self.assertRegex(name, r"^2026-\d\d-\d\d: (green|newly red|red|"
                                   r"flaky|untestable|not run)|not looked at")

    def test_the_drawing_is_told_in_a_sentence(self):
        images = [name for role, name, _ in self.nodes("found")
                  if role in ("img", "image")]
        self.assertIn("The answer is number 1411.", images[0])
        self.assertIn("A table of these commits follows", images[1])


class Keyboard(Case):

    ACTIVE = """
        const at = document.activeElement;
        const box = at.getBoundingClientRect();
        const style = getComputedStyle(at);
        const all = [...document.querySelectorAll('*')];
        return {place: all.indexOf(at), tag: at.tagName, top: box.top,
                bottom: box.bottom, outline: style.outlineStyle,
                width: parseFloat(style.outlineWidth),
                text: at.textContent.trim().slice(0, 30)};"""

    def press(self, key):
        self.browser.switch_to.active_element.send_keys(key)
        return self.browser.execute_script(self.ACTIVE)

    def walk(self, page):
        self.show(page)
        found = [self.press(Keys.TAB)]
        while len(found) < 60:
            at = self.press(Keys.TAB)
            if at["tag"] == "BODY" or at["place"] == found[0]["place"]:
                break
            found.append(at)
        return found

    def test_tab_goes_from_top_to_bottom_and_shows_where(self):
        for page in ("site", "site-project", "site-f0", "found", "several"):
            with self.subTest(page):
                found = self.walk(page)
                places = [at["place"] for at in found]
                self.assertEqual(places, sorted(places))
                self.assertGreater(len(found), 5)
                for at in found:
                    self.assertNotEqual(at["outline"], "none", at)
                    self.assertGreaterEqual(at["width"], 2, at)
                    self.assertGreaterEqual(at["bottom"], 0, at)
                    self.assertLess(at["top"], 900, at)

    def test_the_first_stop_skips_to_the_content(self):
        self.show("site")
        self.assertEqual(self.press(Keys.TAB)["text"], "Skip to the content")
        self.press(Keys.ENTER)
        self.assertEqual(self.browser.execute_script(
            "return location.hash"), "#main")

    def test_enter_unfolds(self):
        self.show("found")
        script = "return document.querySelectorAll('details[open]').length"
        before = self.browser.execute_script(script)
        self.browser.execute_script(
            "document.querySelector('details:not([open]) > summary').focus()")
        self.press(Keys.ENTER)
        self.assertEqual(self.browser.execute_script(script), before + 1)

    def test_a_click_takes_the_whole_command(self):
        self.show("found")
        self.browser.execute_script(
            "document.querySelector('.command').scrollIntoView()")
        self.browser.find_element("css selector", ".command").click()
        record = json.loads((GOLDEN / "found.json").read_text())
        self.assertEqual(
            self.browser.execute_script("return String(getSelection())")
                .strip(), record["findings"][0]["reproduce"]["good"])


class Outside(Case):

    def test_nothing_is_asked_for_and_nothing_is_blocked(self):
        for page, path in Shared.pages.items():
            self.browser.get_log("performance")
            self.browser.get_log("browser")
            self.show(page)
            self.assertEqual(self.browser.get_log("browser"), [], page)
            asked = []
            for entry in self.browser.get_log("performance"):
                message = json.loads(entry["message"])["message"]
                if message["method"] == "Network.requestWillBeSent":
                    asked.append(message["params"]["request"]["url"])
            self.assertEqual(set(asked), {path.as_uri()}, page)


if __name__ == "__main__":
    unittest.main()
