// The page of a data set: its field, its images, what varies; and all of that as it grows.
import { ask, fill, link, say } from "./page.js";
import { number, plot, time } from "./plot.js";
import { about, curve, graticule, outline, place } from "./sky.js";

const facts = document.getElementById("facts"), { dataset, before } = facts.dataset;
const get = (id) => document.getElementById(id);
const mhz = (hz) => number(hz / 1e6);

// ---- what varies most ----
let varying = [];

async function transients() {
  varying = await ask(`/data/transients/${dataset}`, () => transients().catch(tell("transients-note")));
  fill(
    get("transients").tBodies[0],
    varying.map((one) => [
      link(`/source/${one.source_id}`, one.name),
      { text: one.reason, class: "t" },
      { text: `${mhz(one.freq_central)} ${one.stokes}`, class: "t wide-only" },
      { text: number(one.significance, 3), class: "n" },
      { text: number(one.eta_int, 3), class: "n" },
      { text: number(one.v_int, 3), class: "n" },
      { text: number(one.int_flux_mean === null ? null : one.int_flux_mean * 1e3, 3), class: "n" },
      { text: time(one.first_seen, false), class: "t wide-only" },
    ]),
  );
  const note = get("transients-note");
  get("transients").hidden = !varying.length;
  say(note, varying.length ? "By eta or the brightest point 5σ above what a steady source gives, or new. " : "Nothing varies significantly, nor is new.");
  if (varying.length) note.append(link(`/dataset/${dataset}/candidates`, "All candidates"));
  drawField();
}

// ---- the field ----
let sky = null, found = null;

async function field() {
  found = await ask(`/data/field/${dataset}`);
  say(get("field-note"), found.footprints.length ? "" : "Nothing was taken yet.");
  drawField();
}

function drawField() {
  if (!found?.footprints.length) return;
  const [first] = found.footprints, project = about(first.ra, first.dec), sources = found.sources;
  const rims = found.footprints.map((region) => curve(project, closed(outline(region)), 400, { color: "faint", fill: found.footprints.length > 20 ? 0.01 : 0.06 }));
  const half = 1.06 * rims.reduce((most, rim) => rim.x.concat(rim.y).reduce((a, v) => (Math.abs(v) > a ? Math.abs(v) : a), most), 0);
  const [ground, step] = lines(project, first, half);
  say(get("field-note"), `About ${place(first.ra, first.dec)}; lines are ${step}° apart.`);
  const series = [...ground, ...rims];
  const at = (some) => {
    const all = some.ra.map((ra, i) => project(ra, some.dec[i]));
    return { x: all.map((p) => p[0]), y: all.map((p) => p[1]) };
  };
  if (sources.ra) {
    const least = Math.log10(Math.max(1e-9, sources.flux.at(-1))), most = Math.log10(Math.max(1e-9, sources.flux[0]));
    series.push({
      ...at(sources), color: 8, size: sources.flux.map((flux) => 2.5 + (4.5 * (Math.log10(Math.max(flux, 1e-9)) - least)) / Math.max(0.1, most - least)), ids: sources.source_id,
      told: (i) => `${sources.name[i]}\n${place(sources.ra[i], sources.dec[i])}\n${number(sources.flux[i] * 1e3)} mJy/beam`,
    });
  }
  if (varying.length) {
    series.push({
      ...at({ ra: varying.map((one) => one.ra), dec: varying.map((one) => one.dec) }), color: 2, mark: "ring", size: 12, ids: varying.map((one) => one.source_id),
      told: (i) => `${varying[i].name}: ${varying[i].reason}\n${place(varying[i].ra, varying[i].dec)}\nη ${number(varying[i].eta_int, 3)}, V ${number(varying[i].v_int, 3)}`,
    });
  }
  if (sky) return sky.update({ series });
  sky = plot(get("field"), {
    label: "Map of the field: footprints, the brightest sources and what varies most; the table beside it lists the latter",
    x: { scale: "none", reversed: true, range: [-half, half] },
    y: { scale: "none", range: [-half, half] },
    equal: true,
    chosen: (one, i) => location.assign(link(`/source/${one.ids[i]}`, "").href),
    series,
  });
}

