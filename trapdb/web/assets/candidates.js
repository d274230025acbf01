// Candidates: a list with their light curves and stamps, to be gone through by keys.
import { storing } from "./definition.js";
import { listen } from "./keys.js";
import { ask, link, say } from "./page.js";
import { number, time } from "./plot.js";
import { rate } from "./rating.js";

const root = document.documentElement.dataset.root, get = (id) => document.getElementById(id), form = get("asked"), { dataset } = form.dataset;
const AT_ONCE = 20, WIDE = 150, HIGH = 40, BEAMS = 12, STRETCH = 30;
let rows = [], at = -1;

// ---- what is asked for is in the address: it is another page ----
function asked(changed) {
  const query = new URLSearchParams();
  for (const name of ["definition", "sort"]) if (form.elements[name].value) query.set(name, form.elements[name].value);
  for (const one of form.querySelectorAll("[name=where]:checked")) query.append("where", one.value);
  for (const [name, value] of Object.entries(changed ?? {})) query.append(name, value);
  return query;
}
const go = (query) => location.assign(link(`/dataset/${dataset}/candidates?${query}`, "").href);

form.addEventListener("change", (event) => {
  if (!event.target.name) return;
  const query = asked();
  // the conditions that are asked for where nothing is go when a definition is chosen
  if (event.target.name === "definition" && !new URLSearchParams(location.search).has("where")) query.delete("where");
  go(query);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [column, comparison] = get("more").querySelectorAll("select"), value = get("more").querySelector("input");
  if (value.value.trim()) go(asked({ where: `${column.value} ${comparison.value} ${value.value.trim()}` }));
  else value.focus();
});

storing(dataset, () => [...form.querySelectorAll("[name=where]:checked")].map((one) => one.value));

// ---- the list ----
function cell(content, name = "") {
  const made = document.createElement("td");
  made.className = name;
  if (content instanceof Node) made.append(content);
  else made.textContent = content ?? "";
  return made;
}

function stamp(image, source, name) {
  const made = document.createElement("img");
  made.loading = "lazy";
  made.alt = `${name} where it is brightest`;
  made.width = made.height = 56;
  made.className = "stamp";
  made.addEventListener("error", () => made.remove());
  made.src = `${root}/data/stamp/${image}/${source}/${BEAMS}/${STRETCH}`;
  return made;
}

