// Where everything stands. A tile says how far it reaches left and right of its axis and how high it is; `place` puts
// it down, and gives the lines from its upper end to its parts, from its parts to its lower end, and through it.

const GAP = 26, LABEL = 17, TURN = 11, BESIDE = 26, SKIP = 22, PAD = 16, BAR = 34, SIGN = 26;

const canvas = document.createElement("canvas").getContext("2d");
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const widths = new Map();

function wide(text, size, weight = 400) {
  const font = `${weight} ${size}px ${FONT}`;
  const key = font + text;
  if (!widths.has(key)) {
    canvas.font = font;
    widths.set(key, canvas.measureText(text).width);
  }
  return widths.get(key);
}

// What a layout leaves behind: boxes, wires, and labels beside wires.
let boxes, wires, labels;

function laidOut() {
  boxes = [];
  wires = [];
  labels = [];
  const tile = series(root.inside);
  const ends = tile.place(0, 0);
  return { boxes, wires, labels, left: -tile.l, right: tile.r, height: tile.h, ends };
}

function series(items) {
  const rest = items.flatMap((item) => (item.names && item.apart ? copies(item) : [item]));
  const tiles = [];
  while (rest.length) {
    const item = rest.shift();
    const wideItem = item.fork || item.gate;
    const merge = wideItem && rest.length && rest[0].names && !rest[0].open ? rest.shift() : null;
    tiles.push(item.fork ? fork(item.fork, merge) : item.gate ? gate(item, merge) : item.mesh ? mesh(item) : leaf(item));
  }
  return chain(tiles);
}

// Tiles one after the other.
function chain(tiles) {
  let h = 0;
  const at = tiles.map((tile, i) => {
    const y = i ? h + (tile.bare ? Math.max(8, tiles[i - 1].tail) : GAP + tiles[i - 1].tail) : 0;
    h = y + tile.h;
    return y;
  });
  return {
    l: Math.max(0, ...tiles.map((t) => t.l)), r: Math.max(0, ...tiles.map((t) => t.r)), h,
    tail: tiles.length ? tiles.at(-1).tail : 0, empty: !tiles.length, count: tiles.reduce((sum, t) => sum + t.count, 0),
    bare: tiles.length > 0 && tiles[0].bare, hangs: tiles.length > 0 && tiles[0].hangs,
    place(x, y) {
      let ends = { ins: [], outs: [], passes: [[[x, y]]] };
      tiles.forEach((tile, i) => { ends = joined(ends, tile.place(x, y + at[i])); });
      return ends;
    },
  };
}

// The ends of two tiles, one after the other, with wires between them.
function joined(first, second) {
  for (const out of first.outs) for (const into of second.ins) wire(out, into);
  return {
    ins: [...first.ins, ...cross(first.passes, second.ins)],
    outs: [...second.outs, ...first.outs.flatMap((o) => second.passes.map((p) => ({ n: o.n, line: [...o.line, ...p] })))],
    passes: first.passes.flatMap((a) => second.passes.map((b) => [...a, ...b])),
  };
}

const cross = (lines, ends) => lines.flatMap((line) => ends.map((e) => ({ n: e.n, line: [...line, ...e.line] })));

function wire(out, into, arrow = true) {
  wires.push({ from: out.n, to: into.n, arrow, line: straight([...out.line, ...into.line]) });
}

function straight(points) {
  const found = [];
  for (const p of points) {
    const [a, b] = found.slice(-2);
    const last = found.at(-1);
    if (last && Math.abs(last[0] - p[0]) < 0.1 && Math.abs(last[1] - p[1]) < 0.1) continue;
    if (b && ((a[0] === b[0] && b[0] === p[0]) || (a[1] === b[1] && b[1] === p[1]))) found.pop();
    found.push(p);
  }
  return found;
}

// --- one part

const isSign = (n) => n.part.kind === "merge" && /^[+×−÷]$/.test(n.part.title);

function texts(n) {
  const { part } = n;
  const notes = [...(part.notes ?? [])];
  if (part.units) notes[0] = `${part.units} × ${notes[0]}`;
  if (part.kind === "input" || part.kind === "output") notes.push(...shapes(part.gives).slice(0, 1));
  else if (/^(block|stem|stage|head)$/.test(part.kind)) notes.push(`${amount(part.params ?? 0)} · ${amount(part.macs ?? 0)} MACs`);
  if (colour !== "kind" && cost(n, colour) > 0) notes.push(percent(cost(n, colour), data[colour]));
  return notes;
}