const closed = (places) => [...places, places[0]];

// Meridians and parallels about a place, as far apart as the field asks for; and how far that is, in declination.
function lines(project, centre, half) {
  const reach = Math.min(180, half * 1.5), step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].find((s) => s >= half / 2.5) ?? 30;
  const low = Math.max(-90, centre.dec - reach), high = Math.min(90, centre.dec + reach);
  const cos = Math.max(0.05, Math.cos((Math.min(89, Math.abs(centre.dec) + half) * Math.PI) / 180));
  const wide = Math.min(180, reach / cos), step_ra = wide >= 90 ? 30 : step * Math.max(1, Math.round(1 / cos));
  return [graticule(project, step_ra, step, { low, high, from: centre.ra - wide, to: centre.ra + wide }, 400), step];
}

// ---- the images ----
const MOST = 4000; // a page may be left open for days
let images = null, bands = [], noise = null, late = null;

async function addImages(after = null) {
  const query = after !== null ? `?after=${after}` : before ? `?before=${before}` : "";
  const reply = await ask(`/data/images/${dataset}${query}`);
  bands = reply.bands;
  if (after === null) images = reply.images;
  else if (reply.images.image_id) {
    for (const [name, values] of Object.entries(reply.images)) images[name] = [...(images[name] ?? []), ...values].slice(-MOST);
  }
  drawImages(after === null && reply.more);
}

function drawImages(older) {
  if (!images.image_id) return say(get("noise-note"), "Nothing was taken yet.");
  const kinds = new Map();
  images.image_id.forEach((_, i) => {
    const bad = images.status[i] === "rejected", key = bad ? "rejected" : `${images.band_id[i]} ${images.stokes[i]}`;
    if (!kinds.has(key)) kinds.set(key, []);
    kinds.get(key).push(i);
  });
  const keys = [...kinds.keys()].filter((key) => key !== "rejected").sort();
  const told = (some) => (k) => {
    const i = some[k], parts = [time(images.taken_at[i]), `${number(images.rms_median[i] * 1e3)} mJy/beam`, images.path[i].split("/").at(-1)];
    if (images.latency[i] !== null) parts.push(`latency ${number(images.latency[i], 3)} s`);
    if (images.reasons[i]) parts.push(images.reasons[i]);
    return parts.join("\n");
  };
  const series = (column, scale) =>
    [...keys, "rejected"].filter((key) => kinds.has(key)).map((key) => {
      const some = kinds.get(key), bad = key === "rejected";
      return {
        x: some.map((i) => images.taken_at[i]), y: some.map((i) => (images[column][i] === null ? null : images[column][i] * scale)),
        color: bad ? "bad" : 1 + (keys.indexOf(key) % 7), mark: bad ? "cross" : "dot", size: bad ? 8 : some.length > 500 ? 3 : 5, told: told(some), ids: some.map((i) => images.image_id[i]),
      };
    });
  const chosen = (one, k) => location.assign(link(`/image/${one.ids[k]}`, "").href);
  const x = { scale: "time" };
  if (noise) noise.update({ series: series("rms_median", 1e3) });
  else noise = plot(get("noise"), { label: "Noise of the images in time; rejected images are listed below", x, y: { scale: "log", label: "Median noise, mJy/beam" }, series: series("rms_median", 1e3), chosen });
  if (images.latency.some((value) => value !== null)) {
    get("latency").hidden = false;
    if (late) late.update({ series: series("latency", 1) });
    else late = plot(get("latency"), { label: "Latency of the images in time", x, y: { scale: "linear", label: "Latency, s" }, series: series("latency", 1), chosen });
  }
  const items = keys.map((key) => {
    const band = bands.find((one) => String(one.band_id) === key.split(" ")[0]), item = document.createElement("li");
    item.textContent = `${band ? mhz(band.freq_central) : "?"} MHz, Stokes ${key.split(" ")[1]}`;
    item.className = `c${1 + (keys.indexOf(key) % 7)}`;
    return item;
  });
  if (kinds.has("rejected")) {
    const item = document.createElement("li");
    [item.textContent, item.className] = ["rejected", "cbad"];
    items.push(item);
  }
  get("noise-legend").replaceChildren(...items);
  const last = images.image_id.length;
  say(get("noise-note"), `${last.toLocaleString("en")} ${last === 1 ? "image" : "images"} from ${time(Math.min(...images.taken_at))} to ${time(Math.max(...images.taken_at))}.`);
  const bad = (kinds.get("rejected") ?? []).slice(-200).reverse();
  get("rejected").hidden = !bad.length;
  fill(get("rejected").querySelector("tbody"), bad.map((i) => [
    { text: time(images.taken_at[i]), class: "t" }, link(`/image/${images.image_id[i]}`, images.path[i].split("/").at(-1)), { text: images.reasons[i], class: "any" },
  ]));
  if (older) {
    get("older").hidden = false;
    get("older").replaceChildren(link(`/dataset/${dataset}?before=${images.image_id[0]}`, "Earlier images"));
  }
}

