/** One large picture over two columns: what a model predicts, contour lines, the embedded rows, and the shown row, which can be dragged. */

import { scaleLinear } from "d3-scale";

import { type Axis, cellAt, shareOf } from "../axes";
import type { PageContext } from "../context";
import { el, sizeCanvas, svg } from "../dom";
import { contour, paintClasses, paintField, paintValues, rangeOf } from "../paint";
import type { Plane } from "../plane";
import { randomNumbers } from "../random";
import { formatNumber } from "../strings";
import { classColour, classRound, type Colour, css, currentTheme, diverging, mix, N_CLASS_COLOURS } from "../theme";

/** A row of the table as a point: its cells on the axes are read from `PageData.rows`. */
export interface PointStyle {
  colour: Colour;
  /** 0 is a circle, 1 a square, 2 a triangle, 3 a diamond, and so on again. */
  shape?: number;
  isError: boolean;
}

/** The activation of a unit over a plane. */
export interface UnitPicture {
  plane: Plane;
  values: Float32Array;
  /** The value that has the full colour. */
  full: number;
}

export interface PlotEvents {
  /** The reader moves the row to cells of the two columns; null where there is no row to move. */
  move: ((x: number, y: number) => void) | null;
  /** The pointer stands at shares of the two axes; null when it leaves. */
  hover(at: { x: number; y: number } | null): void;
}

const BOTTOM = 22;
/** The canvas is larger than the picture, so that points at its edge are seen whole. */
const MARGIN = 8;
const RADIUS = 9;
/** Corners of the shapes of points, as multiples of the radius; a circle has none. */
const CORNERS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]],
  [[0, -1.3], [1.2, 0.85], [-1.2, 0.85]],
  [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]],
];
/** Of the curves of classes whose colours come again. */
const DASHES: readonly number[][] = [[], [6, 4], [2, 3], [9, 3, 2, 3]];
/** Of the picture's colours, so that points stand out. */
export const STRENGTH = 0.78;

export class Plot {
  readonly root: HTMLElement;
  private readonly canvas = el("canvas", { "aria-hidden": "true" });
  private readonly overlay = svg("svg", { class: "overlay", "aria-hidden": "true" });
  private readonly handle: HTMLElement;
  private readonly area: HTMLElement;
  private readonly ticksX = el("div", { class: "ticks x", "aria-hidden": "true" });
  private readonly ticksY = el("div", { class: "ticks y", "aria-hidden": "true" });
  private size = 0;
  private plane: Plane | null = null;
  private output: number | null = null;
  private points: readonly (PointStyle | null)[] = [];
  private unit: UnitPicture | null = null;

  constructor(
    private readonly context: PageContext,
    label: string,
    private readonly events: PlotEvents | null,
  ) {
    this.handle = el("div", {
      class: "handle",
      role: "slider",
      tabindex: 0,
      "aria-label": context.t("surface.handle"),
      hidden: true, // until there is a row to mark
      on: { keydown: (event) => this.step(event) },
    });
    this.area = el("div", { class: "area", role: "group", "aria-label": label }, this.canvas, this.overlay);
    if (events?.move) this.area.append(this.handle);
    this.root = el("div", { class: "plane" }, this.ticksY, this.area, this.ticksX);
    if (events !== null) this.listen(events);
  }

  private listen(events: PlotEvents): void {
    const at = (event: PointerEvent): { x: number; y: number } => {
      const box = this.area.getBoundingClientRect();
      const inside = (share: number): number => Math.min(1, Math.max(0, share));
      return { x: inside((event.clientX - box.left) / box.width), y: inside(1 - (event.clientY - box.top) / box.height) };
    };
    this.area.addEventListener("pointermove", (event) => events.hover(at(event)));
    this.area.addEventListener("pointerleave", () => events.hover(null));
    const { move: moveTo } = events;
    if (moveTo === null) return;
    const move = (event: PointerEvent): void => {
      if (this.plane === null) return;
      const { x, y } = at(event);
      moveTo(cellAt(this.plane.x, x), cellAt(this.plane.y, y));
    };
    this.area.classList.add("movable");
    this.area.addEventListener("pointerdown", (event) => {
      // A finger on the picture may want to scroll the page: it drags the row by its ring alone, and moves it by a tap.
      if (event.button !== 0 || (event.pointerType === "touch" && event.target !== this.handle)) return;
      this.area.setPointerCapture(event.pointerId);
      move(event);
    });
    this.area.addEventListener("click", (event) => {
      if (event instanceof PointerEvent) move(event);
      this.handle.focus({ preventScroll: true }); // arrow keys go on from there
    });
    this.area.addEventListener("pointermove", (event) => {
      if (this.area.hasPointerCapture(event.pointerId)) move(event);
    });
  }

