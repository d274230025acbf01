// The page of a source: its light curve, and eta and V as they grew with it.
import { ask, fill, link, say } from "./page.js";
import { number, plot, time } from "./plot.js";
import { rate } from "./rating.js";
import { blinking, stamps } from "./stamps.js";

const get = (id) => document.getElementById(id), { source } = get("facts").dataset;
const DAY = 86400e3, MJD_OF_1970 = 40587, DEFAULTS = { flux: "peak", scale: "linear", time: "utc", limits: "" };
const form = get("choices"), chosen = { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(location.search)) };
const mhz = (hz) => number(hz / 1e6), mjd = (ms) => ms / DAY + MJD_OF_1970, milli = (jy) => (jy === null ? null : jy * 1e3);

let curve = null, eta = null, v = null, shown = null;

// ---- what is drawn: choices that are in the address, so that it can be sent to somebody ----
for (const input of form.elements) {
  if (input.type === "radio") input.checked = chosen[input.name] === input.value;
  if (input.type === "checkbox") input.checked = Boolean(chosen[input.name]);
}
form.addEventListener("change", () => {
  for (const name of Object.keys(DEFAULTS)) {
    const one = form.elements[name];
    chosen[name] = one instanceof RadioNodeList ? one.value : one.checked ? one.value : "";
  }
  address();
  draw();
});

function address() {
  const here = new URL(location.href);
  for (const [name, value] of Object.entries(chosen)) {
    if (value === (DEFAULTS[name] ?? "")) here.searchParams.delete(name);
    else here.searchParams.set(name, value);
  }
  history.replaceState(null, "", here);
}

// ---- the light curve ----
const KINDS = [
  ["dot", (p, i) => p.kind[i] === "blind" && !p.inherited[i]],
  ["ring", (p, i) => p.kind[i] === "null_detection" && !p.backfilled[i] && !p.inherited[i]],
  ["square", (p, i) => p.kind[i] !== "blind" && (p.backfilled[i] || p.kind[i] === "monitored") && !p.inherited[i]],
  ["cross", (p, i) => p.inherited[i]],
];

const at = (ms) => (chosen.time === "mjd" ? mjd(ms) : ms);
const axis = () => (chosen.time === "mjd" ? { scale: "linear", label: "MJD" } : { scale: "time" });

function colours() {
  return new Map(shown.bands.flatMap((band) => ["I", "Q", "U", "V"].map((stokes) => [band.band_id, stokes])).filter(([band, stokes]) => shown.points.band_id?.some((b, i) => b === band && shown.points.stokes[i] === stokes)).map(([band, stokes], k) => [`${band} ${stokes}`, 1 + (k % 7)]));
}

function told(i) {
  const p = shown.points;
  return `${time(p.taken_at[i])}\n${mhz(p.freq_eff[i])} MHz, Stokes ${p.stokes[i]}\n${number(milli(p.peak_flux[i]))} ± ${number(milli(p.peak_flux_err[i]), 2)} mJy/beam\n${p.kind[i].replace("_", " ")}, ${p.association[i].replaceAll("_", " ")}`;
}

function series(colour) {
  const p = shown.points, values = p[`${chosen.flux}_flux`], errors = p[`${chosen.flux}_flux_err`];
  const isLimit = (i) => chosen.limits && p.kind[i] !== "blind" && !(values[i] > 3 * errors[i]);
  return [...colour].flatMap(([key, color]) =>
    KINDS.flatMap(([mark, belongs]) => {
      const mine = values.map((_, i) => i).filter((i) => p.usable[i] && `${p.band_id[i]} ${p.stokes[i]}` === key && belongs(p, i));
      if (!mine.length) return [];
      return [{
        x: mine.map((i) => at(p.taken_at[i])),
        y: mine.map((i) => milli(isLimit(i) ? Math.max(0, values[i]) + 3 * errors[i] : values[i])),
        error: mine.map((i) => milli(errors[i])), limit: mine.map(isLimit),
        mark, color, points: mine, size: mark === "ring" ? 6 : 5, told: (k) => told(mine[k]),
      }];
    }),
  );
}

