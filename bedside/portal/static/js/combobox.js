// One of many, searched as one types: an accessible combobox (WAI-ARIA, list autocomplete) over options from the server.
const PAUSE = 140;

function start(root) {
  if (root.dataset.ready) return;
  root.dataset.ready = "true";
  const input = root.querySelector("[role=combobox]");
  const hidden = root.querySelector("input[type=hidden]");
  const list = root.querySelector("[role=listbox]");
  let settled = input.value;
  let chosen = -1;
  let pause = null;
  let asking = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const open = () => {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  const mark = (index) => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, at) => {
      option.id ||= `${list.id}-${at}`;
      option.setAttribute("aria-selected", String(at === chosen));
    });
    if (chosen >= 0) {
      input.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    }
  };
  const note = (words) => {
    const item = document.createElement("li");
    item.className = "combobox-note";
    item.setAttribute("role", "presentation");
    item.textContent = words;
    list.replaceChildren(item);
    open();
  };
  const take = (option) => {
    hidden.value = option.dataset.value;
    settled = option.dataset.label ?? option.firstChild.textContent.trim();
    input.value = settled;
    close();
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const address = new URL(root.dataset.combobox, location.href);
    address.searchParams.set("q", input.value.trim());
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true", "x-quiet": "1" }, signal: asking.signal });
      if (!answer.ok) return note("Could not search just now. Try again.");
      const found = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
      const items = [...found.querySelectorAll("li")];
      if (!items.some((item) => item.getAttribute("role") === "option")) return note("Nobody and nothing like that.");
      list.replaceChildren(...items);
      open();
      mark(0);
    } catch (error) {
      if (error.name !== "AbortError") note("Could not search just now. Try again.");
    }
  };

  input.addEventListener("input", () => {
    if (hidden.value) {
      hidden.value = "";
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    }
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") list.hidden ? ask() : mark(chosen + 1);
    else if (event.key === "ArrowUp" && !list.hidden) mark(chosen - 1);
    else if (event.key === "Enter" && !list.hidden && chosen >= 0) take(options()[chosen]);
    else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else return;
    event.preventDefault();
  });
  input.addEventListener("click", () => list.hidden && ask());
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  input.addEventListener("blur", () => {
    clearTimeout(pause);
    asking?.abort();
    close();
    // Half-typed words choose nobody: what was chosen last shows again, or nothing.
    if (hidden.value) input.value = settled;
    else if (!input.value.trim()) settled = "";
  });
}

const startAll = (root) => root.querySelectorAll?.("[data-combobox]").forEach(start);
startAll(document);
document.body.addEventListener("htmx:after:swap", () => startAll(document));
