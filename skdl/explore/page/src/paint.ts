/** Predictions as text, colours and pictures over a plane. */

import type { PageData } from "./format";
import { cellsOf, type Model } from "./model";
import type { Plane } from "./plane";
import { randomNumbers } from "./random";
import { formatNumber, formatShare } from "./strings";
import { classColour, type Colour, currentTheme, mix, pixelOf } from "./theme";

/** Range of an output, whose ends have the full colours. */
export interface Range {
  low: number;
  high: number;
}

const ranges = new WeakMap<PageData, Range[]>();
const N_DRAWN = 400;

/**
 * Ranges of the outputs: 0 to 1 of probabilities; of a regression nearly all predictions for the embedded rows, or for rows of
 * which each column is drawn by its histogram.
 */
export function measureRanges(data: PageData, model: Model | null): void {
  if (data.task === "classification" || model === null) {
    const { low, high } = data.task === "classification" || data.surfaces === null ? { low: 0, high: 1 } : data.surfaces;
    ranges.set(
      data,
      data.outputs.map(() => ({ low, high })),
    );
    return;
  }
  const { rows } = data;
  const random = randomNumbers(1);
  const n = rows === null ? N_DRAWN : Math.min(rows.n, N_DRAWN);
  const drawn = Array.from({ length: n }, (_, row) => {
    if (rows !== null) return rows.cells.map((cells) => cells[Math.floor((row * rows.n) / n)]);
    return data.columns.map((column) => {
      if (column.kind !== "number" || column.histogram.length === 0) return column.typical;
      let [left, bin] = [random(), 0];
      while (bin < column.histogram.length - 1 && left > column.histogram[bin]) left -= column.histogram[bin++];
      const share = (bin + random()) / column.histogram.length;
      return (column.minimum ?? 0) + share * ((column.maximum ?? 0) - (column.minimum ?? 0));
    });
  });
  const outputs = model.outputs(cellsOf(drawn), n);
  ranges.set(
    data,
    data.outputs.map((_, output) => {
      const own = Float64Array.from({ length: n }, (_, row) => outputs[row * model.nOutputs + output]).sort();
      const low = own[Math.floor(0.02 * (n - 1))];
      const high = own[Math.ceil(0.98 * (n - 1))];
      return low < high ? { low, high } : { low: low - 0.5, high: low + 0.5 };
    }),
  );
}

export function rangeOf(data: PageData, output: number): Range {
  return ranges.get(data)?.[output] ?? { low: 0, high: 1 };
}

export function predictionText(data: PageData, value: number): string {
  return data.task === "regression" ? formatNumber(value, 4) : formatShare(value);
}

