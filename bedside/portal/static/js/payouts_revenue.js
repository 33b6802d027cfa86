// Revenue: bars by day or month, from a data attribute; beside each chart stands the same as a table. And imports: a table
// that was looked at is forgotten once another file is chosen.
const charts = new Map();
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// What a custom property comes to, light-dark() and all, as a canvas can take it.
function colour(name, fallback) {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.hidden = true;
  probe.style.color = style(name) ? `var(${name})` : fallback;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function draw(element) {
  const data = JSON.parse(element.dataset.revenueChart);
  const amounts = data.minor.map((minor) => minor / 10 ** data.decimals);
  const locale = document.documentElement.lang || "en";
  const short = new Intl.NumberFormat(locale, { style: "currency", currency: data.currency, notation: "compact", maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(locale, { style: "currency", currency: data.currency });
  const ink = colour("--tblr-secondary", "#888");
  const bar = colour("--tblr-link-color", "#0f766e");
  const hair = colour("--tblr-border-color", "#ddd");
  const tip = Object.assign(document.createElement("div"), { className: "chart-tip", hidden: true });
  const size = () => ({ width: Math.max(element.clientWidth, 120), height: 208 });
  const font = `11px ${style("--tblr-font-sans-serif") || "sans-serif"}`;
  const each = Math.max(1, Math.ceil(data.labels.length / (element.clientWidth / 56)));
  const chart = new window.uPlot(
    {
      ...size(),
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      legend: { show: false },
      scales: { x: { time: false, range: [-0.6, data.labels.length - 0.4] }, y: { range: (_, low, high) => [Math.min(0, low * 1.08), Math.max(0, high * 1.08)] } },
      axes: [
        { stroke: ink, font, grid: { show: false }, ticks: { show: false }, splits: () => data.labels.map((_, n) => n).filter((n) => n % each === 0), values: (_, at) => at.map((n) => data.labels[n] ?? "") },
        { stroke: ink, font, size: 64, grid: { stroke: hair, width: 1 }, ticks: { show: false }, values: (_, at) => at.map((value) => short.format(value)) },
      ],
      series: [{}, { fill: bar, stroke: bar, width: 0, points: { show: false }, paths: window.uPlot.paths.bars({ size: [0.66, 44], radius: 0.12 }) }],
      hooks: {
        setCursor: [
          (self) => {
            const n = self.cursor.idx;
            tip.hidden = n === null || n === undefined || self.cursor.left < 0;
            if (tip.hidden) return;
            tip.textContent = `${data.words[n]}: ${whole.format(amounts[n])}`;
            const left = self.valToPos(n, "x");
            tip.style.left = `${Math.min(Math.max(left - tip.offsetWidth / 2, 0), Math.max(self.over.clientWidth - tip.offsetWidth, 0))}px`;
            tip.style.top = "0px";
          },
        ],
      },
    },
    [data.labels.map((_, n) => n), amounts],
    element,
  );
  chart.over.append(tip);
  const watch = new ResizeObserver(() => chart.setSize(size()));
  watch.observe(element);
  charts.set(element, { chart, watch });
}

function drawAll(anew = false) {
  for (const [element, { chart, watch }] of charts) {
    if (element.isConnected && !anew) continue;
    watch.disconnect();
    chart.destroy();
    charts.delete(element);
  }
  for (const element of document.querySelectorAll("[data-revenue-chart]")) if (!charts.has(element)) draw(element);
}

if (window.uPlot) {
  drawAll();
  document.body.addEventListener("htmx:after:swap", () => drawAll());
  window.addEventListener("bedside:theme", () => setTimeout(() => drawAll(true), 50));
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#field-file")) document.getElementById("outcome")?.replaceChildren();
});
