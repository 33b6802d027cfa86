// Keyboard first: / or Ctrl-K the palette, g and a letter to go somewhere, ? the help. Never while somebody types.
const modalOf = (id) => window.tabler.Modal.getOrCreateInstance(document.getElementById(id));
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable=true]");
const busy = () => document.querySelector(".modal.show");
let going = 0;
const pages = document.getElementById("palette-pages")?.content;

document.addEventListener("keydown", (event) => {
  if (!document.getElementById("palette")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    modalOf("palette").toggle();
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || busy()) return;
  if (going && event.timeStamp - going < 1200) {
    const link = pages?.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    going = 0;
    if (link) {
      event.preventDefault();
      location.assign(link.getAttribute("href"));
    }
    return;
  }
  if (event.key === "g") going = event.timeStamp;
  else if (event.key === "/") {
    event.preventDefault();
    modalOf("palette").show();
  } else if (event.key === "?") modalOf("keys-help").show();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) modalOf("palette").show();
  if (event.target.closest("[data-keys-help]")) modalOf("keys-help").show();
});

// ---- The palette: pages by their words at once, people from the rooms that know some, as one types ----
const palette = document.getElementById("palette");
if (palette) {
  const query = document.getElementById("palette-query");
  const list = document.getElementById("palette-list");
  const note = document.getElementById("palette-note");
  let chosen = 0;
  let asking = null;
  let pause = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const mark = (index) => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : 0;
    all.forEach((option, at) => {
      option.id = `palette-${at}`;
      option.setAttribute("aria-selected", String(at === chosen));
    });
    if (all[chosen]) {
      query.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    } else query.removeAttribute("aria-activedescendant");
    note.textContent = all.length ? `${all.length} found` : "Nothing found";
  };
  const heading = (words) => {
    const item = document.createElement("li");
    item.className = "palette-group";
    item.setAttribute("role", "presentation");
    item.textContent = words;
    return item;
  };
  const show = (found) => {
    const words = query.value.trim().toLowerCase();
    const matching = [...pages.children].filter((item) => item.dataset.words.includes(words));
    list.replaceChildren();
    if (found?.length) list.append(...found);
    for (const [name, items] of Map.groupBy(matching, (item) => item.dataset.group)) {
      list.append(heading(name), ...items.map((item) => item.cloneNode(true)));
    }
    mark(0);
  };
  const fetchFound = async () => {
    asking?.abort();
    const words = query.value.trim();
    if (words.length < 2) return show(null);
    asking = new AbortController();
    try {
      const asked = list.dataset.sources.split(" ").filter(Boolean).map(async (source) => {
        const answer = await fetch(`${source}?q=${encodeURIComponent(words)}`, {
          headers: { "HX-Request": "true", "x-quiet": "1" },
          signal: asking.signal,
        });
        return answer.ok ? answer.text() : "";
      });
      const found = new DOMParser().parseFromString(`<ul>${(await Promise.all(asked)).join("")}</ul>`, "text/html");
      show([...found.querySelectorAll("ul > li")]);
    } catch (error) {
      if (error.name !== "AbortError") show(null);
    }
  };

  query.addEventListener("input", () => {
    show(null);
    clearTimeout(pause);
    pause = setTimeout(fetchFound, 120);
  });
  query.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen - 1);
    else if (event.key === "Enter") options()[chosen]?.querySelector("a")?.click();
    else return;
    event.preventDefault();
  });
  // Something to do is a dialogue, which opens when the palette has gone.
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    palette.addEventListener("hidden.bs.modal", () => {
      document.getElementById("dialog-frame").classList.add("modal-lg");
      window.htmx.ajax("GET", link.getAttribute("href"), { target: "#dialog-content", swap: "innerHTML" });
    }, { once: true });
    modalOf("palette").hide();
  });
  palette.addEventListener("shown.bs.modal", () => query.focus());
  palette.addEventListener("show.bs.modal", () => {
    query.value = "";
    show(null);
  });
}
