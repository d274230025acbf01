// A plot on a canvas: axes, points with errors and limits, lines, areas, a density below them;
// zoom by wheel, drag, keys and buttons, the point under the pointer, and selections.
//
// plot(place, options) fills the element `place` and returns { update, view, destroy }.
//
// options:
//   label      what the plot shows, for who does not see it
//   x, y       { label, scale: "linear" | "log" | "time" | "none", reversed, range: [low, high] }
//              time is in ms since 1970, UTC; "none" draws no axis, as for a map
//   equal      whether a unit is as long in x as in y
//   series     list of { name, x, y, ...}, drawn in order, where x and y are arrays, and besides
//                error    1 sigma of y, an array
//                limit    array of booleans: y is an upper limit, drawn as an arrow
//                mark     "dot" | "ring" | "square" | "cross" | "none"
//                line     whether the points are joined; NaN breaks the line
//                color    1 to 8, or "ink", "faint", "bad"; size in px, of a mark, or an array
//                colors   array of such, a colour a mark
//                fill     whether the line is closed and filled, faintly
//                told     function of an index: what is said of the point; none: it is not pointed at
//   density    { x: [low, high], y: [low, high], columns, rows, counts } by rows from below, in the
//              axes' own units or, on a logarithmic axis, in their logarithms; hidden: only the
//              histograms show it
//   histograms whether how the density is distributed in x and in y is drawn along the edges
//   bounds     { x, y }, lines across the plot that are dragged, null: none; bounded, function
//              ({ x, y }, whether it was let go) that is called when one was
//   chosen     function (series, index) that is called for the point that was clicked
//   selected   function ({ x: [low, high], y: [low, high] } | { lasso: [[x, y], ...] } | null), called
//              when a rectangle or a lasso was drawn; in the axes' units; null: it was cleared
//   viewed     function ({ x: [low, high], y: [low, high] } | null) of the part shown; null: all of it

const LEFT = 58, RIGHT = 12, TOP = 10, BOTTOM = 40, HISTOGRAM = 66, NEAR = 14, GRIP = 5, MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200].map((s) => s * 1000);
const DAY = 86400e3;

export function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(Math.max(0, digits - 2)) : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

export function time(ms, seconds = true) {
  return ms === null ? "–" : new Date(ms).toISOString().slice(0, seconds ? 19 : 16).replace("T", " ");
}

// Where an axis has marks, and what stands there. The range is in logarithms on a logarithmic axis.
export function ticks(scale, low, high, most) {
  const span = high - low, marks = [];
  if (!(span > 0)) return marks;
  if (scale === "log" && span > 1.2) {
    const step = Math.max(1, Math.ceil(span / most));
    for (let p = Math.ceil(low / step) * step; p <= high; p += step) {
      marks.push([p, p >= -3 && p <= 4 ? number(10 ** p) : `1e${String(p).replace("-", "−")}`]);
    }
    return marks;
  }
  if (scale === "log") {
    return ticks("linear", 10 ** low, 10 ** high, most).filter(([v]) => v > 0).map(([v, text]) => [Math.log10(v), text]);
  }
  if (scale === "time" && span / most < DAY) {
    const step = STEPS.find((s) => s >= span / most) ?? DAY;
    for (let t = Math.ceil(low / step) * step; t <= high; t += step) {
      const text = new Date(t).toISOString();
      const first = marks.length === 0 || t % DAY === 0;
      marks.push([t, step < 60e3 ? text.slice(11, 19) : text.slice(11, 16), first ? text.slice(0, 10) : ""]);
    }
    return marks;
  }
  const unit = scale === "time" ? DAY : 1, power = 10 ** Math.floor(Math.log10(span / unit / most));
  let step = [1, 2, 5, 10].map((m) => m * power).find((s) => span / unit / s <= most) * unit;
  if (scale === "time") step = Math.max(DAY, Math.round(step / DAY) * DAY);
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  for (let k = Math.ceil(low / step); k * step <= high; k += 1) {
    const v = k * step;
    if (scale === "time") {
      const day = new Date(v);
      marks.push([v, `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`, marks.length && day.getUTCDate() > step / DAY ? "" : String(day.getUTCFullYear())]);
    } else {
      marks.push([v, digits > 5 || Math.abs(v) >= 1e6 ? number(v) : v.toFixed(digits).replace("-", "−")]);
    }
  }
  return marks;
}