function leaf(n) {
  return n.open ? frame(n) : box(n);
}

function box(n) {
  const notes = texts(n);
  const badge = times(n) > 1 ? wide(`×${times(n)}`, 12, 650) + 20 : 0;
  let w = Math.max(64, wide(n.part.title, 13, 600) + (opens(n) ? 18 : 0) + badge, ...notes.map((t) => wide(t, 11.5)));
  let h = 16 + 17 + 15 * notes.length;
  w = Math.ceil(w + 26);
  if (isSign(n)) w = h = SIGN;
  else if (n.part.kind === "merge" && !notes.length) h = 28;
  const shape = label(n);
  const half = w / 2, behind = times(n) > 1 ? 8 : 0;
  return {
    l: half, r: Math.max(half + behind, shape ? 10 + wide(shape, 11) : 0), h: h + behind, tail: shape ? LABEL - 6 : 0, count: 1,
    hangs: !n.part.takes, merge: true,
    place(x, y) {
      boxes.push({ n, x: x - half, y, w, h, notes });
      if (shape) labels.push({ text: shape, x: x + 8, y: y + h + behind + 15 });
      return ends(n, x, y, h + behind);
    },
  };
}

const ends = (n, x, y, h) => ({
  ins: n.part.takes ? [{ n, line: [[x, y]] }] : [],
  outs: n.part.kind === "output" ? [] : [{ n, line: [[x, y + h]] }],
  passes: [],
});

// The shape of what goes out, where it is another one than came in.
function label(n) {
  const { kind, takes, gives } = n.part;
  if (!takes || !gives || /^(input|output|parameter|buffer|more)$/.test(kind)) return "";
  return gives[0] !== takes[0] ? data.shapes[gives[0]] : "";
}

// A part that is open: a bar with its title, and below it what is inside.
function frame(n) {
  const within = series(inside(n));
  const head = 46 + wide(n.part.title, 13, 650) + wide(aside(n), 11.5) + (n.names.length > 1 ? 168 : n.fold ? 74 : 0);
  const need = Math.max(0, head - within.l - within.r - 2 * PAD) / 2;
  const [l, r] = [within.l + PAD + need, within.r + PAD + need].map(Math.ceil);
  const top = BAR + (within.bare ? 8 : 22);
  const h = top + within.h + Math.max(PAD, within.tail ? within.tail + 12 : 0);
  const shape = label(n);
  return {
    l, r, h, tail: shape ? LABEL - 6 : 0, count: within.count, hangs: !n.part.takes,
    place(x, y) {
      boxes.push({ n, x: x - l, y, w: l + r, h, frame: true });
      const own = within.place(x, y + top);
      const [upper, lower] = [{ n, line: [[x, y + BAR]] }, { n, line: [[x, y + h]] }];
      for (const into of own.ins) wire(upper, into);
      for (const out of own.outs) wire(out, lower, false);
      for (const pass of own.passes) wire(upper, { n, line: [...pass, [x, y + h]] }, false);
      if (shape) labels.push({ text: shape, x: x + 8, y: y + h + 15 });
      return ends(n, x, y, h);
    },
  };
}

const aside = (n) => [last(n), amountOf(n)].filter((text) => text && text !== n.part.title).join(" · ");

const amountOf = (n) => (n.part.params || n.part.macs ? `${amount(n.part.params ?? 0)} · ${amount(n.part.macs ?? 0)} MACs` : "");

// --- side by side

