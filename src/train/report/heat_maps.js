// Layer health over the run: a cell for each step and layer, coloured by value, readable under the pointer.
"use strict";

const kNotFinite = 65534, kMissing = 65535, kTop = 65000;

// Nine stops of the viridis map (van der Walt and Smith 2015): even to the eye, and in grey as well.
const stops = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];

function colour(part) {
  const place = Math.min(Math.max(part, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(place), stops.length - 2);
  return stops[i].map((from, k) => Math.round(from + (stops[i + 1][k] - from) * (place - i)));
}

function decode(base64) {
  const text = atob(base64), cells = new Uint16Array(text.length / 2);
  for (let i = 0; i < cells.length; ++i) cells[i] = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8);
  return cells;
}

// Layers in one band; the embedding and the head, where measured, in thin bands of their own above and below.
function bandsOf(rows, height) {
  const bands = [], gap = 4, thin = 12;
  const first = rows[0] === "embedding" ? 1 : 0, last = rows.length - (rows[rows.length - 1] === "head" ? 1 : 0);
  let top = 0, bottom = height;
  if (first) {
    bands.push({ first: 0, last: 1, top: 0, height: thin, label: "embed" });
    top = thin + gap;
  }
  if (last < rows.length) {
    bands.push({ first: last, last: rows.length, top: height - thin, height: thin, label: "head" });
    bottom = height - thin - gap;
  }
  if (last > first) bands.push({ first, last, top, height: bottom - top, label: "" });
  return bands;
}

// Round steps between labels, at most `most` of them.
function niceStep(span, most) {
  const rough = Math.max(span / most, 1), power = Math.pow(10, Math.floor(Math.log10(rough)));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= rough);
}

class HeatMap {
  constructor(map) {
    this.map = map;
    this.cells = decode(map.cells);
    this.canvas = element("canvas", { class: "heat" });
    this.bar = element("canvas", { width: 256, height: 1 });
    this.readout = element("span", { class: "readout small dim" });
    const head = element("div", { class: "head" }, element("h3", {}, map.title), element("span", { class: "small dim" }, map.about), this.readout);
    const scale = element("div", { class: "scale small dim" }, shortNumber(map.low), this.bar, shortNumber(map.high) + (map.log ? " (log)" : ""));
    this.node = element("section", { class: "card" }, head, this.canvas, scale);
    this.canvas.addEventListener("pointermove", (event) => this.read(event));
    this.canvas.addEventListener("pointerdown", (event) => this.read(event));
    this.canvas.addEventListener("pointerleave", () => { this.readout.textContent = ""; });
    this.paintBar();
  }

  paintBar() {
    const bar = this.bar.getContext("2d"), ramp = bar.createImageData(256, 1);
    for (let i = 0; i < 256; ++i) ramp.data.set([...colour(i / 255), 255], 4 * i);
    bar.putImageData(ramp, 0, 0);
  }

  // Of rows [first, last) of a column the one that matters most: not finite, else the extreme; missing last.
  extremeRow(column, first, last) {
    const rank = (row) => {
      const code = this.cells[column * this.map.rows.length + row];
      if (code === kMissing) return -1;
      return code === kNotFinite ? kNotFinite : this.map.shows_smallest ? kTop - code : code;
    };
    let best = first;
    for (let row = first + 1; row < last; ++row) if (rank(row) > rank(best)) best = row;
    return best;
  }

  // Rows of the model behind line `line` of `lines` in a band: several where layers are thinner than a pixel.
  rowsBehind(band, line, lines) {
    const count = band.last - band.first, first = band.first + Math.floor((line * count) / lines);
    return [first, Math.max(first + 1, band.first + Math.floor(((line + 1) * count) / lines))];
  }

  imageOf(band, lines) {
    const columns = this.map.steps.length, image = element("canvas", { width: columns, height: lines });
    const context = image.getContext("2d"), pixels = context.createImageData(columns, lines);
    for (let line = 0; line < lines; ++line) {
      const [first, last] = this.rowsBehind(band, line, lines);
      for (let column = 0; column < columns; ++column) {
        const code = this.cells[column * this.map.rows.length + this.extremeRow(column, first, last)];
        const rgb = code === kNotFinite ? [230, 30, 60] : colour(code / kTop);
        pixels.data.set([...rgb, code === kMissing ? 0 : 255], 4 * (line * columns + column));
      }
    }
    context.putImageData(pixels, 0, 0);
    return image;
  }

  draw() {
    const rows = this.map.rows.length, columns = this.map.steps.length;
    const left = 54, axis = 18, plot = Math.min(Math.max(rows * 14 + 12, 96), 300);
    const width = this.canvas.clientWidth, height = plot + axis, ratio = window.devicePixelRatio || 1;
    this.canvas.style.height = height + "px";
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.area = { left, width: width - left, bands: bandsOf(this.map.rows, plot) };
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = theme("dim");
    for (const band of this.area.bands) {
      band.lines = Math.min(band.last - band.first, Math.floor(band.height));
      context.imageSmoothingEnabled = false;
      context.drawImage(this.imageOf(band, band.lines), left, band.top, width - left, band.height);
      this.labelBand(context, band);
    }
    context.textBaseline = "bottom";
    const firstStep = this.map.steps[0], lastStep = this.map.steps[columns - 1], step = niceStep(lastStep - firstStep, (width - left) / 80);
    for (let value = Math.ceil(firstStep / step) * step; value <= lastStep; value += step) {
      const column = this.map.steps.findIndex((start, i) => start <= value && (i + 1 === columns || this.map.steps[i + 1] > value));
      const x = left + ((column + 0.5) * (width - left)) / columns, text = axisNumber(value), half = context.measureText(text).width / 2;
      context.textAlign = "center";
      context.fillText(text, Math.min(Math.max(x, left + half), width - half), height);
    }
  }

  labelBand(context, band) {
    context.textAlign = "right";
    context.textBaseline = "middle";
    const x = this.area.left - 6;
    if (band.label) {
      context.fillText(band.label, x, band.top + band.height / 2);
      return;
    }
    const count = band.last - band.first, every = niceStep(count, band.height / 20);
    for (let i = 0; i < count; i += every) context.fillText(String(i), x, Math.max(band.top + 7, band.top + ((i + 0.5) * band.height) / count));
  }

  value(code) {
    if (code === kNotFinite) return "not finite";
    if (code === kMissing) return "not measured";
    const { low, high, log } = this.map, part = code / kTop;
    return shortNumber(log ? Math.exp(Math.log(low) + part * (Math.log(high) - Math.log(low))) : low + part * (high - low));
  }

  read(event) {
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left - this.area.left, y = event.clientY - box.top;
    const columns = this.map.steps.length, column = Math.floor((x / this.area.width) * columns);
    const band = this.area.bands.find((b) => y >= b.top && y < b.top + b.height);
    if (!band || column < 0 || column >= columns) {
      this.readout.textContent = "";
      return;
    }
    const row = this.extremeRow(column, ...this.rowsBehind(band, Math.floor(((y - band.top) / band.height) * band.lines), band.lines));
    this.readout.textContent = "step " + this.map.steps[column].toLocaleString("en") + ", " + this.map.rows[row] + ": " + this.value(this.cells[column * this.map.rows.length + row]);
  }
}
