// Finds the instance at a place of the timeline, and writes its figures. Text goes into the page as text, never as markup.

// How far from an instance one may point, in pixels.
const NEAR = 4;

const STATES = ["done", "cancelled", "failed", "stalled"];

// The instance at a place: of several, one that is present at that time or next to it.
function find(engine, time, y, view) {
  const none = { life: null, many: 0 };
  const section = engine.sections.find((each) => y >= each.top && y < each.top + each.height);
  if (section === undefined) return none;
  if (section.isThread) {
    const row = Math.floor((y - section.top) / section.row);
    const spans = section.there.slice(row * section.bin, (row + 1) * section.bin).map((lane) => spanAt(section.spans[lane], time));
    const there = spans.filter((span) => span !== null);
    return there.length === 0 ? none : { life: there[0].life, many: there.length };
  }
  const { scheduled, last } = engine.lives;
  const near = ((view.to - view.from) * NEAR) / 800;
  const row = Math.floor((y - section.top) / section.row);
  const around = Math.ceil(NEAR / section.row);
  for (let far = 0; far <= around; far++) {
    for (const each of far === 0 ? [row] : [row - far, row + far]) {
      const lanes = section.there.slice(Math.max(0, each * section.bin), Math.max(0, (each + 1) * section.bin));
      const lives = lanes.map((lane) => section.life + lane);
      const there = lives.filter((life) => scheduled[life] - near <= time && time <= last[life] + near);
      if (there.length > 0) return { life: there[0], many: there.length };
    }
  }
  return none;
}

// The span of a thread at a time, if there is one: they are in order, and none overlaps another.
function spanAt(spans, time) {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].to < time) low = middle + 1;
    else high = middle;
  }
  return low < spans.length && spans[low].from <= time ? spans[low] : null;
}

// The shown instance after the chosen one, or before it.
function next(engine, step) {
  const shown = engine.sections.filter((each) => !each.isThread).flatMap((each) => each.there.map((lane) => each.life + lane));
  if (shown.length === 0) return null;
  const place = shown.indexOf(engine.chosen);
  const to = place < 0 ? (step > 0 ? 0 : shown.length - 1) : place + step;
  return shown[Math.min(shown.length - 1, Math.max(0, to))];
}

function figuresOf(engine, place, many, data) {
  const its = Object.fromEntries(Object.entries(engine.lives).map(([name, list]) => [name, list[place]]));
  const figures = [
    ["released", its.scheduled],
    ["started", its.started],
    ["ended", its.finished],
    ["wait", its.started - its.scheduled],
    ["service", its.finished - its.started],
    ["latency", its.finished - its.scheduled],
    ["busy", its.busy],
    ["longest poll", its.longest],
  ];
  const present = figures.filter(([, time]) => !Number.isNaN(time));
  const texts = present.map(([name, time]) => `${name} ${timeText(time * data.unit_ns)}`);
  const others = many > 1 ? `, one of ${many} here` : "";
  return `${engine.name}, ${data.tasks[its.task]} ${its.instance}${others}: ${STATES[its.state]}; ${texts.join(", ")}`;
}

function unitOf(ns) {
  return [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]].find(([size]) => ns >= size) ?? [1, "ns"];
}

function timeText(ns) {
  const [size, name] = unitOf(ns);
  const value = ns / size;
  return `${value.toLocaleString("en", { maximumFractionDigits: value >= 100 ? 1 : 2 })} ${name}`;
}

// Round moments of the shown period, in units of the data, with their labels.
function ticksOf(view, unit) {
  const about = ((view.to - view.from) * unit) / 8;
  const power = 10 ** Math.floor(Math.log10(about));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= about);
  const [size, name] = unitOf(Math.max(step, (view.to * unit) / 1000));
  const decimals = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
  const ticks = [];
  for (let number = Math.ceil((view.from * unit) / step - 1e-9); number * step <= view.to * unit * (1 + 1e-12); number++) {
    const value = (((number || 0) * step) / size).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    ticks.push({ at: (number * step) / unit, label: `${value} ${name}` });
  }
  return ticks;
}
