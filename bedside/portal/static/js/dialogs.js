// One dialog a page, filled by htmx: whatever is swapped into #dialog-content opens it. And questions before harm.
const dialog = document.getElementById("dialog");
const content = document.getElementById("dialog-content");
const modal = () => window.tabler.Modal.getOrCreateInstance(dialog);
let opener = null;
const firstField = () =>
  content.querySelector("[autofocus]") ?? content.querySelector("input:not([type=hidden]):not([disabled]), select, textarea");

export function closeDialog() {
  if (dialog) modal().hide();
}

if (dialog) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-dialog]");
    if (!link) return;
    opener = link;
    document.getElementById("dialog-frame").classList.toggle("modal-lg", link.dataset.dialog === "wide");
  });

  document.body.addEventListener("htmx:after:swap", (event) => {
    if (!content.children.length || !content.contains(event.target) && event.detail?.ctx?.target !== content) return;
    if (!dialog.classList.contains("show")) modal().show();
    const problem = content.querySelector("[aria-invalid=true]");
    const first = problem ?? firstField();
    if (problem || !dialog.classList.contains("show") || !content.contains(document.activeElement)) first?.focus();
  });
  dialog.addEventListener("shown.bs.modal", () => {
    firstField()?.focus();
  });
  dialog.addEventListener("hidden.bs.modal", () => {
    content.replaceChildren();
    if (opener?.isConnected) opener.focus();
    opener = null;
  });
  // A dialog that was opened by its own address comes with the page; behind it there is nothing to go back to.
  if (content.children.length) {
    modal().show();
    dialog.addEventListener("hidden.bs.modal", () => location.assign("/"), { once: true });
  }
  // The header HX-Trigger: dialog:close of an answer.
  document.body.addEventListener("dialog:close", closeDialog);
}

// ---- Asking before something is lost ----
const asked = new WeakSet();

function ask(button) {
  const box = document.createElement("div");
  box.className = "modal";
  box.tabIndex = -1;
  box.setAttribute("aria-labelledby", "ask-title");
  box.innerHTML =
    '<div class="modal-dialog modal-dialog-centered modal-sm"><div class="modal-content"><div class="modal-body pt-4">' +
    '<h2 class="modal-title" id="ask-title"></h2><p class="text-secondary mt-2 mb-0"></p></div><div class="modal-footer">' +
    '<button type="button" class="btn btn-plain" data-bs-dismiss="modal">Keep it</button>' +
    '<button type="button" class="btn btn-danger" data-yes></button></div></div></div>';
  box.querySelector("h2").textContent = button.dataset.ask;
  box.querySelector("p").textContent = button.dataset.askText ?? "";
  box.querySelector("[data-yes]").textContent = button.dataset.askYes || "Yes";
  if (button.dataset.askKind === "step") {
    // nothing is lost: a step forward is asked for in the colour of one
    box.querySelector("[data-yes]").className = "btn btn-primary";
    box.querySelector("[data-bs-dismiss]").textContent = "Not yet";
  }
  document.body.append(box);
  const shown = window.tabler.Modal.getOrCreateInstance(box);
  box.querySelector("[data-yes]").addEventListener("click", () => {
    shown.hide();
    asked.add(button);
    button.click();
  });
  box.addEventListener("shown.bs.modal", () => box.querySelector("[data-bs-dismiss]").focus());
  box.addEventListener("hidden.bs.modal", () => {
    box.remove();
    if (button.isConnected) button.focus();
  });
  shown.show();
}

// In the capturing phase: before htmx hears of the click.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-ask]");
    if (!button) return;
    if (asked.delete(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(button);
  },
  true,
);