  private step(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (step === undefined || this.plane === null) return;
    event.preventDefault();
    const { cells, x, y } = this.context.store.get();
    const next = (axis: Axis, column: number, direction: number): number => {
      const share = shareOf(axis, cells[column]) ?? 0.5;
      const least = axis.categories !== null || axis.whole ? 1 / (axis.maximum - axis.minimum) : 0.02;
      return cellAt(axis, share + direction * Math.max(least, event.shiftKey ? 0.1 : 0.02));
    };
    this.events?.move?.(next(this.plane.x, x, step[0]), next(this.plane.y, y, step[1]));
  }

  layout(size: number): void {
    this.size = size;
    this.area.style.width = this.area.style.height = `${size}px`;
    this.canvas.style.width = this.canvas.style.height = `${size + 2 * MARGIN}px`;
    this.overlay.setAttribute("viewBox", `0 0 ${size} ${size}`);
    this.ticksX.style.height = `${BOTTOM}px`;
    this.paint();
  }

  show(plane: Plane, output: number | null): void {
    this.plane = plane;
    this.output = output;
    this.paint();
  }

  /** Shows a unit in place of the predictions; null shows these again. */
  showUnit(unit: UnitPicture | null): void {
    if (unit === null && this.unit === null) return;
    this.unit = unit;
    this.paint();
  }

  setPoints(points: readonly (PointStyle | null)[]): void {
    this.points = points;
    this.paint();
  }

  /** Of a table of one column there is no second axis: its upward one shows the predicted values. */
  private values(plane: Plane): { low: number; high: number } | null {
    if (plane.ny > 1) return null;
    const { data } = this.context;
    if (data.task === "classification") return { low: -0.03, high: 1.03 };
    const output = this.output ?? 0;
    const all = [...plane.outputs[output], ...(data.rows?.target[output] ?? [])];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return { low: low - 0.06 * (high - low || 1), high: high + 0.06 * (high - low || 1) };
  }

  private drawCurves(target: CanvasRenderingContext2D, plane: Plane): void {
    const { size } = this;
    const range = this.values(plane);
    if (range === null) return;
    const { zero, line, positive } = currentTheme();
    target.fillStyle = css(mix(zero, currentTheme().surface, 0.5));
    target.fillRect(0, 0, size, size);
    const scale = scaleLinear([range.low, range.high], [size, 0]);
    target.lineWidth = 1;
    target.strokeStyle = css(line);
    target.beginPath();
    for (const tick of scale.ticks(5)) {
      target.moveTo(0, scale(tick));
      target.lineTo(size, scale(tick));
    }
    target.stroke();
    const { data } = this.context;
    const shown = this.output === null ? data.outputs.map((_, k) => k) : [this.output];
    target.lineWidth = 2.25;
    target.lineJoin = "round";
    for (const output of shown) {
      target.strokeStyle = css(data.task === "regression" ? positive : classColour(output));
      target.setLineDash(DASHES[classRound(output) % DASHES.length]);
      target.beginPath();
      const { nx } = plane;
      plane.outputs[output].forEach((value, i) => {
        // Categories have steps, numbers a line.
        const [from, to] = plane.x.categories === null ? [i / (nx - 1), i / (nx - 1)] : [i / nx, (i + 1) / nx];
        target.lineTo(from * size, scale(value));
        target.lineTo(to * size, scale(value));
      });
      target.stroke();
      target.setLineDash([]);
    }
  }

