/** Pictures of many units on one canvas, with a button over each for pointer, keyboard and screen reader. */

import { el, sizeCanvas } from "./dom";
import { css, currentTheme, divergingTable, mix } from "./theme";

/** Pictures of all units of a layer: what each holds over a plane, or its weights of an image's pixels. */
export interface UnitPictures {
  nx: number;
  ny: number;
  /** Of each unit (ny, nx). */
  values: readonly Float32Array[];
  /** The value of each unit that has the full colour. */
  scales: ArrayLike<number>;
  /** Whether the first line of values is drawn on top, as in an image, or at the bottom, as of an axis. */
  topDown: boolean;
  /** Whether the points along an axis are categories, between which nothing is interpolated. */
  bands: { x: boolean; y: boolean };
}

export type UnitState = "" | "dead" | "saturated";

/** Tiles smaller than this are a texture rather than pictures. */
export const READABLE = 22;
/** From which size on a tile has round corners and an outline, and a dot where the row stands. */
const ROUND = 14;
const MARKED = 26;
const ATLAS = 24; // pixels of a unit's picture in the atlas

/** Pictures of all units side by side on a canvas that is never shown. */
export class Atlas {
  readonly canvas = el("canvas");
  private nAcross = 1;

  draw(pictures: UnitPictures, nUnits: number): void {
    const { nx, ny, values, scales, topDown, bands } = pictures;
    // A value a pixel; those of categories are repeated, so that bands keep sharp edges when the picture is enlarged. A table of
    // one column has a single line.
    const pixelsOf = (n: number, isBands: boolean): number => (isBands || n < 2 ? Math.max(n, ATLAS) : n);
    const [w, h] = [pixelsOf(nx, bands.x), pixelsOf(ny, bands.y)];
    this.nAcross = Math.max(1, Math.ceil(Math.sqrt(nUnits)));
    this.width = w;
    this.height = h;
    this.isImage = topDown && nx > 1;
    const nDown = Math.ceil(nUnits / this.nAcross);
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    if (this.image?.width !== this.nAcross * w || this.image.height !== nDown * h) {
      this.canvas.width = this.nAcross * w;
      this.canvas.height = nDown * h;
      this.image = context.createImageData(this.canvas.width, this.canvas.height);
    }
    const pixels = new Uint32Array(this.image.data.buffer);
    const table = divergingTable();
    const columns = Int32Array.from({ length: w }, (_, px) => Math.floor((px * nx) / w));
    for (let unit = 0; unit < nUnits; unit++) {
      const factor = 127.5 / (scales[unit] || 1);
      const left = (unit % this.nAcross) * w;
      const top = Math.floor(unit / this.nAcross) * h;
      const own = values[unit];
      for (let py = 0; py < h; py++) {
        const line = nx * Math.floor(((topDown ? py : h - 1 - py) * ny) / h);
        let target = (top + py) * this.canvas.width + left;
        for (let px = 0; px < w; px++) {
          const place = 128 + own[line + columns[px]] * factor;
          pixels[target++] = table[place < 0 ? 0 : place > 255 ? 255 : place | 0];
        }
      }
    }
    context.putImageData(this.image, 0, 0);
  }

  private image: ImageData | null = null;
  private isImage = false;
  private width = ATLAS;
  private height = ATLAS;

  copy(target: CanvasRenderingContext2D, unit: number, x: number, y: number, width: number, height: number): void {
    const left = (unit % this.nAcross) * this.width;
    const top = Math.floor(unit / this.nAcross) * this.height;
    // Pixels keep their edges, unless there are more of them than the tile has. Between points of a plane colours change
    // smoothly; from the middle of the first point to that of the last one, for beyond begins the picture of another unit.
    const inset = this.isImage ? 0 : 0.5;
    target.imageSmoothingEnabled = !this.isImage || this.width > width;
    target.drawImage(this.canvas, left + inset, top + inset, this.width - 2 * inset, this.height - 2 * inset, x, y, width, height);
  }
}

export interface Grid {
  size: number;
  gap: number;
  nAcross: number;
  nDown: number;
  width: number;
  height: number;
}

