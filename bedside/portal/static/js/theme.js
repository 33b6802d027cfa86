// Runs before the first paint: "as the device" becomes light or dark at once, and follows when the device changes.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = root.dataset.themeChoice || "auto";
    root.setAttribute("data-bs-theme", choice === "auto" ? (dark.matches ? "dark" : "light") : choice);
  };
  dark.addEventListener("change", apply);
  window.addEventListener("bedside:theme", apply);
  apply();
})();
