/*
 * The rules of WCAG 2.2 AA that a machine can hold, for pages without script: a list of what breaks them.
 * Ours, since a checker from elsewhere (axe-core) would have to be fetched when tests run.
 */
const found = [];
const bad = (rule, element) => found.push(rule + ": " + (element.outerHTML || "").slice(0, 120));
const shown = element => { const b = element.getBoundingClientRect(), s = getComputedStyle(element);
  return b.width > 0 && b.height > 0 && s.visibility !== "hidden" && !element.closest(".hidden, .skip, [aria-hidden=true]"); };
const words = element => (element.getAttribute("aria-label") || (element.getAttribute("aria-labelledby") || "").split(/\s+/)
  .map(id => (document.getElementById(id) || {}).textContent || "").join(" ") || element.textContent || element.title || "").trim();
const all = selector => [...document.querySelectorAll(selector)];

/* 1.1.1, 1.3.1, 2.4.2, 2.4.4, 3.1.1, 3.3.2, 4.1.2 */
if (!document.documentElement.lang) bad("the page says its language", document.documentElement);
if (!document.title.trim()) bad("the page has a title", document.documentElement);
all("img:not([alt])").forEach(e => bad("an image has a text", e));
all("svg:not([aria-hidden=true])").forEach(e => { if (e.getAttribute("role") !== "img" || !words(e)) bad("a picture has a name", e); });
all("a[href], button, summary").forEach(e => { if (!words(e)) bad("a link or button has a name", e); });
all("input:not([type=hidden]), select, textarea").forEach(e => { if (!e.labels || ![...e.labels].some(l => l.textContent.trim()))
  bad("a field has a label", e); });
all("fieldset").forEach(e => { if (!e.querySelector("legend")) bad("a group of fields has a legend", e); });
all("th").forEach(e => { if (!e.hasAttribute("scope")) bad("a heading of a table says what it heads", e); });
all("[aria-labelledby]").forEach(e => e.getAttribute("aria-labelledby").split(/\s+/).forEach(id => {
  if (!document.getElementById(id)) bad("what names it is there", e); }));
const ids = all("[id]").map(e => e.id);
ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => bad("an id is there once", document.getElementById(id)));
all("a[href^='#']").forEach(e => { if (e.getAttribute("href").length > 1 && !document.getElementById(decodeURIComponent(e.getAttribute("href").slice(1))))
  bad("a link within the page leads somewhere", e); });
/* landmarks and headings */
if (all("main").length !== 1) bad("one main", document.body);
if (all("h1").length !== 1) bad("one h1", document.body);
all("h1, h2, h3, h4").map(e => +e.tagName[1]).reduce((before, level, i) => { if (i && level > before + 1) bad("headings in order", document.body); return level; }, 0);
all("section, nav, aside").forEach(e => { if (!e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) bad("a region has a name", e); });
const names = all("nav, aside").map(words); names.filter((n, i) => names.indexOf(n) !== i).forEach(n => bad("regions have names of their own: " + n, document.body));
all("ul, ol").forEach(e => [...e.children].forEach(c => { if (!["LI", "TEMPLATE"].includes(c.tagName)) bad("a list holds items alone", e); }));
all("dl").forEach(e => [...e.children].forEach(c => { if (!["DIV", "DT", "DD"].includes(c.tagName)) bad("a list of terms holds terms alone", e); }));
/* keyboard: what scrolls can be reached; nothing has a positive tabindex */
all("*").forEach(e => { const s = getComputedStyle(e); if (e !== document.scrollingElement && /auto|scroll/.test(s.overflowX) && e.scrollWidth > e.clientWidth + 1 &&
  e.tabIndex < 0 && !e.querySelector("a, button, input")) bad("what scrolls can be reached by key", e); });
all("[tabindex]").forEach(e => { if (e.tabIndex > 0) bad("the order of keys is that of the page", e); });
/* 2.5.8: targets of 24 px, but for links within text */
if (!matchMedia("print").matches) all("button, summary, select, input:not([type=hidden]), nav a, .button").filter(shown).forEach(e => { const b = e.getBoundingClientRect();
  const host = e.closest("label.choice") || e, h = host.getBoundingClientRect();
  if (Math.max(b.height, h.height) < 23.5 || Math.max(b.width, h.width) < 23.5) bad("a target is 24 px", e); });
/* 1.4.3: text stands out from its ground, 4.5:1 or 3:1 when large */
const parse = text => { const m = text.match(/[\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1}; };
const over = (top, ground) => ({r: top.r * top.a + ground.r * (1 - top.a), g: top.g * top.a + ground.g * (1 - top.a), b: top.b * top.a + ground.b * (1 - top.a), a: 1});
const light = c => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * f(c.r) + .7152 * f(c.g) + .0722 * f(c.b); };
const ground = e => { const layers = []; for (let n = e; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor); layers.push(c); if (c.a === 1) break; }
  return layers.reverse().reduce((g, c) => over(c, g), {r: 255, g: 255, b: 255, a: 1}); };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || seen.has(e) || e.closest("svg") || !shown(e)) continue;
  seen.add(e);
  const s = getComputedStyle(e), g = ground(e), c = over(parse(s.color), g), x = light(c), y = light(g);
  const ratio = (Math.max(x, y) + .05) / (Math.min(x, y) + .05), size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && +s.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5) - .01) bad("text stands out (" + ratio.toFixed(2) + ":1)", e);
}
/* 1.4.10: nothing is wider than the screen */
if (document.documentElement.scrollWidth > innerWidth) bad("no sideways scrolling", document.body);
/* ours: no script, no style attribute, nothing from elsewhere */
if (document.scripts.length > 0) bad("no script", document.body);
all("*").forEach(e => [...e.attributes].forEach(a => { if (a.name === "style" || a.name.startsWith("on")) bad("no attribute " + a.name, e); }));
performance.getEntriesByType("resource").forEach(r => { if (!r.name.startsWith(location.origin)) bad("no request leaves: " + r.name, document.body); });
return found;
