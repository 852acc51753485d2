// What a reader does: open and close, select, search, move and zoom.

const stage = $("stage"), still = matchMedia("(prefers-reduced-motion: reduce)");
const camera = { x: 0, y: 0, k: 1 };

function aim(x, y, k = camera.k, smooth = false) {
  Object.assign(camera, { x, y, k });
  $("world").classList.toggle("glide", smooth && !still.matches);
  $("world").style.transform = `translate(${x}px, ${y}px) scale(${k})`;
  $("fit").textContent = `${Math.round(k * 100)} %`;
}

function fit(smooth = true, most = 1.1, least = 0.05) {
  const w = size.right - size.left + 60, h = size.height + 60;
  const k = Math.max(least, Math.min(most, stage.clientWidth / w, stage.clientHeight / h));
  aim(stage.clientWidth / 2 - (k * (size.left + size.right)) / 2, Math.max(30 * k, (stage.clientHeight - k * size.height) / 2), k, smooth);
}

function zoom(by, x = stage.clientWidth / 2, y = stage.clientHeight / 2, smooth = false) {
  const k = Math.min(3, Math.max(0.05, camera.k * by));
  aim(x - ((x - camera.x) * k) / camera.k, y - ((y - camera.y) * k) / camera.k, k, smooth);
}

// Moves so that a part is seen.
function reveal(n) {
  const b = size.boxes.find((own) => own.n === n);
  if (!b) return;
  if (camera.k < 0.4) zoom(0.9 / camera.k);
  const { k } = camera, [w, h] = [stage.clientWidth, stage.clientHeight], edge = 64;
  const tall = Math.min(b.h * k, h - 2 * edge), broad = Math.min(b.w * k, w - 2 * edge);
  const x = Math.min(Math.max(camera.x, edge - b.x * k), w - edge - b.x * k - broad);
  const y = Math.min(Math.max(camera.y, edge - b.y * k), h - edge - b.y * k - tall);
  aim(x, y, k, true);
}

// Does something that moves boxes, and keeps one of them where it is.
function keeping(n, change) {
  const before = size.boxes.find((b) => b.n === n);
  change();
  render();
  const after = size.boxes.find((b) => b.n.key === n.key);
  if (!before || !after) return;
  const centre = (b) => b.x + b.w / 2;
  aim(camera.x + (centre(before) - centre(after)) * camera.k, camera.y + (before.y - after.y) * camera.k);
}

function toggle(n, deep = false) {
  if (!opens(n)) return;
  const open = deep || !n.open;
  keeping(n, () => (deep ? openAll(n) : (n.open = open)));
  select(n);
  $("said").textContent = `${n.part.title} ${open ? "open" : "closed"}`;
}

// Opens a part and all blocks in it; what stands in one box stays so.
function openAll(n) {
  n.open = true;
  for (const child of children(n)) if (opens(child) && !child.part.op) openAll(child);
}

function closeAll(n = root) {
  if (!n.inside) return;
  for (const child of each(n.inside)) {
    closeAll(child);
    for (const copy of child.copies ?? []) closeAll(copy), (copy.open = false);
    child.open = child.apart = false;
  }
}

function unfold(n) {
  const whole = n.fold ?? n;
  if (whole.names.length < 2) return;
  whole.apart = !whole.apart;
  whole.open = false;
  render();
  show(whole.apart ? copies(whole)[whole.which] : whole);
}

function step(n, by) {
  if (n.names.length < 2) return;
  n.which = (n.which + by + n.names.length) % n.names.length;
  render();
  select(n);
}

function select(n, link = true) {
  selected = n;
  mark();
  panel();
  document.body.classList.toggle("picked", !!n);
  if (link) history.replaceState(null, "", n ? `#${encodeURIComponent(path(n))}` : location.href.split("#")[0]);
}

function show(n) {
  for (let m = n.parent; m; m = m.parent) m.open = true;
  render();
  select(n);
  reveal(n);
  shown.get(n.key)?.focus({ preventScroll: true });
}

function follow() {
  const name = decodeURIComponent(location.hash.slice(1)) || (!selected && data.at);
  const item = name && find(name);
  if (item) show(opened(item.way));
  return !!item;
}

// --- mouse, wheel and touch

const pointers = new Map();
let moved = 0;

stage.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button, .zoom, #legend")) return;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  moved = 0;
});

stage.addEventListener("pointermove", (event) => {
  hint(event);
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
  moved += Math.abs(dx) + Math.abs(dy);
  if (moved > 4 && !stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  if (!other) return moved > 4 && aim(camera.x + dx, camera.y + dy);
  const area = stage.getBoundingClientRect();
  const gap = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
  const middle = [(event.clientX + other[0]) / 2 - area.left, (event.clientY + other[1]) / 2 - area.top];
  aim(camera.x + dx / 2, camera.y + dy / 2);
  zoom(gap([event.clientX, event.clientY]) / gap(before), ...middle);
});

for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => pointers.delete(event.pointerId));
stage.addEventListener("pointerleave", () => { $("tip").hidden = true; });

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const area = stage.getBoundingClientRect(), unit = event.deltaMode === 1 ? 16 : 1;
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY * unit * 0.008), event.clientX - area.left, event.clientY - area.top);
  else if (event.shiftKey) aim(camera.x - (event.deltaY || event.deltaX) * unit, camera.y);
  else aim(camera.x - event.deltaX * unit, camera.y - event.deltaY * unit);
}, { passive: false });

stage.addEventListener("click", (event) => {
  if (moved > 4 || event.target.closest("button")) return;
  const n = event.target.closest(".part")?.node;
  if (!n) return event.target.closest("#legend") || select(null);
  const bar = event.target.closest(".bar");
  if (opens(n) && (!n.open || bar)) toggle(n, event.shiftKey);
  else select(n);
  shown.get(n.key)?.focus({ preventScroll: true });
});

