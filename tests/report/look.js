/* What is wrong with the layout of the page as it is now: a list of
   sentences. Run by test_browser.py. */
const problems = [];
const seen = new Set();

function tell(what, element) {
  const text = (element.textContent || "").trim().slice(0, 40);
  const place = element.closest("[class]");
  const sentence = `${what}: <${element.tagName.toLowerCase()}` +
      ` .${place ? place.getAttribute("class") : ""}> ${text}`;
  if (!seen.has(sentence)) {
    seen.add(sentence);
    problems.push(sentence);
  }
}

function isShown(element) {
  return !element.closest(".unseen, .jump, title, style") &&
      element.checkVisibility();
}

/* Inside one of these, what is too wide is scrolled. */
function scroller(element) {
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (["auto", "scroll"].includes(style.overflowX)) {
      return at;
    }
  }
  return null;
}

function texts() {
  const found = [];
  const walker = document.createTreeWalker(document.body,
                                           NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.data.trim() && isShown(node.parentElement)) {
      found.push(node);
    }
  }
  return found;
}

/* --- nothing is wider than the page, nothing is cut ---------------------- */

if (document.documentElement.scrollWidth > innerWidth) {
  problems.push(`the page is ${document.documentElement.scrollWidth} wide`);
}
for (const element of document.body.querySelectorAll("*")) {
  if (!isShown(element) || element.closest("svg")) {
    continue;
  }
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  if (box.width && !scroller(element) &&
      (box.right > innerWidth + 1 || box.left < -1)) {
    tell("outside the page", element);
  }
  if (["hidden", "clip"].includes(style.overflowX) &&
      style.textOverflow !== "ellipsis" &&
      element.scrollWidth > element.clientWidth + 1) {
    tell("cut", element);
  }
  const focusable = element.tabIndex >= 0;
  if (["auto", "scroll"].includes(style.overflowX) && !focusable &&
      element.scrollWidth > element.clientWidth + 1) {
    tell("scrolls, but not by keyboard", element);
  }
}

/* --- no text lies on another --------------------------------------------- */

const boxes = [];
for (const node of texts()) {
  const range = document.createRange();
  range.selectNodeContents(node);
  const clip = scroller(node.parentElement);
  const limits = clip && clip !== document.documentElement ?
      clip.getBoundingClientRect() : null;
  for (const box of range.getClientRects()) {
    const hidden = limits &&
        (box.right > limits.right || box.left < limits.left ||
         box.bottom > limits.bottom || box.top < limits.top);
    /* What is scrolled below the grid's names is covered by them. */
    if (!hidden && !node.parentElement.closest(".grid")) {
      boxes.push({box, element: node.parentElement});
    }
  }
}
boxes.sort((a, b) => a.box.top - b.box.top);
for (let i = 0; i < boxes.length; i++) {
  const one = boxes[i].box;
  for (let j = i + 1; j < boxes.length; j++) {
    const other = boxes[j].box;
    if (other.top > one.bottom) {
      break;
    }
    const height = Math.min(one.bottom, other.bottom) -
        Math.max(one.top, other.top);
    const width = Math.min(one.right, other.right) -
        Math.max(one.left, other.left);
    if (width > 2 && height > .4 * Math.min(one.height, other.height)) {
      tell("lies on other text", boxes[j].element);
    }
  }
}

/* --- contrast (WCAG 2, AA) ------------------------------------------------ */

function channels(color) {
  const numbers = color.match(/[\d.]+/g).map(Number);
  return numbers.length === 3 ? [...numbers, 1] : numbers;
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= .04045 ? share / 12.92 : ((share + .055) / 1.055) ** 2.4;
  });
  return .2126 * r + .7152 * g + .0722 * b;
}

function background(element) {
  for (let at = element; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color[3] === 1) {
      return color;
    }
  }
  return [255, 255, 255, 1];
}

for (const node of texts()) {
  const element = node.parentElement;
  const style = getComputedStyle(element);
  const ink = channels(element.closest("svg") ? style.fill : style.color);
  const lights = [luminance(ink.slice(0, 3)),
                  luminance(background(element).slice(0, 3))];
  const ratio = (Math.max(...lights) + .05) / (Math.min(...lights) + .05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5)) {
    tell(`contrast ${ratio.toFixed(2)}`, element);
  }
}
return problems;