  /** Marks the shown row, with its prediction as text for screen readers. */
  mark(text: string): void {
    const { plane } = this;
    if (plane === null || this.events === null || this.events.move === null) return;
    const { cells } = this.context.store.get();
    const x = shareOf(plane.x, cells[plane.x.column]);
    const y = this.heightOfRow(plane, x) ?? shareOf(plane.y, cells[plane.y.column]);
    this.handle.hidden = x === null || y === null;
    if (x === null || y === null) return;
    const inside = (share: number): number => Math.min(1, Math.max(0, share));
    this.handle.style.left = `${100 * inside(x)}%`;
    this.handle.style.bottom = `${100 * inside(y)}%`;
    this.handle.setAttribute("aria-valuemin", "0");
    this.handle.setAttribute("aria-valuemax", "100");
    this.handle.setAttribute("aria-valuenow", String(Math.round(100 * inside(x))));
    this.handle.setAttribute("aria-valuetext", text);
  }

  /** Where the curve stands at a share of its axis; null where there is a second axis. */
  private heightOfRow(plane: Plane, x: number | null): number | null {
    const range = this.values(plane);
    if (range === null || x === null) return null;
    const point = plane.x.categories === null ? Math.round(x * (plane.nx - 1)) : Math.floor(x * plane.nx);
    const at = Math.min(plane.nx - 1, Math.max(0, point));
    // Of all classes at once, the most probable one.
    const value = this.output === null ? Math.max(...plane.outputs.map((own) => own[at])) : plane.outputs[this.output][at];
    return (value - range.low) / (range.high - range.low);
  }

  private paint(): void {
    const { plane, size } = this;
    if (plane === null || size === 0) return;
    const { data } = this.context;
    const target = sizeCanvas(this.canvas, size + 2 * MARGIN, size + 2 * MARGIN);
    target.clearRect(0, 0, size + 2 * MARGIN, size + 2 * MARGIN);
    target.translate(MARGIN, MARGIN);
    target.save();
    target.beginPath();
    target.roundRect(0, 0, size, size, RADIUS);
    target.clip();
    if (plane.ny === 1 && this.unit === null) this.drawCurves(target, plane);
    else if (this.unit !== null) paintUnit(target, this.unit, size);
    else if (this.output === null) paintClasses(target, plane, size, size);
    else paintValues(target, data, plane, this.output, size, size, STRENGTH);
    this.overlay.replaceChildren();
    if (this.unit === null) this.drawContours(target, plane);
    if (this.unit === null && this.output === null && plane.ny > 1 && data.outputs.length > N_CLASS_COLOURS) this.labelRegions(plane);
    target.restore();
    this.drawPoints(target, plane);
    this.drawTicks(plane);
  }

  /** The name of each class where its region is widest: of so many classes the colours alone cannot be told. */
  private labelRegions({ nx, ny, outputs, x, y }: Plane): void {
    const { data } = this.context;
    const taken: [number, number, number][] = []; // middle of each label, and half its width
    const classes = Array.from({ length: nx * ny }, (_, point) => {
      let best = 0;
      outputs.forEach((own, k) => (best = own[point] > outputs[best][point] ? k : best));
      return best;
    });
    outputs.forEach((_, k) => {
      const [point, width] = widestPoint(classes, nx, ny, k);
      if (width < (x.categories === null && y.categories === null ? 2 : 1)) return;
      const place = (at: number, n: number, isBands: boolean): number => (isBands ? (at + 0.5) / n : at / (n - 1));
      const left = place(point % nx, nx, x.categories !== null);
      const bottom = place(Math.floor(point / nx), ny, y.categories !== null);
      const half = Math.min(data.outputs[k].length * 3.3, this.size / 2);
      const at = Math.min(Math.max(left * this.size, half), this.size - half);
      // Above or below a label that is already there.
      const heights = [0, -11, 11, -22, 22].map((shift) => (1 - bottom) * this.size + shift);
      const isFree = (height: number): boolean => taken.every(([tx, ty, other]) => Math.abs(tx - at) > half + other || Math.abs(ty - height) > 10);
      const height = heights.find(isFree) ?? heights[0];
      taken.push([at, height, half]);
      this.overlay.append(svg("text", { class: "contour-label region", x: at, y: height, text: data.outputs[k] }));
    });
  }

