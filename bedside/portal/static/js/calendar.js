// The calendar: visits by day, week, month, and practitioners side by side. Times go to the library and come back as the
// clock on the hospital's wall, without zone; the server knows the zone.
import { openBooking } from "./booking.js";
import { symbol, toast } from "./toasts.js";
import { openVisit } from "./visits.js";

const root = document.getElementById("calendar");
const filters = document.getElementById("calendar-filters");
const mayBook = root.dataset.mayBook === "yes";
const narrow = matchMedia("(max-width: 767px)");
const VIEWS = { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth", people: "resourceTimeGridDay", "people-week": "resourceTimelineWeek" };
const LOOKS = {
  held: ["neutral", "hourglass"], scheduled: ["blue", "calendar-event"], confirmed: ["teal", "circle-check"],
  arrived: ["violet", "door-enter"], completed: ["green", "check"], no_show: ["red", "user-x"],
  wanting: ["amber", "calendar-off"],
};
const WORDS = { held: "held", scheduled: "scheduled", confirmed: "confirmed", arrived: "arrived", completed: "completed", no_show: "missed", wanting: "need a new time" };
const people = JSON.parse(root.dataset.people);

const two = (number) => String(number).padStart(2, "0");
const format = (shape) => new Intl.DateTimeFormat(root.dataset.locale, shape);
const spoken = format({ hour: "numeric", minute: "2-digit" });
const spokenShort = format({ weekday: "short", day: "numeric" });
const spokenDay = format({ weekday: "long", month: "long", day: "numeric" });
const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const wall = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${clock(at)}`;
const remembered = () => new URLSearchParams(location.hash.slice(1));

let dragging = false;
let waiting = false;

// Who has a column: the one that was chosen, or whoever works or has visits then, or, when asked for, everybody.
function shownPeople(found = { visits: [], hours: [] }) {
  const one = filters.elements.practitioner.value;
  if (one) return people.filter((person) => person.id === one);
  if (filters.elements.everybody.checked) return people;
  const busy = new Set([...found.visits, ...found.hours.filter((hour) => hour.extendedProps.hours === "open")].map((event) => event.resourceId));
  return busy.size ? people.filter((person) => busy.has(person.id)) : people;
}

let columns = "";
function setColumns(found) {
  const shown = shownPeople(found);
  const ids = shown.map((person) => person.id).join();
  if (ids === columns) return;
  columns = ids;
  calendar.setOption("resources", shown);
}

// The library knows when people work; what is drawn, in grey, is when nobody does. `whose` null: of all together.
function closed(hours, info, whose) {
  const open = hours
    .filter((hour) => hour.extendedProps.hours === "open" && (whose === null || hour.resourceId === whose))
    .map((hour) => [new Date(hour.start), new Date(hour.end)])
    .sort((a, b) => a[0] - b[0]);
  const drawn = [];
  const grey = (start, end) => {
    if (start < end) drawn.push({ id: `closed-${whose}-${wall(start)}`, ...(whose ? { resourceId: whose } : {}), start: wall(start), end: wall(end), display: "background", classNames: ["hours-closed"], extendedProps: {} });
  };
  for (let day = new Date(info.start); day < info.end; day = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1)) {
    const night = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
    let from = day;
    for (const [starts, ends] of open) {
      if (ends <= from || starts >= night) continue;
      grey(from, starts);
      from = ends;
    }
    grey(from, night);
  }
  return drawn;
}

// A month of a busy hospital is told in numbers: how many visits a day, by their state. A day of few names them.
function byState(visits) {
  const days = Map.groupBy(visits, (visit) => visit.start.slice(0, 10));
  return [...days].flatMap(([day, found]) => {
    if (found.length < 4) return found;
    const states = Map.groupBy(found, (visit) => (visit.extendedProps.needsNewTime ? "wanting" : visit.extendedProps.status));
    return ["wanting", ...Object.keys(LOOKS)].filter((state) => states.has(state)).map((state) => ({
      id: `${day}-${state}`, start: `${day}T00:00:00`, end: `${day}T23:59:00`, title: "", editable: false,
      extendedProps: { day, status: state, count: states.get(state).length },
    }));
  });
}

async function fetchEvents(info) {
  const query = new URLSearchParams({ start: wall(info.start), end: wall(info.end), department: filters.elements.department.value, practitioner: filters.elements.practitioner.value });
  const answer = await fetch(`/calendar/visits?${query}`, { headers: { "x-quiet": "1" } });
  if (!answer.ok) {
    toast("Not reached", "The calendar could not be read just now.", "red");
    return [];
  }
  const found = await answer.json();
  if (view === "month") return byState(found.visits);
  const doctor = filters.elements.practitioner.value;
  // the leave of everybody on top of each other says nothing: only side by side, or of one practitioner
  const away = found.hours.filter((hour) => hour.extendedProps.hours === "away");
  if (!view.startsWith("people")) return [...found.visits, ...closed(found.hours, info, null), ...(doctor ? away : [])];
  setColumns(found);
  return [...found.visits, ...away, ...shownPeople(found).flatMap((person) => closed(found.hours, info, person.id))];
}

function content(info) {
  if (info.event.display === "background") return "";
  const { status, doctor, reason, needsNewTime, count } = info.event.extendedProps;
  const line = Object.assign(document.createElement("button"), { type: "button", className: "visit-line" });
  line.setAttribute("aria-label", count ? `${spokenDay.format(info.event.start)}: ${count} ${WORDS[status]}` : told(info.event).join(", "));
  if (count) {
    line.append(symbol(LOOKS[status][1]), Object.assign(document.createElement("b"), { textContent: count }), Object.assign(document.createElement("span"), { textContent: WORDS[status] }));
    line.classList.add("visit-count");
    return { domNodes: [line] };
  }
  const time = document.createElement("time");
  time.textContent = spoken.format(info.event.start);
  // where its place says the time, the name needs the room
  if (view !== "month" && view !== "people-week") time.className = "visually-hidden";
  const name = document.createElement("b");
  name.textContent = info.event.extendedProps.listed;
  line.append(symbol(needsNewTime ? "calendar-off" : LOOKS[status]?.[1] ?? "calendar"), time, name);
  const more = document.createElement("span");
  more.className = "visit-more";
  more.textContent = view.startsWith("people") || view === "month" ? reason : doctor;
  const short = info.event.end - info.event.start < 1500000; // under 25 minutes a second line does not fit
  return { domNodes: more.textContent && view !== "month" && !short ? [line, more] : [line] };
}

// Everything about a visit: for a pointer that rests on it, and for who listens instead of looks.
function told(event) {
  const { status, doctor, department, reason, needsNewTime } = event.extendedProps;
  const state = WORDS[status] + (needsNewTime ? ", needs a new time" : "");
  const times = `${spokenDay.format(event.start)}, ${spoken.format(event.start)} – ${spoken.format(event.end)}`;
  return [event.title, times, `${doctor}, ${department}`, reason, state].filter(Boolean);
}
function explain(info) {
  if (info.event.display === "background" || info.event.extendedProps.count) return;
  info.el.title = told(info.event).join("\n");
}
// The library calls its boxes a table, whose parts then lack what a table has: they are boxes, with buttons in them.
function tidy() {
  for (const box of root.querySelectorAll("[role]:not(button)")) {
    if (box.closest(".ec-toolbar")) continue;
    box.removeAttribute("role");
    if (box.matches(".ec-event")) box.removeAttribute("tabindex");
  }
  for (const name of ["colindex", "rowindex", "colcount", "rowcount", "colspan", "rowspan"]) {
    for (const box of root.querySelectorAll(`[aria-${name}]`)) box.removeAttribute(`aria-${name}`);
  }
}

const classes = (info) => {
  const { status, needsNewTime } = info.event.extendedProps;
  return info.event.display === "background" ? [] : ["visit", `tone-${LOOKS[status]?.[0] ?? "neutral"}`, ...(needsNewTime ? ["wanting"] : [])];
};

async function send(id, to) {
  return fetch(`/api/appointments/${id}/reschedule`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrftoken": document.querySelector("meta[name=csrf-token]").content },
    body: JSON.stringify(to),
  });
}

function offer(card, words, action) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: words });
  button.addEventListener("click", () => {
    card.querySelector("[data-toast-close]")?.click();
    action();
  });
  card.querySelector(".toast-words").append(" ", button);
}

async function move(id, to, back) {
  const answer = await send(id, to);
  if (answer.ok) {
    const visit = await answer.json();
    const at = new Date(`${visit.appointmentDate}T${visit.appointmentTime}`);
    toast("Moved", `${visit.patientName}: ${spokenDay.format(at)}, ${spoken.format(at)}, ${visit.practitionerName}.`);
    const card = document.getElementById("toasts").lastElementChild;
    if (back) offer(card, "Undo", () => move(id, back, null));
    refetch();
    return true;
  }
  const problem = await answer.json().catch(() => ({ title: "Not moved", detail: "Try again in a moment." }));
  if (problem.type === "/problems/outside-schedule") {
    // somebody who may can give a reason, in the form that moves
    const query = new URLSearchParams({ startsAt: to.startsAt ?? "", practitionerId: to.practitionerId ?? "", problem: problem.detail });
    document.getElementById("dialog-frame").classList.remove("modal-lg");
    window.htmx.ajax("GET", `/appointments/${id}/move?${query}`, { target: "#dialog-content", swap: "innerHTML" });
    return false;
  }
  toast(problem.title, problem.detail ?? "", "red");
  const card = document.getElementById("toasts").lastElementChild;
  for (const one of (problem.alternatives ?? []).slice(0, 3)) {
    const at = new Date(one.startsAt.slice(0, 19)); // the clock on the hospital’s wall
    offer(card, `${spokenShort.format(at)}, ${spoken.format(at)}, ${one.practitionerName}`, () => move(id, { startsAt: one.startsAt, practitionerId: one.practitionerId }, back));
  }
  return false;
}

async function dropped(info) {
  const { event } = info;
  const before = info.oldEvent;
  const place = (one) => ({ startsAt: `${wall(one.start)}:00`, ...(one.resourceIds?.[0] ? { practitionerId: Number(one.resourceIds[0]) } : {}), durationMinutes: Math.round((one.end - one.start) / 60000) });
  if (!(await move(event.id, place(event), place(before)))) info.revert();
}

function book(start, resource) {
  if (!mayBook) return;
  const doctor = resource?.id ?? filters.elements.practitioner.value;
  openBooking({ startsAt: doctor ? wall(start) : "", practitionerId: doctor ?? "", departmentId: filters.elements.department.value });
}

function clicked(info) {
  if (info.event.display === "background") return;
  if (!info.event.extendedProps.count) return openVisit(info.event.id);
  calendar.setOption("date", info.event.extendedProps.day);
  show(narrow.matches ? "day" : "people");
}

let view = remembered().get("view") in VIEWS ? remembered().get("view") : narrow.matches ? "day" : "people";
const titled = narrow.matches ? { weekday: "short", month: "short", day: "numeric" } : { weekday: "long", month: "long", day: "numeric", year: "numeric" };
// on a phone several columns scroll sideways, and one alone fills the screen
const width = () => (!narrow.matches ? undefined : { week: "6.5rem", people: "9rem" }[view]);
const short = (words) => Object.assign(document.createElement("span"), { textContent: words });

const calendar = EventCalendar.create(root, {
  view: VIEWS[view],
  date: remembered().get("date") ?? root.dataset.now.slice(0, 10),
  timeZone: root.dataset.offset,
  locale: root.dataset.locale,
  firstDay: 1,
  allDaySlot: false,
  nowIndicator: true,
  slotDuration: "00:15",
  slotLabelInterval: "01:00",
  snapDuration: "00:15",
  slotHeight: 22,
  slotMinTime: "07:00",
  slotMaxTime: "21:00",
  flexibleSlotTimeLimits: true,
  slotEventOverlap: false,
  scrollTime: "08:00",
  columnWidth: width(),
  slotLabelFormat: { hour: "numeric" },
  views: {
    timeGridDay: { titleFormat: titled },
    resourceTimeGridDay: { titleFormat: titled },
    timeGridWeek: { dayHeaderFormat: { weekday: "short", day: "numeric" } },
    resourceTimelineWeek: { dayHeaderFormat: { weekday: "short", day: "numeric" }, slotDuration: "00:30", slotLabelInterval: "02:00", slotWidth: 30, slotMinTime: "07:00", slotMaxTime: "21:00" },
  },
  height: "100%",
  dayMaxEvents: true,
  editable: mayBook,
  eventStartEditable: mayBook,
  eventDurationEditable: mayBook,
  selectable: false,
  longPressDelay: 350,
  resources: shownPeople(),
  eventSources: [{ events: fetchEvents }],
  eventContent: content,
  eventClassNames: classes,
  eventDidMount: explain,
  loading: (busy) => document.getElementById("progress").classList.toggle("going", busy),
  headerToolbar: { start: "title", center: "", end: "today prev,next" },
  buttonText: { today: "Today" },
  customButtons: {},
  dateClick: (info) => book(info.date, info.resource),
  eventClick: clicked,
  eventDrop: dropped,
  eventResize: dropped,
  eventDragStart: () => (dragging = true),
  eventDragStop: settled,
  eventResizeStart: () => (dragging = true),
  eventResizeStop: settled,
  datesSet: () => requestAnimationFrame(settle),
  noEventsContent: () => short("Nothing booked"),
});

// A refetch in the midst of a drag would make the drop snap back: it waits until the hand is off.
function settled() {
  dragging = false;
  if (waiting) setTimeout(refetch, 400);
}
function refetch() {
  waiting = dragging;
  if (!dragging) calendar.refetchEvents();
}

// The arrows are pictures: they are named, and the address follows what is shown.
function settle() {
  root.querySelector(".ec-prev")?.setAttribute("aria-label", "Earlier");
  root.querySelector(".ec-next")?.setAttribute("aria-label", "Later");
  remember();
}

function remember() {
  const date = calendar.getOption("date");
  const at = new Date(date);
  history.replaceState(null, "", `#${new URLSearchParams({ view, date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}` })}`);
}

function show(name) {
  view = name;
  calendar.setOption("columnWidth", width());
  calendar.setOption("view", VIEWS[name]);
  filters.querySelector(".everybody").hidden = !name.startsWith("people");
  for (const button of filters.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
}

filters.addEventListener("click", (event) => {
  const button = event.target.closest("[data-view]");
  if (button) show(button.dataset.view);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", refetch);
for (const name of ["appointment", "schedule", "visits:changed"]) document.body.addEventListener(name, refetch);
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, .modal, .offcanvas") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowLeft") calendar.prev();
  else if (event.key === "ArrowRight") calendar.next();
  else if (event.key === "t") calendar.setOption("date", root.dataset.now.slice(0, 10));
});
new MutationObserver(tidy).observe(root, { childList: true, subtree: true, attributeFilter: ["role"] });
tidy();
show(view);
