// The first page: how much there is in each data set, and where on the sky it is.
import { ask, link, say } from "./page.js";
import { plot } from "./plot.js";
import { curve, graticule, outline, whole } from "./sky.js";

const rows = [...document.querySelectorAll("tr[data-dataset]")];
const count = (n) => n.toLocaleString("en");

async function tallied(row) {
  const { dataset } = row.dataset, candidates = row.querySelector(".candidates");
  try {
    const tally = await ask(`/data/tally/${dataset}`);
    row.querySelector(".images").textContent = count(tally.images + tally.rejected);
    row.querySelector(".sources").textContent = count(tally.sources);
    candidates.replaceChildren();
    for (const one of tally.candidates) {
      if (one.count === 0) continue;
      const made = link(`/dataset/${dataset}/candidates?definition=${encodeURIComponent(one.name)}`, `${one.name} ${one.count ?? "?"}`);
      made.title = `${one.description ?? ""}: ${one.conditions ?? ""}`;
      candidates.append(made, " ");
    }
    if (!candidates.childNodes.length) candidates.textContent = "none";
  } catch (error) {
    say(candidates, error.message, true);
  }
}

// Those that are seen, one after the other: counting takes its time, and the archive has other things to do.
function tallies() {
  let busy = Promise.resolve();
  const seen = new IntersectionObserver((changes) => {
    for (const { isIntersecting, target } of changes) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      busy = busy.then(() => tallied(target));
    }
  });
  for (const row of rows) seen.observe(row);
}

async function coverage() {
  const project = whole(0), most = 60;
  const sky = plot(document.getElementById("coverage"), {
    label: "Map of the whole sky with the footprints of the data sets",
    x: { scale: "none", reversed: true, range: [-163, 163] },
    y: { scale: "none", range: [-82, 82] },
    equal: true,
    chosen: (one) => location.assign(one.href),
    series: [],
  });
  const rim = [];
  for (let dec = -90; dec <= 90; dec += 2) rim.push([180.0001, dec]);
  for (let dec = 90; dec >= -90; dec -= 2) rim.push([179.9999, dec]);
  const ground = [...graticule(project, 30, 30), { ...curve(project, rim, 999, { color: "faint" }) }];
  sky.update({ series: ground });
  if (!rows.length) return;
  const found = await ask(`/data/footprints?ids=${rows.map((row) => row.dataset.id).join(",")}`);
  const series = found.map((region) => {
    const places = outline(region);
    return curve(project, [...places, places[0]], most, { color: 1 + (rows.findIndex((row) => Number(row.dataset.id) === region.dataset_id) % 7), fill: 0.15 });
  });
  // a field that is too small to be seen is a dot
  const centres = rows.flatMap((row, k) => {
    const here = found.filter((region) => region.dataset_id === Number(row.dataset.id));
    if (!here.length) return [];
    const at = here.map((region) => project(region.ra, region.dec)), anchor = row.querySelector("a");
    return [{ x: at.map((p) => p[0]), y: at.map((p) => p[1]), size: 7, color: 1 + (k % 7), href: anchor.href, told: () => anchor.textContent }];
  });
  sky.update({ series: [...ground, ...series, ...centres] });
}

tallies();
coverage().catch((error) => say(document.getElementById("coverage-note"), error.message, true));
