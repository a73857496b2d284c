// Draws lanes and the axis. Rows are distributed among the instances that are present in the shown period. Where there are too
// many for a row each, a row has several, and their colours are mixed by how long each is in a state.

// Sizes in pixels of the page: what stands left of the lanes, a thread's lane, all instances of an engine, the least of a task.
const GUTTER = 96, THREAD = 14, LANES = 300, LEAST_SECTION = 16;
// An instance among few and at most; all threads of an engine at most; what one colour is mixed for; the room between sections.
const FEW = 5, THICKEST = 10, THREADS = 80, MIXED = 2, GAP = 6;
// More segments than these are mixed: one by one they would take too long.
const MOST_SEGMENTS = 8000;
// How much of a lane is filled: where lanes are mixed, a thin form is faint.
const WEIGHTS = { full: 1, thin: 0.5, edge: 0.35, stroke: 1 };

// Finds the lanes of each section that are present in the shown period, and their places in pixels of the page.
function layOut(engine, view) {
  let top = 0;
  const instances = engine.sections.filter((section) => !section.isThread);
  const count = instances.reduce((sum, section) => sum + section.lanes, 0);
  for (const section of engine.sections) {
    const share = (LANES * section.lanes) / Math.max(1, count);
    // A few among many are easier to see with some more room.
    const least = Math.max(LEAST_SECTION, Math.min(2 * LEAST_SECTION, FEW * section.lanes));
    const threads = Math.min(THREADS, THREAD * section.lanes);
    section.height = section.isThread ? threads : Math.max(least, Math.min(share, THICKEST * section.lanes));
    section.top = top;
    top += section.height + (section.isThread ? 2 : GAP);
    section.there = [];
    let segments = 0;
    const { scheduled, last } = engine.lives;
    for (let lane = 0; lane < section.lanes; lane++) {
      const life = section.life + lane;
      if (section.isThread || (scheduled[life] <= view.to && last[life] >= view.from)) {
        section.there.push(lane);
        segments += section.first[lane + 1] - section.first[lane];
      }
    }
    section.bin = Math.max(1, Math.ceil(section.there.length / (section.height - 1)));
    section.rows = Math.max(1, Math.ceil(section.there.length / section.bin));
    section.row = Math.min(section.isThread ? THREAD : THICKEST, section.height / section.rows);
    section.isMixed = section.bin > 1 || segments > MOST_SEGMENTS;
  }
  engine.height = top;
}

function drawEngine(engine, view, data) {
  const { canvas } = engine;
  const scale = Math.min(2, window.devicePixelRatio || 1);
  const width = canvas.clientWidth;
  if (width === 0) return;
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(engine.height * scale)];
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, engine.height);
  const across = (time) => GUTTER + ((time - view.from) / (view.to - view.from)) * (width - GUTTER);
  context.fillStyle = "#ddd";
  for (const { at } of ticksOf(view, data.unit_ns)) context.fillRect(across(at), 0, 1, engine.height);
  for (const section of engine.sections) {
    context.save();
    context.beginPath();
    context.rect(GUTTER, section.top, width - GUTTER, section.height);
    context.clip();
    if (section.isMixed) mixed(context, section, view, data.paints, width - GUTTER);
    else exact(context, section, view, data.paints, across);
    context.restore();
    context.fillStyle = "#000";
    context.font = "12px sans-serif";
    context.textBaseline = "middle";
    context.fillText(section.label ?? data.tasks[section.task], 4, section.top + Math.min(section.height, 16) / 2, GUTTER - 10);
  }
  context.fillStyle = "#404040";
  context.fillRect(GUTTER - 1, 0, 1, engine.height);
  outline(context, engine, view, across);
}

// Each segment as it is; a short one has a minimum width.
function exact(context, section, view, paints, across) {
  const thin = section.row >= 4;
  paints.forEach(({ form, colour }, paint) => {
    context.fillStyle = `rgb(${colour.join(" ")})`;
    section.there.forEach((lane, row) => {
      const [top, height] = [section.top + row * section.row, section.row - (thin ? 1 : 0)];
      for (let each = section.first[lane]; each < section.first[lane + 1]; each++) {
        const [from, to] = [section.from[each], section.to[each]];
        if (section.paint[each] !== paint || to < view.from || from > view.to) continue;
        const [left, right] = [across(Math.max(from, view.from - 1)), across(to)];
        if (form === "stroke") context.fillRect(right - 1, top, 2, height);
        else if (form === "edge") context.fillRect(left, top + height * 0.65, Math.max(1, right - left), height * 0.35);
        else if (form === "thin" && thin) context.fillRect(left, top + height * 0.375, right - left, height * 0.25);
        else context.fillRect(left, top, form === "full" ? Math.max(1, right - left) : right - left, height);
      }
    });
  });
}

