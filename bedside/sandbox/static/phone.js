// One person's phone: an SMS thread and a WhatsApp thread, and answering in them.
import { ask, dayOf, element, filePicker, icon, shownFile, shownNumber, timeOf, toast, wholeTime, withLinks } from "/static/api.js";

const QUICK = ["C", "X", "STOP", "START"];
const STATUS = {
  accepted: ["wait", "Accepted"],
  queued: ["wait", "Queued"],
  sending: ["wait", "Sending"],
  sent: ["tick", "Sent"],
  delivered: ["ticks", "Delivered"],
  read: ["ticks", "Read"],
  undelivered: ["warn", "Not delivered"],
  failed: ["warn", "Failed"],
  received: ["tick", "Sent"],
  "not taken": ["warn", "The product did not take it"],
};

export function showPhone(stage, person, back) {
  const view = { channel: null, chosen: false, drawn: "" };
  const threads = { sms: [], whatsapp: [] };

  const thread = element("div", { class: "thread", role: "log", "aria-label": "Messages", tabindex: "0" });
  const tabs = element("div", { class: "tabs", role: "group", "aria-label": "Channel" });
  const contact = element("p", { class: "contact-number" });
  const windowLine = element("p", { class: "window", hidden: true });
  const words = element("textarea", {
    rows: "1", placeholder: "Answer as the patient", "aria-label": "Answer as the patient", dir: "auto",
  });
  const device = element(
    "article",
    { class: "phone", "aria-label": `Phone ${shownNumber(person)}` },
    element("div", { class: "phone-status", "aria-hidden": "true" }, element("span", {}, timeOf(Date.now())), element("span", { class: "phone-island" }), element("span", { class: "phone-signal" })),
    element(
      "header",
      { class: "phone-head" },
      element("button", { type: "button", class: "icon-button only-narrow", "aria-label": "Back to people", onclick: back }, icon("back")),
      element("div", { class: "contact" }, element("h2", {}, "Hospital"), contact),
      tabs,
    ),
    windowLine,
    thread,
    element(
      "form",
      {
        class: "reply",
        onsubmit: (event) => {
          event.preventDefault();
          if (words.value.trim()) answer({ body: words.value.trim() }).then((sent) => sent && (words.value = ""));
        },
      },
      element(
        "div",
        { class: "quick", role: "group", "aria-label": "Quick answers" },
        ...QUICK.map((body) => element("button", { type: "button", class: "chip", onclick: () => answer({ body }) }, body)),
      ),
      element("div", { class: "reply-line" }, filePicker("Send a file", sendFiles), words, element("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"))),
    ),
  );
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      words.form.requestSubmit();
    }
  });
  stage.replaceChildren(
    element("div", { class: "owner" }, element("p", { class: "owner-name" }, shownNumber(person)), element("p", { class: "quiet" }, "their phone")),
    device,
  );

  // The words go below the first; WhatsApp carries one file a message.
  async function sendFiles(files) {
    const groups = view.channel === "whatsapp" ? files.map((file) => [file]) : [files];
    for (const [place, group] of groups.entries()) {
      if (!(await answer({ body: place ? "" : words.value.trim(), files: group }))) return;
      words.value = "";
    }
  }

  async function answer(reply) {
    try {
      const { webhook } = await ask("/replies", { method: "POST", body: { channel: view.channel, from: person, ...reply } });
      if (webhook && (webhook.status === null || webhook.status >= 300)) {
        toast(webhook.status ? `The product answered ${webhook.status} to this.` : "The product did not answer.", "bad");
      } else if (!webhook) {
        toast("Shown here only: no product is connected.");
      }
      return true;
    } catch (problem) {
      toast(problem.message, "bad");
      return false;
    }
  }

  async function refresh() {
    const { items } = await ask(`/messages?origin=any&to=${encodeURIComponent(person)}`);
    threads.sms = items.filter((message) => message.channel === "sms");
    threads.whatsapp = items.filter((message) => message.channel === "whatsapp");
    if (!view.chosen) view.channel = items.at(-1)?.channel ?? "sms";
    draw();
    const unseen = threads[view.channel].some((message) => !message.seen);
    if (unseen && document.visibilityState === "visible") {
      await ask(`/recipients/${encodeURIComponent(person)}/seen?channel=${view.channel}`, { method: "POST" });
    }
  }

  function draw() {
    const shown = threads[view.channel].slice(-200);
    device.dataset.channel = view.channel;
    tabs.replaceChildren(...["sms", "whatsapp"].map(tab));
    const last = shown.findLast((message) => message.origin !== "person") ?? shown.at(-1);
    windowLine.hidden = view.channel !== "whatsapp" || !shown.length;
    windowLine.textContent = windowWords(shown);
    contact.textContent = last ? shownNumber(last.origin === "person" ? last.to : last.from) : "no messages yet";
    const print = JSON.stringify(shown.map((message) => [message.id, message.status, message.attachments.length, view.channel]));
    if (print === view.drawn) return;
    const before = new Set([...thread.children].map((child) => child.dataset.id));
    const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    const fresh = view.drawn !== "" && before.size > 0;
    view.drawn = print;
    const parts = [];
    let date = "";
    for (const message of shown) {
      if (dayOf(message.at) !== date) parts.push(element("p", { class: "day" }, (date = dayOf(message.at))));
      const made = bubble(message, answer);
      if (fresh && !before.has(message.id)) made.classList.add("is-new");
      parts.push(made);
    }
    if (!parts.length) parts.push(emptyThread(view.channel));
    thread.replaceChildren(...parts);
    if (atEnd || !fresh) thread.scrollTop = thread.scrollHeight;
  }

  function tab(channel) {
    const unseen = threads[channel].filter((message) => !message.seen && message.origin !== "person").length;
    return element(
      "button",
      {
        type: "button",
        class: "tab",
        "aria-pressed": String(channel === view.channel),
        onclick: () => {
          Object.assign(view, { channel, chosen: true, drawn: "" });
          refresh();
        },
      },
      channel === "sms" ? "SMS" : "WhatsApp",
      unseen && channel !== view.channel ? element("span", { class: "badge", "aria-label": `${unseen} unread` }, String(unseen)) : null,
    );
  }

  return { refresh };
}

