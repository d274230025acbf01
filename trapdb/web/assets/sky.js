// Places on the sky, in deg, as places on a plane.

const DEG = Math.PI / 180;

// Zenithal equal-area (ZEA), about a place: [east, north] in deg. Source: Calabretta & Greisen 2002, section 5.1.7.
export function about(ra0, dec0) {
  const [sin0, cos0] = [Math.sin(dec0 * DEG), Math.cos(dec0 * DEG)];
  return (ra, dec) => {
    const a = (ra - ra0) * DEG, [s, c] = [Math.sin(dec * DEG), Math.cos(dec * DEG)];
    const up = sin0 * s + cos0 * c * Math.cos(a);
    const scale = Math.sqrt(2 / Math.max(1e-9, 1 + up)) / DEG;
    return [scale * c * Math.sin(a), scale * (cos0 * s - sin0 * c * Math.cos(a))];
  };
}

// Hammer-Aitoff (AIT), the whole sky about a right ascension. Source: ibid., section 5.3.4.
export function whole(ra0) {
  return (ra, dec) => {
    const a = (((ra - ra0 + 540) % 360) - 180) * DEG, c = Math.cos(dec * DEG);
    const scale = Math.sqrt(2 / (1 + c * Math.cos(a / 2))) / DEG;
    return [2 * scale * c * Math.sin(a / 2), scale * Math.sin(dec * DEG)];
  };
}

// The corners of a footprint: of its polygon, or points of its circle.
export function outline({ ra, dec, radius, vertex_ra, vertex_dec }) {
  if (vertex_ra) return vertex_ra.map((one, i) => [one, vertex_dec[i]]);
  const [s, c] = [Math.sin(dec * DEG), Math.cos(dec * DEG)], [sr, cr] = [Math.sin(radius * DEG), Math.cos(radius * DEG)];
  return Array.from({ length: 72 }, (_, i) => {
    const pa = (i * 5) * DEG, sin = s * cr + c * sr * Math.cos(pa);
    const turn = Math.atan2(Math.sin(pa) * sr * c, cr - s * sin);
    return [(ra + turn / DEG + 360) % 360, Math.asin(Math.min(1, Math.max(-1, sin))) / DEG];
  });
}

// A line through places, as a series of a plot; it is broken where the map is.
export function curve(project, places, most, style) {
  const x = [], y = [];
  let before = null;
  for (const [ra, dec] of places) {
    const here = project(ra, dec);
    if (before && Math.hypot(here[0] - before[0], here[1] - before[1]) > most) {
      x.push(NaN);
      y.push(NaN);
    }
    x.push(here[0]);
    y.push(here[1]);
    before = here;
  }
  return { x, y, line: true, mark: "none", ...style };
}

// Meridians and parallels, by steps in deg.
export function graticule(project, step_ra, step_dec, { low = -90, high = 90, from = 0, to = 360 } = {}, most = 60) {
  const lines = [], fine = (a, b) => Array.from({ length: 91 }, (_, i) => a + ((b - a) * i) / 90);
  const first = (v, step) => Math.ceil(v / step - 1e-9) * step;
  for (let ra = first(from, step_ra); ra <= to + 1e-9; ra += step_ra) lines.push(fine(low, high).map((dec) => [ra, dec]));
  for (let dec = first(low, step_dec); dec <= high + 1e-9; dec += step_dec) lines.push(fine(from, to).map((ra) => [ra, dec]));
  return lines.map((places) => curve(project, places, most, { color: "grid" }));
}

// 150.1, 29.7 as "10h00m24.0s +29°42′00″".
export function place(ra, dec) {
  const parts = (value, digits) => {
    const ticks = Math.round(value * 3600 * 10 ** digits), s = ticks % (60 * 10 ** digits), m = Math.floor(ticks / (60 * 10 ** digits));
    return [Math.floor(m / 60), m % 60, s / 10 ** digits];
  };
  const two = (v, digits = 0) => v.toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  const [h, m, s] = parts(((ra + 360) % 360) / 15, 1), [d, am, as] = parts(Math.abs(dec), 0);
  return `${two(h % 24)}h${two(m)}m${two(s, 1)}s ${dec < 0 ? "−" : "+"}${two(d)}°${two(am)}′${two(as)}″`;
}
