// The cards of a journey: a step's fields, its buttons, its branches, and what the server found wrong with it. What is
// done is asked of `act`; what is drawn is told by `know` (names, templates, channels, faults).
import { make } from "./elements.js";
import { KINDS, beside, branches, places, within } from "./journey_tree.js";
import { symbol } from "./toasts.js";

const WAYS = { sms: "SMS", whatsapp: "WhatsApp", email: "Email" };
// what the ways of sending do not tell
const UNTOLD = { opened: "Known of email and WhatsApp. An SMS does not tell: who got one goes No.", clicked: "Known of links in email alone. Who got it another way goes No." };
const ASKS = { booked: "they booked a visit", opened: "they opened it", clicked: "they clicked a link", answered: "they answered" };

export function cards(steps, act, know) {
  const names = know.names;

  function list(some, owner, slot, label, pointer) {
    const box = make("ol", { class: "journey-list", "data-owner": owner, "data-slot": slot, "aria-label": label });
    some.forEach((step, index) => box.append(card(step, { owner, slot, index }, `${pointer}/${index}`)));
    return make("div", { class: "journey-column" }, adder(owner, slot, 0, some.length ? `Add a step before ${names.get(some[0].id)}` : `Add a step to ${label}`), box);
  }

  function card(step, at, pointer) {
    const kind = KINDS[step.kind];
    const name = names.get(step.id);
    const drawn = new Set();
    const field = (key, label, control, more = {}) => framed(step, key, label, control, drawn, more);
    const head = make("div", { class: "journey-head" },
      make("span", { class: "journey-grip", "aria-hidden": "true", title: "Drag" }, symbol("grip-vertical", "icon-sm")),
      make("span", { class: `journey-sign tone-${kind.tone}` }, symbol(kind.icon, "icon-sm")),
      make("h3", { id: `step-${step.id}`, tabindex: "-1" }, name), tools(step, at, name));
    const body = make("div", { class: "journey-fields" }, ...fields(step, field));
    const ways = branches(step);
    const article = make("div", { class: "journey-card", role: "group", "aria-labelledby": `step-${step.id}` }, head);
    if (body.children.length) article.append(body);
    if (know.open === `into:${step.id}`) article.append(intoChoice(step, name));
    const inside = make("div", { class: `journey-branches${ways.length > 2 ? " many" : ""}` });
    for (const way of ways) {
      const label = `${way.words} of ${name}`;
      const branch = make("div", { class: "journey-branch", role: "group", "aria-label": label }, wayHead(step, way, label, drawn),
        list(way.steps, step.id, way.slot, label, `${pointer}/${way.slot}`), ...faults(step, way.slot, drawn));
      inside.append(branch);
    }
    if (ways.length) article.append(inside);
    if (step.kind === "split" && step.parts.length < 5) article.append(make("div", { class: "journey-more" }, make("button", { type: "button", class: "btn btn-sm", onclick: () => act.addPart(step) }, symbol("plus", "icon-sm"), "Another part")));
    article.append(...faults(step, null, drawn));
    return make("li", { class: "journey-step", "data-step": step.id }, article, adder(at.owner, at.slot, at.index + 1, `Add a step after ${name}`));
  }

  function tools(step, at, name) {
    const button = (icon, label, onclick, off = false) => make("button", { type: "button", class: "journey-tool", "aria-label": label, title: label, "data-tool": `${icon}:${step.id}`, disabled: off, onclick }, symbol(icon, "icon-sm"));
    const others = [...places(steps)].some((place) => branches(place.step).length && place.step.id !== step.id && !within(step, place.step.id)) || at.owner;
    return make("span", { class: "journey-tools" },
      button("arrow-up", `Move ${name} up`, () => act.shift(step, -1), !beside(steps, step.id, -1)),
      button("arrow-down", `Move ${name} down`, () => act.shift(step, 1), !beside(steps, step.id, 1)),
      ...(others ? [button("git-merge", `Move ${name} into a branch`, () => act.open(`into:${step.id}`))] : []),
      button("trash", `Remove ${name}`, () => act.remove(step)));
  }

  function intoChoice(step, name) {
    const choices = [{ owner: "", slot: "steps", words: "The journey's own steps, at the end" }];
    for (const place of places(steps)) {
      if (!within(step, place.step.id)) for (const way of branches(place.step)) choices.push({ owner: place.step.id, slot: way.slot, words: `${way.words} of ${names.get(place.step.id)}` });
    }
    return chooser(`Where ${name} goes`, choices.map((one) => make("button", { type: "button", class: "btn btn-sm", onclick: () => act.into(step, one.owner, one.slot, one.words) }, one.words)));
  }

  function adder(owner, slot, index, label) {
    const key = `add:${owner}:${slot}:${index}`;
    const box = make("div", { class: "journey-add" });
    if (know.open !== key) {
      box.append(make("button", { type: "button", class: "journey-plus", "aria-label": label, title: label, "data-adds": key, onclick: () => act.open(key) }, symbol("plus", "icon-sm")));
      return box;
    }
    box.classList.add("open");
    box.append(chooser(label, Object.entries(KINDS).map(([code, kind]) => make("button", { type: "button", class: "btn btn-sm", onclick: () => act.add(code, owner, slot, index) }, symbol(kind.icon, "icon-sm"), kind.label))));
    return box;
  }

  function chooser(label, buttons) {
    return make("div", { class: "journey-choose", role: "group", "aria-label": label, onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); act.open(null); } } },
      ...buttons, make("button", { type: "button", class: "btn btn-sm btn-plain", onclick: () => act.open(null) }, "Not now"));
  }

  function wayHead(step, way, label, drawn) {
    if (step.kind !== "split") return make("p", { class: "journey-way" }, make("strong", {}, way.words), way.slot === "yes" ? ", as soon as it is so" : ", when the time is up");
    const n = Number(way.slot.split("/")[1]);
    const share = number(step.parts[n].share, 1, 99, (given) => act.change(step, `parts/${n}/share`, () => { step.parts[n].share = given; }), `part-${step.id}-${n}`);
    const head = make("div", { class: "journey-way" }, framed(step, `parts/${n}/share`, `${way.words}, of a hundred`, share, drawn, { short: true }));
    if (step.parts.length > 2) head.append(make("button", { type: "button", class: "journey-tool", "aria-label": `Remove ${label}`, title: `Remove ${label}`, onclick: () => act.removePart(step, n) }, symbol("x", "icon-sm")));
    return head;
  }

  function fields(step, field) {
    const at = (name) => `${name}-${step.id}`;
    const set = (name, value) => act.change(step, name, () => { if (value === "" || value === null) delete step[name]; else step[name] = value; });
    const select = (name, options, value, onchange) => make("select", { class: "form-select", id: at(name), onchange: (event) => onchange(event.target.value) }, ...options.map(([code, words]) => make("option", { value: code, selected: code === value }, words)));
    if (step.kind === "send") {
      const by = (step.channels ?? []).join(",");
      const own = know.channels.map((one) => WAYS[one]);
      const ways = [["", own.length > 1 ? `As they prefer: ${own.join(", ")}` : own[0]], ...(own.length > 1 ? [["every", `Each of ${own.join(", ")}`]] : []), ...Object.entries(WAYS)];
      if (by && !WAYS[by]) ways.push([by, step.channels.map((one) => WAYS[one]).join(", ")]);
      const chosen = by || (step.channelChoice === "every" ? "every" : "");
      const words = step.templateKey === undefined || step.templateKey === null
        ? field("message", "What it says", make("textarea", { class: "form-control", id: at("message"), rows: 3, maxlength: 5000, dir: "auto", placeholder: "Hello {{ patient.first_name }}, …", oninput: (event) => set("message", event.target.value) }, step.message ?? ""), { whole: true }) : null;
      const ownWays = (step.channels ?? know.channels).join();
      const mail = ownWays.includes("email");
      const subject = mail && (ownWays === "email" || step.subject || know.subjects.has(step.id));
      return [
        field("channels", "By", select("channels", ways, chosen, (value) => act.restyle(step, "channels", () => {
          delete step.channels; delete step.channelChoice;
          if (value === "every") step.channelChoice = "every"; else if (value) step.channels = value.split(",");
        }))),
        field("templateKey", "Words", select("templateKey", [["", "Written here"], ...know.templates], step.templateKey ?? "", (value) => act.restyle(step, "templateKey", () => {
          if (value) { step.templateKey = value; delete step.message; } else { delete step.templateKey; step.message = ""; }
        }))),
        ...(words ? [words] : []),
        ...(subject ? [field("subject", "Subject of the email", make("input", { type: "text", class: "form-control", id: at("subject"), maxlength: 200, value: step.subject ?? "", placeholder: "The campaign's", oninput: (event) => set("subject", event.target.value) }), { whole: true })]
          : mail ? [make("button", { type: "button", class: "journey-link", onclick: () => act.subject(step) }, "Another subject for the email")] : []),
      ];
    }
    if (step.kind === "wait") return [
      field("days", "Days", number(step.days ?? 0, 0, 366, (given) => set("days", given), at("days")), { short: true }),
      field("hours", "Hours", number(step.hours ?? 0, 0, 8784, (given) => set("hours", given), at("hours")), { short: true }),
      field("at", "Then until, by their clock", make("input", { type: "time", class: "form-control", id: at("at"), value: step.at ?? "", oninput: (event) => set("at", event.target.value) })),
    ];
    if (step.kind === "if") {
      const sends = [...places(steps)].filter((place) => place.step.kind === "send").map(({ step: one }) => [one.id, `${names.get(one.id)}: ${(one.message || one.templateKey || "").slice(0, 40)}`]);
      const inDays = (step.withinHours ?? 48) % 24 === 0;
      const hours = () => act.restyle(step, "withinHours", () => { step.withinHours = Number(amount.value || 0) * (unit.value === "days" ? 24 : 1); });
      const amount = number(inDays ? (step.withinHours ?? 48) / 24 : step.withinHours, 1, 2160, (given) => act.change(step, "withinHours", () => { step.withinHours = given * (unit.value === "days" ? 24 : 1); }), at("withinHours"));
      const unit = make("select", { class: "form-select", "aria-label": `${names.get(step.id)}: days or hours`, onchange: hours }, ...["days", "hours"].map((one) => make("option", { value: one, selected: (one === "days") === inDays }, one)));
      return [
        field("asks", "If", select("asks", Object.entries(ASKS), step.asks ?? "booked", (value) => act.restyle(step, "asks", () => { step.asks = value; }))),
        field("of", "After", select("of", [["", "the message before it"], ...sends], step.of ?? "", (value) => set("of", value))),
        field("withinHours", "Within", make("div", { class: "journey-pair" }, amount, unit), { short: true }),
        ...(UNTOLD[step.asks] ? [make("p", { class: "journey-note" }, UNTOLD[step.asks])] : []),
      ];
    }
    if (step.kind === "go_to") return [
      field("to", "Go back to", select("to", [["", "Choose a step"], ...[...names].filter(([id]) => id !== step.id)], step.to ?? "", (value) => set("to", value))),
      field("times", "Times at most", number(step.times ?? 1, 1, 50, (given) => set("times", given), at("times")), { short: true }),
    ];
    if (step.kind === "end") return [make("p", { class: "journey-note" }, "Who comes here gets nothing more.")];
    return [];
  }

  function number(value, min, max, set, id) {
    return make("input", { type: "number", class: "form-control", id, min, max, step: 1, inputmode: "numeric", value, oninput: (event) => set(event.target.value === "" ? 0 : Math.trunc(Number(event.target.value))) });
  }

  function framed(step, key, label, control, drawn, { whole = false, short = false } = {}) {
    const target = control.id ? control : control.querySelector("[id]");
    const wrong = faults(step, key, drawn);
    if (wrong.length) {
      target.classList.add("is-invalid");
      target.setAttribute("aria-invalid", "true");
      target.setAttribute("aria-describedby", wrong.map((one) => one.id).join(" "));
    }
    return make("div", { class: `journey-field${whole ? " whole" : ""}${short ? " short" : ""}`, "data-of": `${step.id}/${key}` }, make("label", { class: "form-label", for: target.id }, label), control, ...wrong);
  }

  // What is wrong with that of a step; with null, whatever stands nowhere else.
  function faults(step, key, drawn) {
    if (key !== null) drawn.add(key);
    return know.faults.filter((one) => one.id === step.id && (key === null ? !drawn.has(one.rest) : one.rest === key)).map((one, n) =>
      make("p", { class: "form-problem", id: `fault-${step.id}-${(key ?? "card").replaceAll("/", "-")}-${n}` }, symbol("alert-circle", "icon-sm"), make("span", {}, one.words)));
  }

  return list(steps, "", "steps", "the journey", "/steps");
}