// WhatsApp lets the hospital write freely for 24 hours after the person's last message.
function windowWords(messages) {
  const theirs = messages.findLast((message) => message.origin === "person");
  const until = theirs ? new Date(theirs.at).getTime() + 24 * 3600 * 1000 : 0;
  return until > Date.now()
    ? `The hospital may write freely until ${dayOf(until) === "Today" ? "" : `${dayOf(until)}, `}${timeOf(until)}`
    : "Templates only, until this person writes";
}

function emptyThread(channel) {
  return element(
    "div",
    { class: "thread-empty" },
    element("p", {}, channel === "sms" ? "No texts yet." : "No WhatsApp messages yet."),
    element("p", { class: "quiet" }, channel === "sms" ? "Write first, and see what the hospital makes of it." : "A message from here opens the 24 hours in which the hospital may write freely."),
  );
}

function bubble(message, answer) {
  const side = message.origin === "person" ? "mine" : message.origin === "provider" ? "theirs bubble-provider" : "theirs";
  const [mark, label] = STATUS[message.status] ?? ["wait", message.status];
  const details = [
    message.segments > 1 ? `${message.segments} parts` : null,
    message.encoding === "UCS-2" ? "UCS-2" : null,
    message.template,
    message.errorCode ? `error ${message.errorCode}` : null,
  ].filter(Boolean);
  const spoken = element("div", { class: "bubble", dir: "auto" }, ...message.attachments.map(shownFile), ...withLinks(message.body));
  const foot = element(
    "p",
    { class: `foot foot-${message.status.replace(" ", "-")}`, title: wholeTime(message.updatedAt ?? message.at) },
    element("time", { datetime: message.at }, timeOf(message.at)),
    message.origin === "provider" ? element("span", {}, "automatic answer") : element("span", { class: "mark" }, icon(mark), label),
    ...details.map((detail) => element("span", { class: "detail" }, detail)),
  );
  const buttons = message.buttons.map((button) =>
    button.url
      ? element("a", { class: "tap", href: button.url, target: "_blank", rel: "noopener" }, button.text)
      : element("button", { type: "button", class: "tap", onclick: () => answer({ button: button.payload, inReplyTo: message.id }) }, button.text),
  );
  return element("div", { class: `line ${side}`, "data-id": message.id }, spoken, ...(buttons.length ? [element("div", { class: "taps" }, ...buttons)] : []), foot);
}
