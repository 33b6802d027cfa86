// The builder of a rule. The rule is a tree of groups and conditions, kept as an object; every change draws the tree anew
// where it changed, writes the tree into the hidden field, and asks for the count (`rule-changed` on <body>).
import { make } from "./elements.js";
import { symbol } from "./toasts.js";

const WORDS = {
  at_least: "is at least", at_most: "is at most", between: "is between", is_one_of: "is one of", is_none_of: "is none of",
  within_days: "within days", longer_ago_than_days: "longer ago than days", ever: "ever", never: "never", some: "there is one",
  none: "there is none", contains: "contains", before: "is before", after: "is after", is: "is",
  due_within_days: "due within", overdue_by_days: "overdue by",
};
const AHEAD = { within_days: "within the next days" };
const PAST = { within_days: "within the last days" };
const MATCHES = { all: "all of these", any: "any of these", none: "none of these" };
const PAUSE = 350;

const root = document.getElementById("rule");
if (root) start();

function start() {
  const fields = JSON.parse(root.dataset.fields);
  const byKey = new Map(fields.map((field) => [field.key, field]));
  const hidden = root.closest("form").elements.namedItem("rule");
  let tree = JSON.parse(root.dataset.rule);
  if (tree.field) tree = { match: "all", rules: [tree] };
  if (!tree.match) tree = { match: "all", rules: [] };
  let pause = null;

  function changed() {
    hidden.value = JSON.stringify(tree.rules.length ? tree : {});
    clearTimeout(pause);
    pause = setTimeout(() => document.body.dispatchEvent(new CustomEvent("rule-changed")), PAUSE);
  }

  function draw() {
    root.replaceChildren(group(tree, null));
    changed();
  }

  function group(node, parent) {
    const box = make("div", { class: "rule-group", role: "group", "aria-label": "Conditions" });
    const match = make("select", {
      class: "form-select", "aria-label": "How many must hold",
      onchange: () => { node.match = match.value; changed(); },
    }, ...Object.entries(MATCHES).map(([code, words]) => make("option", { value: code, selected: node.match === code }, words)));
    const head = make("div", { class: "rule-head" }, make("span", {}, parent ? "and" : "Those for whom"), match, make("span", {}, node.match === "none" ? "hold:" : "hold:"));
    if (parent) head.append(remover("Remove this group", () => { parent.rules.splice(parent.rules.indexOf(node), 1); draw(); }));
    box.append(head);
    if (!node.rules.length) box.append(make("p", { class: "text-secondary" }, parent ? "Nothing yet." : "No conditions: everybody."));
    for (const one of node.rules) box.append(one.match ? group(one, node) : line(one, node));
    box.append(make("div", { class: "rule-tools" },
      make("button", { type: "button", class: "btn btn-sm", onclick: () => { node.rules.push(fresh(fields[0])); draw(); } }, symbol("plus"), "Condition"),
      make("button", { type: "button", class: "btn btn-sm", onclick: () => { node.rules.push({ match: "any", rules: [fresh(fields[0])] }); draw(); } }, symbol("plus"), "Group")));
    return box;
  }

  function fresh(field) {
    const operator = field.operators[0];
    return { field: field.key, operator, value: blank(field, operator) };
  }

  function blank(field, operator) {
    if (["ever", "never", "some", "none"].includes(operator)) return null;
    if (["within_days", "longer_ago_than_days"].includes(operator)) return 30;
    if (field.kind === "dose") return { days: operator === "overdue_by_days" ? 1 : 30, of: [] };
    if (operator === "is") return true;
    if (operator === "between") return field.kind === "date" ? ["", ""] : [0, 0];
    if (["is_one_of", "is_none_of"].includes(operator)) return [];
    return field.kind === "number" ? 0 : "";
  }

  function line(node, parent) {
    const field = byKey.get(node.field) ?? fields[0];
    const groups = new Map();
    for (const one of fields) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
    const what = make("select", {
      class: "form-select", "aria-label": "What is asked",
      onchange: () => { Object.assign(node, fresh(byKey.get(what.value))); draw(); },
    }, ...[...groups].map(([name, some]) => make("optgroup", { label: name }, ...some.map((one) => make("option", { value: one.key, selected: one.key === field.key }, one.label)))));
    const words = { ...WORDS, ...(field.kind === "ahead" ? AHEAD : field.kind === "past" ? PAST : {}) };
    const operator = make("select", {
      class: "form-select", "aria-label": `${field.label}: how`,
      onchange: () => { node.operator = operator.value; node.value = blank(field, node.operator); draw(); },
    }, ...field.operators.map((code) => make("option", { value: code, selected: code === node.operator }, words[code] ?? code)));
    return make("div", { class: "rule-line" }, what, operator, value(node, field),
      remover(`Remove: ${field.label}`, () => { parent.rules.splice(parent.rules.indexOf(node), 1); draw(); }));
  }

  function value(node, field) {
    const box = make("div", { class: "rule-value" });
    const number = (get, set, label) => {
      const input = make("input", { type: "number", class: "form-control", value: get(), "aria-label": label, oninput: () => { set(input.value === "" ? 0 : Number(input.value)); changed(); } });
      return input;
    };
    const label = `${field.label}: value`;
    if (["within_days", "longer_ago_than_days"].includes(node.operator)) box.append(number(() => node.value, (given) => { node.value = Math.round(given); }, label), "days");
    else if (field.kind === "dose") {
      box.append(number(() => node.value.days, (given) => { node.value.days = Math.round(given); }, `${field.label}: days`), node.operator === "overdue_by_days" ? "days or more, of" : "days, of", several(node.value, "of", field, `${field.label}: vaccines; none chosen is any`));
      box.append(make("span", { class: "text-secondary" }, "None chosen: any vaccine."));
    } else if (node.operator === "between") {
      const type = field.kind === "date" ? "date" : "number";
      for (const n of [0, 1]) {
        const input = make("input", { type, class: "form-control", value: node.value[n], "aria-label": `${field.label}: ${n ? "to" : "from"}`, oninput: () => { node.value[n] = type === "number" ? Number(input.value) : input.value; changed(); } });
        box.append(...(n ? ["and"] : []), input);
      }
      if (field.unit) box.append(field.unit);
    } else if (["is_one_of", "is_none_of"].includes(node.operator)) box.append(field.options.length ? several(node, "value", field, label) : field.records ? "There are none yet." : typed(node, label));
    else if (node.operator === "is") {
      const choice = make("select", { class: "form-select", "aria-label": label, onchange: () => { node.value = choice.value === "yes"; changed(); } },
        make("option", { value: "yes", selected: node.value === true }, "yes"), make("option", { value: "no", selected: node.value === false }, "no"));
      box.append(choice);
    } else if (node.operator === "contains" || field.kind === "date") {
      const input = make("input", { type: field.kind === "date" ? "date" : "text", class: "form-control", value: node.value ?? "", "aria-label": label, oninput: () => { node.value = input.value; changed(); } });
      box.append(input);
    } else if (["at_least", "at_most"].includes(node.operator)) box.append(number(() => node.value, (given) => { node.value = given; }, label), field.unit ?? "");
    return box;
  }

  function several(holder, key, field, label) {
    const list = make("select", { class: "form-select", multiple: true, size: Math.min(6, Math.max(2, field.options.length)), "aria-label": label,
      onchange: () => {
        const chosen = [...list.selectedOptions].map((option) => option.value);
        holder[key] = field.options.filter(([code]) => chosen.includes(String(code))).map(([code]) => code);
        changed();
      } },
    ...field.options.map(([code, words]) => make("option", { value: code, selected: (holder[key] ?? []).includes(code) }, words)));
    return list;
  }

  function typed(node, label) {
    const input = make("input", { type: "text", class: "form-control", value: node.value.join(", "), placeholder: "en, es, ar", "aria-label": label,
      oninput: () => { node.value = input.value.split(",").map((one) => one.trim()).filter(Boolean); changed(); } });
    return input;
  }

  function remover(words, onclick) {
    return make("button", { type: "button", class: "copy-button rule-remove", "aria-label": words, onclick }, symbol("x"));
  }

  draw();
}
