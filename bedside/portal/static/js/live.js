// Live changes: one WebSocket a page (of #socket), which carries kinds and ids, never content.
//
// A message {"kind": "appointment.booked", "cursor": 42, ...} becomes the events `appointment.booked` and `appointment`
// on <body>; a region fetches itself again with hx-trigger="appointment from:body". Events are handed on at most once a
// second, with jitter, so that a burst makes one fetch and a thousand pages do not fetch in the same instant. After a
// reconnection every region that listens is told, since we may have missed what it waits for. The cursor of the last
// message (at first the page's own, of when it was drawn) goes along, so that the server tells what came in between.
const EVERY = 1000;
const JITTER = 200;
const body = document.body;
const socket = document.getElementById("socket");
const lamp = document.getElementById("live");
const WORDS = { connecting: "Connecting", live: "Live", offline: "Offline, trying again" };

let connectedBefore = false;
let cursor = socket?.dataset.cursor || null;
let timer = null;
let last = 0;
const waiting = new Map();

function say(state) {
  document.documentElement.dataset.live = state; // a phone shows it on the mark, since the lamp is in the drawer
  if (!lamp || lamp.dataset.state === state) return;
  lamp.dataset.state = state;
  lamp.firstElementChild.textContent = WORDS[state];
}

function hand() {
  timer = null;
  last = performance.now();
  const names = [...waiting];
  waiting.clear();
  for (const [name, events] of names) body.dispatchEvent(new CustomEvent(name, { detail: { events } }));
}

function notice(name, event) {
  if (!waiting.has(name)) waiting.set(name, []);
  if (event) waiting.get(name).push(event);
  timer ??= setTimeout(hand, Math.max(0, last + EVERY - performance.now()) + Math.random() * JITTER);
}

function take(event) {
  if (event.cursor !== undefined) cursor = event.cursor;
  if (!event.kind) return;
  notice(event.kind, event);
  notice(event.kind.split(".")[0], event);
}

function noticeEverything() {
  for (const region of document.querySelectorAll('[hx-trigger*="from:body"]')) {
    for (const [, name] of region.getAttribute("hx-trigger").matchAll(/([\w.:-]+)\s+from:body/g)) notice(name, null);
  }
}

body.addEventListener("htmx:ws:before:message:incoming", (event) => {
  let data;
  try {
    data = JSON.parse(event.detail.message.data);
  } catch {
    return;
  }
  for (const one of Array.isArray(data) ? data : data.events ?? [data]) take(one);
  if (data.cursor !== undefined) cursor = data.cursor;
  if (data.refetch) noticeEverything();
});

body.addEventListener("htmx:ws:before:connection", (event) => {
  if (cursor === null) return;
  const address = new URL(event.detail.connection.url);
  address.searchParams.set("cursor", cursor);
  event.detail.connection.url = address.href;
});

body.addEventListener("htmx:ws:after:connection", () => {
  say("live");
  if (connectedBefore) noticeEverything();
  connectedBefore = true;
});

body.addEventListener("htmx:ws:close", (event) => {
  if (event.detail.code === 4401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  else say("offline");
});

// Connected only when every deferred script has run: htmx begins a moment after its own, which may be before its
// extension for sockets has come, and would then never look at this element again.
if (socket) {
  document.addEventListener("DOMContentLoaded", () => {
    socket.setAttribute("hx-ws:connect", socket.dataset.connect);
    window.htmx.process(socket);
  });
}