// Rows of many lanes: their states in each short period as one colour, which is the stronger the more of them are in a state.
function mixed(context, section, view, paints, width) {
  const columns = Math.max(1, Math.floor(width / MIXED));
  const { rows, bin, there } = section;
  const image = new ImageData(columns, rows);
  const size = columns + 1;
  // Of each paint, what is in a column, and from which column on there is more or less of it throughout.
  const parts = paints.map(() => new Float32Array(size));
  const steps = paints.map(() => new Float32Array(size));
  const scale = columns / (view.to - view.from);
  for (let row = 0; row < rows; row++) {
    const used = new Set();
    const behind = Math.min(there.length, (row + 1) * bin);
    for (let place = row * bin; place < behind; place++) {
      const lane = there[place];
      for (let each = section.first[lane]; each < section.first[lane + 1]; each++) {
        if (section.to[each] < view.from || section.from[each] > view.to) continue;
        const paint = section.paint[each];
        const from = Math.max(0, (section.from[each] - view.from) * scale);
        const to = Math.min(columns, (section.to[each] - view.from) * scale);
        const [first, last] = [Math.min(columns - 1, Math.floor(from)), Math.min(columns - 1, Math.floor(to))];
        used.add(paint);
        if (paints[paint].form === "stroke") {
          parts[paint][last] += 1;
        } else if (first === last) {
          parts[paint][last] += to - from;
        } else {
          parts[paint][first] += first + 1 - from;
          parts[paint][last] += to - last;
          steps[paint][first + 1] += 1;
          steps[paint][last] -= 1;
        }
      }
    }
    mixRow(image, row, columns, [...used], paints, parts, steps, Math.max(1, behind - row * bin));
    for (const paint of used) [parts[paint], steps[paint]].forEach((list) => list.fill(0));
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  canvas.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, GUTTER, section.top, width, section.row * rows);
}

function mixRow(image, row, columns, used, paints, parts, steps, lanes) {
  const level = new Float32Array(paints.length);
  for (let at = 0; at < columns; at++) {
    let sum = 0, red = 0, green = 0, blue = 0;
    for (const paint of used) {
      level[paint] += steps[paint][at];
      const { form, colour } = paints[paint];
      const share = ((level[paint] + parts[paint][at]) / lanes) * WEIGHTS[form];
      sum += share;
      red += share * (255 - colour[0]);
      green += share * (255 - colour[1]);
      blue += share * (255 - colour[2]);
    }
    if (sum < 1e-6) continue;
    const strength = (0.25 + 0.75 * Math.sqrt(Math.min(1, sum))) / sum;
    const place = (row * columns + at) * 4;
    image.data[place] = 255 - strength * red;
    image.data[place + 1] = 255 - strength * green;
    image.data[place + 2] = 255 - strength * blue;
    image.data[place + 3] = 255;
  }
}

// A frame around the instance whose figures are shown.
function outline(context, engine, view, across) {
  if (engine.chosen === null) return;
  const [begin, end] = [engine.lives.scheduled[engine.chosen], engine.lives.last[engine.chosen]];
  const section = engine.sections.find((each) => !each.isThread && engine.chosen >= each.life && engine.chosen < each.life + each.lanes);
  const place = section.there.indexOf(engine.chosen - section.life);
  if (place < 0) return;
  const [left, right] = [across(Math.max(begin, view.from)), across(Math.min(end, view.to))];
  context.strokeStyle = "#000";
  context.lineWidth = 1.5;
  const top = section.top + Math.floor(place / section.bin) * section.row;
  context.strokeRect(left - 2, top - 1.5, right - left + 4, Math.max(section.row, 1) + 3);
}

function drawAxis(axis, view, unit) {
  const width = axis.clientWidth;
  const make = (name, attributes) => {
    const element = document.createElementNS(axis.namespaceURI, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  };
  let free = 0;
  const labels = ticksOf(view, unit).flatMap(({ at, label }) => {
    const x = GUTTER + ((at - view.from) / (view.to - view.from)) * (width - GUTTER);
    const room = label.length * 7;
    const isLast = x + room / 2 > width;
    const left = isLast ? width - room : x - room / 2;
    const mark = make("line", { x1: x, x2: x, y1: 15, y2: 20, stroke: "currentColor" });
    if (left < free) return [mark];
    free = left + room + 8;
    const text = make("text", { x: isLast ? width : x, y: 11, "font-size": 12, "text-anchor": isLast ? "end" : "middle", fill: "currentColor" });
    text.textContent = label;
    return [mark, text];
  });
  axis.replaceChildren(...labels);
}
