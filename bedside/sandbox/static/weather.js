// Bad days: faults dialled in and ended, and what the product was told lately.
import { ask, element, icon, shownNumber, timeOf, toast } from "/static/api.js";

const KINDS = {
  rate_limit: "Too many requests, not processed",
  server_error: "The provider is down (503)",
  refused_connection: "Connection cut before acceptance",
  silent_after_acceptance: "Accepted, but no answer comes",
  error: "An error with a code",
  bounce: "Mail comes back",
  receipts_lost: "Receipts are lost",
  receipts_duplicated: "Receipts come twice",
  receipts_reordered: "Receipts in the wrong order",
  receipts_delayed: "Receipts come late",
};
const CHANNELS = { sms: "SMS", whatsapp: "WhatsApp", email: "Mail" };

const ACCOUNTS = {};

export function startWeather(openPerson) {
  const panel = document.getElementById("weather");
  const opener = document.getElementById("open-weather");
  const form = document.getElementById("fault-form");
  const kind = document.getElementById("fault-kind");
  kind.append(...Object.entries(KINDS).map(([value, words]) => element("option", { value }, words)));

  ask("/accounts").then((accounts) => {
    for (const [name, account] of Object.entries(accounts)) {
      ACCOUNTS[account] = name;
      form.elements.account.append(element("option", { value: account }, name));
    }
    return refreshWeather();
  });

  const toggle = (open) => {
    panel.classList.toggle("is-open", open);
    opener.setAttribute("aria-expanded", String(open));
    if (open) {
      form.elements.to.placeholder = openPerson() ? `everybody, or ${openPerson()}` : "everybody";
      kind.focus();
    } else opener.focus();
  };
  opener.addEventListener("click", () => toggle(!panel.classList.contains("is-open")));
  document.getElementById("close-weather").addEventListener("click", () => toggle(false));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && toggle(false));

  kind.addEventListener("change", () => {
    for (const label of form.querySelectorAll("[data-for]")) label.hidden = !label.dataset.for.split(" ").includes(kind.value);
    form.elements.code.placeholder = kind.value === "bounce" ? "5.1.1" : "30003";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    const fault = { kind: given.kind, channel: given.channel || null, account: given.account || null, to: given.to || null, count: given.count ? Number(given.count) : null };
    if (given.code && ["error", "bounce"].includes(given.kind)) fault.code = given.code;
    if (given.kind === "receipts_delayed") fault.seconds = Number(given.seconds);
    try {
      await ask("/faults", { method: "POST", body: fault });
    } catch (problem) {
      toast(problem.message, "bad");
    }
  });
  document.getElementById("empty").addEventListener("click", async () => {
    if (!confirm("Empty every phone and mailbox? Stops and open WhatsApp windows are forgotten too.")) return;
    await ask("/messages", { method: "DELETE" });
    location.hash = "";
  });
}

export async function refreshWeather() {
  const [{ items: faults }, { items: told }] = await Promise.all([ask("/faults"), ask("/deliveries?limit=12")]);
  document.getElementById("faults").replaceChildren(...faults.map(faultRow));
  const count = document.getElementById("fault-count");
  count.hidden = !faults.length;
  count.textContent = String(faults.length);
  document.getElementById("open-weather").setAttribute("aria-label", faults.length ? `Bad days: ${faults.length} dialled in` : "Bad days");
  const list = document.getElementById("told");
  list.replaceChildren(...told.map(toldRow));
  if (!told.length) list.append(element("li", { class: "quiet" }, "Nothing yet."));
}

function faultRow(fault) {
  const details = [
    CHANNELS[fault.channel] ?? "any channel",
    fault.account ? (ACCOUNTS[fault.account] ?? fault.account) : null,
    fault.to ? shownNumber(fault.to) : null,
    fault.code ? `code ${fault.code}` : null,
    fault.kind === "receipts_delayed" ? `${fault.seconds} s late` : null,
    fault.count === null ? "until ended" : `${fault.count} to come`,
  ].filter(Boolean);
  return element(
    "li",
    {},
    element("div", {}, element("strong", {}, KINDS[fault.kind]), element("p", { class: "quiet" }, details.join(" · "))),
    element("button", { type: "button", class: "icon-button", "aria-label": `End: ${KINDS[fault.kind]}`, onclick: () => ask(`/faults/${fault.id}`, { method: "DELETE" }) }, icon("close")),
  );
}

function toldRow(delivery) {
  const taken = delivery.status >= 200 && delivery.status < 300;
  return element(
    "li",
    { class: taken ? "" : "is-bad" },
    element("span", { class: "told-what" }, delivery.what.replace(/^sms/, "SMS").replace(/^whatsapp/, "WhatsApp")),
    element("span", { class: "told-status" }, delivery.status ? String(delivery.status) : "no answer"),
    element("time", { datetime: delivery.at }, timeOf(delivery.at)),
  );
}