// Points come as they became known. What was measured afterwards in earlier images is known with the image in which the source was
// found, and after that one: what was so when the catalogue had them all is what it held.
function histories(column, colour) {
  const h = shown.history;
  let latest = -Infinity;
  const known = (h.taken_at ?? []).map((taken) => (latest = Math.max(latest, taken)));
  return [...colour].flatMap(([key, color]) => {
    const own = known.map((_, i) => i).filter((i) => `${h.band_id[i]} ${h.stokes[i]}` === key);
    const mine = own.filter((i, k) => h.n[i] > 1 && known[own[k + 1]] !== known[i]);
    if (!mine.length) return [];
    return [{ x: mine.map((i) => at(known[i])), y: mine.map((i) => h[column][i]), color, line: true, size: 4, told: (k) => `${time(known[mine[k]])}\n${number(h[column][mine[k]], 3)} after ${h.n[mine[k]]} points` }];
  });
}

function draw() {
  if (!shown?.points.kind) return;
  const colour = colours(), unit = chosen.flux === "peak" ? "mJy/beam" : "mJy";
  const y = { scale: chosen.scale, label: `${chosen.flux === "peak" ? "Peak" : "Integrated"} flux density, ${unit}` };
  const drawn = series(colour);
  const zero = chosen.scale === "linear" ? [{ x: shown.points.taken_at.length ? [at(shown.points.taken_at[0]), at(shown.points.taken_at.at(-1))] : [], y: [0, 0], line: true, mark: "none", color: "faint" }] : [];
  const options = { x: axis(), y, series: [...zero, ...drawn] };
  if (curve) curve.update(options);
  else curve = plot(get("curve"), { label: "Light curve: flux densities in time", ...options, chosen: (one, k) => choose(one.points[k]) });
  const grown = (name, label) => ({ x: axis(), y: { scale: "linear", label }, series: histories(name, colour) });
  if (eta) [eta.update(grown("eta_int", "η")), v.update(grown("v_int", "V"))];
  else {
    eta = plot(get("eta"), { label: "eta after each measurement", ...grown("eta_int", "η") });
    v = plot(get("v"), { label: "V after each measurement", ...grown("v_int", "V") });
  }
  get("bands").replaceChildren(
    ...[...colour].map(([key, color]) => {
      const made = document.createElement("li"), [band, stokes] = key.split(" ");
      made.className = `c${color}`;
      made.textContent = `${mhz(shown.bands.find((one) => String(one.band_id) === band).freq_central)} MHz, Stokes ${stokes}`;
      return made;
    }),
  );
}

// ---- a measurement ----
function choose(i) {
  const p = shown.points;
  fill(get("point").tBodies[0], [
    ["Taken", time(p.taken_at[i])],
    ["MJD", mjd(p.taken_at[i]).toFixed(6)],
    ["Frequency", `${mhz(p.freq_eff[i])} MHz, Stokes ${p.stokes[i]}`],
    ["Peak", `${number(milli(p.peak_flux[i]))} ± ${number(milli(p.peak_flux_err[i]), 2)} mJy/beam`],
    ["Integrated", `${number(milli(p.int_flux[i]))} ± ${number(milli(p.int_flux_err[i]), 2)} mJy`],
    ["S/N", number(p.snr[i], 3)],
    ["Measured", `${p.kind[i].replace("_", " ")}${p.backfilled[i] ? ", back-filled" : ""}${p.inherited[i] ? ", inherited" : ""}`],
    ["Association", p.association[i].replaceAll("_", " ")],
    ["de Ruiter radius", number(p.de_ruiter_radius[i], 3)],
    ["Distance", p.separation_arcsec[i] === null ? "–" : `${number(p.separation_arcsec[i], 3)}″`],
    ["Others in its island", String(p.siblings[i] ?? "–")],
    ["Flags", String(p.flags[i])],
    ["Image", link(`/image/${p.image_id[i]}`, String(p.image_id[i]))],
  ]);
  get("point").hidden = false;
  say(get("point-note"), "");
  chosen.point = String(p.measurement_id[i]);
  address();
  showStamps(i).catch((error) => say(get("stamps-note"), error.message, true));
}

