// A mail as it looks, in a frame of its own: the fields of the form around it are posted there. It is shown as wide as a
// phone or a desktop, made smaller where the page has less room, and as programs show it that turn mail dark.
const SIZES = { phone: [375, 667], desktop: [700, 680] };
const PAUSE = 500;

function start(seen) {
  if (seen.dataset.ready) return;
  seen.dataset.ready = "true";
  const stage = seen.querySelector(".mail-stage");
  let frame = seen.querySelector("iframe");
  const around = seen.closest("form");
  const dark = seen.querySelector("[data-dark]");
  const isDark = () => dark.getAttribute("aria-pressed") === "true";
  let pause = null;

  const fit = () => {
    const [wide, high] = SIZES[seen.dataset.shown];
    const by = Math.min(1, stage.clientWidth / (wide + 2)); // and its border
    Object.assign(frame.style, { inlineSize: `${wide}px`, blockSize: `${high}px`, transform: `scale(${by})` });
    stage.style.blockSize = `${Math.ceil((high + 2) * by)}px`;
  };
  const size = (chosen) => {
    seen.dataset.shown = chosen;
    for (const button of seen.querySelectorAll("[data-size]")) button.setAttribute("aria-pressed", String(button.dataset.size === chosen));
    fit();
  };
  const draw = () => {
    if (!seen.isConnected) return;
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: seen.dataset.mail, target: frame.name, hidden: true });
    for (const [name, value] of [...new FormData(around), ["dark", isDark() ? "1" : ""]]) {
      const field = document.createElement("textarea");
      Object.assign(field, { name, value });
      form.append(field);
    }
    // a new frame each time: another page in the same one would stand in the history, and Back would lead to it
    const fresh = frame.cloneNode();
    frame.replaceWith(fresh);
    frame = fresh;
    document.body.append(form);
    form.submit();
    form.remove();
  };
  const soon = () => {
    clearTimeout(pause);
    pause = setTimeout(draw, PAUSE);
  };
  around.addEventListener("input", soon);
  around.addEventListener("change", soon);
  for (const button of seen.querySelectorAll("[data-size]")) button.addEventListener("click", () => size(button.dataset.size));
  dark.addEventListener("click", () => {
    dark.setAttribute("aria-pressed", String(!isDark()));
    draw();
  });
  // in the next frame, since its own height changes what is observed
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(stage);
  size(stage.clientWidth < SIZES.phone[0] + 100 ? "phone" : "desktop");
  draw();
}

const startAll = () => document.querySelectorAll(".mail-seen").forEach(start);
startAll();
document.body.addEventListener("htmx:after:swap", startAll);