// ---- offsets and flux scale, when they are asked for ----
async function offsets() {
  const o = await ask(`/data/offsets/${dataset}`), note = get("offsets-note");
  if (!o.image_id) return say(note, "Nothing was taken yet.");
  say(note, "Medians over the 300 brightest sources of each band, in images of Stokes I, against their means in the catalogue.");
  const points = (y, error, color, unit) => ({
    x: o.taken_at, y, error, color, told: (i) => `${time(o.taken_at[i])}\n${number(y[i], 3)} ± ${number(error[i], 2)}${unit}\n${o.n[i]} sources`,
  });
  const x = { scale: "time" };
  plot(get("offsets-plot"), { label: "Offsets of the images in time", x, y: { scale: "linear", label: "Offset, arcsec" }, series: [points(o.east, o.east_err, 1, "″"), points(o.north, o.north_err, 2, "″")] });
  plot(get("scale-plot"), { label: "Flux scale of the images in time", x, y: { scale: "linear", label: "Flux scale" }, series: [points(o.ratio, o.ratio_err, 3, "")] });
}

// ---- how much there is, and growing ----
async function tally() {
  const counted = await ask(`/data/tally/${dataset}`, () => tally().catch(tell("noise-note")));
  const put = (id, text) => {
    get(id).textContent = text;
    get(id).parentElement.hidden = false;
  };
  put("images", (counted.images + counted.rejected).toLocaleString("en") + (counted.rejected ? `, ${counted.rejected.toLocaleString("en")} rejected` : ""));
  put("sources", counted.sources.toLocaleString("en"));
}

const tell = (id) => (error) => say(get(id), error.message, true);
let steps = Number(get("steps").textContent), quiet = null;

async function grown({ time_steps, last_taken_at }) {
  if (time_steps === steps && time(last_taken_at) === get("last").textContent) return;
  const back = time_steps < steps;
  steps = time_steps;
  get("steps").textContent = String(time_steps);
  if (last_taken_at !== null) get("last").textContent = time(last_taken_at);
  say(get("state"), "growing");
  get("state").classList.add("growing");
  clearTimeout(quiet);
  quiet = setTimeout(() => say(get("state"), ""), 60000);
  const newest = back || !images?.image_id ? null : Math.max(...images.image_id);
  await Promise.all([
    addImages(newest).catch(tell("noise-note")), transients().catch(tell("transients-note")), found?.sources.ra ? null : field().catch(tell("field-note")),
    tally().catch(tell("noise-note")),
  ]);
}

// Who does not look does not listen: browsers open few connections to one service, for all tabs together.
function watch() {
  let events = null, busy = Promise.resolve();
  const listen = () => {
    events?.close();
    events = document.hidden ? null : new EventSource(link(`/data/live/${dataset}`, "").href);
    if (events) events.onmessage = (event) => (busy = busy.then(() => grown(JSON.parse(event.data))));
  };
  document.addEventListener("visibilitychange", listen);
  listen();
}

get("offsets").addEventListener("toggle", () => offsets().catch(tell("offsets-note")), { once: true });
addImages().catch(tell("noise-note"));
Promise.all([field().catch(tell("field-note")), transients().catch(tell("transients-note"))]).then(() => tally().catch(tell("noise-note")));
if (!before) watch();
