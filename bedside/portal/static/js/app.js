// What every page has: toasts, dialogs, theme, live changes, keys, and how htmx behaves. Page scripts stand beside this.
import "./dialogs.js";
import "./combobox.js";
import "./live.js";
import "./keys.js";
import "./booking.js";
import "./add_words.js";
import { toast } from "./toasts.js";

const body = document.body;

// ---- A thin line at the top while something is fetched ----
const line = document.getElementById("progress");
const going = new Set();
const quiet = (context) => Object.entries(context?.request?.headers ?? {}).some(([name]) => name.toLowerCase() === "x-quiet");
const drop = (context) => {
  going.delete(context);
  line?.classList.toggle("going", going.size > 0);
};
body.addEventListener("htmx:before:request", (event) => {
  const context = event.detail.ctx;
  if (quiet(context)) return;
  going.add(context);
  line?.classList.add("going");
});
// The element that asked may have been swapped away by then, and its last event with it: so after the answer, too.
for (const name of ["htmx:finally:request", "htmx:after:request", "htmx:after:swap", "htmx:error", "htmx:response:error"]) {
  body.addEventListener(name, (event) => drop(event.detail.ctx));
}

// ---- When nothing answers at all (the answers that say what went wrong bring their own toast) ----
body.addEventListener("htmx:error", (event) => {
  const context = event.detail.ctx;
  if (!context || quiet(context) || context.response || event.detail.error?.name === "AbortError") return;
  toast("Not reached", "The server did not answer, so nothing was changed. Try again in a moment.", "red");
});

// ---- htmx hands the style of an element on to the one that takes its place, as an attribute, which the policy refuses ----
body.addEventListener("htmx:before:swap", () => {
  for (const element of document.querySelectorAll('[id][style=""]')) element.removeAttribute("style");
});

// ---- The navigation on a phone takes the focus, so that Escape closes it ----
document.getElementById("navigation")?.addEventListener("shown.bs.offcanvas", (event) => {
  event.target.querySelector("[data-bs-dismiss]").focus();
});

// ---- A row of tabs that is wider than the screen begins where one is ----
for (const here of document.querySelectorAll(".tabs [aria-current]")) {
  const row = here.parentElement;
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

// ---- Theme: kept in a cookie, so that the server draws the next page right ----
const choose = (choice) => {
  document.cookie = `bedside_theme=${choice}; path=/; max-age=31536000; samesite=lax`;
  document.documentElement.dataset.themeChoice = choice;
  window.dispatchEvent(new Event("bedside:theme"));
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === choice));
  }
};

document.addEventListener("click", async (event) => {
  const on = (selector) => event.target.closest(selector);
  let found;
  if ((found = on("[data-theme-set]"))) choose(found.dataset.themeSet);
  else if ((found = on("[data-hospital]"))) {
    document.cookie = `bedside_hospital=${found.dataset.hospital}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  } else if (on("[data-back]")) history.back();
  else if ((found = on("[data-copy]"))) {
    await navigator.clipboard.writeText(found.dataset.copy);
    toast("Copied", "", "green");
  }
});

// ---- A number that changed says so ----
const shown = new Map();
const flash = (root) => {
  for (const element of root.querySelectorAll?.("[data-flash]") ?? []) {
    const before = shown.get(element.id);
    shown.set(element.id, element.dataset.flash);
    if (before === undefined || before === element.dataset.flash) continue;
    element.classList.remove("just-changed");
    requestAnimationFrame(() => element.classList.add("just-changed"));
    element.addEventListener("animationend", () => element.classList.remove("just-changed"), { once: true });
  }
};
flash(document);
body.addEventListener("htmx:after:swap", () => flash(document));

// ---- What the bell brought since we last looked shows as a toast, but not what one has just done oneself ----
let acted = -Infinity;
body.addEventListener("htmx:after:request", (event) => {
  const request = event.detail.ctx?.request;
  if (request && !/^(get|head)$/i.test(request.method ?? "get")) acted = performance.now();
});
body.addEventListener("htmx:after:swap", () => {
  const items = [...document.querySelectorAll("#bell [data-bell-id]")];
  if (!items.length) return;
  const newest = Math.max(...items.map((item) => Number(item.dataset.bellId)));
  const seen = Number(sessionStorage.getItem("bell-seen") ?? newest);
  const own = performance.now() - acted < 4000;
  for (const item of own ? [] : items.filter((one) => Number(one.dataset.bellId) > seen).slice(0, 3).reverse()) {
    toast(item.dataset.bellTitle, item.dataset.bellText, item.dataset.bellTone, item.getAttribute("href"));
  }
  sessionStorage.setItem("bell-seen", String(Math.max(newest, seen)));
});