export function inside(polygon, x, y) {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [xi, yi] = polygon[i], [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}

function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

export function plot(place, options) {
  let { x, y, series = [], density = null, bounds = null } = options;
  const canvas = element("canvas", { role: "img", tabindex: "0", "aria-label": options.label });
  const tip = element("div", { class: "tip", role: "status" });
  const tools = element("div", { class: "tools", role: "toolbar", "aria-label": "View" });
  place.classList.add("plot");
  place.replaceChildren(canvas, tools, tip);
  const context = canvas.getContext("2d");
  let width = 0, height = 0, view = null, all = null, mode = "move", stroke = null, at = null, waiting = false, colours = {};
  const bare = { x: x.scale === "none", y: y.scale === "none" };
  const edge = { left: bare.y ? 1 : LEFT, right: bare.y ? 1 : RIGHT, top: bare.x ? 1 : TOP, bottom: bare.x ? 1 : BOTTOM };
  if (options.histograms) [edge.right, edge.top] = [HISTOGRAM, HISTOGRAM];

  const logarithm = (axis, v) => (axis.scale === "log" ? (v > 0 ? Math.log10(v) : NaN) : v);
  const power = (axis, v) => (axis.scale === "log" ? 10 ** v : v);
  const inner = () => ({ w: Math.max(1, width - edge.left - edge.right), h: Math.max(1, height - edge.top - edge.bottom) });
  const across = (v) => {
    const part = (v - view.x[0]) / (view.x[1] - view.x[0]);
    return edge.left + (x.reversed ? 1 - part : part) * inner().w;
  };
  const down = (v) => {
    const part = (v - view.y[0]) / (view.y[1] - view.y[0]);
    return edge.top + (y.reversed ? part : 1 - part) * inner().h;
  };
  const place_x = (px) => {
    const part = (px - edge.left) / inner().w;
    return view.x[0] + (x.reversed ? 1 - part : part) * (view.x[1] - view.x[0]);
  };
  const place_y = (py) => {
    const part = (py - edge.top) / inner().h;
    return view.y[0] + (y.reversed ? part : 1 - part) * (view.y[1] - view.y[0]);
  };

  function extent(axis, name) {
    if (axis.range) return axis.range.map((v) => logarithm(axis, v));
    let low = Infinity, high = -Infinity;
    for (const one of series) {
      for (let i = 0; i < one[name].length; i += 1) {
        const v = one[name][i], e = name === "y" && one.error && one.error[i] > 0 && axis.scale !== "log" ? one.error[i] : 0;
        if (v === null) continue;
        const [a, b] = [logarithm(axis, v - e), logarithm(axis, v + e)];
        if (a < low) low = a;
        if (b > high) high = b;
      }
    }
    if (density) [low, high] = [Math.min(low, density[name][0]), Math.max(high, density[name][1])];
    if (!(high >= low)) [low, high] = axis.scale === "log" ? [-1, 1] : [0, 1];
    const room = high > low ? (high - low) * 0.05 : axis.scale === "time" ? 3600e3 : Math.abs(low) * 0.1 || 0.5;
    return [low - room, high + room];
  }

  // A unit as long in one direction as in the other: the shorter direction shows more.
  function squared(shown) {
    if (!options.equal) return shown;
    const { w, h } = inner(), scale = Math.max((shown.x[1] - shown.x[0]) / w, (shown.y[1] - shown.y[0]) / h);
    const about = ([a, b], half) => [(a + b) / 2 - half, (a + b) / 2 + half];
    return { x: about(shown.x, (scale * w) / 2), y: about(shown.y, (scale * h) / 2) };
  }

  function fit() {
    const whole = !view || all === null || (view.x[0] === all.x[0] && view.x[1] === all.x[1] && view.y[0] === all.y[0] && view.y[1] === all.y[1]);
    all = squared({ x: extent(x, "x"), y: extent(y, "y") });
    view = whole ? all : squared(view);
  }

  function show(shown) {
    view = shown ? squared(shown) : all;
    point(null);
    const real = (axis, range) => range.map((v) => power(axis, v));
    options.viewed?.(shown ? { x: real(x, view.x), y: real(y, view.y) } : null);
    redraw();
  }

  function zoom(factor, px = edge.left + inner().w / 2, py = edge.top + inner().h / 2, which = "xy") {
    const to = (range, centre, by) => range.map((v) => centre + (v - centre) * by);
    show({
      x: which.includes("x") || options.equal ? to(view.x, place_x(px), factor) : view.x,
      y: which.includes("y") || options.equal ? to(view.y, place_y(py), factor) : view.y,
    });
  }

  function move(dx, dy, from = view) {
    const per_x = ((from.x[1] - from.x[0]) / inner().w) * (x.reversed ? 1 : -1);
    const per_y = ((from.y[1] - from.y[0]) / inner().h) * (y.reversed ? -1 : 1);
    show({ x: from.x.map((v) => v + dx * per_x), y: from.y.map((v) => v + dy * per_y) });
  }

  function colour(name) {
    return colours[name] ?? (colours[name] = getComputedStyle(place).getPropertyValue(`--plot-${name}`).trim() || "#888");
  }

  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (width && height) draw();
    });
  }

  function draw() {
    const dots = window.devicePixelRatio || 1, { w, h } = inner();
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `12px ${getComputedStyle(place).fontFamily}`;
    context.lineWidth = 1;
    if (!bare.x) drawAxes(w, h);
    if (options.histograms && density) drawHistograms(w, h);
    context.save();
    context.beginPath();
    context.rect(edge.left, edge.top, w, h);
    context.clip();
    if (density && !density.hidden) drawDensity();
    series.forEach(drawSeries);
    if (at) ring(at);
    if (stroke?.path) drawStroke();
    context.restore();
    if (bounds) drawBounds(w, h);
  }

  function drawAxes(w, h) {
    context.strokeStyle = colour("grid");
    context.fillStyle = colour("text");
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const [v, text, below] of ticks(x.scale, ...view.x, Math.max(2, Math.floor(w / 75)))) {
      const px = Math.round(across(v)) + 0.5;
      line(px, edge.top, px, edge.top + h);
      context.fillText(text, Math.min(px, width - context.measureText(text).width / 2), edge.top + h + 5);
      if (below) context.fillText(below, Math.min(px, width - 34), edge.top + h + 21);
    }
    const label = x.scale === "time" ? "" : x.label;
    if (label) context.fillText(label, edge.left + w / 2, height - 16);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const [v, text] of ticks(y.scale, ...view.y, Math.max(2, Math.floor(h / 30)))) {
      const py = Math.round(down(v)) + 0.5;
      line(edge.left, py, edge.left + w, py);
      context.fillText(text, edge.left - 6, py);
    }
    context.save();
    context.translate(11, edge.top + h / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(y.label ?? "", 0, 0);
    context.restore();
    context.strokeStyle = colour("faint");
    context.strokeRect(edge.left + 0.5, edge.top + 0.5, w - 1, h - 1);
  }

  function line(x0, y0, x1, y1) {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  }

  function drawDensity() {
    const { columns, rows, counts } = density, most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0));
    const to_x = (i) => across(density.x[0] + (i / columns) * (density.x[1] - density.x[0]));
    const to_y = (j) => down(density.y[0] + (j / rows) * (density.y[1] - density.y[0]));
    context.fillStyle = colour("density");
    counts.forEach((count, k) => {
      if (!count) return;
      const i = k % columns, j = Math.floor(k / columns), [x0, x1, y0, y1] = [to_x(i), to_x(i + 1), to_y(j), to_y(j + 1)];
      context.globalAlpha = 0.12 + (0.88 * Math.log1p(count)) / most;
      context.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0) + 0.5, Math.abs(y1 - y0) + 0.5);
    });
    context.globalAlpha = 1;
  }

  // How many lie in each column of the density, and in each row, of what is in view.
  function drawHistograms(w, h) {
    const { columns, rows, counts } = density, sums = { x: new Float64Array(columns), y: new Float64Array(rows) };
    const middle = (name, k, of) => density[name][0] + ((k + 0.5) / of) * (density[name][1] - density[name][0]);
    const seen = (name, k, of) => middle(name, k, of) >= view[name][0] && middle(name, k, of) <= view[name][1];
    counts.forEach((count, k) => {
      const i = k % columns, j = Math.floor(k / columns);
      if (!count || !seen("x", i, columns) || !seen("y", j, rows)) return;
      sums.x[i] += count;
      sums.y[j] += count;
    });
    context.fillStyle = colour("density");
    context.globalAlpha = 0.7;
    const long = (sum, all) => (sum ? Math.max(1, ((HISTOGRAM - 8) * sum) / Math.max(...all)) : 0);
    const between = (name, to, k, of) => [k, k + 1].map((e) => to(Math.max(view[name][0], Math.min(view[name][1], density[name][0] + (e / of) * (density[name][1] - density[name][0])))));
    sums.x.forEach((sum, i) => {
      const [a, b] = between("x", across, i, columns), tall = long(sum, sums.x);
      context.fillRect(Math.min(a, b), edge.top - tall, Math.abs(b - a), tall);
    });
    sums.y.forEach((sum, j) => {
      const [a, b] = between("y", down, j, rows);
      context.fillRect(edge.left + w, Math.min(a, b), long(sum, sums.y), Math.abs(b - a));
    });
    context.globalAlpha = 1;
  }

  function drawBounds(w, h) {
    const px = across(logarithm(x, bounds.x ?? NaN)), py = down(logarithm(y, bounds.y ?? NaN));
    context.strokeStyle = context.fillStyle = colour("2");
    context.setLineDash([6, 4]);
    const seen = { x: px >= edge.left && px <= edge.left + w, y: py >= edge.top && py <= edge.top + h };
    if (seen.x) line(px, edge.top - 8, px, edge.top + h);
    if (seen.y) line(edge.left, py, edge.left + w + 8, py);
    context.setLineDash([]);
    if (seen.x) drawMark("square", px, edge.top - 8, 8);
    if (seen.y) drawMark("square", edge.left + w + 8, py, 8);
  }

  // Which of the bounds is at a place.
  function grip(px, py) {
    if (!bounds || !view) return null;
    if (Math.abs(px - across(logarithm(x, bounds.x ?? NaN))) <= GRIP && py < height - edge.bottom) return "x";
    if (Math.abs(py - down(logarithm(y, bounds.y ?? NaN))) <= GRIP && px > edge.left) return "y";
    return null;
  }

  function drawSeries(one) {
    const paint = colour(one.color ?? 1), n = one.x.length;
    context.strokeStyle = context.fillStyle = paint;
    if (one.line || one.fill) {
      context.beginPath();
      let open = false;
      for (let i = 0; i < n; i += 1) {
        const px = across(logarithm(x, one.x[i] ?? NaN)), py = down(logarithm(y, one.y[i] ?? NaN));
        if (Number.isNaN(px + py)) open = false;
        else if (open) context.lineTo(px, py);
        else {
          context.moveTo(px, py);
          open = true;
        }
      }
      if (one.fill) {
        context.closePath();
        context.globalAlpha = one.fill === true ? 0.08 : one.fill;
        context.fill("evenodd");
        context.globalAlpha = 1;
      }
      context.stroke();
    }
    if (one.mark === "none") return;
    for (let i = 0; i < n; i += 1) {
      if (one.x[i] === null || one.y[i] === null) continue;
      const px = across(logarithm(x, one.x[i])), py = down(logarithm(y, one.y[i]));
      if (Number.isNaN(px + py) || px < -20 || px > width + 20) continue;
      if (one.limit?.[i]) {
        line(px - 3, py, px + 3, py);
        line(px, py, px, py + 9);
        line(px - 3, py + 6, px, py + 9);
        line(px + 3, py + 6, px, py + 9);
        continue;
      }
      if (one.error?.[i] > 0) {
        const high = down(logarithm(y, one.y[i] + one.error[i])), low = down(logarithm(y, one.y[i] - one.error[i]));
        context.globalAlpha = 0.6;
        line(px, high, px, Number.isNaN(low) ? edge.top + inner().h : low);
        context.globalAlpha = 1;
      }
      if (one.colors) context.strokeStyle = context.fillStyle = colour(one.colors[i]);
      drawMark(one.mark ?? "dot", px, py, Array.isArray(one.size) ? one.size[i] : one.size ?? 5);
    }
  }

  function drawMark(mark, px, py, size) {
    const half = size / 2;
    if (mark === "square" || size <= 2) context.fillRect(px - half, py - half, size, size);
    else if (mark === "cross") {
      line(px - half, py - half, px + half, py + half);
      line(px - half, py + half, px + half, py - half);
    } else {
      context.beginPath();
      context.arc(px, py, half, 0, 2 * Math.PI);
      if (mark === "ring") context.stroke();
      else context.fill();
    }
  }

  function ring({ one, index }) {
    context.strokeStyle = colour("ink");
    context.lineWidth = 1.5;
    drawMark("ring", across(logarithm(x, one.x[index])), down(logarithm(y, one.y[index])), 13);
    context.lineWidth = 1;
  }

  function drawStroke() {
    context.strokeStyle = colour("ink");
    context.setLineDash([4, 3]);
    context.beginPath();
    const [a, b] = [stroke.path[0], stroke.path.at(-1)];
    if (mode === "rectangle") context.rect(a[0], a[1], b[0] - a[0], b[1] - a[1]);
    else stroke.path.forEach(([px, py], i) => (i ? context.lineTo(px, py) : context.moveTo(px, py)));
    context.stroke();
    context.setLineDash([]);
  }

  // All points that may be pointed at, as [one, index, px, py], those in view.
  function* pointed() {
    for (const one of series) {
      if (!one.told) continue;
      for (let i = 0; i < one.x.length; i += 1) {
        if (one.x[i] === null || one.y[i] === null) continue;
        const px = across(logarithm(x, one.x[i])), py = down(logarithm(y, one.y[i]));
        if (px >= edge.left && px <= width - edge.right && py >= edge.top && py <= height - edge.bottom) yield [one, i, px, py];
      }
    }
  }

  function nearest(px, py) {
    let found = null, least = NEAR * NEAR;
    for (const [one, index, qx, qy] of pointed()) {
      const away = (qx - px) ** 2 + (qy - py) ** 2;
      if (away <= least) [found, least] = [{ one, index, px: qx, py: qy }, away];
    }
    return found;
  }

  function point(found) {
    if (found?.one === at?.one && found?.index === at?.index) return;
    at = found;
    tip.textContent = found ? found.one.told(found.index) : "";
    tip.classList.toggle("shown", Boolean(found));
    canvas.classList.toggle("on-point", Boolean(found && options.chosen));
    if (found) {
      const left = found.px > width / 2;
      tip.style.left = left ? "" : `${found.px + 12}px`;
      tip.style.right = left ? `${width - found.px + 12}px` : "";
      tip.style.top = `${Math.max(2, Math.min(found.py - 12, height - 60))}px`;
    }
    redraw();
  }

  // The next point to the right or to the left, for who has no pointer.
  function step(forward) {
    const points = [...pointed()].sort((a, b) => a[2] - b[2] || a[3] - b[3]);
    if (!points.length) return;
    const here = at ? points.findIndex(([one, index]) => one === at.one && index === at.index) : forward ? -1 : points.length;
    const [one, index, px, py] = points[(here + (forward ? 1 : -1) + points.length) % points.length];
    point({ one, index, px, py });
  }

  function select() {
    const path = stroke.path, [a, b] = [path[0], path.at(-1)];
    const real = ([px, py]) => [power(x, place_x(px)), power(y, place_y(py))];
    if (path.length < 3 || (Math.abs(a[0] - b[0]) < 3 && mode === "rectangle")) options.selected(null);
    else if (mode === "lasso") options.selected({ lasso: path.map(real) });
    else {
      const [[x0, y0], [x1, y1]] = [real(a), real(b)];
      options.selected({ x: [Math.min(x0, x1), Math.max(x0, x1)], y: [Math.min(y0, y1), Math.max(y0, y1)] });
    }
  }

  function drag(px, py, done) {
    const value = stroke.bound === "x" ? power(x, place_x(px)) : power(y, place_y(py));
    bounds = { ...bounds, [stroke.bound]: value };
    options.bounded?.(bounds, done);
    redraw();
  }

  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const heard = {
    wheel(event) {
      // a page is scrolled over a plot, unless somebody works with it
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      const [px, py] = where(event), which = px < edge.left ? "y" : py > height - edge.bottom ? "x" : "xy";
      zoom(1.0015 ** event.deltaY, px, py, which);
    },
    pointerdown(event) {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      const bound = grip(...where(event));
      if (bound) {
        stroke = { bound };
        return;
      }
      stroke = { from: where(event), view, path: mode === "move" ? null : [where(event)], moved: false };
    },
    pointermove(event) {
      const [px, py] = where(event);
      if (!stroke) {
        const over = grip(px, py);
        canvas.style.cursor = over ? { x: "col-resize", y: "row-resize" }[over] : "";
        return point(nearest(px, py));
      }
      if (stroke.bound) return drag(px, py, false);
      const [dx, dy] = [px - stroke.from[0], py - stroke.from[1]];
      if (!stroke.moved && Math.hypot(dx, dy) < 4) return;
      stroke.moved = true;
      point(null);
      if (stroke.path) stroke.path.push([px, py]);
      else return move(dx, dy, stroke.view);
      redraw();
    },
    pointerup(event) {
      if (!stroke) return;
      if (stroke.bound) {
        drag(...where(event), true);
        stroke = null;
        return;
      }
      const found = stroke.moved ? null : nearest(...where(event));
      if (found) point(found);
      if (found && options.chosen) options.chosen(found.one, found.index);
      else if (stroke.path && options.selected) select();
      stroke = null;
      redraw();
    },
    pointercancel() {
      stroke = null;
      redraw();
    },
    pointerleave() {
      if (!stroke) point(null);
    },
    dblclick: () => show(null),
    keydown(event) {
      const far = 40, keys = {
        "+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1 / 0.7), 0: () => show(null), Home: () => show(null),
        ArrowLeft: () => move(far, 0), ArrowRight: () => move(-far, 0), ArrowUp: () => move(0, far), ArrowDown: () => move(0, -far),
        n: () => step(true), p: () => step(false), Escape: () => (point(null), options.selected?.(null)),
        Enter: () => at && options.chosen?.(at.one, at.index),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    },
  };
  for (const [name, hear] of Object.entries(heard)) canvas.addEventListener(name, hear, { passive: false });

  function button(sign, what, act) {
    const made = element("button", { type: "button", title: what, "aria-label": what }, sign);
    made.addEventListener("click", act);
    tools.append(made);
    return made;
  }
  button("+", "Zoom in", () => zoom(0.7));
  button("−", "Zoom out", () => zoom(1 / 0.7));
  button("⤢", "Show all", () => show(null));
  if (options.selected) {
    const choose = (name) => {
      mode = mode === name ? "move" : name;
      for (const [other, made] of Object.entries(modes)) made.setAttribute("aria-pressed", String(other === mode));
      canvas.classList.toggle("selecting", mode !== "move");
    };
    const modes = { rectangle: button("▭", "Select by a rectangle", () => choose("rectangle")), lasso: button("◌", "Select by a lasso", () => choose("lasso")) };
  }

  function sized() {
    const box = canvas.getBoundingClientRect(), dots = window.devicePixelRatio || 1;
    [width, height] = [box.width, box.height];
    [canvas.width, canvas.height] = [Math.round(width * dots), Math.round(height * dots)];
    if (width && height) fit();
    redraw();
  }
  const recoloured = () => {
    colours = {};
    redraw();
  };
  const watching = new ResizeObserver(sized), dark = matchMedia("(prefers-color-scheme: dark)");
  watching.observe(canvas);
  dark.addEventListener("change", recoloured);

  return {
    // Show other data, or axes; the part shown stays, unless it was all.
    update(changed) {
      ({ x = x, y = y, series = series, density = density, bounds = bounds } = changed);
      point(null);
      if (width && height) fit();
      redraw();
    },
    // Show a part, { x, y } in the axes' units, or all: null.
    view(part) {
      show(part && { x: part.x.map((v) => logarithm(x, v)), y: part.y.map((v) => logarithm(y, v)) });
    },
    destroy() {
      watching.disconnect();
      dark.removeEventListener("change", recoloured);
      place.replaceChildren();
    },
  };
}
