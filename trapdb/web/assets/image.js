// The page of an image: its pixels, in tiles that are asked for as they are looked at, and what is on them.
import { ask, fill, link, say } from "./page.js";
import { number, plot } from "./plot.js";

const get = (id) => document.getElementById(id), { image } = get("facts").dataset, root = document.documentElement.dataset.root;
const form = get("choices"), milli = (jy) => (jy === null ? null : jy * 1e3);
const NEAR = 12, MOST_TILES = 400;

// ---- the viewer: pixels (x, y) of the image, counted from its first, whose rows rise upwards ----
function viewer(place, shown) {
  const canvas = document.createElement("canvas"), tip = document.createElement("div");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The pixels of the image; the sources are listed below");
  tip.className = "tip";
  place.classList.add("plot");
  const bar = tools();
  place.replaceChildren(canvas, bar, tip);
  const context = canvas.getContext("2d"), tiles = new Map();
  let width = 0, height = 0, view = null, held = null, waiting = false, at = -1;

  function tools() {
    const bar = document.createElement("div");
    bar.className = "tools";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", "View");
    for (const [sign, what, act] of [["+", "Zoom in", () => zoom(1.6)], ["−", "Zoom out", () => zoom(1 / 1.6)], ["⤢", "Show all", all]]) {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", title: what, textContent: sign });
      made.setAttribute("aria-label", what);
      made.addEventListener("click", act);
      bar.append(made);
    }
    return bar;
  }

  // view: the pixel in the middle, and how many pixels of the screen one of the image takes
  const least = () => Math.min(width / shown.width, height / shown.height);
  function all() {
    view = { x: shown.width / 2 - 0.5, y: shown.height / 2 - 0.5, scale: least() };
    redraw();
  }
  const across = (x) => width / 2 + (x - view.x) * view.scale, down = (y) => height / 2 - (y - view.y) * view.scale;

  function zoom(factor, px = width / 2, py = height / 2) {
    const scale = Math.min(32, Math.max(least() / 2, view.scale * factor)), by = 1 / view.scale - 1 / scale;
    view = { x: view.x + (px - width / 2) * by, y: view.y - (py - height / 2) * by, scale };
    redraw();
  }

  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (width && height && view) draw();
    });
  }

  function draw() {
    const dots = window.devicePixelRatio || 1;
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.fillStyle = "#10151a";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = view.scale < 2;
    const wanted = Math.min(shown.levels - 1, Math.max(0, Math.floor(Math.log2(1 / (view.scale * dots)) + 0.01)));
    // what is there of coarser levels is shown until the wanted one has come
    for (let level = shown.levels - 1; level >= wanted; level -= 1) drawLevel(level, level === wanted || level === shown.levels - 1);
    if (form.elements.sources.checked) drawSources();
  }

  function drawLevel(level, asked) {
    const size = shown.tile * 2 ** level, most = (length) => Math.ceil(length / size) - 1;
    const [x0, x1] = [view.x - width / 2 / view.scale, view.x + width / 2 / view.scale].map((x) => Math.floor((x + 0.5) / size));
    const [y0, y1] = [view.y - height / 2 / view.scale, view.y + height / 2 / view.scale].map((y) => Math.floor((y + 0.5) / size));
    for (let y = Math.max(0, y0); y <= Math.min(most(shown.height), y1); y += 1) {
      for (let x = Math.max(0, x0); x <= Math.min(most(shown.width), x1); x += 1) {
        const tile = tileOf(level, x, y, asked);
        if (tile?.complete && tile.naturalWidth) context.drawImage(tile, across(x * size - 0.5), down((y + 1) * size - 0.5), size * view.scale, size * view.scale);
      }
    }
  }

  function tileOf(level, x, y, asked) {
    const name = `${form.elements.stretch.value}/${level}/${x}/${y}`;
    if (!tiles.has(name) && asked) {
      const made = new Image();
      made.onload = redraw;
      made.src = `${root}/data/tile/${image}/${name}`;
      tiles.set(name, made);
      if (tiles.size > MOST_TILES) tiles.delete(tiles.keys().next().value);
    }
    return tiles.get(name);
  }

  function drawSources() {
    const { sources } = shown;
    context.lineWidth = 1.2;
    shown.x.forEach((x, i) => {
      const px = across(x), py = down(shown.y[i]);
      if (!(px > -20 && px < width + 20 && py > -20 && py < height + 20)) return;
      context.strokeStyle = i === at ? "#fff" : sources.kind[i] === "blind" ? "#ffb454" : "#59c2ff";
      context.beginPath();
      if (sources.kind[i] === "blind") context.arc(px, py, 8, 0, 2 * Math.PI);
      else {
        context.moveTo(px - 6, py);
        context.lineTo(px + 6, py);
        context.moveTo(px, py - 6);
        context.lineTo(px, py + 6);
      }
      context.stroke();
    });
  }

  function point(px, py) {
    let found = -1, best = NEAR * NEAR;
    if (form.elements.sources.checked) {
      shown.x.forEach((x, i) => {
        const away = (across(x) - px) ** 2 + (down(shown.y[i]) - py) ** 2;
        if (away < best) [found, best] = [i, away];
      });
    }
    if (found === at) return;
    at = found;
    tip.classList.toggle("shown", at >= 0);
    canvas.classList.toggle("on-point", at >= 0);
    if (at >= 0) {
      tip.textContent = `${shown.sources.name[at]}\n${number(milli(shown.sources.peak_flux[at]))} mJy/beam, S/N ${number(shown.sources.snr[at], 3)}\n${shown.sources.kind[at].replace("_", " ")}`;
      tip.style.left = px > width / 2 ? "" : `${px + 14}px`;
      tip.style.right = px > width / 2 ? `${width - px + 14}px` : "";
      tip.style.top = `${Math.max(2, Math.min(py - 12, height - 70))}px`;
    }
    redraw();
  }

  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== canvas && !event.ctrlKey) return;
    event.preventDefault();
    zoom(0.9985 ** event.deltaY, ...where(event));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held = { from: where(event), view, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = where(event);
    if (!held) return point(px, py);
    const [dx, dy] = [px - held.from[0], py - held.from[1]];
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    held.moved = true;
    view = { ...view, x: held.view.x - dx / view.scale, y: held.view.y + dy / view.scale };
    redraw();
  });
  canvas.addEventListener("pointerup", (event) => {
    const click = held && !held.moved;
    held = null;
    if (!click) return;
    point(...where(event));
    if (at >= 0) location.assign(link(`/source/${shown.sources.source_id[at]}`, "").href);
  });
  canvas.addEventListener("pointerleave", () => point(-99, -99));
  canvas.addEventListener("dblclick", all);
  canvas.addEventListener("keydown", (event) => {
    const far = 60, move = (dx, dy) => () => {
      view = { ...view, x: view.x + dx / view.scale, y: view.y + dy / view.scale };
      redraw();
    };
    const keys = { "+": () => zoom(1.6), "=": () => zoom(1.6), "-": () => zoom(1 / 1.6), 0: all, ArrowLeft: move(-far, 0), ArrowRight: move(far, 0), ArrowUp: move(0, far), ArrowDown: move(0, -far) };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  form.addEventListener("change", redraw);
  new ResizeObserver(() => {
    const box = canvas.getBoundingClientRect(), dots = window.devicePixelRatio || 1, first = !view;
    [width, height] = [box.width, box.height];
    [canvas.width, canvas.height] = [Math.round(width * dots), Math.round(height * dots)];
    if (first) all();
    else redraw();
  }).observe(canvas);
}

// ---- the noise ----
function noise({ l0, m0, dl, dm, rms }) {
  const rows = rms.length, columns = rms[0].length, deg = 180 / Math.PI, values = rms.flat();
  const known = values.filter((v) => v !== null), low = Math.min(...known), high = Math.max(...known);
  // as a density, of which the least is still seen
  const counts = values.map((v) => (v === null ? 0 : 1 + (99 * (v - low)) / (high - low || 1)));
  plot(get("noise"), {
    label: "Noise map", x: { label: "l, deg", scale: "linear", reversed: true }, y: { label: "m, deg", scale: "linear" }, equal: true, series: [],
    density: { x: [(l0 - dl / 2) * deg, (l0 + (columns - 0.5) * dl) * deg], y: [(m0 - dm / 2) * deg, (m0 + (rows - 0.5) * dm) * deg], columns, rows, counts },
  });
  say(get("noise-note"), `${number(milli(low), 3)} to ${number(milli(high), 3)} mJy/beam, the darker the more.`);
}

async function read() {
  const shown = await ask(`/data/image/${image}`), { sources } = shown;
  fill(
    get("sources").tBodies[0],
    (sources.source_id ?? []).map((id, i) => [
      link(`/source/${id}`, sources.name[i]), sources.kind[i].replace("_", " "), { text: number(sources.snr[i], 3), class: "n" },
      { text: `${number(milli(sources.peak_flux[i]))} ± ${number(milli(sources.peak_flux_err[i]), 2)}`, class: "n" },
    ]),
  );
  say(get("sources-note"), !sources.source_id ? "It has none." : shown.cut_off ? `The brightest ${sources.source_id.length}.` : "");
  if (shown.noise) noise(shown.noise);
  else say(get("noise-note"), "No map of the noise was stored.");
  if (shown.trouble) {
    get("pixels").hidden = true;
    return say(get("pixels-note"), shown.trouble, true);
  }
  say(get("pixels-note"), `${shown.width} × ${shown.height} pixels of ${number(shown.pixel_deg * 3600, 3)}″. Grey rises as the inverse hyperbolic sine of the flux in noises.`);
  viewer(get("pixels"), { ...shown, x: shown.x ?? [], y: shown.y ?? [] });
}

read().catch((error) => say(get("pixels-note"), error.message, true));
