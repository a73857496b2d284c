"use strict";

// Draws the timeline again, so that one can zoom into it: every engine over the same stretch of time. Without this script the
// picture is there as it is, and so it is in print. Rows are shared out among those who are there in the stretch that is
// shown; where they are too many for a row each, a row has many, and their colours are mixed by how long each is in a state.
// The numbers come from `plot/timeline/packed.rs`; whatever is text goes into the page as text.

{
  const GUTTER = 96, THREAD = 14, LANES = 240, LEAST_SECTION = 16, THICKEST = 10, MIXED = 2, GAP = 6, NEAR = 4;
  const STATES = ["done", "cancelled", "failed", "stalled"];

  // Base64 to a function that reads the next byte or number.
  function reader(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    let at = 0;
    const byte = () => bytes[at++];
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

  function readLives(engine, end) {
    const { byte, number, signed } = reader(engine.lives);
    const lives = [];
    for (const [task, count] of engine.sections) {
      let next = 0, before = 0;
      for (let each = 0; each < count; each++) {
        const flags = byte();
        const instance = next + signed();
        const scheduled = before + number();
        const [wait, service, busy, longest] = [4, 8, 16, 32].map((bit) => (flags & bit ? number() : null));
        const started = wait === null ? null : scheduled + wait;
        const finished = service === null ? null : (started ?? scheduled) + service;
        lives.push({ task, instance, state: flags & 3, scheduled, started, finished, last: finished ?? end, busy, longest });
        next = instance + 1;
        before = scheduled;
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
      const worker = flags & 4 ? number() : null;
      life += number();
      if (life !== last) before = lives[life].scheduled;
      const from = before + signed();
      const to = from + number();
      spans.push({ life, worker, from, to, doing: flags & 3 });
      last = life;
      before = to;
    }
    return spans;
  }

  // Segments of all lanes of a section, one behind the other; `first` says where those of a lane begin.
  function instancesOf(engine, lives, spans, places, end) {
    let life = 0, span = 0;
    return engine.sections.map(([task, count]) => {
      const section = { task, lanes: count, life, isThread: false, first: [0], from: [], to: [], paint: [] };
      const push = (from, to, paint) => {
        if (to <= from) return;
        section.from.push(from);
        section.to.push(to);
        section.paint.push(paint);
      };
      for (let lane = 0; lane < count; lane++, life++) {
        const { scheduled, started, last, state } = lives[life];
        let known = started ?? last;
        push(scheduled, known, places.pending);
        if (spans === null) {
          push(known, last, places.running);
        } else {
          for (; span < spans.length && spans[span].life === life; span++) {
            const { from, to, doing } = spans[span];
            push(known, from, places.waiting);
            push(from, Math.max(to, from + 1e-9), [places.running, places.blocked, places.offloaded][doing]);
            known = Math.max(known, to);
          }
          push(known, last, places.waiting);
        }
        if (state > 0) {
          section.from.push(last);
          section.to.push(last);
          section.paint.push(places.ends[state - 1]);
        }
        section.first.push(section.from.length);
      }
      return section;
    });
  }

  function threadsOf(engine, lives, spans, places) {
    const sections = Array.from({ length: engine.workers }, (_, worker) => {
      return { worker, lanes: 1, isThread: true, first: [0], from: [], to: [], paint: [], spans: [] };
    });
    for (const span of spans ?? []) {
      if (span.worker !== null && span.worker < sections.length) sections[span.worker].spans.push(span);
    }
    for (const section of sections) {
      section.spans.sort((one, other) => one.from - other.from);
      for (const { life, from, to, doing } of section.spans) {
        const [begin, count] = places.tasks;
        for (const paint of doing === 1 ? [begin + (lives[life].task % count), places.edge] : [begin + (lives[life].task % count)]) {
          section.from.push(from);
          section.to.push(to);
          section.paint.push(paint);
        }
      }
      section.first.push(section.from.length);
    }
    return sections;
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
      const instances = instancesOf(engine, lives, spans, places, end);
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
      section.height = section.isThread ? THREAD : Math.max(LEAST_SECTION, Math.min(share, THICKEST * section.lanes));
      section.top = top;
      top += section.height + (section.isThread ? 2 : GAP);
      section.there = [];
      for (let lane = 0; lane < section.lanes; lane++) {
        const life = section.isThread ? null : engine.lives[section.life + lane];
        if (life === null || (life.scheduled <= view.to && life.last >= view.from)) section.there.push(lane);
      }
      section.bin = Math.max(1, Math.ceil(section.there.length / (section.height - 1)));
      section.rows = Math.max(1, Math.ceil(section.there.length / section.bin));
      section.row = Math.min(section.isThread ? THREAD : THICKEST, section.height / section.rows);
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
      if (section.bin > 1) mixed(context, section, shared, width - GUTTER);
      else exact(context, section, shared, across);
      context.restore();
      context.fillStyle = "#000";
      context.font = "12px sans-serif";
      context.textBaseline = "middle";
      const label = section.isThread ? `worker ${section.worker}` : shared.data.tasks[section.task];
      context.fillText(label, 4, section.top + Math.min(section.height, 16) / 2, GUTTER - 10);
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

  // Rows of many lanes: the share of each paint in each small stretch of time, as one colour.
  function mixed(context, section, { view, paints }, width) {
    const columns = Math.max(1, Math.floor(width / MIXED));
    const { rows, bin, there } = section;
    const size = (columns + 1) * paints.length;
    const image = new ImageData(columns, rows);
    const [parts, steps] = [new Float32Array(size), new Float32Array(size)];
    const column = (time) => Math.min(1, Math.max(0, (time - view.from) / (view.to - view.from))) * columns;
    for (let row = 0; row < rows; row++) {
      parts.fill(0);
      steps.fill(0);
      const lanes = there.slice(row * bin, (row + 1) * bin);
      for (const lane of lanes) {
        for (let each = section.first[lane]; each < section.first[lane + 1]; each++) {
          if (section.to[each] < view.from || section.from[each] > view.to) continue;
          const paint = section.paint[each];
          const [from, to] = [column(section.from[each]), column(section.to[each])];
          const [first, last] = [Math.floor(from), Math.min(columns - 1, Math.floor(to))];
          if (paints[paint].form === "stroke") parts[last * paints.length + paint] += 1;
          else if (first >= last) parts[last * paints.length + paint] += to - from;
          else {
            parts[first * paints.length + paint] += first + 1 - from;
            parts[last * paints.length + paint] += to - last;
            steps[(first + 1) * paints.length + paint] += 1;
            steps[last * paints.length + paint] -= 1;
          }
        }
      }
      const level = new Float32Array(paints.length);
      for (let at = 0; at < columns; at++) {
        const light = [255, 255, 255];
        let sum = 0;
        const shares = paints.map((_, paint) => {
          level[paint] += steps[at * paints.length + paint];
          const share = (level[paint] + parts[at * paints.length + paint]) / lanes.length;
          sum += share;
          return share;
        });
        shares.forEach((share, paint) => {
          if (share > 0) paints[paint].colour.forEach((value, each) => (light[each] -= (share / Math.max(1, sum)) * (255 - value)));
        });
        image.data.set([...light, sum > 0.01 ? 255 : 0], (row * columns + at) * 4);
      }
    }
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [columns, rows];
    canvas.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, GUTTER, section.top, width, section.row * rows);
  }

  // A frame about the instance whose figures are told.
  function outline(context, engine, { view }, across) {
    if (engine.chosen === null) return;
    const life = engine.lives[engine.chosen];
    const section = engine.sections.find((each) => !each.isThread && engine.chosen >= each.life && engine.chosen < each.life + each.lanes);
    const place = section.there.indexOf(engine.chosen - section.life);
    if (place < 0) return;
    const [left, right] = [across(Math.max(life.scheduled, view.from)), across(Math.min(life.last, view.to))];
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
      const span = section.spans.find((each) => each.from <= time && time <= each.to);
      return span === undefined ? none : { life: span.life, many: 1 };
    }
    const near = ((view.to - view.from) * NEAR) / 800;
    const row = Math.floor((y - section.top) / section.row);
    const around = Math.ceil(NEAR / section.row);
    for (let far = 0; far <= around; far++) {
      for (const each of far === 0 ? [row] : [row - far, row + far]) {
        const lanes = section.there.slice(Math.max(0, each * section.bin), Math.max(0, (each + 1) * section.bin));
        const lives = lanes.map((lane) => section.life + lane);
        const there = lives.filter((life) => engine.lives[life].scheduled - near <= time && time <= engine.lives[life].last + near);
        if (there.length > 0) return { life: there[0], many: there.length };
      }
    }
    return none;
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
    const { task, instance, state, scheduled, started, finished, busy, longest } = engine.lives[place];
    const figures = [
      ["released", scheduled], ["started", started], ["ended", finished],
      ["wait", started === null ? null : started - scheduled],
      ["service", started === null || finished === null ? null : finished - started],
      ["latency", finished === null ? null : finished - scheduled],
      ["busy", busy], ["longest stay on a thread", longest],
    ];
    const known = figures.filter(([, time]) => time !== null).map(([name, time]) => `${name} ${timeText(time * data.unit_ns)}`);
    const others = many > 1 ? `, one of ${many} here` : "";
    return `${engine.name}, ${data.tasks[task]} ${instance}${others}: ${STATES[state]}; ${known.join(", ")}`;
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
    const about = ((view.to - view.from) * unit) / 5;
    const power = 10 ** Math.floor(Math.log10(about));
    const step = power * [1, 2, 5, 10].find((times) => times * power >= about);
    const [size, name] = unitOf(Math.max(step, (view.to * unit) / 1000));
    const decimals = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
    const ticks = [];
    for (let number = Math.ceil((view.from * unit) / step - 1e-9); number * step <= view.to * unit * (1 + 1e-12); number++) {
      const value = ((number * step) / size).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
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
