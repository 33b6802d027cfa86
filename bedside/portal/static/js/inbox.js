// The inbox by keyboard, the newest line in view, the window that counts down, canned answers after a slash, and files
// that are picked, dropped or pasted.
const words = () => document.getElementById("thread-words");
const form = () => document.querySelector("[data-thread-answer]");
// ---- The newest line in view ----
let newest = "";
function follow(always) {
  const box = document.getElementById("thread-lines");
  if (!box) return;
  const last = box.lastElementChild?.id ?? "";
  if (always || last !== newest) box.scrollTop = box.scrollHeight;
  newest = last;
}

// ---- WhatsApp's window, and what goes with the chosen channel ----
function tick() {
  for (const left of document.querySelectorAll("[data-until]")) {
    const minutes = Math.floor((Date.parse(left.dataset.until) - Date.now()) / 60000);
    left.textContent = minutes < 0 ? " (over)" : ` (${Math.floor(minutes / 60)} h ${minutes % 60} min left)`;
  }
}
function fit() {
  const at = form();
  if (!at) return;
  const by = at.elements.channel.value;
  at.classList.toggle("writes-note", by === "note");
  words().placeholder = by === "note" ? "Write a note to colleagues" : "Write an answer";
  for (const one of at.querySelectorAll("[data-by]")) one.hidden = one.dataset.by !== by;
}
document.addEventListener("change", (event) => {
  if (event.target.matches(".thread-by")) fit();
});

// ---- Files to send ----
const LARGEST = 10e6; // bytes of one, and of all: what a channel takes, the server says
const TOGETHER = 15e6;
const picker = () => document.getElementById("thread-picker");
const weight = (size) => (size >= 1e5 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(size / 1000))} kB`);
function put(files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  picker().files = held.files;
}
let chosen = []; // before the picker was opened, which forgets what it held
function add(files) {
  if (!picker() || form().elements.channel.value === "note") return;
  const kept = [...chosen];
  const refused = [];
  for (const file of files) {
    const together = kept.reduce((sum, one) => sum + one.size, file.size);
    if (file.size > LARGEST) refused.push(`${file.name} is larger than 10 MB.`);
    else if (together > TOGETHER) refused.push(`${file.name} is too much: files may have 15 MB together.`);
    else kept.push(file);
  }
  put(kept);
  draw(refused);
}
function draw(refused = []) {
  const shown = document.getElementById("thread-files");
  if (!shown) return;
  chosen = [...picker().files];
  shown.replaceChildren(
    ...chosen.map((file, at) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = `${file.name} (${weight(file.size)})`;
      const away = document.createElement("button");
      away.type = "button";
      away.textContent = "×";
      away.setAttribute("aria-label", `Take ${file.name} off`);
      away.addEventListener("click", () => {
        put(chosen.filter((_, n) => n !== at));
        draw();
        words().focus();
      });
      row.append(name, away);
      return row;
    }),
    ...refused.map((because) => {
      const row = document.createElement("li");
      row.className = "refused";
      row.setAttribute("role", "alert");
      row.textContent = because;
      return row;
    }),
  );
  shown.hidden = !shown.childElementCount;
  words().required = !chosen.length;
}
document.addEventListener("change", (event) => {
  if (event.target.id === "thread-picker") add([...event.target.files]);
});
document.addEventListener("paste", (event) => {
  const files = event.target.id === "thread-words" ? event.clipboardData.files : [];
  if (!files.length) return;
  event.preventDefault();
  add(files);
});
const overThread = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.(".inbox-thread");
document.addEventListener("dragover", (event) => {
  form()?.classList.toggle("dropping", Boolean(overThread(event)));
  if (overThread(event)) event.preventDefault();
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) form()?.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  form()?.classList.remove("dropping");
  if (!overThread(event)) return;
  event.preventDefault();
  add(event.dataTransfer.files);
});

// ---- Canned answers ----
let offered = null; // of the conversation on the page, fetched when first asked for
const list = () => document.getElementById("canned-list");
const options = () => [...(list()?.querySelectorAll("[role=option]:not([hidden])") ?? [])];
async function offer() {
  const box = list();
  const typed = words().value;
  if (!box || !/^\/[a-z0-9-]*$/.test(typed)) return hide();
  const source = box.dataset.source;
  if (offered !== source) {
    offered = source;
    const answer = await fetch(source, { headers: { "HX-Request": "true", "x-quiet": "1" } });
    if (!answer.ok) return hide();
    const found = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    box.replaceChildren(...found.querySelectorAll("li"));
  }
  for (const one of box.children) one.hidden = !one.dataset.name.startsWith(typed.slice(1));
  box.hidden = !options().length;
  mark(0);
}
function hide() {
  if (!list()) return;
  list().hidden = true;
  words().removeAttribute("aria-activedescendant");
}
function mark(index) {
  const all = options();
  const at = all.length ? (index + all.length) % all.length : 0;
  all.forEach((one, n) => one.setAttribute("aria-selected", String(n === at)));
  if (all[at]) words().setAttribute("aria-activedescendant", all[at].id);
}
function insert(option) {
  if (!option?.dataset.words) return;
  words().value = option.dataset.words;
  hide();
  words().focus();
}
document.addEventListener("input", (event) => {
  if (event.target.id === "thread-words") offer();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest("#canned-list [role=option]");
  if (option) insert(option);
});

// ---- Keys ----
const busy = () => document.querySelector(".modal.show");
let afterG = -Infinity;
function step(by) {
  const all = [...document.querySelectorAll(".inbox-item")];
  const at = all.findIndex((one) => one === document.activeElement);
  const here = at >= 0 ? at : all.findIndex((one) => one.hasAttribute("aria-current"));
  const next = here < 0 ? all[0] : all[Math.min(Math.max(here + by, 0), all.length - 1)];
  next?.focus();
}
function write(by) {
  const at = form();
  if (!at) return;
  const channel = at.elements.channel;
  if (by === "note") channel.value = "note";
  else if (channel.value === "note") channel.selectedIndex = 0;
  fit();
  words().focus();
}
document.addEventListener("keydown", (event) => {
  if (event.target.id === "thread-words") {
    const open = list() && !list().hidden;
    const at = options().findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    else if (open && event.key === "ArrowDown") mark(at + 1);
    else if (open && event.key === "ArrowUp") mark(at - 1);
    else if (open && (event.key === "Enter" || event.key === "Tab")) insert(options()[at]);
    else if (open && event.key === "Escape") hide();
    else return;
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || busy()) return;
  if (event.target.closest("input, textarea, select, [contenteditable=true]")) return;
  // g and a letter goes to another page: that letter is not ours
  if (event.key === "g") afterG = event.timeStamp;
  if (event.timeStamp - afterG < 1200) return;
  const press = { a: ".thread-assign", s: ".thread-snooze", e: ".thread-close" }[event.key];
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "r") write("answer");
  else if (event.key === "n") write("note");
  else if (press) document.querySelector(press)?.click();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation(); // n books a visit on other pages
}, true);

document.body.addEventListener("htmx:after:swap", () => {
  follow(false);
  fit();
  tick();
  if (picker() && !picker().files.length) draw();
});
setInterval(tick, 15000);
follow(true);
fit();
tick();
