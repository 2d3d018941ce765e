// Line charts over the steps, drawn by dygraphs: one zoom for all of them, events as marks in each.
"use strict";

const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}

function shortNumber(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(4)));
}

const axisNumber = (value) => (Math.abs(value) >= 1e4 && Math.abs(value) < 1e7 ? Number((value / 1e3).toPrecision(4)) + "k" : shortNumber(value));

// The mouse as dygraphs has it, without its touch handlers: on a phone a finger must be able to scroll past a chart.
function mouseOnly() {
  const model = Object.assign({}, Dygraph.defaultInteractionModel);
  for (const name of ["touchstart", "touchmove", "touchend"]) delete model[name];
  return model;
}

const lineStyles = {
  loss: [
    { color: "pale", strokeWidth: 1 },
    { color: "first", strokeWidth: 2, connectSeparatedPoints: true },
    { color: "second", strokeWidth: 1.5, drawPoints: true, pointSize: 2.5, connectSeparatedPoints: true },
  ],
  single: [{ color: "first", strokeWidth: 1.3 }],
};

class Charts {
  constructor(charts, events) {
    this.events = events;
    this.graphs = [];
    this.node = element("div", { class: "two" });
    for (const chart of charts) this.node.append(this.card(chart));
  }

  card(chart) {
    const styles = lineStyles[chart.id] || lineStyles.single;
    // A line that was never measured takes no room in the key.
    const lines = chart.y.map((_, i) => i).filter((i) => chart.y[i].some((value) => value !== null));
    const key = lines.length < 2 ? [] : lines.map((i) => {
      const sign = element("i");
      sign.dataset.color = styles[i].color;
      return element("span", { class: "key small dim" }, sign, chart.labels[i + 1]);
    });
    const readout = element("span", { class: "readout small dim" });
    const button = element("button", { type: "button", title: "logarithmic scale" }, "log");
    const plot = element("div", { class: "plot" });
    const head = element("div", { class: "head" }, element("h3", {}, chart.title), element("span", { class: "small dim" }, chart.about), key, button, readout);
    const positive = lines.every((i) => chart.y[i].every((value) => value === null || value > 0));
    if (!positive) button.remove();
    this.graphs.push({ chart, styles, lines, plot, readout, button, key, log: chart.log && positive });
    button.addEventListener("click", () => {
      const own = this.graphs.find((other) => other.button === button);
      own.log = !own.log;
      this.draw(own);
    });
    return element("section", { class: "card" + (chart.id === "loss" ? " wide" : "") }, head, plot);
  }

  drawAll() {
    for (const graph of this.graphs) this.draw(graph);
  }

  draw(graph) {
    const { chart, lines, styles } = graph;
    graph.button.setAttribute("aria-pressed", String(graph.log));
    for (const key of graph.key) key.firstChild.style.background = theme(key.firstChild.dataset.color);
    const rows = chart.x.map((step, k) => [step, ...lines.map((i) => chart.y[i][k])]);
    const labels = ["step", ...lines.map((i) => chart.labels[i + 1])];
    const series = {};
    lines.forEach((i) => {
      series[chart.labels[i + 1]] = Object.assign({}, styles[i], { color: theme(styles[i].color) });
    });
    const zoomed = graph.dygraph && graph.dygraph.isZoomed("x") ? graph.dygraph.xAxisRange() : null;
    if (graph.dygraph) graph.dygraph.destroy();
    graph.dygraph = new Dygraph(graph.plot, rows, {
      labels, series,
      logscale: graph.log,
      includeZero: chart.from_zero && !graph.log,
      axes: {
        x: { axisLabelFormatter: axisNumber, pixelsPerLabel: 50 },
        y: { axisLabelFormatter: axisNumber, axisLabelWidth: 52, pixelsPerLabel: 24 },
      },
      axisLineColor: theme("line"),
      gridLineColor: theme("grid"),
      highlightCircleSize: 3,
      xRangePad: 4,
      yRangePad: 6,
      interactionModel: mouseOnly(),
      highlightCallback: (_, step, points) => this.read(graph, step, points),
      unhighlightCallback: () => { graph.readout.textContent = ""; },
      underlayCallback: (canvas, area, dygraph) => this.drawEvents(canvas, area, dygraph),
      zoomCallback: (low, high) => this.zoom(graph, low, high),
      dateWindow: zoomed,
    });
  }

  read(graph, step, points) {
    const parts = points.filter((point) => Number.isFinite(point.yval)).map((point) => (points.length > 1 ? point.name + " " : "") + shortNumber(point.yval));
    graph.readout.textContent = "step " + step.toLocaleString("en") + ": " + parts.join(", ");
  }

  drawEvents(canvas, area, dygraph) {
    const bad = theme("warn"), plain = theme("mark");
    const troubling = new Set(["spike", "nonfinite", "skip", "rollback"]);
    canvas.save();
    canvas.lineWidth = 1;
    canvas.setLineDash([3, 3]);
    for (const event of this.events) {
      const x = Math.round(dygraph.toDomXCoord(event.step)) + 0.5;
      if (x < area.x || x > area.x + area.w || event.kind === "save") continue;
      canvas.strokeStyle = troubling.has(event.kind) ? bad : plain;
      canvas.beginPath();
      canvas.moveTo(x, area.y);
      canvas.lineTo(x, area.y + area.h);
      canvas.stroke();
    }
    canvas.restore();
  }

  zoom(source, low, high) {
    for (const graph of this.graphs) {
      if (graph !== source) graph.dygraph.updateOptions({ dateWindow: source.dygraph.isZoomed("x") ? [low, high] : null });
    }
  }
}
