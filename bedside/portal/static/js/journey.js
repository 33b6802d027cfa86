// The builder of a journey: the tree is kept as an object, every change of its shape draws it anew, saving sends it whole.
// Whatever is dragged can be done by buttons too, and is said to who does not see it.
import { cards } from "./journey_cards.js";
import { beside, find, fresh, listOf, move, names, pointed, remove } from "./journey_tree.js";
import { toast } from "./toasts.js";

const root = document.getElementById("journey");
const said = document.getElementById("journey-said");
const words = document.getElementById("journey-words");
const standing = document.getElementById("journey-standing");
const problem = document.getElementById("journey-problem");
const buttons = Object.fromEntries(["undo", "redo", "save", "save-too"].map((name) => [name, document.querySelector(`[data-do="${name}"]`)]));
const headers = { "content-type": "application/json", "x-csrftoken": document.querySelector("meta[name=csrf-token]").content };
const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;
const PAUSE = 400;
const MOST = 100; // states that can be gone back to

let steps = JSON.parse(root.dataset.steps);
let version = Number(root.dataset.version);
let kept = JSON.stringify(steps);
let now = kept;
let undone = [];
let done = [];
let typing = null;
let pause = null;
let lists = [];
const know = { channels: JSON.parse(root.dataset.channels), templates: JSON.parse(root.dataset.templates), faults: [], open: null, names: new Map(), subjects: new Set() };

const say = (text) => { said.textContent = text; };
const dirty = () => JSON.stringify(steps) !== kept;

// The state before is kept, one for all that is typed into one field.
function remember(field = null) {
  const next = JSON.stringify(steps);
  if (next === now) return;
  if (field === null || field !== typing) done.push(now);
  if (done.length > MOST) done.shift();
  typing = field;
  undone = [];
  now = next;
  settle();
}

function settle() {
  buttons.undo.disabled = !done.length;
  buttons.redo.disabled = !undone.length;
  buttons.save.disabled = buttons["save-too"].disabled = !dirty() || !steps.length;
  standing.textContent = dirty() ? "Not saved yet" : steps.length ? "Saved" : "";
  standing.classList.toggle("pending", dirty());
  clearTimeout(pause);
  pause = setTimeout(tell, PAUSE);
}

async function tell() {
  const answer = await fetch(`/campaigns/${root.dataset.campaign}/steps/words`, { method: "POST", headers, body: JSON.stringify({ steps }) }).catch(() => null);
  if (answer?.ok) words.innerHTML = await answer.text();
}

const act = {
  // a field: nothing is drawn anew under the hand that types
  change(step, name, set) {
    set();
    forgive(step.id, name);
    remember(`${step.id}/${name}`);
  },
  // a field on which it depends which others there are
  restyle(step, name, set) {
    set();
    know.faults = know.faults.filter((one) => one.id !== step.id);
    remember();
    draw(document.activeElement?.id);
  },
  open(what) {
    const before = know.open;
    know.open = what === before ? null : what;
    draw();
    if (know.open) root.querySelector(".journey-choose button")?.focus();
    else if (before?.startsWith("add:")) root.querySelector(`[data-adds="${CSS.escape(before)}"]`)?.focus();
    else if (before) focus(before.slice(5));
  },
  subject(step) {
    know.subjects.add(step.id);
    draw(`subject-${step.id}`);
  },
  add(kind, owner, slot, index) {
    const step = fresh(steps, kind);
    listOf(steps, owner, slot).splice(index, 0, step);
    know.open = null;
    shaped((called) => `${called.get(step.id)} added.`);
    const first = root.querySelector(`[data-step="${step.id}"] .journey-fields :is(textarea, input, select)`);
    if (first) first.focus(); else focus(step.id);
    look(step.id);
  },
  addPart(step) {
    step.parts.push({ share: 0, steps: [] });
    even(step);
    shaped((called) => `${called.get(step.id)} has ${step.parts.length} parts of like size.`);
    focus(step.id);
  },
  removePart(step, n) {
    step.parts.splice(n, 1);
    even(step);
    shaped((called) => `${called.get(step.id)} has ${step.parts.length} parts of like size.`);
    focus(step.id);
  },
  remove(step) {
    const called = know.names.get(step.id);
    const next = find(steps, step.id);
    remove(steps, step.id);
    shaped(() => `${called} removed. Undo brings it back.`);
    const beside = next.list[next.index] ?? next.list[next.index - 1];
    if (beside) focus(beside.id); else buttons.undo.focus();
  },
  shift(step, by) {
    const to = beside(steps, step.id, by);
    if (!to) return;
    place(step.id, to.owner, to.slot, to.index);
    const tool = root.querySelector(`[data-tool="${by < 0 ? "arrow-up" : "arrow-down"}:${step.id}"]`);
    if (tool && !tool.disabled) tool.focus(); else focus(step.id);
  },
  into(step, owner, slot, where) {
    know.open = null;
    place(step.id, owner, slot, Infinity, where);
    focus(step.id);
    look(step.id);
  },
};