const SIZES = [72, 64, 58, 52, 48, 44, 40, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18, 16, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5];

/** The largest tiles of which `nUnits` fit into a box, in as few columns as they need; one where they are large all the same. */
export function fitGrid(nUnits: number, width: number, height: number, largest: number): Grid {
  const single = SIZES.find((size) => size <= largest && size >= 40 && gridOf(nUnits, size, 1).height <= height);
  if (single !== undefined) return gridOf(nUnits, single, 1);
  for (const size of SIZES) {
    if (size > largest) continue;
    const gap = gapOf(size);
    const mostAcross = Math.max(1, Math.floor((width + gap) / (size + gap)));
    const mostDown = Math.max(1, Math.floor((height + gap) / (size + gap)));
    if (mostAcross * mostDown >= nUnits || size === SIZES[SIZES.length - 1]) {
      return gridOf(nUnits, size, Math.min(mostAcross, Math.ceil(nUnits / mostDown)));
    }
  }
  throw new Error("unreachable");
}

export function gridOf(nUnits: number, size: number, nAcross: number, gap = gapOf(size)): Grid {
  const nDown = Math.ceil(nUnits / nAcross);
  return { size, gap, nAcross, nDown, width: nAcross * (size + gap) - gap, height: nDown * (size + gap) - gap };
}

function gapOf(size: number): number {
  return size >= 40 ? 9 : size >= 28 ? 6 : size >= 18 ? 4 : size >= 12 ? 2 : 1;
}

export interface TileEvents {
  /** The unit under the pointer or with the focus; null when it leaves. */
  point(unit: number | null): void;
  choose(unit: number): void;
  /** The name of a unit for a screen reader, asked for when it gets the focus or the pointer. */
  label(unit: number): string;
}

/** The tiles of one layer. */
export class Tiles {
  readonly root: HTMLElement;
  grid: Grid = gridOf(1, 44, 1);
  private readonly canvas = el("canvas", { "aria-hidden": "true" });
  private readonly atlas = new Atlas();
  private readonly buttons: HTMLButtonElement[];
  private pictures: UnitPictures | null = null;
  private states: readonly UnitState[] = [];
  private chosen: number | null = null;
  private mark: { x: number; y: number } | null = null;

  constructor(
    readonly nUnits: number,
    label: string,
    events: TileEvents,
  ) {
    this.buttons = Array.from({ length: nUnits }, (_, unit) =>
      el("button", {
        type: "button",
        class: "tile",
        tabindex: unit === 0 ? 0 : -1,
        "aria-label": events.label(unit),
        on: {
          pointerenter: () => events.point(unit),
          pointerleave: () => events.point(null),
          focus: () => {
            this.buttons[unit].setAttribute("aria-label", events.label(unit));
            events.point(unit);
          },
          blur: () => events.point(null),
          click: () => events.choose(unit),
          keydown: (event) => this.move(event, unit),
        },
      }),
    );
    this.root = el("div", { class: "tiles", role: "group", "aria-label": label }, this.canvas, ...this.buttons);
  }

  /** One stop of the tab key for the whole layer; arrows go from unit to unit. */
  private move(event: KeyboardEvent, unit: number): void {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.grid.nAcross,
      ArrowUp: -this.grid.nAcross,
      Home: -unit,
      End: this.nUnits - 1 - unit,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(this.nUnits - 1, Math.max(0, unit + step));
    this.buttons[unit].tabIndex = -1;
    this.buttons[next].tabIndex = 0;
    this.buttons[next].focus();
  }

  layout(grid: Grid): void {
    this.grid = grid;
    this.root.style.width = `${grid.width}px`;
    this.root.style.height = `${grid.height}px`;
    this.canvas.style.width = `${grid.width}px`;
    this.canvas.style.height = `${grid.height}px`;
    this.root.style.setProperty("--tile", `${grid.size}px`);
    this.root.style.setProperty("--radius", `${radiusOf(grid.size)}px`);
    this.buttons.forEach((button, unit) => {
      const { x, y } = this.corner(unit);
      button.style.transform = `translate(${x}px, ${y}px)`;
    });
    this.paint();
  }

