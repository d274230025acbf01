// What the pages' scripts share: asking for data, and writing it into the page as text.

const root = document.documentElement.dataset.root;

// ---- who one is to a service in which one can write: a key, that this browser keeps for its address alone ----
const PLACE = `trapdb key ${root}`, GIVEN = /^#key=([\w-]+)$/.exec(location.hash);
export const key = () => localStorage.getItem(PLACE);
export const keep = (given) => (given ? localStorage.setItem(PLACE, given) : localStorage.removeItem(PLACE));
// a service of one's own machine has printed its address with the key
if (GIVEN) {
  keep(GIVEN[1]);
  history.replaceState(null, "", location.pathname + location.search);
}
const headers = (more) => (key() ? { ...more, "Trapdb-Key": key() } : more);

// The data at a path below the service's address; an error is one line. Where what the service had at hand is of
// some time steps ago, `again` is called when there may be more.
export async function ask(path, again = null) {
  let reply;
  try {
    reply = await fetch(`${root}${path}`, { headers: headers({ Accept: "application/json" }) });
  } catch {
    throw new Error("the service does not answer");
  }
  const value = await valueOf(reply);
  if (again && reply.headers.has("Again-In")) setTimeout(again, 1000 * Number(reply.headers.get("Again-In")));
  return value;
}

// Send an object, also if the page is left meanwhile, and return the answer.
export async function send(path, given, method = "POST") {
  let reply;
  try {
    reply = await fetch(`${root}${path}`, { method, headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(given), keepalive: true });
  } catch {
    throw new Error("the service does not answer: this was not stored");
  }
  return valueOf(reply);
}

async function valueOf(reply) {
  const value = await reply.json().catch(() => ({ error: `the service answered with ${reply.status}` }));
  if (!reply.ok) throw Object.assign(new Error(value.error ?? `the service answered with ${reply.status}`), { status: reply.status });
  return value;
}

export function link(path, text) {
  const made = document.createElement("a");
  made.href = `${root}${path}`;
  made.textContent = text;
  return made;
}

// Fill a table's body with rows of cells: texts, nodes, or { text, class }.
export function fill(body, rows) {
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      for (const cell of cells) {
        const made = document.createElement("td");
        if (cell instanceof Node) made.append(cell);
        else if (typeof cell === "object" && cell !== null) {
          made.textContent = cell.text;
          made.className = cell.class;
        } else made.textContent = cell ?? "";
        row.append(made);
      }
      return row;
    }),
  );
}

// Say in an element what is going on there; no text: nothing.
export function say(place, text, bad = false) {
  place.textContent = text;
  place.classList.toggle("bad", bad);
  place.hidden = !text;
}
