// The builder of mail: our blocks in GrapesJS, kept as MJML. What is dragged can be pressed too, so that no mouse is needed.
const stage = document.getElementById("main");
const said = document.getElementById("builder-said");
const subject = document.getElementById("builder-subject");
const dialog = document.getElementById("builder-preview");
const token = document.querySelector("meta[name=csrf-token]").content;
const address = `/templates/${stage.dataset.template}/builder`;
const variables = JSON.parse(stage.dataset.variables);
const rtl = stage.dataset.rtl === "true";

const INK = "#10282b", TEXT = "#27393c", QUIET = "#5c6f72", BRAND = "#0b6b70", PAPER = "#eef3f3";
const FONT = "Inter, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const SAID = {
  en: { heading: "A heading", hello: "Hello {{ patient.first_name }}, write here.", more: "Read more", book: "Book a time", offer: "20 % off", until: "on every check-up until the end of the month", one: "On one side", other: "On the other", end: ["You get this because you agreed to news from us.", "End this news", "or", "choose what you hear of"] },
  es: { heading: "Un título", hello: "Hola, {{ patient.first_name }}: escriba aquí.", more: "Leer más", book: "Reservar hora", offer: "20 % menos", until: "en cada chequeo hasta fin de mes", one: "A un lado", other: "Al otro", end: ["Recibe este correo porque aceptó nuestras novedades.", "Dejar de recibirlas", "o", "elegir cuáles"] },
  ar: { heading: "عنوان", hello: "مرحبا {{ patient.first_name }}، اكتب هنا.", more: "اقرأ المزيد", book: "احجز موعدا", offer: "خصم 20٪", until: "على كل فحص حتى نهاية الشهر", one: "في جانب", other: "في الجانب الآخر", end: ["تصلك هذه الرسالة لأنك وافقت على تلقي أخبارنا.", "إيقاف هذه الأخبار", "أو", "اختيار ما يصلك"] },
};
const words = SAID[stage.dataset.language.split("-")[0]] ?? SAID.en;
const SIDE = rtl ? "right" : "left";

const section = (inside, more = "") => `<mj-section background-color="#ffffff" padding="8px 18px" ${more}><mj-column>${inside}</mj-column></mj-section>`;
const text = (words, more = {}) => {
  const look = { align: SIDE, "font-family": FONT, "font-size": "16px", "line-height": "1.6", color: TEXT, ...more };
  return `<mj-text ${Object.entries(look).map(([name, value]) => `${name}="${value}"`).join(" ")}>${words}</mj-text>`;
};
const button = (words, href) => `<mj-button align="${SIDE}" background-color="${BRAND}" color="#ffffff" border-radius="8px" font-family="${FONT}" font-size="16px" font-weight="600" inner-padding="13px 22px" href="${href}">${words}</mj-button>`;
const SIGNS = {
  header: "M4 7h16M4 12h10M4 17h7", heading: "M7 5v14M17 5v14M7 12h10", text: "M5 6h14M5 12h14M5 18h9", picture: "M4 5h16v14H4zM4 16l5-5 5 5 3-3 3 3",
  button: "M5 9h14v6H5zM9 12h6", visit: "M4 6h16v14H4zM4 10h16M9 3v4M15 3v4M9 15l2 2 4-4", offer: "M5 12l7-7h6v6l-7 7zM15 8h.01",
  place: "M12 21l-6-7a7 7 0 1 1 12 0zM12 10h.01", columns: "M4 5h7v14H4zM13 5h7v14h-7z", line: "M4 12h16", end: "M12 4v10M8 10l4 4 4-4M5 20h14",
};
const sign = (name) => `<svg viewBox="0 0 24 24" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${SIGNS[name]}"/></svg>`;
const PICTURE = "data:image/svg+xml," + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="560" height="200"><rect width="560" height="200" fill="#dbe9e9"/></svg>');

const BLOCKS = [
  ["header", "Name of the hospital", `<mj-section padding="14px 18px"><mj-column>${text("{{ hospital.name }}", { "font-weight": "650", color: BRAND })}</mj-column></mj-section>`],
  ["heading", "Heading", section(text(words.heading, { "font-size": "22px", "font-weight": "650", color: INK }))],
  ["text", "Text", section(text(words.hello))],
  ["picture", "Picture", section(`<mj-image src="${PICTURE}" alt="" border-radius="8px"></mj-image>`)],
  ["button", "Button", section(button(words.more, "https://"))],
  ["visit", "Book a visit", section(button(words.book, "{{ links.book }}"))],
  ["offer", "Offer", `<mj-section background-color="#e3f2f1" padding="18px"><mj-column>${text(words.offer, { "font-size": "30px", "font-weight": "700", color: BRAND, "line-height": "1.2" })}${text(words.until)}</mj-column></mj-section>`],
  ["place", "Where we are", section(text("<strong>{{ hospital.name }}</strong><br/>{{ hospital.address }}<br/>{{ hospital.phone }}"))],
  ["columns", "Two columns", `<mj-section background-color="#ffffff" padding="8px 18px"><mj-column>${text(words.one)}</mj-column><mj-column>${text(words.other)}</mj-column></mj-section>`],
  ["line", "Line", section('<mj-divider border-width="1px" border-color="#dde7e7"></mj-divider>')],
  ["end", "End this news", `<mj-section padding="10px 18px"><mj-column>${text(`${words.end[0]} <a href="{{ links.unsubscribe }}" style="color:${BRAND}">${words.end[1]}</a> ${words.end[2]} <a href="{{ links.preferences }}" style="color:${BRAND}">${words.end[3]}</a>.`, { "font-size": "12px", color: QUIET })}</mj-column></mj-section>`],
];
const FRESH = `<mjml><mj-body background-color="${PAPER}" width="560px">${BLOCKS[0][2]}${BLOCKS[1][2]}${BLOCKS[2][2]}${BLOCKS[5][2]}${BLOCKS[10][2]}</mj-body></mjml>`;

