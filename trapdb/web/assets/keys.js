// Keys of a page: what each does, and a list of them that comes by "?".

const all = new Map(), told = [];

// `keys` is a list of [names, what they do, function]; names with a blank between them. More may follow.
export function listen(keys, help) {
  if (!told.length) begin(help);
  for (const [names, what, act] of keys) {
    told.push([names, what]);
    for (const name of names.split(" ")) all.set(name, act);
  }
  help.querySelector("dl").replaceChildren(
    ...[...told, ["?", "this list"]].map(([names, what]) => {
      const row = document.createElement("div"), term = document.createElement("dt"), said = document.createElement("dd");
      for (const name of names.split(" ")) {
        const key = document.createElement("kbd");
        key.textContent = name.replace("ArrowDown", "↓").replace("ArrowUp", "↑");
        term.append(key, " ");
      }
      said.textContent = what;
      row.append(term, said);
      return row;
    }),
  );
}

function begin(help) {
  all.set("?", () => (help.open ? help.close() : help.showModal()));
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !all.has(key)) return;
    // where something is written, or chosen, keys are of that; a link keeps its own Enter
    if (target.closest("input:not([type=checkbox]), select, textarea, canvas") || (key === "Enter" && target.closest("a, button, summary"))) return;
    const open = document.querySelector("dialog[open]");
    if (open && !(open === help && key === "?")) return;
    event.preventDefault();
    all.get(key)();
  });
}
