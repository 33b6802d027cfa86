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
};
const WORDS = { held: "held", scheduled: "scheduled", confirmed: "confirmed", arrived: "arrived", completed: "completed", no_show: "missed" };
const people = JSON.parse(root.dataset.people);

const two = (number) => String(number).padStart(2, "0");
const spoken = new Intl.DateTimeFormat(root.dataset.locale, { hour: "numeric", minute: "2-digit" });
const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const wall = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${clock(at)}`;
const remembered = () => new URLSearchParams(location.hash.slice(1));

let dragging = false;
let waiting = false;

function shownPeople() {
  const one = filters.elements.practitioner.value;
  return one ? people.filter((person) => person.id === one) : people;
}

async function fetchEvents(info) {
  const query = new URLSearchParams({ start: wall(info.start), end: wall(info.end), department: filters.elements.department.value, practitioner: filters.elements.practitioner.value });
  const answer = await fetch(`/calendar/visits?${query}`, { headers: { "x-quiet": "1" } });
  if (!answer.ok) {
    toast("Not reached", "The calendar could not be read just now.", "red");
    return [];
  }
  const found = await answer.json();
  const side = view.startsWith("people");
  const oneDoctor = filters.elements.practitioner.value !== "";
  // the hours of everybody on top of each other say nothing: only side by side, or of one practitioner
  return [...found.visits, ...(side || oneDoctor ? found.hours : [])];
}

function content(info) {
  if (info.event.display === "background") return "";
  const { status, doctor, reason, needsNewTime } = info.event.extendedProps;
  const line = document.createElement("div");
  line.className = "visit-line";
  const time = document.createElement("time");
  time.textContent = spoken.format(info.event.start);
  // side by side the column is narrow, and its place says the time: the name needs the room
  if (view === "people") time.className = "visually-hidden";
  const name = document.createElement("b");
  name.textContent = info.event.title;
  line.append(symbol(needsNewTime ? "calendar-off" : LOOKS[status]?.[1] ?? "calendar"), time, name);
  const more = document.createElement("span");
  more.className = "visit-more";
  more.textContent = view.startsWith("people") || view === "month" ? reason : doctor;
  const word = document.createElement("span");
  word.className = "visually-hidden";
  word.textContent = `, ${WORDS[status]}${needsNewTime ? ", needs a new time" : ""}, ${doctor}`;
  name.append(word);
  const short = info.event.end - info.event.start < 1500000; // under 25 minutes a second line does not fit
  return { domNodes: more.textContent && view !== "month" && !short ? [line, more] : [line] };
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
    toast("Moved", `${visit.patientName}: ${visit.appointmentDate}, ${visit.appointmentTime}, ${visit.practitionerName}.`);
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
    offer(card, `${one.startsAt.slice(5, 10)} ${one.startsAt.slice(11, 16)} ${one.practitionerName}`, () => move(id, { startsAt: one.startsAt, practitionerId: one.practitionerId }, back));
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

let view = remembered().get("view") in VIEWS ? remembered().get("view") : narrow.matches ? "day" : "people";
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
  columnWidth: narrow.matches ? "11rem" : undefined,
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
  headerToolbar: { start: "title", center: "", end: "today prev,next" },
  buttonText: { today: "Today" },
  customButtons: {},
  dateClick: (info) => book(info.date, info.resource),
  eventClick: (info) => info.event.display !== "background" && openVisit(info.event.id),
  eventDrop: dropped,
  eventResize: dropped,
  eventDragStart: () => (dragging = true),
  eventDragStop: settled,
  eventResizeStart: () => (dragging = true),
  eventResizeStop: settled,
  datesSet: () => requestAnimationFrame(remember),
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

function remember() {
  const date = calendar.getOption("date");
  const at = new Date(date);
  history.replaceState(null, "", `#${new URLSearchParams({ view, date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}` })}`);
}

function show(name) {
  view = name;
  calendar.setOption("view", VIEWS[name]);
  for (const button of filters.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
}

filters.addEventListener("click", (event) => {
  const button = event.target.closest("[data-view]");
  if (button) show(button.dataset.view);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", () => {
  calendar.setOption("resources", shownPeople());
  refetch();
});
for (const name of ["appointment", "schedule", "visits:changed"]) document.body.addEventListener(name, refetch);
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, .modal, .offcanvas") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowLeft") calendar.prev();
  else if (event.key === "ArrowRight") calendar.next();
  else if (event.key === "t") calendar.setOption("date", root.dataset.now.slice(0, 10));
});
show(view);
