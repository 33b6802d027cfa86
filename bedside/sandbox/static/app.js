// The page: who there is, whose phone or mailbox is open, and keeping it all up to date.
import { ask, element, icon, shortTime, shownNumber } from "/static/api.js";
import { showMailbox } from "/static/mailbox.js";
import { showPhone } from "/static/phone.js";
import { startWeather, refreshWeather } from "/static/weather.js";

const people = document.getElementById("people");
const more = document.getElementById("people-more");
const search = document.getElementById("search");
const stage = document.getElementById("stage");

const state = { open: null, view: null, filter: "all", people: { items: [], total: 0, unseen: 0 } };

async function refreshPeople() {
  const query = new URLSearchParams({ matching: search.value, show: state.filter });
  state.people = await ask(`/recipients?${query}`);
  drawPeople();
}

function drawPeople() {
  const { items, total, unseen } = state.people;
  const focused = document.activeElement?.dataset?.address;
  people.replaceChildren(...items.map(personRow));
  if (focused) people.querySelector(`[data-address="${CSS.escape(focused)}"]`)?.focus();
  more.hidden = total <= items.length;
  more.textContent = `and ${total - items.length} more: search to find them`;
  if (!items.length) people.append(element("li", { class: "people-none" }, nobody()));
  document.title = `${unseen ? `(${unseen}) ` : ""}Outside world · Bedside sandbox`;
}

function nobody() {
  if (search.value) return `Nobody with “${search.value}” in their number or address.`;
  return state.filter === "all" ? "Nobody has been written to yet." : "Nobody here.";
}

function personRow(person) {
  const mail = person.channels.includes("email");
  const kinds = person.channels.map((channel) => ({ sms: "SMS", whatsapp: "WhatsApp", email: "Mail" })[channel]);
  const row = element(
    "button",
    {
      type: "button",
      class: "person",
      "data-address": person.address,
      "aria-current": person.address === state.open ? "true" : null,
      onclick: () => open(person.address),
    },
    element("span", { class: `avatar ${mail ? "avatar-mail" : "avatar-phone"}` }, icon(mail ? "mail" : "phone")),
    element(
      "span",
      { class: "person-words" },
      element("span", { class: "person-name" }, shownNumber(person.address)),
      element("span", { class: "person-last", dir: "auto" }, person.last || kinds.join(", ")),
    ),
    element(
      "span",
      { class: "person-side" },
      element("time", { datetime: person.at }, shortTime(person.at)),
      person.unseen
        ? element("span", { class: "badge", "aria-label": `${person.unseen} unread` }, String(person.unseen))
        : element("span", { class: "person-kinds" }, kinds.join(" · ")),
    ),
  );
  return element("li", {}, row);
}

export function open(address) {
  if (location.hash.slice(1) === encodeURIComponent(address)) show(address);
  else location.hash = encodeURIComponent(address);
}

function show(address) {
  state.view?.stop?.();
  state.open = address || null;
  document.body.dataset.view = address ? "stage" : "people";
  if (!address) {
    state.view = null;
    stage.replaceChildren(welcome());
  } else {
    const back = () => (location.hash = "");
    state.view = address.includes("@") ? showMailbox(stage, address, back) : showPhone(stage, address, back);
    state.view.refresh();
  }
  drawPeople();
}

function welcome() {
  return element(
    "div",
    { class: "welcome" },
    element("div", { class: "welcome-picture", "aria-hidden": "true" }, icon("phone"), icon("mail")),
    element("h2", {}, "Everybody’s phone and mailbox"),
    element(
      "p",
      {},
      "What the hospital sends by SMS, WhatsApp and mail arrives here instead of in the world. ",
      "Choose a person, read what they got, and answer as they would. ",
      "Or pick up any number, and write to the hospital first.",
    ),
  );
}

let due = null;
function refreshSoon() {
  due ??= setTimeout(async () => {
    due = null;
    try {
      await Promise.all([refreshPeople(), state.view?.refresh(), refreshWeather()]);
    } catch {
      // The stream says when the sandbox is back, and then everything is fetched again.
    }
  }, 120);
}

function listen() {
  const live = document.getElementById("live");
  const words = document.getElementById("live-words");
  const stream = new EventSource("/stream");
  stream.addEventListener("change", refreshSoon);
  stream.onopen = () => {
    live.dataset.state = "live";
    words.textContent = "Live";
  };
  stream.onerror = () => {
    live.dataset.state = "lost";
    words.textContent = "Reconnecting";
  };
}

search.addEventListener("input", refreshSoon);
for (const chip of document.querySelectorAll("[data-filter]")) {
  chip.addEventListener("click", () => {
    state.filter = chip.dataset.filter;
    for (const one of document.querySelectorAll("[data-filter]")) one.setAttribute("aria-pressed", one === chip);
    refreshSoon();
  });
}
document.getElementById("new-person").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = document.getElementById("new-number");
  const typed = number.value.trim();
  open(typed.includes("@") ? typed : `+${typed.replace(/\D/g, "")}`);
  number.value = "";
});
document.addEventListener("visibilitychange", refreshSoon);
window.addEventListener("hashchange", () => show(decodeURIComponent(location.hash.slice(1))));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName)) {
    event.preventDefault();
    search.focus();
  }
});

startWeather(() => state.open);
show(decodeURIComponent(location.hash.slice(1)));
listen();
