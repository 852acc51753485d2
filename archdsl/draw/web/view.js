// What is seen: boxes and wires, the panel, the legend.

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
let colour = "kind";
let selected = null;
const shown = new Map();

function make(tag, cls, text, ...children) {
  const element = document.createElement(tag);
  if (cls) element.className = cls;
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

function button(text, label, act, cls = "") {
  const element = make("button", cls, text);
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.addEventListener("click", (event) => { event.stopPropagation(); act(); });
  return element;
}

let size = { left: 0, right: 0, height: 0 };

function render() {
  size = laidOut();
  const tree = $("tree"), keep = new Set();
  const most = Math.max(1, ...size.boxes.filter((b) => !b.frame).map((b) => cost(b.n, colour)));
  const order = new Map([...visible()].map((n, i) => [n.key, i]));
  size.boxes.sort((a, b) => order.get(a.n.key) - order.get(b.n.key));
  size.boxes.forEach((b) => {
    const element = shown.get(b.n.key) ?? newBox(b.n);
    keep.add(b.n.key);
    shown.set(b.n.key, element);
    fill(element, b, most);
  });
  for (const [key, element] of shown) if (!keep.has(key)) { element.remove(); shown.delete(key); }
  size.boxes.forEach((b, i) => {
    const element = shown.get(b.n.key);
    if (tree.children[i] !== element) tree.insertBefore(element, tree.children[i] ?? null);
  });
  drawWires();
  mark();
  legend();
}

function newBox(n) {
  const element = make("div");
  element.setAttribute("role", "treeitem");
  element.tabIndex = -1;
  element.dataset.key = n.key;
  return element;
}

function fill(element, { n, x, y, w, h, frame, notes }, most) {
  element.node = n;
  const { part } = n;
  const cls = ["part", `kind-${part.kind}`, frame ? "frame" : isSign(n) ? "sign" : "box"];
  if (!frame && times(n) > 1) cls.push("stack");
  if (!frame && opens(n) && !part.op) cls.push("holds");
  element.className = cls.join(" ");
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
  const share = colour === "kind" || frame ? 0 : cost(n, colour) / most;
  element.style.setProperty("--share", share.toFixed(3));
  element.classList.toggle("heat", colour !== "kind" && !frame);
  element.setAttribute("aria-level", n.level);
  element.setAttribute("aria-label", said(n));
  if (opens(n)) element.setAttribute("aria-expanded", n.open);
  element.replaceChildren(...(frame ? [bar(n)] : content(n, notes)));
}

function said(n) {
  const { part } = n;
  const count = n.names.length > 1 ? `, ${n.names.length} in a row` : "";
  return [part.title + count, short(n), ...(part.notes ?? []), shapes(part.gives).join(", "), part.params ? `${amount(part.params)} parameters` : "",
    part.macs ? `${amount(part.macs)} MACs` : ""].filter(Boolean).join(", ");
}

function content(n, notes) {
  if (isSign(n)) return [make("span", "title", n.part.title)];
  const title = make("span", "title", n.part.title);
  if (opens(n)) title.prepend(make("i", "caret"));
  if (times(n) > 1) title.append(make("b", "times", `×${times(n)}`));
  return [title, ...notes.map((note) => make("span", "note", note)), make("i", "meter")];
}

function bar(n) {
  const title = make("span", "title", n.part.title);
  title.prepend(make("i", "caret"));
  const element = make("div", "bar", "", title, make("span", "note", aside(n)));
  if (n.names.length > 1) {
    const step = (by) => () => { n.which = (n.which + by + n.names.length) % n.names.length; render(); select(n); };
    const turn = make("span", "turn", "", button("‹", "The one before  [", step(-1)), make("span", "", `${n.which + 1} of ${n.names.length}`),
      button("›", "The one after  ]", step(1)), button("unfold", "One by one (u)", () => unfold(n), "word"));
    for (const b of turn.querySelectorAll("button")) b.tabIndex = -1;
    element.append(turn);
  } else if (n.fold) {
    const fold = button(`fold ×${n.fold.names.length}`, "All as one (u)", () => unfold(n), "word");
    fold.tabIndex = -1;
    element.append(fold);
  }
  return element;
}

function drawWires() {
  const svg = $("wires"), layer = document.createDocumentFragment();
  const pad = 30;
  Object.assign(svg.style, { left: `${size.left - pad}px`, top: `${-pad}px` });
  svg.setAttribute("width", size.right - size.left + 2 * pad);
  svg.setAttribute("height", size.height + 2 * pad);
  svg.setAttribute("viewBox", `${size.left - pad} ${-pad} ${size.right - size.left + 2 * pad} ${size.height + 2 * pad}`);
  for (const { from, to, line, arrow } of size.wires) {
    const group = document.createElementNS(SVG, "g");
    Object.assign(group.dataset, { from: from.key, to: to.key });
    group.append(svgOf("path", { d: rounded(line) }));
    if (arrow) group.append(svgOf("polygon", { points: head(line.at(-2), line.at(-1)) }));
    layer.append(group);
  }
  for (const { text, x, y } of size.labels) {
    const element = svgOf("text", { x, y });
    element.textContent = text;
    layer.append(element);
  }
  svg.replaceChildren(layer);
}

function svgOf(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// A line whose corners are round.
function rounded(line) {
  let d = `M${line[0]}`;
  for (let i = 1; i < line.length; i++) {
    const [a, b, c] = [line[i - 1], line[i], line[i + 1]];
    if (!c) { d += `L${b}`; break; }
    const r = Math.min(7, dist(a, b) / 2, dist(b, c) / 2);
    d += `L${toward(b, a, r)}Q${b} ${toward(b, c, r)}`;
  }
  return d;
}

const dist = (a, b) => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
const toward = (a, b, r) => [a[0] + Math.sign(b[0] - a[0]) * r, a[1] + Math.sign(b[1] - a[1]) * r];

function head(a, b) {
  const [dx, dy] = [Math.sign(b[0] - a[0]), Math.sign(b[1] - a[1])];
  return [b, [b[0] - 7 * dx - 3.6 * dy, b[1] - 7 * dy - 3.6 * dx], [b[0] - 7 * dx + 3.6 * dy, b[1] - 7 * dy + 3.6 * dx]].join(" ");
}

// Marks what is selected, and the wires that lead to it and from it.
function mark() {
  const focus = selected && shown.has(selected.key) ? selected.key : shown.keys().next().value;
  for (const [key, element] of shown) {
    const own = !!selected && key === selected.key;
    element.setAttribute("aria-selected", own);
    element.tabIndex = key === focus ? 0 : -1;
  }
  for (const group of $("wires").querySelectorAll("g")) {
    group.classList.toggle("on", !!selected && (group.dataset.from === selected.key || group.dataset.to === selected.key));
  }
}

const KINDS = {
  conv: "convolution", dense: "linear", norm: "norm", activation: "activation", pool: "pool", merge: "merge", attention: "attention",
  shape: "axes", regularisation: "regularisation", block: "block", stage: "stage", stem: "stem", head: "head", parameter: "parameter", buffer: "buffer",
};

function legend() {
  if (colour !== "kind") {
    $("legend").replaceChildren(make("li", "ramp", "", make("i"), make("span", "", `share of ${colour === "macs" ? "MACs" : "parameters"}, also in % in each box`)));
    return;
  }
  const seen = new Set(size.boxes.map((b) => b.n.part.kind));
  const rows = Object.keys(KINDS).filter((kind) => seen.has(kind));
  $("legend").replaceChildren(...rows.map((kind) => make("li", `kind-${kind}`, "", make("i"), make("span", "", KINDS[kind]))));
}

// --- the panel

function panel() {
  $("panel").replaceChildren(...(selected ? details(selected) : overview()));
}

function overview() {
  const rows = children(root).filter((n) => n.part.params || n.part.macs);
  const table = make("table", "shares", "", make("caption", "", "Where it lies"));
  const top = table.createTHead().insertRow();
  for (const text of ["part", "parameters", "MACs"]) top.append(make("th", "", text));
  const bodyRows = table.createTBody();
  for (const n of rows) {
    const row = bodyRows.insertRow();
    row.insertCell().append(button(last(n), `Show ${last(n)}`, () => show(n), "link"));
    for (const what of ["params", "macs"]) {
      const cell = row.insertCell();
      cell.append(meter(cost(n, what), data[what]), make("span", "", percent(cost(n, what), data[what])));
    }
  }
  return [make("h2", "", data.name), make("p", "doc", data.doc), table, keys()];
}

function meter(value, whole) {
  const element = make("i", "meter");
  element.style.setProperty("--share", (whole ? value / whole : 0).toFixed(3));
  return element;
}

function keys() {
  const rows = [["click, Enter", "open or close"], ["Shift + click", "open with all that is inside"], ["↑ ↓ ← →", "go from part to part, in and out"],
    ["/", "search"], ["e  c", "expand all, collapse all"], ["u  [  ]", "unfold equal parts, look at another one"], ["+  −  0", "zoom in, out, fit"],
    ["drag, wheel", "move; with Ctrl or two fingers, zoom"], ["t", "light or dark"], ["Escape", "let go"]];
  const list = make("dl", "keys");
  for (const [key, what] of rows) list.append(make("dt", "", key), make("dd", "", what));
  return make("details", "", "", make("summary", "", "Keys and gestures"), list);
}

function details(n) {
  const { part } = n;
  const trail = make("nav", "trail");
  trail.setAttribute("aria-label", "Where this is");
  trail.append(button(data.name, "All of it", () => select(null), "link"));
  for (let m = n.parent; m; m = m.parent) trail.children[0].after(make("span", "", "›"), button(last(m), `Go to ${path(m)}`, () => show(m), "link"));
  const found = make("dl", "facts");
  const fact = (name, value) => value && found.append(make("dt", "", name), make("dd", "", value));
  fact("in the module", short(n));
  fact("takes", shapes(part.takes).join(", "));
  fact("gives", shapes(part.gives).join(", "));
  for (const [what, name] of [["params", "parameters"], ["macs", "MACs"]]) {
    if (part[what]) fact(name, `${part[what].toLocaleString("en")}  ·  ${percent(part[what], data[what])}`);
  }
  if (n.names.length > 1) fact("in a row", `${n.names.length} equal parts, this is number ${n.which + 1}`);
  for (const [name, value] of part.with ?? []) fact(name, value);
  const made = [trail, make("h2", `kind-${part.kind}`, "", make("i"), make("span", "", part.title)), make("p", "doc", (part.notes ?? []).join(" · ")), found];
  if (part.doc) made.push(make("p", "doc", part.doc));
  if (n.line.length) made.push(make("figure", "", "", make("figcaption", "", `${n.line[0]}:${n.line[1]}`), make("code", "", n.line[2])));
  const acts = make("p", "acts");
  if (opens(n)) acts.append(button(n.open ? "Close" : "Open", n.open ? "Close this part" : "Open this part", () => { toggle(n); }));
  if (n.names.length > 1 || n.fold) {
    acts.append(button(n.fold ? "Fold" : "Unfold", "Equal parts one by one, or as one", () => unfold(n)));
  }
  if (n.names.length > 1) {
    for (const [sign, by] of [["‹", -1], ["›", 1]]) acts.append(button(sign, by < 0 ? "The one before" : "The one after", () => step(n, by)));
  }
  return [...made, acts];
}

// What a part is called among those beside it: as in the module, unless it is a section that was found.
const last = (n) => (/^(stem|stage|head)$/.test(n.part.kind) ? n.part.title : path(n).split(".").at(-1));