function fork(branches, merge) {
  const tiles = branches.map(series);
  const end = merge && box(merge);
  const trunk = trunkOf(tiles, merge);
  const order = tiles.map((_, i) => i).sort((a, b) => rank(a) - rank(b));
  function rank(i) { return i === trunk ? 0 : tiles[i].empty ? 2 : 1; }
  const placed = order.map((i) => tiles[i]);
  const at = spread(placed, trunk === undefined);
  const longest = Math.max(...tiles.map((t) => t.h + t.tail));
  const head = TURN + GAP - 4;
  const mid = head + longest + (placed.some((t, i) => enters(at[i], end)) ? GAP : 8);
  const h = end ? mid + end.h : head + longest + TURN;
  const side = end && (isSign(merge) ? end.h / 2 : 14);
  return {
    l: Math.max(end ? end.l : 0, ...placed.map((t, i) => t.l - at[i])),
    r: Math.max(end ? end.r : 0, ...placed.map((t, i) => t.r + at[i])),
    h, tail: end ? end.tail : 0, bare: true, count: tiles.reduce((sum, t) => sum + t.count, 0),
    place(x, y) {
      const all = { ins: [], outs: [], passes: [] };
      placed.forEach((tile, i) => {
        const bx = x + at[i];
        const start = [[x, y], [x, y + TURN], [bx, y + TURN]];
        const own = tile.place(bx, y + head + (longest - tile.h - tile.tail) / 2);
        const last = end ? closing(at[i], bx, x, y + mid, end, side) : [[bx, y + h], [x, y + h]];
        all.ins.push(...cross([start], own.ins));
        all.outs.push(...own.outs.map((o) => ({ n: o.n, line: [...o.line, ...last] })));
        all.passes.push(...own.passes.map((p) => [...start, ...p, ...last]));
      });
      return end ? met(all, merge, end.place(x, y + mid)) : all;
    },
  };
}

// The branch that keeps to the axis; undefined where they stand around it.
function trunkOf(tiles, merge) {
  if (tiles.length !== 2) return undefined;
  const empty = tiles.findIndex((t) => t.empty);
  if (empty >= 0) {
    const gated = merge && /^[×÷]$/.test(merge.part.title);
    return gated || tiles[1 - empty].hangs ? empty : 1 - empty;
  }
  if (!merge || merge.part.title !== "+" || tiles[0].count === tiles[1].count) return undefined;
  return tiles[0].count > tiles[1].count ? 0 : 1;
}

// Places of tiles beside each other, the first on the axis or all of them around it.
function spread(tiles, around) {
  const at = [0];
  for (let i = 1; i < tiles.length; i++) {
    at.push(at[i - 1] + tiles[i - 1].r + (tiles[i].empty ? SKIP : BESIDE) + tiles[i].l);
  }
  const full = tiles.filter((t) => !t.empty).length || tiles.length;
  const middle = around ? (full % 2 ? at[(full - 1) / 2] : (at[full / 2 - 1] + at[full / 2]) / 2) : 0;
  return at.map((x) => Math.round(x - middle));
}

const enters = (dx, end) => !!end && Math.abs(dx) < end.l - 6;

// From a branch into the part where branches meet: from above where it stands below the branch, else from the side.
function closing(dx, bx, x, top, end, side) {
  if (enters(dx, end)) return [[bx, top]];
  return [[bx, top + side], [x + Math.sign(dx) * end.l, top + side]];
}

function met(all, merge, own) {
  for (const out of all.outs) wire(out, { n: merge, line: [] });
  return { ins: [...all.ins, ...all.passes.map((line) => ({ n: merge, line }))], outs: own.outs, passes: [] };
}

// Branches with a chain between them, which starts where they meet and weights each of them.
function gate(item, merge) {
  const lanes = item.gate.map(series);
  const between = series(item.chain);
  const join = item.join && box(item.join);
  const end = merge && box(merge);
  const half = Math.ceil(lanes.length / 2);
  const left = spread(lanes.slice(0, half), false), right = spread(lanes.slice(half), false);
  const middle = { l: Math.max(between.l, join ? join.l : 0), r: Math.max(between.r, join ? join.r : 0) };
  const first = -(middle.l + BESIDE + 8 + lanes[half - 1].r);
  const second = middle.r + BESIDE + 8 + (lanes[half]?.l ?? 0);
  const at = [...left.map((dx) => first - left.at(-1) + dx), ...right.map((dx) => second + dx)];
  const head = TURN + GAP - 4;
  const longest = Math.max(...lanes.map((t) => t.h + t.tail));
  const start = join ? head + longest + 12 : head;
  const upper = join ? start + join.h + GAP : start;
  const bus = upper + between.h + between.tail + 14;
  const product = bus + 16;
  const mid = product + SIGN + 8;
  const h = end ? mid + end.h : mid + TURN;
  return {
    l: Math.max(...lanes.map((t, i) => Math.max(t.l, 40) - at[i])), r: Math.max(...lanes.map((t, i) => Math.max(t.r, 40) + at[i])),
    h, tail: end ? end.tail : 0, bare: true, count: lanes.reduce((sum, t) => sum + t.count, between.count),
    place(x, y) {
      const all = { ins: [], outs: [], passes: [] };
      const meets = join && join.place(x, y + start);
      const weights = between.place(x, y + upper);
      if (join) joined(meets, weights);
      else all.ins.push(...cross([[[x, y]]], weights.ins));
      lanes.forEach((tile, i) => {
        const bx = x + at[i], toward = Math.sign(-at[i]), p = item.products[i];
        const begin = [[x, y], [x, y + TURN], [bx, y + TURN]];
        const own = tile.place(bx, y + head);
        boxes.push({ n: p, x: bx - SIGN / 2, y: y + product, w: SIGN, h: SIGN, notes: [] });
        all.ins.push(...cross([begin], own.ins));
        const tap = join && [[bx, y + start + join.h / 2], [x - toward * join.l, y + start + join.h / 2]];
        for (const out of own.outs) {
          if (join) wire(out, { n: item.join, line: tap });
          wire(out, { n: p, line: [[bx, y + product]] });
        }
        for (const out of weights.outs) wire(out, { n: p, line: gateLine(x, bx, toward, y + bus, y + product + SIGN / 2) });
        const from = [[bx, y + product + SIGN]];
        const last = end ? closing(at[i], bx, x, y + mid, end, end.h / 2) : [[bx, y + h], [x, y + h]];
        all.outs.push({ n: p, line: [...from, ...last] });
      });
      return end ? met(all, merge, end.place(x, y + mid)) : all;
    },
  };
}

