// One visit in a panel at the side: opened by a click in the list or in the calendar, and filled by htmx.
const drawer = document.getElementById("visit-drawer");
const panel = document.getElementById("visit-panel");

export function openVisit(id) {
  window.htmx.ajax("GET", `/appointments/${id}`, { target: "#visit-panel", swap: "innerHTML" });
}

if (drawer) {
  const shown = () => window.tabler.Offcanvas.getOrCreateInstance(drawer);
  document.body.addEventListener("htmx:after:swap", () => {
    if (panel.children.length && !drawer.classList.contains("show")) shown().show();
  });
  drawer.addEventListener("hidden.bs.offcanvas", () => {
    panel.replaceChildren();
    document.body.dispatchEvent(new CustomEvent("visits:changed"));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-visit]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openVisit(link.dataset.visit);
  });
  document.body.addEventListener("dialog:close", () => {
    if (drawer.classList.contains("show")) shown().hide();
  });
  // The list follows what changes, here and elsewhere.
  if (document.getElementById("visits")) {
    for (const name of ["appointment", "visits:changed"]) {
      document.body.addEventListener(name, () => {
        window.htmx.ajax("GET", location.pathname + location.search, { target: "#visits", swap: "outerHTML", select: "#visits" });
      });
    }
  }
}
