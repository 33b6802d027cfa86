// A template's editor: variables are written where one is, from the list beside or from what is offered after two braces.
// Its mail is drawn by mail_seen.js.
const editor = document.querySelector("[data-editor]");

// Where words are written: variables make sense in these, and nowhere else in the form.
const WRITTEN = "textarea, input[name=subject], input[name=whatsapp_header_value]";

function write(field, from, to, words) {
  field.focus();
  field.setRangeText(words, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function offering() {
  const known = editor.dataset.variables.trim().split("\n").map((line) => line.split("\t"));
  const list = document.createElement("ul");
  list.className = "offers";
  list.id = "offers";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Variables");
  list.hidden = true;
  document.body.append(list);
  let field = editor.querySelector("textarea");
  let began = -1;
  let at = 0;
  let fitting = [];

  const close = () => {
    list.hidden = true;
    field?.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    at = (index + fitting.length) % fitting.length;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    list.children[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const take = (index) => {
    const [, , written] = fitting[index];
    const after = field.value.slice(field.selectionEnd).match(/^\s*\}\}/)?.[0].length ?? 0;
    close();
    write(field, began, field.selectionEnd + after, written);
  };
  const place = () => {
    // the same words, broken into the same lines, say where the braces stand
    const box = field.getBoundingClientRect();
    const style = getComputedStyle(field);
    const mirror = document.createElement("div");
    mirror.className = "offers-mirror";
    for (const name of ["font", "letterSpacing", "lineHeight", "padding", "direction"]) mirror.style[name] = style[name];
    mirror.style.width = `${field.clientWidth}px`;
    const mark = document.createElement("span");
    mark.textContent = "{{";
    mirror.append(field.value.slice(0, began), mark);
    document.body.append(mirror);
    const below = Math.min(box.height, mark.offsetTop + mark.offsetHeight - field.scrollTop + 6);
    const left = Math.min(box.left + mark.offsetLeft, window.innerWidth - list.offsetWidth - 8);
    mirror.remove();
    list.style.top = `${box.top + window.scrollY + below}px`;
    list.style.left = `${Math.max(8, left) + window.scrollX}px`;
  };
  const offer = () => {
    const typed = field.value.slice(0, field.selectionEnd).match(/\{\{\s*([\w.]*)$/);
    fitting = typed ? known.filter(([path]) => path.includes(typed[1].toLowerCase())).slice(0, 40) : [];
    if (!fitting.length) return close();
    began = field.selectionEnd - typed[0].length;
    list.replaceChildren(...fitting.map(([path, example], n) => {
      const option = document.createElement("li");
      option.id = `offer-${n}`;
      option.setAttribute("role", "option");
      const small = document.createElement("small");
      small.textContent = example;
      option.append(path, small);
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(n);
      });
      return option;
    }));
    list.hidden = false;
    place();
    mark(0);
  };

  for (const one of editor.querySelectorAll(WRITTEN)) {
    one.setAttribute("aria-autocomplete", "list");
    one.setAttribute("aria-controls", "offers");
    one.addEventListener("focus", () => { field = one; });
    one.addEventListener("blur", close);
    one.addEventListener("input", () => { field = one; offer(); });
    one.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") mark(at + 1);
      else if (event.key === "ArrowUp") mark(at - 1);
      else if (event.key === "Enter" || event.key === "Tab") take(at);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  editor.addEventListener("click", (event) => {
    const variable = event.target.closest("[data-written]");
    const sought = event.target.closest("[data-find]");
    if (variable) write(field, field.selectionStart, field.selectionEnd, variable.dataset.written);
    if (sought) show(editor.elements.namedItem("body"), sought.dataset.find);
  });
}

// The sign that makes every part of an SMS shorter; where a variable brings it, it is not in the words.
function show(body, sign) {
  const where = body.value.indexOf(sign);
  body.focus();
  if (where >= 0) body.setSelectionRange(where, where + sign.length);
}

if (editor) offering();