// From the end of a gate's chain above the products, down beside one, and into its side.
const gateLine = (x, bx, toward, bus, y) =>
  [[x, bus], [bx + toward * (SIGN / 2 + 14), bus], [bx + toward * (SIGN / 2 + 14), y], [bx + toward * (SIGN / 2), y]];

// --- what is in no such order: all parts below each other, lines between others than neighbours beside them

function mesh(item) {
  const column = [{ tile: null, links: [] }], number = new Map([[-1, 0]]);
  const add = (tile) => column.push({ tile }) - 1;
  const links = [];
  const ways = (target) => item.links.filter((link) => link[1] === target);
  const put = (target, index) => {
    const through = ways(target).map(([source, , way]) => [source, way.length ? add(series(way)) : -1]);
    const own = index();
    for (const [source, via] of through) {
      if (via < 0) links.push([number.get(source), own]);
      else links.push([number.get(source), via], [via, own]);
    }
    return own;
  };
  item.mesh.forEach((n, i) => number.set(i, put(i, () => add(leaf(n)))));
  const bottom = put(-1, () => column.push({ tile: null }) - 1);
  const room = GAP + 26;
  let h = 0;
  column.forEach((c, i) => {
    c.y = i ? h + room : 0;
    h = c.y + (c.tile ? c.tile.h + c.tile.tail : 0);
    c.end = h;
  });
  const l = Math.max(20, ...column.map((c) => (c.tile ? c.tile.l : 0)));
  const inner = Math.max(20, ...column.map((c) => (c.tile ? c.tile.r : 0)));
  const tracks = [];
  const routed = links.map(([a, b]) => {
    if (b === a + 1) return [a, b, -1];
    let track = tracks.findIndex((spans) => spans.every(([s, t]) => t <= a || s >= b));
    if (track < 0) track = tracks.push([]) - 1;
    tracks[track].push([a, b]);
    return [a, b, track];
  });
  return {
    l, r: inner + 14 * tracks.length + 8, h, tail: 0, bare: true, count: column.length,
    place(x, y) {
      const all = { ins: [], outs: [], passes: [] };
      const placed = column.map((c) => c.tile && c.tile.place(x, y + c.y));
      for (const [a, b, track] of routed) {
        const tx = x + inner + 14 * (track + 1);
        const [down, up] = [y + column[a].end + 14, y + column[b].y - 18];
        const line = track < 0 ? [] : [[x, down], [tx, down], [tx, up], [x, up]];
        const outs = a ? placed[a].outs : [null], ins = b === bottom ? [null] : placed[b].ins;
        for (const o of outs) for (const i of ins) link(all, o, line, i, [x, y], [x, y + h]);
      }
      return all;
    },
  };
}

function link(all, out, line, into, top, bottom) {
  if (out && into) wire(out, { n: into.n, line: [...line, ...into.line] });
  else if (out) all.outs.push({ n: out.n, line: [...out.line, ...line, bottom] });
  else if (into) all.ins.push({ n: into.n, line: [top, ...line, ...into.line] });
  else all.passes.push([top, ...line, bottom]);
}
