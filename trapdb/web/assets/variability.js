// The eta-V plane of a band: the density of its sources, the points where they are few, and what is selected of them.
import { storing } from "./definition.js";
import { ask, fill, link, say } from "./page.js";
import { inside, number, plot } from "./plot.js";

const get = (id) => document.getElementById(id), form = get("choices"), LISTED = 300, CORNERS = 40, LATER = 250, STEPS = 9;
const choices = ["band", "stokes", "flux", "color", "eta_from", "v_from"], { dataset } = form?.dataset ?? {};
const short = (value) => Number(value.toPrecision(4));

// ---- all that is chosen is in the address: the choices, the part shown, the thresholds, the selection ----
const here = new URL(location.href).searchParams;
const numbers = (name, count) => {
  const found = (here.get(name) ?? "").split(",").map(Number);
  return found.length === count && found.every((v) => v > 0) ? found : null;
};
let part = null, selection = null, told = { density: null, points: [], cutOff: false }, drawn = null, whole = null;

function begin() {
  for (const name of choices) {
    const given = here.get(name), one = form.elements[name];
    if (given !== null && (one.type === "number" || [...one.options].some((option) => option.value === given))) one.value = given;
  }
  const eta = numbers("eta", 2), v = numbers("v", 2), box = numbers("box", 4);
  if (eta && v) part = { x: eta, y: v };
  if (box) selection = { x: box.slice(0, 2), y: box.slice(2) };
  const corners = (here.get("lasso") ?? "").split(";").map((pair) => pair.split(",").map(Number));
  if (corners.length > 2 && corners.every((pair) => pair.length === 2 && pair.every((v) => v > 0))) selection = { lasso: corners };
}

function address() {
  const url = new URL(location.href), put = (name, value) => (value ? url.searchParams.set(name, value) : url.searchParams.delete(name));
  for (const name of choices) put(name, form.elements[name].value);
  put("eta", part?.x.map(short).join(","));
  put("v", part?.y.map(short).join(","));
  put("box", selection?.x && [...selection.x, ...selection.y].join(","));
  put("lasso", selection?.lasso?.map((pair) => pair.join(",")).join(";"));
  history.replaceState(null, "", url);
}

const thresholds = () => ({ x: Number(form.elements.eta_from.value) || null, y: Number(form.elements.v_from.value) || null });

function query(more) {
  const asked = new URLSearchParams({ band: form.elements.band.value, stokes: form.elements.stokes.value, flux: form.elements.flux.value });
  for (const [name, value] of Object.entries(more)) if (value !== null && value !== undefined && value !== "") asked.set(name, value);
  return asked;
}
const within = (shown) => (shown ? { eta: shown.x.join(","), v: shown.y.join(",") } : {});

// What was asked last counts: an answer to what was asked before it comes to nothing.
function latest(read, failed) {
  let turn = 0;
  return async (...asked) => {
    const mine = (turn += 1);
    try {
      const use = await read(...asked);
      if (mine === turn) use?.();
    } catch (error) {
      if (mine === turn) say(get(failed), error.message, true);
    }
  };
}

// ---- the plane ----
// The cells that are filled, cut to where there are any, as a plot wants them.
function dense({ eta, v, columns, rows, cells }, cut) {
  if (!cells.n) return null;
  const least = (values) => values.reduce((a, b) => Math.min(a, b)), most = (values) => values.reduce((a, b) => Math.max(a, b));
  const [i0, i1, j0, j1] = cut ? [least(cells.i), most(cells.i) + 1, least(cells.j), most(cells.j) + 1] : [0, columns, 0, rows];
  const counts = new Array((i1 - i0) * (j1 - j0)).fill(0), at = (range, k, of) => range[0] + (k / of) * (range[1] - range[0]);
  cells.n.forEach((n, k) => {
    counts[(cells.j[k] - j0) * (i1 - i0) + cells.i[k] - i0] = n;
  });
  return {
    x: [at(eta, i0, columns), at(eta, i1, columns)], y: [at(v, j0, rows), at(v, j1, rows)], columns: i1 - i0, rows: j1 - j0, counts,
    total: cells.n.reduce((a, b) => a + b, 0),
  };
}

const readPlane = latest(async () => {
  const [every, of] = await Promise.all([ask(`/data/plane/${dataset}?${query({})}`), part ? ask(`/data/plane/${dataset}?${query(within(part))}`) : null]);
  return () => {
    whole = dense(every, true);
    told.density = of ? dense(of, false) : whole;
    draw();
  };
}, "plane-note");

