// Messages in the corner. Servers send them as <hx-partial hx-target="#toasts">; modules call toast().
const SHOWN_FOR = 6000;
const SYMBOLS = { green: "circle-check", red: "alert-circle", amber: "alert-triangle", blue: "info-circle", teal: "bell" };

export function symbol(name, classes = "") {
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "/static/vendor/icons/icons.svg";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon ${classes}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function toast(title, text = "", tone = "green", href = null) {
  const card = document.createElement("div");
  card.className = `toast-card tone-${tone}`;
  card.dataset.toast = "";
  const words = document.createElement("div");
  words.className = "toast-words";
  const strong = document.createElement("strong");
  strong.textContent = title;
  words.append(strong, text ?? "");
  if (href) {
    const link = Object.assign(document.createElement("a"), { href, textContent: "Open" });
    words.append(" ", link);
  }
  const close = Object.assign(document.createElement("button"), { type: "button", className: "copy-button" });
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", "Dismiss");
  close.append(symbol("x", "icon-sm"));
  card.append(symbol(SYMBOLS[tone] ?? "info-circle"), words, close);
  document.getElementById("toasts")?.append(card);
}

const leave = (card) => {
  card.classList.add("leaving");
  setTimeout(() => card.remove(), 220);
};

// A toast goes by itself, but not under the pointer or the focus, and an error waits to be dismissed.
const watch = (card) => {
  if (card.classList.contains("tone-red")) return;
  const tick = () => (card.matches(":hover, :focus-within") ? setTimeout(tick, 1500) : leave(card));
  setTimeout(tick, SHOWN_FOR);
};

const corner = document.getElementById("toasts");
if (corner) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.nodeType === 1 && node.matches("[data-toast]")) watch(node);
    }
    while (corner.children.length > 4) corner.firstElementChild.remove();
  }).observe(corner, { childList: true });
  corner.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toast-close]");
    if (button) leave(button.closest("[data-toast]"));
  });
}