  private drawContours(target: CanvasRenderingContext2D, plane: Plane): void {
    // Between categories there is nothing to draw a line through.
    if (plane.x.categories !== null || plane.y.categories !== null || plane.nx < 3 || plane.ny < 3) return;
    const { data } = this.context;
    const { ink } = currentTheme();
    const { size } = this;
    const stroke = (values: ArrayLike<number>, level: number, width: number, opacity: number): [number, number, number, number][] => {
      const segments = contour(values, plane.nx, plane.ny, level);
      target.beginPath();
      for (const [x0, y0, x1, y1] of segments) {
        target.moveTo(x0 * size, (1 - y0) * size);
        target.lineTo(x1 * size, (1 - y1) * size);
      }
      target.lineWidth = width;
      target.lineCap = "round";
      target.strokeStyle = css(ink, opacity);
      target.stroke();
      return segments;
    };
    if (this.output === null) {
      // Where the most probable class changes: the difference between a class and the best of all others crosses 0.
      plane.outputs.forEach((own, k) => {
        const lead = Float32Array.from(own, (value, point) => {
          let other = -Infinity;
          plane.outputs.forEach((values, j) => {
            if (j !== k) other = Math.max(other, values[point]);
          });
          return value - other;
        });
        stroke(lead, 0, 1.4, 0.5);
      });
      return;
    }
    const values = plane.outputs[this.output];
    const { low, high } = rangeOf(data, this.output);
    const levels = data.task === "classification" ? [0.25, 0.5, 0.75] : scaleLinear([low, high], [0, 1]).ticks(7);
    const taken: [number, number][] = [];
    for (const level of levels) {
      const isBoundary = data.task === "classification" && level === 0.5;
      const segments = stroke(values, level, isBoundary ? 1.8 : 1, isBoundary ? 0.6 : 0.22);
      const text = data.task === "classification" ? `${Math.round(level * 100)} %` : formatNumber(level);
      this.labelContour(segments, text, taken);
    }
  }

  /** A label on the segment that is farthest from other labels and well inside. */
  private labelContour(segments: [number, number, number, number][], text: string, taken: [number, number][]): void {
    const { size } = this;
    let best: [number, number] | null = null;
    let farthest = 0.14;
    for (const [x0, y0, x1, y1] of segments) {
      const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
      const edge = Math.min(x, 1 - x, y, 1 - y);
      if (edge < 0.07) continue;
      const away = taken.reduce((least, [tx, ty]) => Math.min(least, Math.hypot(tx - x, ty - y)), 0.35 + edge);
      if (away > farthest) [farthest, best] = [away, [x, y]];
    }
    if (best === null) return;
    taken.push(best);
    this.overlay.append(svg("text", { class: "contour-label", x: best[0] * size, y: (1 - best[1]) * size, text }));
  }

  private drawPoints(target: CanvasRenderingContext2D, plane: Plane): void {
    const { rows } = this.context.data;
    if (rows === null || this.points.length === 0) return;
    const { data } = this.context;
    const { ink, soft, surface } = currentTheme();
    const random = randomNumbers(7); // points of a category are spread over its band
    const radius = rows.n > 800 ? 2 : rows.n > 250 ? 2.6 : 3.3;
    const place = (axis: Axis, row: number): number | null => {
      const offset = random() - 0.5;
      const share = shareOf(axis, rows.cells[axis.column][row]);
      if (share === null) return null;
      const nSteps = axis.maximum - axis.minimum;
      const isSpread = axis.categories !== null || (axis.whole && nSteps <= 20);
      if (!isSpread) return share;
      const moved = (offset * 0.62) / nSteps;
      // Points of the first and the last value are spread inwards, where they are seen.
      return share + moved < 0 || share + moved > 1 ? share - moved : share + moved;
    };
    const errors: [number, number][] = [];
    const values = this.values(plane);
    for (let row = 0; row < rows.n; row++) {
      const x = place(plane.x, row);
      const y = values === null ? place(plane.y, row) : this.heightOfPoint(values, row, random());
      const style = this.points[row];
      if (x === null || y === null || style === null || style === undefined) continue;
      const [px, py] = [x * this.size, (1 - y) * this.size];
      target.beginPath();
      tracePoint(target, px, py, radius, style.shape ?? 0);
      target.fillStyle = css(values !== null && data.task === "regression" ? soft : style.colour);
      target.fill();
      target.lineWidth = 0.8;
      target.strokeStyle = css(surface);
      target.stroke();
      if (style.isError) errors.push([px, py]);
    }
    // Where nearly all is wrong, heavy rings would hide everything else.
    const isCrowded = errors.length > 60;
    target.lineWidth = isCrowded ? 1 : 1.6;
    target.strokeStyle = css(ink, isCrowded ? 0.75 : 1);
    for (const [px, py] of errors) {
      target.beginPath();
      target.arc(px, py, radius + (isCrowded ? 1.6 : 2.4), 0, 2 * Math.PI);
      target.stroke();
    }
  }

