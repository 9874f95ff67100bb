// A chart over the table that already says it all: only where there is a script, and only from this page.
"use strict";
for (const box of document.querySelectorAll("[data-chart]")) {
  const rows = [...document.querySelectorAll(`#${box.dataset.chart} tbody tr`)];
  const at = rows.map((row) => Number(row.dataset.at));
  const values = rows.map((row) => (row.dataset.value === "" ? null : Number(row.dataset.value)));
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const said = (value) => {
    if (value === null || value === undefined) return "–";
    if (box.dataset.unit === "ratio") return `${+(value * 100).toFixed(1)} %`;
    if (box.dataset.unit !== "s") return value.toLocaleString("en");
    if (Math.abs(value) < 60) return `${+value.toFixed(1)} s`;
    if (Math.abs(value) < 3600) return `${+(value / 60).toFixed(1)} min`;
    return Math.abs(value) < 172800 ? `${+(value / 3600).toFixed(1)} h` : `${+(value / 86400).toFixed(1)} d`;
  };
  const options = () => ({
    width: box.clientWidth,
    height: 240,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), high === low ? high + 1 : high * 1.05] } },
    axes: [
      { stroke: colour("--quiet"), grid: { stroke: colour("--line") }, ticks: { stroke: colour("--line") },
        space: 90, values: (_, ticks) => ticks.map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 10)) },
      { stroke: colour("--quiet"), grid: { stroke: colour("--line") }, ticks: { stroke: colour("--line") },
        size: 68, values: (_, ticks) => ticks.map(said) },
    ],
    series: [{}, { stroke: colour("--accent"), width: 2, points: { show: true, fill: colour("--accent") } }],
  });
  let plot = null;
  const draw = () => {
    const old = plot;
    if (old) old.destroy();
    box.replaceChildren();
    plot = new uPlot(options(), [at, values], box);
    box.querySelector("canvas").setAttribute("aria-hidden", "true");
  };
  draw();
  new ResizeObserver(() => plot && plot.width !== box.clientWidth && plot.setSize({ width: box.clientWidth, height: 240 })).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
