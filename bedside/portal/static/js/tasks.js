// One key acts on the task in focus: t takes it, d marks it done, o opens it again; j and k go down and up the list.
let afterG = -Infinity;

const rows = () => [...document.querySelectorAll("#tasks tr[id^=task-]")];
const busy = () => document.querySelector(".modal.show");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || busy()) return;
  if (event.target.closest("input, textarea, select, [contenteditable=true]")) return;
  // g and a letter goes to another page: that letter is not ours
  if (event.key === "g") afterG = event.timeStamp;
  if (event.timeStamp - afterG < 1200) return;
  const row = document.activeElement.closest("tr[id^=task-]");
  if (event.key === "j" || event.key === "k") {
    const all = rows();
    const at = all.indexOf(row);
    const next = at < 0 ? 0 : Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), all.length - 1);
    all[next]?.querySelector(".row-target").focus();
    event.preventDefault();
    return;
  }
  if (!row || !["t", "d", "o"].includes(event.key)) return;
  const button = row.querySelector(`[data-press="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  // the row may leave the list: the one after it, or else before it, is next
  const all = rows();
  const neighbour = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
  button.click();
  if (event.key !== "t") neighbour?.querySelector(".row-target").focus();
});