  /** Beside curves, rows stand at their target; those of classes lie along the bottom. */
  private heightOfPoint({ low, high }: { low: number; high: number }, row: number, chance: number): number {
    const { data } = this.context;
    if (data.task === "classification") return 0.05 + 0.08 * chance;
    return ((data.rows?.target[this.output ?? 0][row] ?? 0) - low) / (high - low);
  }

  private drawTicks(plane: Plane): void {
    const texts = (axis: Axis): { share: number; text: string }[] => {
      if (axis.categories !== null) {
        const nBands = axis.categories.length;
        const every = Math.ceil(nBands / 8);
        return axis.categories.flatMap((text, k) => (k % every === 0 ? [{ share: (k + 0.5) / nBands, text }] : []));
      }
      const scale = scaleLinear([axis.minimum, axis.maximum], [0, 1]);
      return scale
        .ticks(5)
        .filter((value) => !axis.whole || Number.isInteger(value))
        .map((value) => ({ share: scale(value), text: formatNumber(value, 5) }));
    };
    this.ticksX.replaceChildren(
      ...texts(plane.x).map(({ share, text }) => el("span", { text, title: text, style: `left: ${100 * share}%` })),
    );
    const values = this.values(plane);
    const scale = values === null ? null : scaleLinear([values.low, values.high], [0, 1]);
    const upward = scale === null ? texts(plane.y) : scale.ticks(5).map((value) => ({ share: scale(value), text: formatNumber(value, 4) }));
    this.ticksY.replaceChildren(
      ...upward.map(({ share, text }) => el("span", { text, title: text, style: `bottom: ${100 * share}%` })),
    );
    const nBands = plane.x.categories?.length ?? 0;
    this.ticksX.style.setProperty("--most", nBands > 0 ? `${this.size / Math.min(nBands, 8) - 4}px` : "none");
  }
}

function paintUnit(target: CanvasRenderingContext2D, { plane, values, full }: UnitPicture, size: number): void {
  paintField(target, values, plane, size, size, { low: -full, high: full }, (share) => diverging(2 * share - 1));
}

/** The outline of a point of the table. */
function tracePoint(target: CanvasRenderingContext2D, x: number, y: number, radius: number, shape: number): void {
  const corners = CORNERS[shape % CORNERS.length];
  if (corners.length === 0) target.arc(x, y, radius, 0, 2 * Math.PI);
  corners.forEach(([dx, dy], k) => (k === 0 ? target.moveTo(x + dx * radius, y + dy * radius) : target.lineTo(x + dx * radius, y + dy * radius)));
  target.closePath();
}

/** The point of a class that is farthest from all others and from the edges, and how many points away these are; 0 where it has none. */
function widestPoint(classes: readonly number[], nx: number, ny: number, k: number): [number, number] {
  // Distances in steps to the four neighbours: from the lower left, then from the upper right.
  const away = Int32Array.from(classes, (one) => (one === k ? nx + ny : 0));
  const at = (i: number, j: number): number => (i < 0 || j < 0 || i >= nx || j >= ny ? 0 : away[j * nx + i]);
  for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) away[j * nx + i] = Math.min(away[j * nx + i], at(i - 1, j) + 1, at(i, j - 1) + 1);
  for (let j = ny - 1; j >= 0; j--)
    for (let i = nx - 1; i >= 0; i--) away[j * nx + i] = Math.min(away[j * nx + i], at(i + 1, j) + 1, at(i, j + 1) + 1);
  const width = away.reduce((most, one) => Math.max(most, one), 0);
  return [away.indexOf(width), width];
}

/** The colour of a class' points: stronger than its region. */
export function pointColour(output: number): Colour {
  return mix(classColour(output), currentTheme().ink, currentTheme().isDark ? 0.1 : 0.22);
}