/** Length of the bar of a prediction, from 0 to 1. */
export function shareOfBar(data: PageData, value: number, output: number): number {
  const { low, high } = rangeOf(data, output);
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** Colours of the lowest, middle and highest value of an output. */
export function outputColours(data: PageData, output: number): { empty: Colour; middle: Colour; full: Colour } {
  const { negative, zero, positive } = currentTheme();
  if (data.task === "regression") return { empty: negative, middle: zero, full: positive };
  if (data.coding === "multilabel") return { empty: zero, middle: mix(zero, positive, 0.5), full: positive };
  if (data.coding === "binary") return { empty: classColour(1 - output), middle: zero, full: classColour(output) };
  return { empty: zero, middle: mix(zero, classColour(output), 0.5), full: classColour(output) };
}

/** Colour of a value of an output. */
export function colourOf(data: PageData, output: number, value: number): Colour {
  const { empty, middle, full } = outputColours(data, output);
  const share = shareOfBar(data, value, output);
  return share < 0.5 ? mix(empty, middle, share * 2) : mix(middle, full, share * 2 - 1);
}

const N_COLOURS = 256;

/** Fills a canvas with the picture of one output; below points its colours are weaker than theirs. */
export function paintValues(
  target: CanvasRenderingContext2D,
  data: PageData,
  plane: Plane,
  output: number,
  width: number,
  height: number,
  strength = 1,
): void {
  const { low, high } = rangeOf(data, output);
  const { zero } = currentTheme();
  paintField(target, plane.outputs[output], plane, width, height, { low, high }, (share) =>
    mix(zero, colourOf(data, output, low + share * (high - low)), strength),
  );
}

/** Fills a canvas with values over a plane; `colour` is given their share of the range. */
export function paintField(
  target: CanvasRenderingContext2D,
  values: Float32Array,
  plane: Plane,
  width: number,
  height: number,
  { low, high }: Range,
  colour: (share: number) => Colour,
): void {
  const table = Uint32Array.from({ length: N_COLOURS }, (_, k) => pixelOf(colour(k / (N_COLOURS - 1))));
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const field = interpolate(values, plane, w, h);
  paintPixels(target, w, h, width, height, (pixels) => {
    const factor = (N_COLOURS - 1) / (high - low);
    for (let k = 0; k < field.length; k++) {
      const place = 0.5 + (field[k] - low) * factor;
      pixels[k] = table[place < 0 ? 0 : place > N_COLOURS - 1 ? N_COLOURS - 1 : place | 0];
    }
  });
}

/** Fills a canvas with decision regions: the colour of the most probable class, stronger the more probable it is. */
export function paintClasses(
  target: CanvasRenderingContext2D,
  plane: Plane,
  width: number,
  height: number,
): void {
  const { zero } = currentTheme();
  const n = plane.outputs.length;
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const fields = plane.outputs.map((own) => interpolate(own, plane, w, h));
  // From uncertain to certain, of each class.
  const shades = Uint32Array.from({ length: n * N_COLOURS }, (_, k) =>
    pixelOf(mix(zero, classColour(Math.floor(k / N_COLOURS)), 0.12 + (0.58 * (k % N_COLOURS)) / (N_COLOURS - 1))),
  );
  paintPixels(target, w, h, width, height, (pixels) => {
    for (let k = 0; k < w * h; k++) {
      let best = 0;
      for (let other = 1; other < n; other++) if (fields[other][k] > fields[best][k]) best = other;
      const certainty = Math.max(0, (fields[best][k] - 1 / n) / (1 - 1 / n));
      pixels[k] = shades[best * N_COLOURS + ((certainty * (N_COLOURS - 1)) | 0)];
    }
  });
}

function paintPixels(
  target: CanvasRenderingContext2D,
  w: number,
  h: number,
  width: number,
  height: number,
  fill: (pixels: Uint32Array) => void,
): void {
  if (scratch?.image.width !== w || scratch.image.height !== h) {
    const canvas = document.createElement("canvas");
    canvas.width = w;
    canvas.height = h;
    const context = canvas.getContext("2d");
    if (context === null) return;
    scratch = { canvas, context, image: context.createImageData(w, h) };
  }
  fill(new Uint32Array(scratch.image.data.buffer));
  scratch.context.putImageData(scratch.image, 0, 0);
  target.imageSmoothingEnabled = true;
  target.drawImage(scratch.canvas, 0, 0, width, height);
}

/** Where pixels are put before they are drawn; pictures of one size follow one another. */
let scratch: { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D; image: ImageData } | null = null;

/** The values of a picture at w x h pixels, the highest y on top; between numbers they are interpolated, between categories not. */
export function interpolate(values: Float32Array, plane: Plane, w: number, h: number): Float32Array {
  const { nx, ny } = plane;
  const [left, right, x] = neighbours(w, nx, plane.x.categories !== null);
  const [low, high, y] = neighbours(h, ny, plane.y.categories !== null);
  const field = new Float32Array(w * h);
  for (let row = 0, place = 0; row < h; row++) {
    const from = h - 1 - row;
    const [below, above, fy] = [low[from] * nx, high[from] * nx, y[from]];
    for (let column = 0; column < w; column++, place++) {
      const [l, r, fx] = [left[column], right[column], x[column]];
      const lower = values[below + l] + (values[below + r] - values[below + l]) * fx;
      const upper = values[above + l] + (values[above + r] - values[above + l]) * fx;
      field[place] = lower + (upper - lower) * fy;
    }
  }
  return field;
}

/** For each pixel the points before and after it, and the share of the way between them. */
function neighbours(nPixels: number, nPoints: number, isBands: boolean): [Int32Array, Int32Array, Float32Array] {
  const before = new Int32Array(nPixels);
  const after = new Int32Array(nPixels);
  const share = new Float32Array(nPixels);
  for (let pixel = 0; pixel < nPixels; pixel++) {
    const middle = (pixel + 0.5) / nPixels;
    const place = isBands ? Math.floor(middle * nPoints) : middle * (nPoints - 1);
    before[pixel] = Math.floor(place);
    after[pixel] = isBands ? before[pixel] : Math.min(nPoints - 1, before[pixel] + 1);
    share[pixel] = place - before[pixel];
  }
  return [before, after, share];
}

/**
 * Line segments along which a picture has a value, by marching squares: [x0, y0, x1, y1] each, as shares of width and height
 * from the lower left corner.
 */
export function contour(values: ArrayLike<number>, nx: number, ny: number, level: number): [number, number, number, number][] {
  const segments: [number, number, number, number][] = [];
  for (let j = 0; j < ny - 1; j++) {
    for (let i = 0; i < nx - 1; i++) {
      const corners = [values[j * nx + i], values[j * nx + i + 1], values[(j + 1) * nx + i + 1], values[(j + 1) * nx + i]];
      // Where the line crosses the edges of the square: bottom, right, top, left.
      const crossings: [number, number][] = [];
      for (let edge = 0; edge < 4; edge++) {
        const [a, b] = [corners[edge], corners[(edge + 1) % 4]];
        if (a < level === b < level) continue;
        const share = (level - a) / (b - a);
        const along = edge < 2 ? share : 1 - share;
        const x = edge === 0 || edge === 2 ? i + along : i + (edge === 1 ? 1 : 0);
        const y = edge === 0 || edge === 2 ? j + (edge === 2 ? 1 : 0) : j + along;
        crossings.push([x / (nx - 1), y / (ny - 1)]);
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) segments.push([...crossings[k], ...crossings[k + 1]]);
    }
  }
  return segments;
}