// ---- stamps: before it was found, when it was, at its brightest, the latest, and the one chosen ----
function occasions(chosenPoint) {
  const p = shown.points, all = (p.kind ?? []).map((_, i) => i).filter((i) => p.usable[i]), found = all.filter((i) => p.kind[i] === "blind");
  const images = new Map(), add = (image, name) => images.set(String(image), [...new Set([...(images.get(String(image)) ?? []), name])]);
  // those that are kept outlive the files, and are of images that have no point, too
  for (const one of shown.stamps) add(one.image_id, one.occasion === "discovery" ? "found first" : one.occasion);
  const first = found[0], brightest = all.reduce((a, b) => (p.peak_flux[b] <= p.peak_flux[a] ? a : b), undefined);
  const same = (i) => p.band_id[i] === p.band_id[first ?? all[0]] && p.stokes[i] === p.stokes[first ?? all[0]];
  const before = first === undefined ? undefined : all.filter((i) => same(i) && p.taken_at[i] < p.taken_at[first]).at(-1);
  const named = [["before", before], ["found first", first], ["brightest", brightest], ["latest", all.filter(same).at(-1)], ["chosen", chosenPoint]];
  for (const [name, i] of named) if (i !== undefined) add(p.image_id[i], name);
  return [...images].map(([image, names]) => ({ image, names }));
}

async function showStamps(chosenPoint) {
  const wanted = occasions(chosenPoint), form = get("stamp-choices").elements;
  get("stamps-panel").hidden = !wanted.length;
  if (!wanted.length) return;
  const beams = await ask(`/data/beams/${source}?images=${wanted.map((one) => one.image).join(",")}`);
  const failed = await stamps(get("stamps"), source, beams, new Map(wanted.map((one) => [String(one.image), one.names.join(", ")])), { beams: form.beams.value, stretch: form.stretch.value });
  say(get("stamps-note"), failed);
}

function audit() {
  const p = shown.points, newest = (p.kind ?? []).map((_, i) => i).reverse();
  fill(
    get("points").tBodies[0],
    newest.map((i) => [
      { text: time(p.taken_at[i]), class: "t" },
      { text: `${mhz(p.freq_eff[i])} ${p.stokes[i]}`, class: "t" },
      link(`/image/${p.image_id[i]}`, String(p.image_id[i])),
      { text: `${p.kind[i].replace("_", " ")}${p.usable[i] ? "" : ", failed"}`, class: "t" },
      { text: `${p.association[i].replaceAll("_", " ")}${p.inherited[i] ? ", inherited" : ""}${p.backfilled[i] ? ", back-filled" : ""}`, class: "t" },
      { text: `${number(milli(p.peak_flux[i]))} ± ${number(milli(p.peak_flux_err[i]), 2)}`, class: "n" },
      { text: `${number(milli(p.int_flux[i]))} ± ${number(milli(p.int_flux_err[i]), 2)}`, class: "n" },
      { text: number(p.snr[i], 3), class: "n" },
      { text: number(p.de_ruiter_radius[i], 3), class: "n" },
      { text: number(p.separation_arcsec[i], 3), class: "n" },
    ]),
  );
}

async function read() {
  shown = await ask(`/data/light-curve/${source}`);
  const points = shown.points.kind?.length ?? 0, failed = (shown.points.usable ?? []).filter((one) => !one).length;
  const parts = [points ? "" : "There are no measurements. ", shown.cut_off ? `The latest ${points.toLocaleString("en")} measurements. ` : "", failed ? `${failed} fits that failed are not drawn. ` : ""];
  say(get("curve-note"), parts.join(""));
  draw();
  const before = shown.points.measurement_id?.map(String).indexOf(chosen.point) ?? -1;
  if (before >= 0) choose(before);
  else showStamps().catch((error) => say(get("stamps-note"), error.message, true));
  get("stamp-choices").addEventListener("change", () => showStamps(shown.points.measurement_id?.map(String).indexOf(chosen.point)).catch((error) => say(get("stamps-note"), error.message, true)));
  blinking(get("blink"), get("stamps"));
  get("audit").addEventListener("toggle", audit, { once: true });
}

read().catch((error) => say(get("curve-note"), error.message, true));

// ---- what people say, and ever said ----
const labelled = (labels) =>
  labels.map((one) => [
    { text: time(one.labelled_at, false), class: "t" }, one.user_name, one.rating ?? "–", one.object_class ?? "–", { text: one.tags ?? "", class: "any" }, { text: one.note ?? "", class: "any" },
  ]);
function said(labels) {
  fill(get("labels").tBodies[0], labelled(labels.filter((one) => one.holds && !one.withdrawn)));
  fill(get("history").querySelector("tbody"), labelled(labels).map((cells, i) => [...cells, labels[i].withdrawn ? "taken back" : labels[i].holds ? "holds" : ""]));
}
get("history")?.addEventListener("toggle", () => ask(`/data/labels/${source}`).then(({ labels }) => said(labels)), { once: true });
rate(source, document.querySelector("h1").firstChild.textContent.trim(), (_, labels) => said(labels));