function even(step) {
  const share = Math.floor(100 / step.parts.length);
  step.parts.forEach((part, n) => { part.share = n ? share : 100 - share * (step.parts.length - 1); });
}

function place(id, owner, slot, index, where = null) {
  if (!move(steps, id, owner, slot, index)) return draw();
  return shaped((called) => {
    const at = find(steps, id);
    const into = where ?? (at.owner ? `${at.slot === "yes" ? "Yes" : at.slot === "no" ? "No" : `Part ${Number(at.slot.split("/")[1]) + 1}`} of ${called.get(at.owner)}` : "the journey");
    return `${called.get(id)} is now step ${at.index + 1} of ${at.list.length} in ${into}.`;
  });
}

// After a change of shape: drawn anew, and said.
function shaped(sentence) {
  remember();
  draw();
  say(sentence(know.names));
}

function draw(focused = null) {
  know.names = names(steps);
  lists.forEach((one) => one.destroy());
  root.replaceChildren(cards(steps, act, know));
  lists = [...root.querySelectorAll(".journey-list")].map(sortable);
  if (focused) document.getElementById(focused)?.focus();
  settle();
}

const focus = (id) => document.getElementById(`step-${id}`)?.focus({ preventScroll: true });
const look = (id) => root.querySelector(`[data-step="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest", behavior: CALM ? "auto" : "smooth" });

function forgive(id, name) {
  const count = know.faults.length;
  know.faults = know.faults.filter((one) => one.id !== id || one.rest !== name);
  if (count === know.faults.length) return;
  const field = root.querySelector(`[data-of="${CSS.escape(`${id}/${name}`)}"]`);
  field?.querySelectorAll(".form-problem").forEach((one) => one.remove());
  field?.querySelectorAll("[aria-invalid]").forEach((one) => { one.classList.remove("is-invalid"); one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); });
}

// ---- Dragging. Where a step was dropped is read, and the tree drawn from the object: the library's own moves are undone.
const HOW = { animation: CALM ? 0 : 140, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4, swapThreshold: 0.5, invertSwap: true, invertedSwapThreshold: 0.5, emptyInsertThreshold: 12, delay: 180, delayOnTouchOnly: true, ghostClass: "journey-ghost", fallbackClass: "journey-flying" };

function sortable(list) {
  return window.Sortable.create(list, {
    ...HOW, group: "journey", draggable: ".journey-step", handle: ".journey-head", filter: "button", preventOnFilter: false,
    onStart: () => root.classList.add("dragging"),
    onEnd: (event) => {
      root.classList.remove("dragging");
      const { owner, slot } = event.to.dataset;
      const { step: id, kind } = event.item.dataset;
      if (kind) return;
      setTimeout(() => { place(id, owner, slot, event.newDraggableIndex); focus(id); });
    },
    onAdd: (event) => {
      const { kind } = event.item.dataset;
      if (!kind) return;
      const { owner, slot } = event.to.dataset;
      setTimeout(() => { event.item.remove(); act.add(kind, owner, slot, event.newDraggableIndex); });
    },
  });
}

const palette = document.getElementById("journey-palette");
window.Sortable.create(palette, {
  ...HOW, group: { name: "journey", pull: "clone", put: false }, sort: false, draggable: "li",
  onStart: () => root.classList.add("dragging"), onEnd: () => root.classList.remove("dragging"),
});
palette.addEventListener("click", (event) => {
  const kind = event.target.closest("[data-kind]")?.dataset.kind;
  if (kind) act.add(kind, "", "steps", steps.length);
});

// ---- Back, forth, and kept ----
function step(from, to, sentence) {
  if (!from.length) return;
  to.push(now);
  now = from.pop();
  steps = JSON.parse(now);
  typing = null;
  know.faults = [];
  know.open = null;
  draw();
  say(sentence);
}

buttons.undo.addEventListener("click", () => step(done, undone, "Undone."));
buttons.redo.addEventListener("click", () => step(undone, done, "Done again."));
document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (key === "s") { event.preventDefault(); if (!buttons.save.disabled) save(); }
  if (event.target.closest?.("input, textarea, select")) return; // there it is the browser's own
  if (key === "z") { event.preventDefault(); (event.shiftKey ? buttons.redo : buttons.undo).click(); }
  if (key === "y") { event.preventDefault(); buttons.redo.click(); }
});
addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });

// Who comes in, or by which ways it goes, was changed in its dialog: one version on, unless somebody else was there in between.
new MutationObserver(() => {
  const begun = document.getElementById("journey-start")?.dataset;
  if (!begun) return;
  if (Number(begun.version) === version + 1) version = Number(begun.version);
  const channels = JSON.parse(begun.channels);
  if (channels.join() === know.channels.join()) return;
  know.channels = channels;
  draw();
}).observe(root.parentNode, { childList: true });

async function save() {
  buttons.save.disabled = buttons["save-too"].disabled = true;
  standing.textContent = "Saving";
  const sent = JSON.stringify(steps);
  const answer = await fetch(`/api/campaigns/${root.dataset.campaign}`, { method: "PATCH", headers: { ...headers, "if-match": `"${version}"` }, body: JSON.stringify({ steps }) }).catch(() => null);
  problem.hidden = true;
  if (answer?.ok) {
    const found = await answer.json();
    version = found.version;
    kept = sent;
    know.faults = [];
    draw();
    say("Saved.");
    toast("Saved", "The steps are kept.");
    return;
  }
  const fault = await answer?.json().catch(() => null) ?? { title: "Not saved", detail: "The hospital's server was not reached. Try again in a moment." };
  complain(fault, answer?.status);
}

for (const name of ["save", "save-too"]) buttons[name].addEventListener("click", save);

function complain(fault, status) {
  const text = (words) => [words, fault.nextStep].filter(Boolean).join(" ");
  know.faults = (fault.errors ?? []).map((one) => ({ ...pointed(steps, one.pointer), words: text(one.detail) }));
  const own = know.faults.filter((one) => !one.id);
  know.faults = know.faults.filter((one) => one.id);
  draw();
  const first = root.querySelector("[aria-invalid]") ?? root.querySelector(".form-problem")?.closest(".journey-step")?.querySelector("h3");
  problem.hidden = Boolean(know.faults.length) && !own.length;
  problem.querySelector("p").textContent = status === 412 ? "Somebody else changed the steps meanwhile. Load the page again to see theirs; yours are not kept." : own.length ? own.map((one) => one.words).join(" ") : text(fault.detail ?? fault.title);
  standing.textContent = "Not saved";
  const where = know.faults.length ? `${know.names.get(know.faults[0].id)}: ${know.faults[0].words}` : problem.querySelector("p").textContent;
  say(`Not saved. ${where}`);
  if (first) { first.focus(); first.scrollIntoView({ block: "center", behavior: CALM ? "auto" : "smooth" }); }
}

draw();
