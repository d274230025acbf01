// What one says of a source: by one key, or written. What was said before stays, but for what is said now.
import { listen } from "./keys.js";
import { ask, key, say, send } from "./page.js";

const form = document.getElementById("rating"), note = document.getElementById("rating-note");
let source = null, shown = () => {}, asked = 0, stored = {};
const buttons = () => [...form.querySelectorAll("button[name=rating]")];

// What holds of what one said of the source as a whole.
function put({ labels, user }, name) {
  const mine = labels.find((one) => one.user_name === user && one.holds && !one.withdrawn && one.epoch === null);
  for (const one of buttons()) one.setAttribute("aria-pressed", String(mine?.rating === one.value));
  stored = { object_class: mine?.object_class ?? "", tags: mine?.tags?.replaceAll(",", ", ") ?? "", note: mine?.note ?? "" };
  // an answer that comes while somebody writes does not take the pen from him
  for (const [field, text] of Object.entries(stored)) if (form.elements[field] !== document.activeElement) form.elements[field].value = text;
  document.querySelector("#rated bdi").textContent = name;
}

// What was said is sent in its order, each when the one before is stored: it changes a part of what that left.
const waiting = [];
async function write(given, name = document.querySelector("#rated bdi").textContent) {
  if (source === null || form.hidden) return;
  if (waiting.push({ source, name, given }) > 1) return;
  while (waiting.length) {
    await store(waiting[0]);
    waiting.shift();
  }
}
// a page that is left sends the rest at once
addEventListener("pagehide", () => waiting.splice(1).forEach(store));

async function store({ source: mine, name, given }) {
  let answer;
  try {
    answer = await send(`/label/${mine}`, given);
  } catch (error) {
    return say(note, error.message, true);
  }
  say(note, `stored: ${name}`);
  if (mine === source && waiting.length < 2) {
    asked += 1; // an answer to what was asked before would be of what was said before
    put(answer, name);
  }
  shown(mine, answer.labels);
}

// Rate this source from now on; `told` is called with it and all that was ever said of it.
export async function rate(id, name, told) {
  if (!form) return;
  [source, shown] = [id, told];
  const turn = (asked += 1);
  put({ labels: [] }, name);
  try {
    const answer = await ask(`/data/labels/${id}`);
    if (turn === asked) put(answer, name);
  } catch (error) {
    if (turn === asked) say(note, error.message, true);
  }
}

if (form) {
  const { object_class: chosen, tags, note: words } = form.elements;
  const listed = () => tags.value.split(",").map((tag) => tag.trim()).filter(Boolean);
  form.hidden = !key();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (pressed?.name === "rating") write({ rating: pressed.value });
    if (pressed?.name === "withdraw") write({});
  });
  // what is written is stored when its field is left: nothing is lost by going on to the next source
  form.addEventListener("change", ({ target: field }) => {
    if (field.value === stored[field.name]) return;
    write(field === tags ? { tags: listed() } : { [field.name]: field.value || null });
    if (field === chosen) field.blur();
  });
  form.addEventListener("keydown", ({ key: pressed, target: field }) => {
    if (pressed === "Escape" && field.name in stored) field.value = stored[field.name];
    if (pressed === "Escape" || (pressed === "Enter" && field.matches("input"))) field.blur();
  });
  const focus = (field) => () => field.focus();
  listen(
    [
      ...[["r", "real"], ["a", "artefact"], ["u", "unsure"]].map(([letter, rating]) => [letter, `it is ${rating}`, () => write({ rating })]),
      ...[...chosen.options].slice(1, 10).map((option, i) => [String(i + 1), `it is a ${option.value.replaceAll("_", " ")}`, () => write({ object_class: option.value })]),
      ["c", "choose its class", focus(chosen)],
      ["t", "write tags", focus(tags)],
      ["m", "write a note", focus(words)],
    ],
    document.getElementById("help"),
  );
}
