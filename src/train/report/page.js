// The page from the top to the bottom: headline, readings, charts, health, samples, events, configuration, machine.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("report");

const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function plainText(value) {
  if (Array.isArray(value)) return value.map(plainText).join(", ");
  if (isMap(value)) return JSON.stringify(value);
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : shortNumber(value);
  return String(value);
}

function section(title, ...content) {
  page.append(element("h2", {}, title), ...content);
}

function table(rows) {
  return element("div", { class: "card table" }, element("table", {}, rows));
}

// One row for each leaf; "machine" may hold maps.
function rowsOf(map, prefix) {
  return Object.entries(map).flatMap(([key, value]) =>
    isMap(value) ? rowsOf(value, prefix + key + " · ") : [element("tr", {}, element("th", {}, prefix + key.replaceAll("_", " ")), element("td", {}, plainText(value)))]);
}

function headline() {
  const { name, model, version, started } = data.run;
  page.append(element("h1", {}, data.title));
  const about = [typeof model === "string" ? model : null, version ? "gimbal " + version : null, started].filter(Boolean).join(" · ");
  if (about) page.append(element("div", { class: "dim" }, about));
  page.append(element("div", { class: "headline" }, data.headline.map((card) =>
    element("div", { class: "card" }, element("div", { class: "small dim" }, card.label), element("div", { class: "value" }, card.value), element("div", { class: "small dim" }, card.note)))));
}

function readings() {
  section("Reading", element("ul", { class: "readings" }, data.readings.map((reading) => element("li", { class: reading.warning ? "warning" : "" }, reading.text))));
}

function health() {
  const maps = data.health.map((map) => new HeatMap(map));
  if (maps.length === 0) return maps;
  const steps = data.health[0].steps;
  section("Layer health", element("p", { class: "dim small", style: "margin-top: 0" },
    `Steps run from left to right, layers from the first at the top. ${steps.length} columns from step ${steps[0].toLocaleString("en")} to ${steps[steps.length - 1].toLocaleString("en")}; ` +
    "where a cell stands for several measurements or layers it shows the largest. Red cells are not finite."), element("div", { class: "two" }, maps.map((map) => map.node)));
  return maps;
}

function samples() {
  if (data.samples.length === 0) return;
  const steps = [...new Set(data.samples.map((sample) => sample.step))];
  const slider = element("input", { type: "range", min: 0, max: steps.length - 1, value: steps.length - 1, "aria-label": "step of the samples" });
  const label = element("div", { class: "small dim" }), shown = element("div", { style: "display: grid; gap: 10px; margin-top: 8px" });
  const show = () => {
    const step = steps[Number(slider.value)];
    label.textContent = step === null ? "samples" : "step " + step.toLocaleString("en");
    shown.replaceChildren(...data.samples.filter((sample) => sample.step === step).map((sample) =>
      element("pre", {}, sample.prompt ? element("span", { class: "prompt" }, sample.prompt) : null, sample.text)));
  };
  slider.addEventListener("input", show);
  show();
  section("Samples", element("div", { class: "card" }, label, steps.length > 1 ? slider : null, shown));
}

function events() {
  if (data.events.length === 0) return;
  const rows = data.events.map((event) => element("tr", {}, element("td", { class: "step" }, event.step.toLocaleString("en")), element("th", {}, event.kind), element("td", {}, event.what)));
  const more = data.events_left_out > 0 ? element("p", { class: "dim small" }, `${data.events_left_out} more are in log.jsonl.`) : null;
  const all = table(rows);
  section("Events", ...(rows.length > 12 ? [element("details", {}, element("summary", { style: "font-size: 15px; font-weight: 400; margin: 0 0 10px" }, `${rows.length} events`), all)] : [all]));
  if (more) page.append(more);
}

function configuration() {
  if (data.config) page.append(element("details", {}, element("summary", {}, "Configuration"), element("div", { class: "card" }, element("pre", {}, data.config))));
  const run = Object.assign({}, data.run);
  if (data.unreadable_lines > 0) run.unreadable_log_lines = data.unreadable_lines;
  if (Object.keys(run).length > 0) section("Machine and run", table(rowsOf(run, "")));
}

headline();
readings();
const charts = new Charts(data.charts, data.events);
if (data.charts.length > 0) section("Charts", element("p", { class: "dim small", style: "margin-top: 0" }, "Drag over a chart to zoom all of them; double-click to see everything again. Dashed lines are events."), charts.node);
const maps = health();
samples();
events();
configuration();

function drawAll() {
  charts.drawAll();
  for (const map of maps) map.draw();
}
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => maps.forEach((map) => map.draw()), 100);
});
