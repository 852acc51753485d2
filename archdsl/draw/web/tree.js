"use strict";
// The network as nodes that are made when they are first asked for, from tables in which equal parts stand once.

const data = JSON.parse(document.getElementById("data").textContent);
data.parts = data.parts.map((row) => Object.fromEntries(row.map((value, i) => [data.fields[i], value || undefined])));

// A node is a part in its place; `names` has more than one for equal parts in a row, of which `which` is looked at.
function node([part, line, ...names], parent) {
  const key = `${parent ? parent.key : ""}/${names[0]}`;
  const level = parent ? parent.level + 1 : 1;
  return { key, part: data.parts[part], line: data.lines[line], names, which: 0, parent, level, open: false, apart: false };
}

// The structure of a body with nodes in place of places.
const grown = (items, parent) => items.map((item) => {
  if (Array.isArray(item)) return node(item, parent);
  if (item.fork) return { fork: item.fork.map((way) => grown(way, parent)) };
  if (item.mesh) {
    const links = item.links.map(([source, target, way]) => [source, target, grown(way, parent)]);
    return { mesh: grown(item.mesh, parent), links };
  }
  return {
    gate: item.gate.map((way) => grown(way, parent)),
    join: item.join && node(item.join, parent),
    chain: grown(item.chain, parent),
    products: grown(item.products, parent),
  };
});

const root = { key: "", part: { body: data.root }, names: [""], which: 0, level: 0, open: true };
root.inside = grown(data.bodies[data.root], null);

const opens = (n) => n.part.body !== undefined;

function inside(n) {
  n.inside ??= grown(data.bodies[n.part.body], n);
  return n.inside;
}

// Equal parts in a row, one by one.
function copies(n) {
  n.copies ??= n.names.map((name, i) => ({
    ...n, key: `${n.key}~${i}`, names: [name], which: 0, open: false, apart: false, inside: undefined, fold: n,
  }));
  return n.copies;
}

// Every node of a structure, in the order in which they can run.
function* each(items) {
  for (const item of items) {
    if (item.fork) for (const way of item.fork) yield* each(way);
    else if (item.mesh) {
      for (const [, , way] of item.links) yield* each(way);
      yield* item.mesh;
    } else if (item.gate) {
      for (const way of item.gate) yield* each(way);
      if (item.join) yield item.join;
      yield* each(item.chain);
      yield* item.products;
    } else yield item;
  }
}

const children = (n) => [...each(inside(n))].flatMap((m) => (m.apart ? copies(m) : [m]));

function* visible(n = root) {
  for (const child of children(n)) {
    yield child;
    if (child.open) yield* visible(child);
  }
}

// --- names: those in the module; what is inside of equal parts is named after the one that is looked at

const scope = (n) => (n.parent ? within(n.parent) : "");
const within = (n) => (n.part.scoped ? `${path(n)}.` : scope(n));
const path = (n) => scope(n) + n.names[n.which];
const short = (n) => path(n).replace(/(@\d+|\[\d+\])$/, "");

// Every part there is, also of parts that are closed: a node, and which of the equal ones to look at on the way to it.
function* everything(n = root, way = [], prefix = "") {
  for (const child of each(inside(n))) {
    for (let i = 0; i < child.names.length; i++) {
      const full = prefix + child.names[i];
      const here = [...way, [child, i]];
      yield { full, node: child, way: here };
      if (opens(child)) yield* everything(child, here, child.part.scoped ? `${full}.` : prefix);
    }
  }
}

// Opens the way to a part, and gives its node.
function opened(way) {
  let below = null;
  for (const [n, i] of way) {
    const at = below ? children(below).find((m) => m === n || m.key === `${below.key}/${n.names[0]}`) : n;
    below = chosen(at ?? n, i);
    if (n !== way.at(-1)[0]) below.open = true;
  }
  return below;
}

// The equal part number `i`: looked at in the fold, or on its own.
function chosen(n, i) {
  if (n.apart) return copies(n)[i];
  if (n.names.length > 1) n.which = i;
  return n;
}

const find = (name) => {
  let near;
  for (const item of everything()) {
    if (item.full === name) return item;
    if (!near && item.full.replace(/(@\d+|\[\d+\])$/, "") === name) near = item;
  }
  return near;
};

const search = (text, most) => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  let count = 0;
  if (!words.length) return { found, count };
  for (const item of everything()) {
    const { part } = item.node;
    part.words ??= [part.title, part.kind, part.op, ...(part.notes ?? []), ...shapes(part.gives),
      ...(part.with ?? []).map(([name, value]) => `${name}=${value}`)].join(" ").toLowerCase();
    const said = `${item.full.toLowerCase()} ${part.words}`;
    if (!words.every((word) => said.includes(word))) continue;
    count++;
    if (found.length < most) found.push(item);
  }
  return { found, count };
};

// --- words

const shapes = (numbers) => (numbers ?? []).map((i) => data.shapes[i]);

function amount(number) {
  if (number < 1000) return String(number);
  const step = Math.min(4, Math.floor(Math.log10(number * 1.0005) / 3));
  const value = number / 1000 ** step;
  return `${value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)} ${" kMGT"[step]}`;
}

function percent(number, whole) {
  const share = whole ? (100 * number) / whole : 0;
  return `${share.toFixed(share >= 9.95 || share === 0 ? 0 : 1)} %`;
}

const times = (n) => (n.names.length > 1 ? n.names.length : 1);

const cost = (n, what) => (n.part[what] ?? 0) * times(n);
