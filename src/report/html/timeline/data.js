// Unpacks the page's timeline: the instances of an engine, its spans, and the segments of its lanes.
// The numbers come from `plot/timeline/packed.rs`.

// More threads than these share one section.
const MOST_NAMED = 16;

// What an instance does in a span, besides 0 running, 1 blocking and 2 offloaded.
const QUEUE = 3;

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

// A list for each figure; an unknown value is NaN. `last` is the end of the instance, or of the axis if it never ended.
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

// Segments of all lanes of a section, one after the other; `first` says where the segments of a lane begin.
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
    const pushPeriod = (from, to, paint) => to > from && push(from, to, paint);
    for (const behind = life + lanes; life < behind; life++) {
      const last = lives.last[life];
      let drawn = Number.isNaN(lives.started[life]) ? last : lives.started[life];
      pushPeriod(lives.scheduled[life], drawn, places.pending);
      if (spans === null) {
        pushPeriod(drawn, last, places.running);
      } else {
        for (; span < spans.length && spans[span].life === life; span++) {
          const { from, to, doing } = spans[span];
          pushPeriod(drawn, from, places.waiting);
          // Queued within a poll, of which it still is the end.
          if (doing === QUEUE) pushPeriod(Math.max(from, drawn), to, places.queued);
          else push(from, to, [places.running, places.blocked, places.offloaded][doing]);
          drawn = Math.max(drawn, to);
        }
        pushPeriod(drawn, last, places.waiting);
      }
      if (lives.state[life] > 0) push(last, last, places.ends[lives.state[life] - 1]);
      endLane();
    }
    return section;
  });
}

// A section for each worker; one section for all if there are many.
function threadsOf(engine, lives, spans, places) {
  const [begin, count] = places.tasks;
  const byWorker = Array.from({ length: engine.workers }, () => []);
  for (const span of spans ?? []) if (span.worker !== null) byWorker[span.worker]?.push(span);
  byWorker.forEach((its) => its.sort((one, other) => one.from - other.from));
  const together = engine.workers > MOST_NAMED;
  return (together ? [byWorker] : byWorker.map((its) => [its])).map((lanes, worker) => {
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