const readPoints = latest(async () => {
  const bounds = thresholds();
  const found = await ask(`/data/plane-points/${dataset}?${query({ ...within(part), eta_from: bounds.x, v_from: bounds.y, color: form.elements.color.value })}`);
  return () => {
    told.points = found.points;
    told.cutOff = found.cut_off;
    draw();
  };
}, "plane-note");

// Colours by rank, so that there are as many sources of each; and the values at the ends and in the middle.
function steps(values) {
  const known = values.filter((v) => v !== null).sort((a, b) => a - b);
  if (!known.length) return null;
  const first = new Map();
  known.forEach((v, k) => first.has(v) || first.set(v, k));
  return {
    low: known[0], middle: known[known.length >> 1], high: known.at(-1),
    of: (v) => (v === null ? "faint" : `r${Math.min(STEPS - 1, Math.floor((STEPS * first.get(v)) / known.length))}`),
  };
}

function draw() {
  if (!whole) {
    say(get("plane-note"), "No source has two usable measurements in this band, or none varies at all.");
    drawn?.update({ series: [], density: null });
    return;
  }
  const p = told.points, color = form.elements.color.value, ramp = color && p.figure ? steps(p.figure) : null;
  const points = p.eta ? [{
    x: p.eta, y: p.v, color: 1, colors: ramp ? p.figure.map(ramp.of) : undefined, size: p.eta.length > 800 ? 3.5 : 5, ids: p.source_id,
    told: (i) => `${p.name[i]}\nη ${number(p.eta[i], 3)}, V ${number(p.v[i], 3)}${color ? `\n${color} ${number(p.figure[i], 4)}` : ""}`,
  }] : [];
  const range = (name) => [10 ** (whole[name][0] - 0.1), 10 ** (whole[name][1] + 0.1)];
  const changed = {
    x: { scale: "log", label: "η", range: range("x") }, y: { scale: "log", label: "V", range: range("y") },
    series: [...points, ...outlined()], density: told.density && { ...told.density, hidden: !told.cutOff }, bounds: thresholds(),
  };
  if (drawn) drawn.update(changed);
  else {
    drawn = plot(get("plane"), {
      ...changed, label: "eta and V of the sources; the table beside it lists those that are selected", histograms: true,
      chosen: (one, i) => location.assign(link(`/source/${one.ids[i]}`, "").href), selected: select, viewed, bounded,
    });
    if (part) drawn.view(part);
  }
  const of = told.density?.total ?? 0, shown = p.eta?.length ?? 0;
  say(get("plane-note"), `${of.toLocaleString("en")} ${of === 1 ? "source" : "sources"} ${part ? "in this part" : "with two points or more"}${told.cutOff ? `; of them ${shown.toLocaleString("en")} as points, those beyond both thresholds first: zoom in to see others` : ""}.`);
  colours(color, ramp);
}

function colours(color, ramp) {
  const place = get("scale");
  place.hidden = !ramp;
  if (!ramp) return;
  const shown = document.createElement("span");
  shown.className = "ramp";
  for (let k = 0; k < STEPS; k += 1) {
    const step = document.createElement("i");
    step.className = `r${k}`;
    shown.append(step);
  }
  place.replaceChildren(`${color}: ${number(ramp.low, 3)}`, shown, `${number(ramp.high, 3)}, median ${number(ramp.middle, 3)}; as many sources of each colour`);
}

// The selection, as a line about it.
function outlined() {
  if (!selection) return [];
  const corners = selection.lasso ?? [[0, 0], [1, 0], [1, 1], [0, 1]].map(([i, j]) => [selection.x[i], selection.y[j]]);
  const closed = [...corners, corners[0]];
  return [{ x: closed.map((c) => c[0]), y: closed.map((c) => c[1]), line: true, fill: true, mark: "none", color: "ink" }];
}

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => [readPlane(), readPoints()], LATER);
}

function viewed(shown) {
  part = shown && { x: shown.x.map(short), y: shown.y.map(short) };
  address();
  soon();
}

function bounded({ x, y }, done) {
  if (x) form.elements.eta_from.value = short(x);
  if (y) form.elements.v_from.value = short(y);
  if (!done) return;
  address();
  if (told.cutOff) readPoints();
  list();
}

// ---- what is selected ----
function select(chosen) {
  selection = chosen;
  if (chosen?.lasso) {
    const every = Math.max(1, Math.ceil(chosen.lasso.length / CORNERS));
    selection = { lasso: chosen.lasso.filter((_, i) => i % every === 0).map((pair) => pair.map(short)) };
  } else if (chosen) selection = { x: chosen.x.map(short), y: chosen.y.map(short) };
  address();
  draw();
  list();
}