function row(c, i, list) {
  const made = document.createElement("tr"), canvas = document.createElement("canvas"), head = document.createElement("th");
  canvas.className = "spark";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Light curve of ${c.name[i]}`);
  head.scope = "row";
  head.append(link(`/source/${c.source_id[i]}?${new URLSearchParams({ list })}`, c.name[i]));
  const milli = c.int_flux_mean[i] === null ? null : c.int_flux_mean[i] * 1e3;
  made.append(
    head,
    cell(c.max_image_id[i] === null ? "" : stamp(c.max_image_id[i], c.source_id[i], c.name[i])),
    cell(canvas), cell(`${number(c.freq_central[i] / 1e6)} ${c.stokes[i]}`, "t"),
    ...[number(c.max_significance[i], 3), number(c.eta_int[i], 3), number(c.v_int[i], 3), number(milli, 3), number(c.snr_max[i], 3), `${c.n_blind[i]} of ${c.n[i]}`].map((text) => cell(text, "n")),
    cell(time(c.first_seen[i], false), "t"), cell("", "held any"), cell("", "said any"),
  );
  made.addEventListener("click", () => mark(i));
  return { element: made, canvas, name: c.name[i], source: String(c.source_id[i]), key: `${c.source_id[i]},${c.band_id[i]},${c.stokes[i]}` };
}

function mark(i) {
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, i));
  rows.forEach((one, k) => {
    one.element.classList.toggle("marked", k === at);
    if (k === at) one.element.setAttribute("aria-current", "true");
    else one.element.removeAttribute("aria-current");
  });
  rows[at].element.scrollIntoView({ block: "nearest" });
  rate(rows[at].source, rows[at].name, renamed);
  const url = new URL(location.href);
  url.searchParams.set("at", rows[at].key);
  history.replaceState(null, "", url);
}

// What is said now stands in all rows of the source.
function renamed(source, labels) {
  for (const one of rows.filter((row) => row.source === source)) {
    one.rated = true;
    said(one.element.querySelector(".said"), labels.find((label) => label.holds && !label.withdrawn));
  }
}

// ---- light curves, small ----
function spark(canvas, points) {
  const dots = window.devicePixelRatio || 1, style = getComputedStyle(canvas), context = canvas.getContext("2d");
  [canvas.width, canvas.height] = [WIDE * dots, HIGH * dots];
  context.scale(dots, dots);
  if (!points.length) return;
  const range = (values) => [Math.min(...values), Math.max(...values)];
  const [t0, t1] = range(points.map((p) => p.at)), [f0, f1] = range(points.flatMap((p) => [p.flux, 0]));
  const x = (t) => 4 + ((WIDE - 8) * (t1 > t0 ? (t - t0) / (t1 - t0) : 0.5)), y = (f) => HIGH - 4 - (HIGH - 8) * (f1 > f0 ? (f - f0) / (f1 - f0) : 0.5);
  context.strokeStyle = style.getPropertyValue("--plot-grid");
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(WIDE, y(0));
  context.stroke();
  for (const p of points) {
    context.strokeStyle = context.fillStyle = style.getPropertyValue(p.found ? "--plot-1" : "--plot-faint");
    context.beginPath();
    context.moveTo(x(p.at), y(Math.max(f0, p.flux - p.error)));
    context.lineTo(x(p.at), y(Math.min(f1, p.flux + p.error)));
    context.stroke();
    context.fillRect(x(p.at) - 1.5, y(p.flux) - 1.5, 3, 3);
  }
}

function said(place, label) {
  place.textContent = label ? [label.rating, label.object_class].filter(Boolean).join(", ") : "";
}

// The likeliest class; the title says how likely it is no source at all, and how unlike what the classifier knows.
function held(place, one) {
  place.textContent = one ? `${one.object_class.replaceAll("_", " ")} ${number(one.class_probability, 2)}` : "";
  place.title = one ? `an artefact ${number(one.probability_artefact, 2)}, novelty ${number(one.class_novelty, 2)}` : "";
}

async function details(some) {
  const found = await ask(`/data/candidate-details/${dataset}?of=${some.map((one) => one.key).join(";")}`), p = found.points;
  const of = some.map(() => []);
  (p.number ?? []).forEach((n, k) => of[n - 1].push({ at: p.taken_at[k], flux: p.flux[k], error: p.flux_err[k], found: p.found[k] }));
  some.forEach((one, k) => {
    spark(one.canvas, of[k].filter((point) => point.flux !== null));
    held(one.element.querySelector(".held"), found.classes.find((held) => String(held.source_id) === one.source));
    // what was said since it was asked for stands there already
    if (!one.rated) said(one.element.querySelector(".said"), found.labels.find((label) => String(label.source_id) === one.source));
  });
}

async function read() {
  const here = new URLSearchParams(location.search), before = here.get("at");
  here.delete("at");
  const reply = await ask(`/data/candidates/${dataset}?${here}`), c = reply.candidates;
  rows = (c.source_id ?? []).map((_, i) => row(c, i, here));
  get("candidates").tBodies[0].replaceChildren(...rows.map((one) => one.element));
  get("candidates").hidden = !rows.length;
  say(get("note"), rows.length ? "" : here.has("after") || here.has("before") ? "There are no more." : "Nothing fulfils it.");
  const further = (id, query, there) => {
    get(id).hidden = !there;
    get(id).href = link(`/dataset/${dataset}/candidates?${query}`, "").href;
  };
  further("first", asked(), here.has("after") || here.has("before"));
  further("previous", asked({ before: reply.previous }), Boolean(reply.previous));
  further("next", asked({ after: reply.next }), Boolean(reply.next));
  if (rows.length) mark(Math.max(0, rows.findIndex((one) => one.key === before)));
  for (let i = 0; i < rows.length; i += AT_ONCE) await details(rows.slice(i, i + AT_ONCE));
}

listen(
  [
    ["j ArrowDown", "the next candidate", () => mark(at + 1)],
    ["k ArrowUp", "the one before", () => mark(at - 1)],
    ["Enter", "its page, from which j and k lead on", () => rows[at]?.element.querySelector("a").click()],
    ["n", "the next candidates, where there are more", () => !get("next").hidden && get("next").click()],
    ["p", "the candidates before these", () => !get("previous").hidden && get("previous").click()],
  ],
  get("help"),
);
read().catch((error) => say(get("note"), error.message, true));
