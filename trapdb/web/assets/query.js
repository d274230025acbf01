// The page of queries: the dictionary beside the query, and any two columns of the answer as a plot.
import { ask, say } from "./page.js";
import { number, plot, time } from "./plot.js";

const get = (id) => document.getElementById(id), text = get("text"), form = get("ask");

// ---- the query ----
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(get("again"));
});

// Go to where the mistake is, and mark the word there.
function toMistake() {
  const { line, column } = text.dataset;
  if (!line) return;
  const before = text.value.split("\n").slice(0, Number(line) - 1).reduce((sum, one) => sum + one.length + 1, 0);
  // columns are counted in characters, which may be two of a script's
  const there = [...text.value.slice(before)].slice(0, Number(column) - 1).join("").length + before;
  const word = /^([\w.]+|\S)?/.exec(text.value.slice(there))[0];
  text.focus();
  text.setSelectionRange(there, there + word.length);
}

function insert(name) {
  const before = text.value.slice(0, text.selectionStart), after = text.value.slice(text.selectionEnd);
  const apart = (side) => (side && !/[\s(.]$/.test(side) ? " " : "");
  text.setRangeText(`${apart(before)}${name}${after && !/^[\s),.]/.test(after) ? " " : ""}`, text.selectionStart, text.selectionEnd, "end");
  text.focus();
}

// ---- the dictionary: a click on a name puts it into the query ----
function element(name, content, className = "") {
  const made = document.createElement(name);
  made.append(content);
  made.className = className;
  return made;
}

function named(name, what) {
  const made = element("button", name, "name");
  made.type = "button";
  made.setAttribute("aria-label", `Insert ${what} ${name}`);
  made.addEventListener("click", () => insert(name));
  return made;
}

function listed({ tables, columns }) {
  return tables.map((table) => {
    const mine = columns.filter((one) => one.table_name === table.name);
    const made = element("details", element("summary", table.name));
    const list = document.createElement("dl");
    const about = element("p", named(table.name, "table"));
    about.append(" ", element("span", table.description ?? "", "soft"));
    const entries = mine.map((one) => {
      const term = element("dt", named(one.name, "column")), unit = one.unit ? ` ${one.unit}` : "";
      if (unit) term.append(element("span", unit, "soft"));
      if (one.indexed) term.append(" ", element("span", "quick to ask by", "state"));
      const entry = element("div", term);
      entry.append(element("dd", one.description ?? "", "soft"));
      list.append(entry);
      return { entry, words: `${table.name} ${one.name} ${one.description ?? ""}`.toLowerCase() };
    });
    made.append(about, list);
    return { made, entries, words: `${table.name} ${table.description ?? ""}`.toLowerCase() };
  });
}

// Show what has all the words: columns, or all those of a table that has them.
function search(list, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean), has = (said) => words.every((word) => said.includes(word));
  let found = 0;
  for (const table of list) {
    const whole = has(table.words);
    let here = 0;
    for (const column of table.entries) {
      const shown = has(column.words) || (whole && words.length > 0);
      column.entry.hidden = !shown;
      here += shown;
    }
    table.made.hidden = !here && !whole;
    table.made.open = words.length > 0 && here > 0;
    found += here;
  }
  say(get("dictionary-note"), words.length && !found ? "Nothing there has these words." : "");
}

async function showDictionary() {
  const list = listed(await ask("/data/dictionary"));
  get("dictionary").replaceChildren(...list.map((one) => one.made));
  get("search").hidden = false;
  get("wanted").addEventListener("input", () => search(list, get("wanted").value));
}

// ---- the plot ----
const AXES = ["x", "y"];
let drawn = null;

function columnsOf(table) {
  return [...table.tHead.rows[0].cells].map((cell, place) => ({ ...cell.dataset, place })).filter((one) => one.kind !== "text");
}

function values(table, { place, kind }) {
  return [...table.tBodies[0].rows].map((row) => {
    const said = row.cells[place].textContent, read = kind === "time" ? Date.parse(`${said}Z`) : Number(said);
    return said === "" || !Number.isFinite(read) ? null : read;
  });
}

function draw(table, columns) {
  const [x, y] = AXES.map((axis) => columns.find((one) => String(one.place) === form.elements[axis].selectedOptions[0].dataset.place));
  const scale = (axis, column) => (column.kind === "time" ? "time" : form.elements[`${axis}_scale`].checked ? "log" : "linear");
  const label = ({ name, unit }) => (unit ? `${name}, ${unit}` : name);
  const [xs, ys] = [values(table, x), values(table, y)], show = (column, v) => (column.kind === "time" ? time(v) : number(v));
  const one = { x: xs, y: ys, told: (i) => `${label(x)}: ${show(x, xs[i])}\n${label(y)}: ${show(y, ys[i])}` };
  const options = { x: { scale: scale("x", x), label: label(x) }, y: { scale: scale("y", y), label: label(y) }, series: [one] };
  const chosen = (_, i) => {
    const rows = table.tBodies[0].rows;
    for (const row of rows) row.classList.remove("marked");
    rows[i].classList.add("marked");
    rows[i].scrollIntoView({ block: "center" });
  };
  // another plot, for another part may be shown of other columns
  drawn?.destroy();
  drawn = plot(get("plot"), { label: `${label(y)} against ${label(x)}`, ...options, chosen });
  const missing = xs.filter((v, i) => v === null || ys[i] === null || (options.x.scale === "log" && v <= 0) || (options.y.scale === "log" && ys[i] <= 0)).length;
  say(get("plot-note"), missing ? `${missing} rows have no place in it.` : "");
}

function showPlot(table) {
  const columns = columnsOf(table), address = new URLSearchParams(location.search);
  if (!columns.length || !table.tBodies[0].rows.length) return;
  get("drawn").hidden = false;
  // what is measured, in time if there is one
  const telling = columns.filter((one) => !one.name.endsWith("_id")), of = telling.length > 1 ? telling : columns;
  const first = { x: of.find((one) => one.kind === "time") ?? of[0] };
  first.y = of.find((one) => one !== first.x && one.kind === "number") ?? first.x;
  for (const axis of AXES) {
    const select = form.elements[axis];
    for (const one of columns) {
      const option = element("option", one.name);
      option.value = one.name;
      option.dataset.place = one.place;
      select.append(option);
    }
    const wanted = columns.find((one) => one.name === address.get(axis)) ?? first[axis];
    select.selectedIndex = columns.indexOf(wanted);
    form.elements[`${axis}_scale`].checked = address.get(`${axis}_scale`) === "log";
    for (const input of [select, form.elements[`${axis}_scale`]]) {
      input.addEventListener("change", () => {
        draw(table, columns);
        // one in SQL is not in the address
        if (!address.has("query")) return;
        // the query that was answered, whatever stands in its place now
        const state = new URLSearchParams(new FormData(form));
        state.set("query", address.get("query"));
        history.replaceState(null, "", `?${state}`);
      });
    }
  }
  draw(table, columns);
}

toMistake();
if (get("answer")) showPlot(get("answer"));
showDictionary().catch((error) => say(get("dictionary-note"), error.message, true));
