// The interactive timeline: every engine over the same period, which buttons, keys, wheel and pointer change. Without this
// script, and in print, the picture is shown.

// The shortest period that is shown, in units of the data.
const SHORTEST = 20;

const KEYS = {
  "+": "in", "=": "in", "-": "out", "−": "out", _: "out", 0: "whole", Home: "whole", ArrowLeft: "earlier", ArrowRight: "later",
};

class View {
  constructor(figure) {
    this.data = JSON.parse(figure.dataset.timeline);
    this.end = this.data.end;
    this.period = { from: 0, to: this.end };
    this.stage = figure.querySelector(".stage");
    this.told = figure.querySelector(".told");
    this.axis = figure.querySelector(".axis");
    this.frame = 0;
    const canvases = this.stage.querySelectorAll("canvas");
    this.engines = this.data.engines.map((engine, place) => this.engineOf(engine, canvases[place]));
    this.actions = {
      in: () => this.zoom(0.5),
      out: () => this.zoom(2),
      earlier: () => this.move(-0.25),
      later: () => this.move(0.25),
      whole: () => this.show(0, this.end),
    };
  }

  engineOf(engine, canvas) {
    const { places } = this.data;
    const lives = readLives(engine, this.end);
    const spans = readSpans(engine, lives);
    const sections = [...threadsOf(engine, lives, spans, places), ...instancesOf(engine, lives, spans, places)];
    return { name: engine.name, canvas, lives, sections, chosen: null };
  }

  show(from, to) {
    const length = Math.min(this.end, Math.max(to - from, SHORTEST));
    const begin = Math.min(Math.max(0, from), this.end - length);
    this.period = { from: begin, to: begin + length };
    this.changed();
  }

  zoom(factor, at = (this.period.from + this.period.to) / 2) {
    this.show(at - (at - this.period.from) * factor, at + (this.period.to - at) * factor);
  }

  move(share) {
    const by = (this.period.to - this.period.from) * share;
    this.show(this.period.from + by, this.period.to + by);
  }

  changed() {
    this.engines.forEach((engine) => layOut(engine, this.period));
    drawAxis(this.axis, this.period, this.data.unit_ns);
    this.drawSoon();
  }

  drawSoon() {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.engines.forEach((engine) => drawEngine(engine, this.period, this.data));
    });
  }

  // Shows the figures of an instance, one of `many` at its place.
  tell(engine, life, many = 1) {
    if (life === null) return;
    this.engines.forEach((each) => (each.chosen = each === engine ? life : null));
    this.told.textContent = figuresOf(engine, life, many, this.data);
    this.drawSoon();
  }

  timeAt(engine, event) {
    const box = engine.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - GUTTER) / Math.max(1, box.width - GUTTER);
    return this.period.from + Math.min(1, Math.max(0, share)) * (this.period.to - this.period.from);
  }

  point(engine, event) {
    const y = event.clientY - engine.canvas.getBoundingClientRect().top;
    const { life, many } = find(engine, this.timeAt(engine, event), y, this.period);
    this.tell(engine, life, many);
  }

  listenToPointer(engine) {
    const { canvas } = engine;
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.clientX, ...this.period };
      canvas.setPointerCapture(event.pointerId);
      this.point(engine, event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held === null) return this.point(engine, event);
      const by = ((held.x - event.clientX) / Math.max(1, canvas.clientWidth - GUTTER)) * (held.to - held.from);
      // A smaller move is no drag: fingers tremble.
      if (Math.abs(event.clientX - held.x) > 3) this.show(held.from + by, held.to + by);
    });
    for (const over of ["pointerup", "pointercancel"]) canvas.addEventListener(over, () => (held = null));
    const wheel = (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.timeAt(engine, event));
    };
    canvas.addEventListener("wheel", wheel, { passive: false });
  }

  listenToKeys(engine) {
    engine.canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in KEYS) this.actions[KEYS[event.key]]();
      else if (event.key === "ArrowDown") this.tell(engine, next(engine, 1));
      else if (event.key === "ArrowUp") this.tell(engine, next(engine, -1));
      else return;
      event.preventDefault();
    });
  }
}

document.querySelectorAll(".timeline[data-timeline]").forEach((figure) => {
  const view = new View(figure);
  for (const button of figure.querySelectorAll("[data-do]")) button.addEventListener("click", view.actions[button.dataset.do]);
  for (const engine of view.engines) {
    view.listenToPointer(engine);
    view.listenToKeys(engine);
  }
  figure.classList.add("live");
  view.stage.hidden = false;
  view.changed();
  new ResizeObserver(() => view.changed()).observe(view.stage);
});
