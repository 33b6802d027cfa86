// What the page asks of the sandbox, and small things every part of it needs.

export async function ask(path, { method = "GET", body } = {}) {
  const answer = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await answer.text();
  const data = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(data?.title ?? `The sandbox answered ${answer.status}.`);
  return data;
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function toast(words, tone = "plain") {
  const shown = element("p", { class: `toast toast-${tone}` }, words);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), 6000);
}

// +12125550142 as people read it.
export function shownNumber(address) {
  const american = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(address);
  return american ? `+1 ${american[1]} ${american[2]} ${american[3]}` : address;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const timeOf = (at) => clock.format(new Date(at));
export const wholeTime = (at) => whole.format(new Date(at));
const isToday = (at) => new Date(at).toDateString() === new Date().toDateString();
export const dayOf = (at) => (isToday(at) ? "Today" : day.format(new Date(at)));
export const shortTime = (at) => (isToday(at) ? timeOf(at) : dayOf(at));

// A button that picks files, which `send` is handed as the sandbox takes them: name, mediaType, content in base64.
export function filePicker(label, send, { multiple = true } = {}) {
  const input = element("input", { type: "file", class: "sr-only", "aria-label": label });
  input.multiple = multiple;
  input.addEventListener("change", async () => {
    const files = await Promise.all([...input.files].map(readFile));
    input.value = "";
    if (files.length) await send(files);
  });
  return element("label", { class: "attach", title: label }, icon("clip"), input);
}

async function readFile(file) {
  const address = await new Promise((done, broke) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.addEventListener("error", () => broke(reader.error));
    reader.readAsDataURL(file);
  });
  return { name: file.name, mediaType: file.type || "application/octet-stream", content: address.slice(address.indexOf(",") + 1) };
}

// A file as it is shown: a picture is drawn, sound is played, all else is a link.
const DRAWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
export function shownFile(file) {
  const address = file.url?.startsWith("/mail/") ? `${file.url}?look=true` : file.url;
  if (DRAWN.has(file.mediaType)) {
    return element("a", { class: "picture", href: address, target: "_blank", rel: "noopener" }, element("img", { src: address, alt: file.name, loading: "lazy" }));
  }
  if (file.mediaType.startsWith("audio/")) return element("audio", { class: "sound", controls: true, preload: "none", src: address, "aria-label": file.name });
  return element("a", { class: "file", href: address, target: "_blank", rel: "noopener" }, icon("clip"), file.name);
}

// Text with its web addresses made into links that open a new tab.
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
export function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(end, found.index));
    parts.push(element("a", { href: found[0], target: "_blank", rel: "noopener" }, found[0]));
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}
