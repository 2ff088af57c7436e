// Decisions a second over the last five minutes, stacked by verdict.

import { t, word } from "/static/words.js";

const VERDICTS = ["REFER", "HOLD", "RELEASE"];
const HEIGHT = 190;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A chart in an element; `show` gives it a snapshot's series, `close` removes it. */
export function chartIn(element) {
  let drawn = null;
  let last = null;
  const watching = new ResizeObserver(() => {
    drawn?.setSize({ width: element.clientWidth, height: HEIGHT });
  });
  watching.observe(element);

  function make() {
    drawn?.destroy();
    const axis = {
      stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false }, font: "12px system-ui, sans-serif",
    };
    const band = (verdict) => ({
      label: word("verdict", verdict), stroke: colour(`--${verdict}`),
      fill: colour(`--${verdict}-fill`), width: 1.5, points: { show: false },
    });
    drawn = new uPlot({
      width: element.clientWidth, height: HEIGHT, legend: { show: false },
      cursor: { show: false }, padding: [8, 26, 0, 0],
      axes: [
        { ...axis, space: 70, values: (_, ticks) => ticks.map((at) => new Date(at * 1000)
          .toLocaleTimeString("en-GB")) },
        { ...axis, size: 44, space: 34 },
      ],
      scales: { y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
      // Drawn from the highest sum down, so that each covers what is not its own.
      series: [{}, band("RELEASE"), band("HOLD"), band("REFER")],
    }, stacked(last), element);
  }

  return {
    show(series) {
      last = series;
      if (drawn) drawn.setData(stacked(series));
      else make();
    },
    restyle() { if (last) make(); },
    close() { watching.disconnect(); drawn?.destroy(); },
    describe: (rates) => t("chart.describe", Object.fromEntries(
      VERDICTS.map((verdict) => [verdict, rates[verdict]]))),
  };
}

function stacked(series) {
  const times = series.REFER.map((_, at) => series.from + at);
  const sums = [];
  let below = times.map(() => 0);
  for (const verdict of VERDICTS) {
    below = smooth(series[verdict]).map((n, at) => n + below[at]);
    sums.unshift(below);
  }
  return [times, ...sums];
}

/** Means over three seconds: single seconds jump too much to read. */
function smooth(counts) {
  return counts.map((_, at) => {
    const near = counts.slice(Math.max(0, at - 2), at + 1);
    return near.reduce((sum, n) => sum + n, 0) / near.length;
  });
}
