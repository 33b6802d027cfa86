// The dialogue that books: opened by b or n, a new patient inline, and alternatives taken by a number.
const content = document.getElementById("dialog-content");
const typing = (target) => target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]");

export function openBooking(query = {}) {
  const address = `/appointments/new?${new URLSearchParams(query)}`;
  document.getElementById("dialog-frame").classList.add("modal-lg");
  window.htmx.ajax("GET", address, { target: "#dialog-content", swap: "innerHTML" });
}

let going = -2000; // g was pressed: the next letter goes somewhere, it does not book

if (content) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key) && !typing(event.target)) {
      const choice = content.querySelector(`[data-key="${event.key}"]`);
      if (choice) {
        event.preventDefault();
        choice.click();
      }
      return;
    }
    if (typing(event.target) || document.querySelector(".modal.show")) return;
    if ((event.key === "b" || event.key === "n") && event.timeStamp - going > 1200) {
      event.preventDefault();
      const patient = /^\/patients\/(\d+)/.exec(location.pathname)?.[1];
      openBooking(patient ? { patientId: patient } : {});
    }
    if (event.key === "g") going = event.timeStamp;
  });

  // Whoever is not here yet: the words that were typed become first and last name.
  content.addEventListener("change", (event) => {
    if (event.target.name !== "patient_id") return;
    const box = content.querySelector("#new-patient");
    if (!box) return;
    const fresh = event.target.value === "new";
    box.hidden = !fresh;
    if (fresh) {
      const words = content.querySelector("#field-patient_id").value.trim().split(/\s+/);
      box.querySelector("[name=last_name]").value = words.length > 1 ? words.pop() : "";
      box.querySelector("[name=first_name]").value = words.join(" ");
      box.querySelector(words.length && box.querySelector("[name=last_name]").value ? "[name=phone]" : "[name=last_name]").focus();
    } else if (event.target.value) {
      // a patient is chosen: one more Enter takes the first free time
      content.querySelector("input[name=slot]:checked")?.focus();
    }
  });

  // What Book would book is said beside it.
  const sum = () => {
    const place = content.querySelector("#booking-summary");
    const slot = content.querySelector("input[name=slot]:checked");
    if (!place) return;
    const who = slot?.dataset.who || content.querySelector("[name=practitioner_id] option:checked")?.textContent;
    place.replaceChildren(slot?.dataset.said ?? "No time chosen", ...(slot ? [Object.assign(document.createElement("small"), { textContent: who })] : []));
  };
  content.addEventListener("change", sum);
  document.body.addEventListener("htmx:after:swap", sum);

  // After a conflict the first alternative has the focus: Enter or a number takes it.
  document.body.addEventListener("htmx:after:swap", () => {
    const first = content.querySelector("[data-key]");
    if (first) requestAnimationFrame(() => first.focus());
  });
}
