// Keys of a page: what each does, and a list of them that comes by "?".

// `keys` is a list of [names, what they do, function]; names with a blank between them.
export function listen(keys, help) {
  const all = new Map(keys.flatMap(([names, , act]) => names.split(" ").map((name) => [name, act])));
  all.set("?", () => (help.open ? help.close() : help.showModal()));
  help.querySelector("dl").replaceChildren(
    ...[...keys, ["?", "this list"]].map(([names, what]) => {
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
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !all.has(key)) return;
    // where something is written, or chosen, keys are of that; a link keeps its own Enter
    if (target.closest("input:not([type=checkbox]), select, textarea, canvas") || (key === "Enter" && target.closest("a, button, summary"))) return;
    if (help.open && key !== "?") return;
    event.preventDefault();
    all.get(key)();
  });
}
