// Payouts: choosing several in the list, what a method of paying needs, and a list that refreshes while nothing is chosen.
const body = document.body;
const chosen = () => [...document.querySelectorAll(".choose:checked")];

// ---- Choosing several ----
function tell() {
  const bulk = document.querySelector(".bulk");
  if (!bulk) return;
  document.documentElement.dataset.choosing = "";
  const all = [...document.querySelectorAll(".choose")];
  const some = chosen();
  bulk.classList.toggle("any", some.length > 0);
  bulk.querySelector("[data-chosen]").textContent = some.length ? `${some.length} chosen` : "";
  const every = bulk.querySelector("[data-choose-all]");
  every.checked = all.length > 0 && some.length === all.length;
  every.indeterminate = some.length > 0 && some.length < all.length;
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose-all]")) {
    for (const box of document.querySelectorAll(".choose")) box.checked = event.target.checked;
  }
  if (event.target.matches(".choose, [data-choose-all]")) tell();
});

// ---- A list that somebody chooses in stays as it is; else it shows what happened meanwhile ----
function refresh() {
  if (chosen().length === 0) document.querySelector("[data-list-refresh]")?.dispatchEvent(new CustomEvent("refresh"));
}
body.addEventListener("payout", refresh);
body.addEventListener("payouts:changed", () => {
  for (const box of chosen()) box.checked = false;
  tell();
  refresh();
});

// ---- What a method needs: a check its number, cash somebody who received it ----
function needs(form) {
  const told = form.querySelector("[data-needs]");
  const method = form.querySelector("select[name=payment_method]");
  if (!told || !method) return;
  const words = JSON.parse(told.dataset.needs)[method.value] ?? "";
  const label = told.querySelector("label");
  const hint = told.querySelector(".form-hint");
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  label.textContent = name || "Further reference";
  if (!words) label.append(Object.assign(document.createElement("span"), { className: "optional", textContent: "optional" }));
  if (hint) hint.hidden = Boolean(words);
  told.querySelector("input").required = Boolean(words);
}
const prepare = (within) => {
  for (const form of within.querySelectorAll("[data-paying]")) needs(form);
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-paying] select[name=payment_method]")) needs(event.target.closest("[data-paying]"));
});
body.addEventListener("htmx:after:swap", () => {
  prepare(document);
  tell();
});
prepare(document);
tell();
