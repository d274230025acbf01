// From the page of a source to the next and the one before in the list of candidates from which it was opened.
import { listen } from "./keys.js";
import { ask, link } from "./page.js";

const get = (id) => document.getElementById(id), { source, dataset } = get("facts").dataset;
const query = new URLSearchParams(location.search).get("list");
const unique = (reply) => [...new Set((reply.candidates.source_id ?? []).map(String))];
const path = (id, list) => `/source/${id}?${new URLSearchParams({ list })}`;

async function show() {
  const reply = await ask(`/data/candidates/${dataset}?${query}`), sources = unique(reply), at = sources.indexOf(source);
  const put = (id, to) => {
    get(id).hidden = !to;
    if (to) get(id).href = link(to, "").href;
  };
  put("list-before", at > 0 && path(sources[at - 1], query));
  put("list-next", at >= 0 && at + 1 < sources.length && path(sources[at + 1], query));
  put("list-all", `/dataset/${dataset}/candidates?${query}`);
  get("list-place").textContent = at < 0 ? "no more in its list" : `${at + 1} of ${sources.length}${reply.next ? " and more" : ""}`;
  get("list").hidden = false;
  // beyond the ends of what came at once
  const beyond = async (name, key) => {
    const further = new URLSearchParams(query);
    for (const one of ["after", "before"]) further.delete(one);
    further.set(name, key);
    return [further, unique(await ask(`/data/candidates/${dataset}?${further}`)).filter((id) => id !== source)];
  };
  if (at + 1 === sources.length && reply.next) {
    const [further, [first]] = await beyond("after", reply.next);
    put("list-next", first && path(first, further));
  }
  if (at === 0 && reply.previous) {
    const [further, others] = await beyond("before", reply.previous);
    put("list-before", others.length && path(others.at(-1), further));
  }
}

if (query !== null) {
  const there = show().catch((error) => {
    get("list").hidden = false;
    get("list-place").textContent = error.message;
  });
  // a key that is pressed before the list has come waits for it
  const click = (id) => () => there.then(() => !get(id).hidden && get(id).click());
  listen(
    [
      ["j", "the next candidate", click("list-next")],
      ["k", "the one before", click("list-before")],
      ["l", "the list of candidates", click("list-all")],
    ],
    get("help"),
  );
}