const kept = document.getElementById("builder-mjml").content.textContent.trim();
const editor = window.grapesjs.init({
  container: "#builder-canvas", height: "100%", width: "auto", fromElement: false, telemetry: false, storageManager: false, noticeOnUnload: false,
  cssIcons: "", // its icons would be loaded from outside; our own buttons do without
  panels: { defaults: [] },
  deviceManager: { devices: [{ id: "desktop", name: "Desktop", width: "" }, { id: "phone", name: "Mobile portrait", width: "375px", widthMedia: "480px" }] },
  assetManager: { upload: false, dropzone: false },
  blockManager: { appendTo: "#builder-blocks" },
  traitManager: { appendTo: "#builder-traits" },
  styleManager: { appendTo: "#builder-styles" },
  selectorManager: { componentFirst: true },
  plugins: [window["grapesjs-mjml"].default ?? window["grapesjs-mjml"]],
  pluginsOpts: {},
});

for (const one of editor.BlockManager.getAll().map((block) => block.getId())) editor.BlockManager.remove(one);
for (const [id, label, content] of BLOCKS) editor.BlockManager.add(id, { label, content, media: sign(id), attributes: { title: label } });
editor.setComponents(kept || FRESH);

const choice = document.createElement("select");
choice.append(new Option("Variable …", ""), ...variables.map((name) => new Option(name, name)));
choice.setAttribute("aria-label", "Put in a variable");
editor.RichTextEditor.add("variable", {
  icon: choice.outerHTML, event: "change",
  result: (rte, action) => { const chosen = action.btn.firstChild; if (chosen.value) rte.insertHTML(`{{ ${chosen.value} }}`); chosen.value = ""; },
});

editor.on("component:selected component:deselected", () => { document.getElementById("builder-nothing").hidden = Boolean(editor.getSelected()); });

function say(words, tone, list = []) {
  const box = document.createElement("div");
  box.className = `callout tone-${tone}`;
  const inside = document.createElement("div");
  const strong = document.createElement("strong");
  strong.textContent = words;
  inside.append(strong);
  if (list.length) {
    const points = document.createElement("ul");
    points.append(...list.map((one) => Object.assign(document.createElement("li"), { textContent: one })));
    inside.append(points);
  }
  box.append(inside);
  said.replaceChildren(box);
}

async function send(path) {
  const body = JSON.stringify({ language: stage.dataset.language, subject: subject.value, mjml: editor.getHtml() });
  const answer = await fetch(path, { method: "POST", body, headers: { "content-type": "application/json", accept: "application/json", "x-csrftoken": token } });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => null);
  say(problem?.detail ?? "It could not be reached. Try again.", "red", problem?.nextStep ? [problem.nextStep] : []);
  return null;
}

const DO = {
  undo: () => editor.UndoManager.undo(),
  redo: () => editor.UndoManager.redo(),
  close: () => dialog.close(),
  async preview() {
    const answer = await send(`${address}/preview`);
    if (!answer) return;
    const html = await answer.text();
    for (const frame of dialog.querySelectorAll("iframe")) frame.srcdoc = html;
    dialog.showModal();
  },
  async save() {
    const answer = await send(address);
    if (!answer) return;
    const { number, advice } = await answer.json();
    say(advice.length ? `Saved as version ${number}. Before it goes to many:` : `Saved as version ${number}.`, advice.length ? "amber" : "green", advice);
    editor.UndoManager.clear();
    changed = false;
  },
};
let changed = false;
editor.on("load", () => {
  // blocks are pressed too, by mouse or keyboard: they are added at the end
  const buttons = [...document.querySelectorAll(".gjs-block")];
  BLOCKS.forEach(([, , content], place) => {
    const block = buttons[place];
    const add = () => editor.select(editor.getWrapper().findType("mj-body")[0].append(content)[0], { scroll: true });
    block.tabIndex = 0;
    block.setAttribute("role", "button");
    block.addEventListener("click", add);
    block.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); add(); } });
  });
  editor.UndoManager.clear();
  editor.on("update", () => { changed = true; });
  editor.Canvas.getFrameEl().title = "The mail";
  document.body.dataset.ready = "true";
});
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-do]");
  if (pressed) DO[pressed.dataset.do]();
  const device = event.target.closest("[data-device]");
  if (!device) return;
  editor.setDevice(device.dataset.device);
  for (const one of document.querySelectorAll("[data-device]")) one.setAttribute("aria-pressed", String(one === device));
});
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