  /** Upper left corner of a tile, in the root's pixels. */
  corner(unit: number): { x: number; y: number } {
    const { size, gap, nAcross } = this.grid;
    return { x: (unit % nAcross) * (size + gap), y: Math.floor(unit / nAcross) * (size + gap) };
  }

  show(pictures: UnitPictures, states: readonly UnitState[]): void {
    this.pictures = pictures;
    this.states = states;
    this.atlas.draw(pictures, this.nUnits);
    this.paint();
  }

  /** Where the row stands in each picture, as shares of its width and height. */
  setMark(mark: { x: number; y: number } | null): void {
    const isSeen = this.grid.size >= MARKED && (mark?.x !== this.mark?.x || mark?.y !== this.mark?.y);
    this.mark = mark;
    if (isSeen) this.paint();
  }

  choose(unit: number | null): void {
    if (this.chosen !== null) this.buttons[this.chosen].removeAttribute("aria-pressed");
    this.chosen = unit;
    if (unit !== null) this.buttons[unit].setAttribute("aria-pressed", "true");
  }

  private paint(): void {
    const { size, width, height } = this.grid;
    const context = sizeCanvas(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    if (this.pictures === null) return;
    // All at once where they are small: a path, a clip and a stroke for each of hundreds of tiles would take most of a frame.
    const outlines = new Path2D();
    for (let unit = 0; unit < this.nUnits; unit++) {
      const { x, y } = this.corner(unit);
      if (size >= ROUND) outlines.roundRect(x + 0.5, y + 0.5, size - 1, size - 1, radiusOf(size));
      if (size < ROUND) this.atlas.copy(context, unit, x, y, size, size);
    }
    const { ink } = currentTheme();
    if (size >= ROUND) {
      context.save();
      context.clip(outlines);
      for (let unit = 0; unit < this.nUnits; unit++) {
        const { x, y } = this.corner(unit);
        this.atlas.copy(context, unit, x, y, size, size);
      }
      context.restore();
      context.strokeStyle = css(ink, 0.18);
      context.lineWidth = 1;
      context.stroke(outlines);
    }
    this.paintStates(context);
    if (this.mark !== null && size >= MARKED) this.paintMarks(context, this.mark);
  }

  /** A stroke through the picture of a dead unit, which is 0 for every row, and a filled corner on that of a saturated one. */
  private paintStates(context: CanvasRenderingContext2D): void {
    const { size } = this.grid;
    const { ink, zero } = currentTheme();
    const strokes = new Path2D();
    const corners = new Path2D();
    const leg = Math.max(4, size * 0.28);
    this.states.forEach((state, unit) => {
      const { x, y } = this.corner(unit);
      if (state === "dead") {
        strokes.moveTo(x + size * 0.28, y + size * 0.72);
        strokes.lineTo(x + size * 0.72, y + size * 0.28);
      } else if (state === "saturated") {
        corners.moveTo(x + size - leg, y);
        corners.lineTo(x + size, y);
        corners.lineTo(x + size, y + leg);
      }
    });
    context.lineWidth = 1;
    context.strokeStyle = css(mix(zero, ink, size >= READABLE ? 0.38 : 0.24));
    context.stroke(strokes);
    context.fillStyle = css(ink);
    context.fill(corners);
  }

  private paintMarks(context: CanvasRenderingContext2D, mark: { x: number; y: number }): void {
    const { size } = this.grid;
    const { ink, surface } = currentTheme();
    const dots = new Path2D();
    for (let unit = 0; unit < this.nUnits; unit++) {
      if (this.states[unit] === "dead") continue;
      const { x, y } = this.corner(unit);
      const [px, py] = [x + mark.x * size, y + (1 - mark.y) * size];
      dots.moveTo(px + 2, py);
      dots.arc(px, py, 2, 0, 2 * Math.PI);
    }
    context.fillStyle = css(ink);
    context.fill(dots);
    context.lineWidth = 1;
    context.strokeStyle = css(surface);
    context.stroke(dots);
  }
}

function radiusOf(size: number): number {
  return size >= 36 ? 7 : size >= 24 ? 5 : size >= 14 ? 3 : 1;
}
