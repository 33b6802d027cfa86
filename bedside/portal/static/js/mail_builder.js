// The builder of mail: our blocks in GrapesJS, kept as MJML. What is dragged can be pressed too, so that no mouse is needed.
import { blocksIn, kept, shown, sign } from "./mail_blocks.js";
import { choosePicture } from "./mail_pictures.js";
import "./combobox.js";

const stage = document.getElementById("main");
const said = document.getElementById("builder-said");
const subject = document.getElementById("builder-subject");
const dialog = document.getElementById("builder-preview");
const token = document.querySelector("meta[name=csrf-token]").content;
const address = `/templates/${stage.dataset.template}/builder`;
const variables = JSON.parse(stage.dataset.variables);
const rtl = stage.dataset.rtl === "true";

const kit = JSON.parse(stage.dataset.kit);
const { blocks: BLOCKS, fresh } = blocksIn(stage.dataset.language, kit, rtl);

const before = document.getElementById("builder-mjml").content.textContent.trim();
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

// what a hospital's kit brings: nobody writes in it, since every hospital's mail has its own
editor.Components.addType("brand-part", {
  isComponent: (el) => (el.dataset?.brand ? { type: "brand-part" } : undefined),
  model: {
    defaults: { tagName: "span", name: "From the brand kit", draggable: false, droppable: false, editable: false, selectable: false, hoverable: false },
    toHTML() { return `{{ brand.${this.getAttributes()["data-brand"]} }}`; },
  },
  view: {
    onRender({ el, model }) {
      const name = model.getAttributes()["data-brand"];
      el.contentEditable = "false";
      el.innerHTML = kit[name] || (name === "header" ? "The hospital's header" : "The hospital's foot");
    },
  },
});
for (const one of editor.BlockManager.getAll().map((block) => block.getId())) editor.BlockManager.remove(one);
for (const [id, label, content] of BLOCKS) editor.BlockManager.add(id, { label, content, media: sign(id), attributes: { title: label } });
editor.setComponents(before ? shown(before, kit) : fresh);

// pictures are chosen in a dialog of ours, which says what each shows
const pictured = () => { const one = editor.getSelected(); return one?.is("mj-image") ? one : null; };
const giveOne = (one) => choosePicture((picture) => {
  one.set("src", picture.path);
  one.addAttributes({ src: picture.path, alt: picture.words, ...(picture.wide < 560 ? { width: `${picture.wide}px` } : {}) });
});
editor.Commands.add("open-assets", { run: (_, __, options) => { const one = options?.target ?? pictured(); if (one) giveOne(one); } });

const choice = document.createElement("select");
choice.append(new Option("Variable …", ""), ...variables.map((name) => new Option(name, name)));
choice.setAttribute("aria-label", "Put in a variable");
editor.RichTextEditor.add("variable", {
  icon: choice.outerHTML, event: "change",
  result: (rte, action) => { const chosen = action.btn.firstChild; if (chosen.value) rte.insertHTML(`{{ ${chosen.value} }}`); chosen.value = ""; },
});

editor.on("component:selected component:deselected", () => {
  document.getElementById("builder-nothing").hidden = Boolean(editor.getSelected());
  document.getElementById("builder-picture").hidden = !pictured();
  // the builder draws its fields without names for those who hear the page
  setTimeout(() => {
    for (const field of document.querySelectorAll(".gjs-trt-trait, .gjs-sm-property")) {
      const name = field.querySelector(".gjs-label, .gjs-sm-label")?.textContent.trim();
      for (const input of name ? field.querySelectorAll("input, select, textarea") : []) input.setAttribute("aria-label", name);
    }
  });
});

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

async function send(path, more = {}) {
  const body = JSON.stringify({ language: stage.dataset.language, subject: subject.value, mjml: kept(editor.getHtml(), kit), ...more });
  const answer = await fetch(path, { method: "POST", body, headers: { "content-type": "application/json", accept: "application/json", "x-csrftoken": token } });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => null);
  say(problem?.detail ?? "It could not be reached. Try again.", "red", problem?.nextStep ? [problem.nextStep] : []);
  return null;
}

const DO = {
  undo: () => editor.UndoManager.undo(),
  redo: () => editor.UndoManager.redo(),
  close: () => { for (const one of document.querySelectorAll("dialog[open]")) one.close(); },
  picture: () => { const one = pictured(); if (one) giveOne(one); },
  async preview() {
    const again = dialog.open;
    const whom = Number(dialog.querySelector("[name=patient_id]")?.value) || null;
    const answer = await send(`${address}/preview`, whom ? { patientId: whom } : {});
    if (!answer) return dialog.close();
    // who closed it while it was being made does not want it back
    if (again && !dialog.open) return;
    const seen = await answer.json();
    for (const frame of dialog.querySelectorAll("iframe")) frame.srcdoc = seen.html;
    document.getElementById("preview-subject").textContent = seen.subject;
    document.getElementById("preview-text").textContent = seen.text;
    const points = document.getElementById("preview-advice");
    points.replaceChildren(...seen.advice.map((one) => Object.assign(document.createElement("li"), { textContent: one })));
    document.getElementById("preview-well").hidden = Boolean(seen.advice.length);
    if (!dialog.open) dialog.showModal();
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
dialog.addEventListener("change", () => { if (dialog.open) DO.preview(); });
let changed = false;
editor.on("load", () => {
  // blocks are pressed too, by mouse or keyboard: they are added at the end
  const buttons = [...document.querySelectorAll(".gjs-block")];
  // above the foot, which stays the last
  const end = (id, all) => (id === "foot" || id === "end" ? all.length : all.length - [...all].reverse().findIndex((one) => !/brand\.footer|links\.unsubscribe/.test(one.toHTML())));
  BLOCKS.forEach(([id, , content], place) => {
    const block = buttons[place];
    const add = () => {
      const body = editor.getWrapper().findType("mj-body")[0];
      const [made] = body.append(content, { at: id === "header" ? 0 : end(id, body.components().models) });
      const picture = made.findType("mj-image")[0];
      editor.select(picture ?? made, { scroll: true });
      if (picture) giveOne(picture);
    };
    block.tabIndex = 0;
    block.setAttribute("role", "button");
    block.addEventListener("click", add);
    block.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); add(); } });
  });
  editor.on("block:drag:stop", (made) => { const picture = made?.findType?.("mj-image")[0]; if (picture) { editor.select(picture); giveOne(picture); } });
  editor.UndoManager.clear();
  editor.on("update", () => { changed = true; });
  editor.Canvas.getFrameEl().title = "The mail";
  if (rtl) editor.Canvas.getDocument().documentElement.dir = "rtl";
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