function hint(event) {
  const tip = $("tip"), n = pointers.size || event.pointerType === "touch" ? null : event.target.closest?.(".part")?.node;
  tip.hidden = !n || (n.open && !event.target.closest(".bar"));
  if (tip.hidden) return;
  const rows = [make("b", "", short(n)), make("span", "", [n.part.title, ...(n.part.notes ?? [])].join(" · "))];
  if (n.part.takes) rows.push(make("span", "", `${shapes(n.part.takes).join(", ")} → ${shapes(n.part.gives).join(", ")}`));
  if (amountOf(n)) rows.push(make("span", "", amountOf(n)));
  tip.replaceChildren(...rows);
  const area = stage.getBoundingClientRect();
  tip.style.left = `${Math.min(event.clientX - area.left + 14, area.width - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY - area.top + 16, area.height - tip.offsetHeight - 8)}px`;
}

// --- keys

$("tree").addEventListener("keydown", (event) => {
  const n = event.target.node;
  if (!n || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return;
  const order = [...visible()], at = order.indexOf(n);
  const go = (to) => { if (to) { select(to); reveal(to); shown.get(to.key)?.focus({ preventScroll: true }); } };
  const acts = {
    ArrowDown: () => go(order[at + 1]), ArrowUp: () => go(order[at - 1]), Home: () => go(order[0]), End: () => go(order.at(-1)),
    ArrowRight: () => (opens(n) && !n.open ? toggle(n) : n.open && go(order[at + 1])),
    ArrowLeft: () => (n.open ? toggle(n) : go(n.parent)),
    Enter: () => (opens(n) ? toggle(n) : select(n)), " ": () => (opens(n) ? toggle(n) : select(n)),
    u: () => unfold(n), "[": () => step(n, -1), "]": () => step(n, 1),
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
  if (selected) shown.get(selected.key)?.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
  const acts = {
    "/": () => { $("query").focus(); $("query").select(); }, e: () => $("expand").click(), c: () => $("collapse").click(), t: () => $("theme").click(),
    "+": () => zoom(1.2), "=": () => zoom(1.2), "-": () => zoom(1 / 1.2), 0: () => fit(), Escape: () => select(null),
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});

// --- search

let hits = [], active = -1;

function look() {
  const { found, count } = search($("query").value, 40);
  hits = found;
  active = -1;
  const rows = found.map(({ full, node: n }, i) => {
    const row = make("li", `kind-${n.part.kind}`, "", make("i"), make("b", "", full), make("span", "", n.part.title));
    row.id = `hit${i}`;
    row.setAttribute("role", "option");
    row.addEventListener("pointerdown", (event) => { event.preventDefault(); take(i); });
    return row;
  });
  if (count > found.length) rows.push(make("li", "more", `and ${count - found.length} more`));
  if (!count) rows.push(make("li", "more", "nothing of that name"));
  $("found").replaceChildren(...rows);
  listing(!!$("query").value.trim());
  $("said").textContent = $("query").value.trim() ? `${count} parts found` : "";
}

function listing(open) {
  $("found").hidden = !open;
  $("query").setAttribute("aria-expanded", open);
}

function take(i) {
  if (!hits[i]) return;
  listing(false);
  show(opened(hits[i].way));
}

function point(to) {
  active = Math.max(0, Math.min(hits.length - 1, to));
  [...$("found").children].forEach((row, i) => row.setAttribute("aria-selected", i === active));
  $("query").setAttribute("aria-activedescendant", `hit${active}`);
  $("found").children[active]?.scrollIntoView({ block: "nearest" });
}

$("query").addEventListener("input", look);
$("query").addEventListener("focus", () => listing(!!$("query").value.trim()));
$("query").addEventListener("blur", () => listing(false));
$("query").addEventListener("keydown", (event) => {
  const acts = {
    ArrowDown: () => point(active + 1), ArrowUp: () => point(active - 1), Enter: () => take(Math.max(0, active)),
    Escape: () => { $("query").value = ""; look(); $("query").blur(); },
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});

// --- buttons, and the start

$("expand").addEventListener("click", () => { openAll(root); render(); fit(true, 1, 0.6); panel(); });
$("collapse").addEventListener("click", () => { closeAll(); select(null); render(); fit(); });
$("colour").addEventListener("change", () => { colour = $("colour").value; render(); });
$("in").addEventListener("click", () => zoom(1.2));
$("out").addEventListener("click", () => zoom(1 / 1.2));
$("fit").addEventListener("click", () => fit());
$("theme").addEventListener("click", () => paint(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));

function paint(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").setAttribute("aria-pressed", theme === "dark");
}

const dark = matchMedia("(prefers-color-scheme: dark)");
paint(data.theme === "dark" || (data.theme === "paper" && dark.matches) ? "dark" : "light");
dark.addEventListener("change", () => paint(dark.matches ? "dark" : "light"));
addEventListener("hashchange", follow);
addEventListener("resize", () => selected || fit(false));

addEventListener("beforeprint", () => {
  const k = Math.min(1, 680 / (size.right - size.left));
  stage.style.height = `${size.height * k + 40}px`;
  aim(-size.left * k + 4, 10, k);
});
addEventListener("afterprint", () => { stage.style.height = ""; fit(false); });

$("name").textContent = data.name;
$("cost").textContent = `${amount(data.params)} parameters · ${amount(data.macs)} MACs`;
$("colour").value = colour = data.colour;
render();
panel();
fit(false);
follow();
