// One person's mailbox: the list, and the mail that is open, in a frame that may run nothing.
import { ask, element, filePicker, icon, shortTime, shownFile, toast, wholeTime, withLinks } from "/static/api.js";

export function showMailbox(stage, person, back) {
  const view = { open: null, drawn: "", mails: [], picked: false };
  const list = element("ul", { class: "mails", "aria-label": "Mails" });
  const reader = element("div", { class: "reader" });
  const box = element(
    "article",
    { class: "mailbox", "aria-label": `Mailbox of ${person}` },
    element(
      "header",
      { class: "mailbox-head" },
      element("button", { type: "button", class: "icon-button only-narrow", "aria-label": "Back", onclick: goBack }, icon("back")),
      element("div", { class: "contact" }, element("h2", {}, person), element("p", { class: "contact-number" }, "Inbox")),
    ),
    element("div", { class: "mailbox-body" }, list, reader),
  );
  stage.replaceChildren(box);

  function goBack() {
    if (view.picked) {
      view.picked = false;
      box.dataset.reading = "false";
    } else back();
  }

  async function refresh() {
    const { items } = await ask(`/messages?channel=email&to=${encodeURIComponent(person)}`);
    view.mails = items.reverse().slice(0, 200);
    draw();
    if (items.some((mail) => !mail.seen) && document.visibilityState === "visible") {
      await ask(`/recipients/${encodeURIComponent(person)}/seen`, { method: "POST" });
    }
  }

  function draw() {
    list.replaceChildren(...view.mails.map(row));
    if (!view.mails.length) {
      list.replaceChildren(element("li", { class: "people-none" }, "No mail yet."));
      reader.replaceChildren();
      view.open = null;
      return;
    }
    const open = view.mails.find((mail) => mail.id === view.open) ?? view.mails[0];
    if (open.id + open.status !== view.drawn) read(open);
  }

  function row(mail) {
    const shown = element(
      "button",
      {
        type: "button",
        class: "mail-row",
        "aria-current": mail.id === (view.open ?? view.mails[0].id) ? "true" : null,
        onclick: () => {
          view.picked = true;
          box.dataset.reading = "true";
          read(mail);
          list.replaceChildren(...view.mails.map(row));
        },
      },
      element("span", { class: "mail-from" }, senderName(mail.from), element("time", { datetime: mail.at }, shortTime(mail.at))),
      element("span", { class: "mail-subject", dir: "auto" }, mail.subject || "(no subject)"),
      element("span", { class: "mail-start", dir: "auto" }, mail.body.replace(/\s+/g, " ").slice(0, 90)),
    );
    return element("li", {}, shown);
  }

  function read(mail) {
    view.open = mail.id;
    view.drawn = mail.id + mail.status;
    reader.replaceChildren(
      element(
        "header",
        { class: "reader-head" },
        element("h3", { dir: "auto" }, mail.subject || "(no subject)"),
        element("p", { class: "reader-from" }, element("strong", {}, senderName(mail.from)), ` ${addressOf(mail.from)}`),
        element(
          "p",
          { class: "quiet" },
          `${wholeTime(mail.at)}`,
          mail.status !== "delivered" ? ` · ${mail.status}` : "",
        ),
        offersUnsubscribe(mail) ? unsubscribe(mail) : null,
      ),
      ...mail.attachments.map((file) => (file.mediaType === "text/calendar" ? invitation(file) : plainFile(file))),
      mail.html ? frame(mail) : element("div", { class: "plain-mail", dir: "auto" }, ...withLinks(mail.body)),
      answer(mail),
      facts(mail),
    );
  }

  // An answer goes where the product takes mail, and stands in its inbox.
  function answer(mail) {
    const words = element("textarea", { class: "mail-words", rows: "3", "aria-label": "Answer by mail", placeholder: "Answer by mail" });
    const send = async (files = []) => {
      if (!words.value.trim() && !files.length) return;
      const body = { channel: "email", from: person, to: addressOf(mail.from).slice(1, -1) || mail.from, inReplyTo: mail.id, body: words.value, files };
      try {
        const { message } = await ask("/replies", { method: "POST", body });
        const taken = message.status === "received";
        toast(taken ? "Your mail is on its way." : "The product did not take it.", taken ? "good" : "bad");
        if (taken) words.value = "";
      } catch (refused) {
        toast(refused.message, "bad");
      }
    };
    const submit = (event) => (event.preventDefault(), send());
    return element("form", { class: "mail-answer", onsubmit: submit }, words, filePicker("Send with a file", send), element("button", { type: "submit", class: "button" }, "Send"));
  }

  return { refresh };
}