// What a selection lies within; without one, what lies beyond the thresholds.
function around() {
  if (selection?.lasso) {
    const of = (k) => selection.lasso.map((pair) => pair[k]), range = (values) => [Math.min(...values), Math.max(...values)];
    return { x: range(of(0)), y: range(of(1)) };
  }
  if (selection) return selection;
  const { x, y } = thresholds();
  return x || y ? { x: [x ?? 1e-6, 1e9], y: [y ?? 1e-6, 1e3] } : null;
}

const list = latest(async () => {
  const box = around(), color = form.elements.color.value;
  if (!box) {
    return () => {
      fill(get("chosen").tBodies[0], []);
      get("conditions").hidden = true;
      say(get("chosen-note"), "Give thresholds, or draw a rectangle or a lasso.");
    };
  }
  const found = await ask(`/data/plane-points/${dataset}?${query({ ...within(box), color })}`);
  return () => listed(found, color);
}, "chosen-note");

function listed(found, color) {
  const p = found.points, log = (pair) => pair.map(Math.log10), corners = selection?.lasso?.map(log);
  const mine = (p.eta ?? []).map((_, i) => i).filter((i) => !corners || inside(corners, ...log([p.eta[i], p.v[i]])));
  get("figure").hidden = !color;
  get("figure").textContent = color;
  fill(
    get("chosen").tBodies[0],
    mine.slice(0, LISTED).map((i) => [
      link(`/source/${p.source_id[i]}`, p.name[i]),
      { text: number(p.eta[i], 3), class: "n" },
      { text: number(p.v[i], 3), class: "n" },
      ...(color ? [{ text: number(p.figure[i], 3), class: "n" }] : []),
    ]),
  );
  const by = corners ? "in the lasso" : selection ? "in the rectangle" : "beyond the thresholds";
  const many = `${found.cut_off ? "More than " : ""}${mine.length.toLocaleString("en")} ${mine.length === 1 && !found.cut_off ? "source" : "sources"} ${by}`;
  say(get("chosen-note"), `${many}${mine.length > LISTED ? `; the ${LISTED} with the largest η` : ""}.${corners ? " A lasso lists: for a definition, which has conditions, draw a rectangle or set thresholds." : ""}`);
  get("conditions").hidden = Boolean(corners);
  if (!corners) conditions();
}

function conditions() {
  const all = chosenConditions(), asked = new URLSearchParams(all.map((one) => ["where", one]));
  get("candidates").href = link(`/dataset/${dataset}/candidates?${asked}`, "").href;
  get("command").textContent = `trapdb definition add NAME ${all.map((one) => `'${one}'`).join(" ")}`;
}

function chosenConditions() {
  const flux = form.elements.flux.value, box = selection, { x, y } = thresholds(), all = ["monitored = 0"];
  const bound = (name, [low, high]) => all.push(`${name} >= ${low}`, `${name} < ${high}`);
  if (box) [bound(`eta_${flux}`, box.x), bound(`v_${flux}`, box.y)];
  else {
    if (x) all.push(`eta_${flux} >= ${x}`);
    if (y) all.push(`v_${flux} >= ${y}`);
  }
  return all;
}

// ---- thresholds that nobody chose: two standard deviations above what is usual in the band ----
async function usual() {
  const { band, stokes, flux, eta_from: eta, v_from: v } = form.elements;
  const found = (await ask(`/data/usual/${dataset}?flux=${flux.value}`)).find((one) => String(one.band_id) === band.value && one.stokes === stokes.value);
  if (!found || eta.value || v.value) return;
  const above = (mean, sigma) => (mean === null || sigma === null ? "" : String(short(10 ** (mean + 2 * sigma))));
  eta.value = above(found.log_eta_mean, found.log_eta_sigma);
  v.value = above(found.log_v_mean, found.log_v_sigma);
}

async function renew() {
  if (!form.elements.eta_from.value && !form.elements.v_from.value) await usual().catch((error) => say(get("chosen-note"), error.message, true));
  if (drawn) draw();
  readPoints();
  list();
}

if (form) {
  begin();
  storing(dataset, chosenConditions);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    if (["band", "stokes", "flux"].includes(event.target.name)) {
      for (const name of ["eta_from", "v_from"]) form.elements[name].value = "";
      [part, selection, told, whole] = [null, null, { density: null, points: [], cutOff: false }, null];
      drawn?.view(null);
      readPlane();
    }
    address();
    renew();
  });
  readPlane();
  renew();
}
