"use strict";

// Draws the timeline again, so that one can zoom into it: every engine over the same stretch of time. Without this script the
// picture is there as it is, and so it is in print. Rows are shared out among those who are there in the stretch that is
// shown; where they are too many for a row each, a row has many, and their colours are mixed by how long each is in a state.
// The numbers come from `plot/timeline/packed.rs`; whatever is text goes into the page as text.

{
  const GUTTER = 96, THREAD = 14, LANES = 300, LEAST_SECTION = 16, FEW = 5, THICKEST = 10, MIXED = 2, GAP = 6, NEAR = 4, MOST_SEGMENTS = 8000, MOST_NAMED = 16, THREADS = 80;
  const WEIGHTS = { full: 1, thin: 0.5, edge: 0.35, stroke: 1 };
  const STATES = ["done", "cancelled", "failed", "stalled"];

  // Base64 to a function that reads the next byte or number.
  function reader(text) {
    const bytes = atob(text);
    let at = 0;
    const byte = () => bytes.charCodeAt(at++);
    const number = () => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const next = byte();
        value += (next & 127) * scale;
        if (next < 128) return value;
      }
    };
    const signed = () => {
      const value = number();
      return value % 2 ? -(value + 1) / 2 : value / 2;
    };
    return { byte, number, signed, more: () => at < bytes.length };
  }

  // A list for each figure: what is not known is NaN. `last` is the end, or of who never ended that of the axis.
  function readLives(engine, end) {
    const { byte, number, signed } = reader(engine.lives);
    const count = engine.sections.reduce((sum, [, lanes]) => sum + lanes, 0);
    const figures = ["task", "instance", "state", "scheduled", "started", "finished", "last", "busy", "longest"];
    const lives = Object.fromEntries(figures.map((name) => [name, new Float64Array(count)]));
    let life = 0;
    for (const [task, lanes] of engine.sections) {
      let next = 0, before = 0;
      for (const behind = life + lanes; life < behind; life++) {
        const flags = byte();
        lives.task[life] = task;
        lives.state[life] = flags & 3;
        lives.instance[life] = next + signed();
        lives.scheduled[life] = before + number();
        lives.started[life] = flags & 4 ? lives.scheduled[life] + number() : NaN;
        lives.finished[life] = flags & 8 ? (flags & 4 ? lives.started : lives.scheduled)[life] + number() : NaN;
        lives.last[life] = flags & 8 ? lives.finished[life] : end;
        lives.busy[life] = flags & 16 ? number() : NaN;
        lives.longest[life] = flags & 32 ? number() : NaN;
        next = lives.instance[life] + 1;
        before = lives.scheduled[life];
      }
    }
    return lives;
  }

  function readSpans(engine, lives) {
    if (engine.spans === null) return null;
    const { byte, number, signed, more } = reader(engine.spans);
    const spans = [];
    let life = 0, last = null, before = 0;
    while (more()) {
      const flags = byte();
      const beside = flags >> 2;
      const worker = beside === 0 ? null : beside === 63 ? number() : beside - 1;
      life += number();
      if (life !== last) before = lives.scheduled[life];
      const from = before + signed();
      const to = from + number();
      spans.push({ life, worker, from, to, doing: flags & 3 });
      last = life;
      before = to;
    }
    return spans;
  }

  // Segments of all lanes of a section, one behind the other; `first` says where those of a lane begin.
  function sectionOf(facts) {
    const section = { ...facts, first: [0], from: [], to: [], paint: [] };
    const push = (from, to, paint) => {
      section.from.push(from);
      section.to.push(to);
      section.paint.push(paint);
    };
    const endLane = () => section.first.push(section.from.length);
    return { section, push, endLane };
  }

  function instancesOf(engine, lives, spans, places) {
    let life = 0, span = 0;
    return engine.sections.map(([task, lanes]) => {
      const { section, push, endLane } = sectionOf({ task, lanes, life, isThread: false });
      const stretch = (from, to, paint) => to > from && push(from, to, paint);
      for (const behind = life + lanes; life < behind; life++) {
        const last = lives.last[life];
        let known = Number.isNaN(lives.started[life]) ? last : lives.started[life];
        stretch(lives.scheduled[life], known, places.pending);
        if (spans === null) {
          stretch(known, last, places.running);
        } else {
          for (; span < spans.length && spans[span].life === life; span++) {
            const { from, to, doing } = spans[span];
            stretch(known, from, places.waiting);
            push(from, to, [places.running, places.blocked, places.offloaded][doing]);
            known = Math.max(known, to);
          }
          stretch(known, last, places.waiting);
        }
        if (lives.state[life] > 0) push(last, last, places.ends[lives.state[life] - 1]);
        endLane();
      }
      return section;
    });
  }

  // A section for each worker; of very many one for all.
  function threadsOf(engine, lives, spans, places) {
    const [begin, count] = places.tasks;
    const of = Array.from({ length: engine.workers }, () => []);
    for (const span of spans ?? []) if (span.worker !== null) of[span.worker]?.push(span);
    of.forEach((its) => its.sort((one, other) => one.from - other.from));
    const together = engine.workers > MOST_NAMED;
    return (together ? [of] : of.map((its) => [its])).map((lanes, worker) => {
      const label = together ? `${lanes.length} threads` : `worker ${worker}`;
      const { section, push, endLane } = sectionOf({ label, lanes: lanes.length, isThread: true, spans: lanes });
      for (const its of lanes) {
        for (const { life, from, to, doing } of its) {
          push(from, to, begin + (lives.task[life] % count));
          if (doing === 1) push(from, to, places.edge);
        }
        endLane();
      }
      return section;
    });
  }

  function enable(figure) {
    const data = JSON.parse(figure.dataset.timeline);
    const { end, paints, places, unit_ns: unit } = data;
    const stage = figure.querySelector(".stage");
    const [told, axis] = [figure.querySelector(".told"), figure.querySelector(".axis")];
    const view = { from: 0, to: end };
    const colours = paints.map(({ colour: [red, green, blue] }) => `rgb(${red} ${green} ${blue})`);
    const shared = { data, view, colours, paints, places, end, told };
    const engines = data.engines.map((engine, place) => {
      const lives = readLives(engine, end);
      const spans = readSpans(engine, lives);
      const instances = instancesOf(engine, lives, spans, places);
      const sections = [...threadsOf(engine, lives, spans, places), ...instances];
      return { name: engine.name, canvas: stage.querySelectorAll("canvas")[place], lives, spans, sections, chosen: null };
    });
    figure.classList.add("live");
    stage.hidden = false;

    let frame = 0;
    function draw() {
      frame = 0;
      engines.forEach((engine) => drawEngine(engine, shared));
    }
    function changed() {
      engines.forEach((engine) => layOut(engine, view));
      drawAxis(axis, view, unit);
      if (frame === 0) frame = requestAnimationFrame(draw);
    }
    function show(from, to) {
      const length = Math.min(end, Math.max(to - from, Math.min(end, 20)));
      const begin = Math.min(Math.max(0, from), end - length);
      [view.from, view.to] = [begin, begin + length];
      changed();
    }
    function zoom(factor, at = (view.from + view.to) / 2) {
      show(at - (at - view.from) * factor, at + (view.to - at) * factor);
    }
    function move(share) {
      const by = (view.to - view.from) * share;
      show(view.from + by, view.to + by);
    }
    function tell(engine, life, many = 1) {
      engines.forEach((each) => (each.chosen = each === engine ? life : null));
      if (life !== null) told.textContent = figuresOf(engine, life, many, data);
      if (frame === 0) frame = requestAnimationFrame(draw);
    }
    const actions = {
      in: () => zoom(0.5),
      out: () => zoom(2),
      earlier: () => move(-0.25),
      later: () => move(0.25),
      whole: () => show(0, end),
    };
    const keys = {
      "+": "in", "=": "in", "-": "out", "−": "out", "_": "out", "0": "whole", Home: "whole", ArrowLeft: "earlier", ArrowRight: "later",
    };
    figure.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", actions[button.dataset.do]));
    for (const engine of engines) {
      const { canvas } = engine;
      const timeAt = (event) => {
        const box = canvas.getBoundingClientRect();
        const share = (event.clientX - box.left - GUTTER) / Math.max(1, box.width - GUTTER);
        return view.from + Math.min(1, Math.max(0, share)) * (view.to - view.from);
      };
      const point = (event) => {
        const { life, many } = find(engine, timeAt(event), event.clientY - canvas.getBoundingClientRect().top, view);
        if (life !== null) tell(engine, life, many);
      };
      let held = null;
      canvas.addEventListener("pointerdown", (event) => {
        held = { x: event.clientX, from: view.from, to: view.to, width: canvas.clientWidth - GUTTER };
        canvas.setPointerCapture(event.pointerId);
        point(event);
      });
      canvas.addEventListener("pointermove", (event) => {
        if (held === null) return point(event);
        const by = ((held.x - event.clientX) / Math.max(1, held.width)) * (held.to - held.from);
        if (Math.abs(event.clientX - held.x) > 3) show(held.from + by, held.to + by);
      });
      for (const over of ["pointerup", "pointercancel"]) canvas.addEventListener(over, () => (held = null));
      canvas.addEventListener("wheel", (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event));
      }, { passive: false });
      canvas.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        if (event.key in keys) actions[keys[event.key]]();
        else if (event.key === "ArrowDown" || event.key === "ArrowUp") tell(engine, next(engine, event.key === "ArrowDown" ? 1 : -1));
        else return;
        event.preventDefault();
      });
    }
    new ResizeObserver(changed).observe(stage);
    changed();
  }

  // Which lanes of each section are there in the stretch of time, and where they stand; in pixels of the page.
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

  function drawEngine(engine, shared) {
    const { canvas } = engine;
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const width = canvas.clientWidth;
    if (width === 0) return;
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(engine.height * scale)];
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, engine.height);
    const { view } = shared;
    const across = (time) => GUTTER + ((time - view.from) / (view.to - view.from)) * (width - GUTTER);
    context.fillStyle = "#ddd";
    for (const { at } of ticksOf(view, shared.data.unit_ns)) context.fillRect(across(at), 0, 1, engine.height);
    for (const section of engine.sections) {
      context.save();
      context.beginPath();
      context.rect(GUTTER, section.top, width - GUTTER, section.height);
      context.clip();
      if (section.isMixed) mixed(context, section, shared, width - GUTTER);
      else exact(context, section, shared, across);
      context.restore();
      context.fillStyle = "#000";
      context.font = "12px sans-serif";
      context.textBaseline = "middle";
      context.fillText(section.label ?? shared.data.tasks[section.task], 4, section.top + Math.min(section.height, 16) / 2, GUTTER - 10);
    }
    context.fillStyle = "#404040";
    context.fillRect(GUTTER - 1, 0, 1, engine.height);
    outline(context, engine, shared, across);
  }

  // Each segment as it is; what is short is seen all the same.
  function exact(context, section, { view, paints, colours }, across) {
    const thin = section.row >= 4;
    paints.forEach(({ form }, paint) => {
      context.fillStyle = colours[paint];
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

  // Rows of many lanes: what they do in each small stretch of time, as one colour, which is the stronger the more they do.
  function mixed(context, section, { view, paints }, width) {
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

  // A frame about the instance whose figures are told.
  function outline(context, engine, { view }, across) {
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

  // The instance at a place: of several the one that is there at that time, or was or will be next to it.
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

  // The instance behind the chosen one, or before it, of those that are shown.
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
    const known = figures.filter(([, time]) => !Number.isNaN(time));
    const texts = known.map(([name, time]) => `${name} ${timeText(time * data.unit_ns)}`);
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

  // Round moments of the stretch of time, in units of the data, with their names.
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

  document.querySelectorAll(".timeline[data-timeline]").forEach(enable);
}