const senderName = (from) => from.replace(/\s*<.*>$/, "").replaceAll('"', "") || from;
const addressOf = (from) => /<.*>/.exec(from)?.[0] ?? "";
const offersUnsubscribe = (mail) => mail.headers["List-Unsubscribe"] && mail.headers["List-Unsubscribe-Post"];

function unsubscribe(mail) {
  return element(
    "button",
    {
      type: "button",
      class: "button",
      onclick: async (event) => {
        event.target.disabled = true;
        const answer = await ask(`/messages/${mail.id}/unsubscribe`, { method: "POST" });
        const done = answer.status === 200;
        toast(done ? "Unsubscribed: the product answered 200." : `The product answered ${answer.status ?? "nothing"}.`, done ? "good" : "bad");
      },
    },
    "Unsubscribe",
  );
}

function frame(mail) {
  const made = element("iframe", {
    class: "mail-frame",
    title: "The mail",
    src: `/mail/${mail.id}/body`,
    sandbox: "allow-popups allow-popups-to-escape-sandbox allow-same-origin",
  });
  // As tall as the mail: measured once it is there, and again whenever its width changes.
  const fit = () => {
    const height = made.contentDocument?.body?.parentElement.scrollHeight;
    if (height) made.style.height = `${height + 2}px`;
  };
  let width = 0;
  const watch = new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === width) return;
    width = entry.contentRect.width;
    made.style.height = "0";
    fit();
  });
  made.addEventListener("load", () => (fit(), watch.observe(made)));
  return made;
}

// The lines of an iCalendar that a reader wants to see.
function invitation(file) {
  const unfolded = (file.text ?? "").replace(/\r?\n[ \t]/g, "");
  const line = (name) => new RegExp(`^${name}[^:\\n]*:(.*)$`, "m").exec(unfolded)?.[1]?.trim().replace(/\\([,;n])/g, (_, c) => (c === "n" ? " " : c)) ?? "";
  const start = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d))?/.exec(line("DTSTART"));
  const when = start ? `${start[1]}-${start[2]}-${start[3]}${start[4] ? ` ${start[4]}:${start[5]}` : ""}${line("DTSTART").endsWith("Z") ? " UTC" : ""}` : "";
  const cancelled = line("METHOD") === "CANCEL";
  return element(
    "div",
    { class: `invitation${cancelled ? " is-cancelled" : ""}` },
    icon("calendar"),
    element("div", {}, element("strong", {}, cancelled ? "Cancelled: " : "", line("SUMMARY") || file.name), element("p", { class: "quiet" }, [when, line("LOCATION")].filter(Boolean).join(" · "))),
  );
}

function plainFile(file) {
  const size = ` (${Math.ceil((file.size ?? 0) / 1024)} kB)`;
  if (!file.url) return element("p", { class: "file" }, icon("clip"), file.name + size);
  if (file.mediaType.startsWith("image/") || file.mediaType.startsWith("audio/")) return shownFile(file);
  const shown = file.mediaType === "application/pdf";
  const link = shown
    ? element("a", { href: `${file.url}?look=true`, target: "_blank", rel: "noopener" }, file.name)
    : element("a", { href: file.url, download: file.name }, file.name);
  return element("p", { class: "file" }, icon("clip"), element("span", {}, link, size), shown ? element("a", { href: file.url, download: file.name, class: "quiet" }, "Save") : null);
}

function facts(mail) {
  const rows = { "Envelope sender": mail.envelopeSender, ...mail.headers };
  return element(
    "details",
    { class: "facts" },
    element("summary", {}, "What was on the wire"),
    element("dl", {}, ...Object.entries(rows).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value ?? "")])),
    mail.html ? element("pre", {}, mail.body) : null,
  );
}
