/** From a drawing to the pixels that a network was trained on: centred and scaled as the images of its table are. */

import type { PageData } from "./format";

/** Points in shares of the longer side of the image. */
export type Stroke = readonly (readonly [number, number])[];

type Image = NonNullable<PageData["image"]>;

/** Where images have their ink, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
  /** By their mean position, or by the rectangle around the ink. */
  centredBy: "mass" | "bounds";
}

/** Share of the largest mean ink of a row or column of pixels from which on it belongs to the box. */
const INKED = 0.05;
/** The box of MNIST, where nothing is known of the images: 20 of 28 pixels. */
const USUAL_SHARE = 20 / 28;
/** Images of a shorter longest side have no such margin. */
const LEAST_WITH_MARGIN = 20;
/** Images whose box leaves less of a margin fill it; they were not centred by their mass. */
const FULL_SHARE = 0.9;
/** Width of the pen as a share of the box, and at least, in pixels. */
const PEN_SHARE = 0.115;
const LEAST_PEN = 1.3;
/** Points in a side of a pixel, of whose ink its value is the mean. */
const SUBPIXELS = 8;
/** A drawing smaller than this share of the sheet is a dot or a stroke, not something to be enlarged. */
const LEAST_EXTENT = 0.15;

/** The rectangle in which the training images have their ink. */
export function inkBox({ width, height, mean }: Image): Box {
  if (mean === undefined) {
    // Of small images nothing is known; they are most often filled.
    if (Math.max(width, height) < LEAST_WITH_MARGIN) return { left: 0, top: 0, width, height, centredBy: "bounds" };
    const [w, h] = [width * USUAL_SHARE, height * USUAL_SHARE];
    return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h, centredBy: "mass" };
  }
  const rows = new Float64Array(height);
  const columns = new Float64Array(width);
  mean.forEach((ink, k) => {
    rows[Math.floor(k / width)] += ink;
    columns[k % width] += ink;
  });
  const [top, bottom] = extent(rows);
  const [left, right] = extent(columns);
  const box = { left, top, width: right + 1 - left, height: bottom + 1 - top };
  const isFull = box.height >= FULL_SHARE * height || box.width >= FULL_SHARE * width;
  return { ...box, centredBy: isFull ? "bounds" : "mass" };
}

/** First and last position of what is more than a little. */
function extent(sums: Float64Array): [number, number] {
  const least = INKED * Math.max(...sums);
  const inked = Array.from(sums.keys()).filter((k) => sums[k] > least);
  return [inked[0] ?? 0, inked.at(-1) ?? sums.length - 1];
}

/** Ink of each pixel, in [0, 1], of a drawing that is scaled to the box and centred in it. */
export function centred(strokes: readonly Stroke[], { width, height }: Image, box: Box): Float64Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float64Array(width * height);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const side = Math.max(box.width, box.height);
  const pen = Math.max(PEN_SHARE * side, LEAST_PEN);
  const room = { width: Math.max(box.width - pen, 1), height: Math.max(box.height - pen, 1) };
  const scale = Math.min(
    room.width / Math.max(right - left, LEAST_EXTENT),
    room.height / Math.max(bottom - top, LEAST_EXTENT),
  );
  const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  const render = (dx: number, dy: number): Float64Array => {
    const place = ([x, y]: readonly [number, number]): [number, number] => [
      (x - (left + right) / 2) * scale + middle.x + dx,
      (y - (top + bottom) / 2) * scale + middle.y + dy,
    ];
    return ink(strokes.map((stroke) => stroke.map(place)), pen / 2, width, height);
  };
  const pixels = render(0, 0);
  if (box.centredBy === "bounds") return pixels;
  // Drawn once more, moved by the distance of its mean position from the middle of the image.
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, k) => {
    mass += value;
    x += value * ((k % width) + 0.5);
    y += value * (Math.floor(k / width) + 0.5);
  });
  return render(width / 2 - x / mass, height / 2 - y / mass);
}

/** The share of each pixel that lies within `radius` of a stroke. */
function ink(strokes: readonly Stroke[], radius: number, width: number, height: number): Float64Array {
  const [fineWidth, fineHeight] = [width * SUBPIXELS, height * SUBPIXELS];
  const inked = new Uint8Array(fineWidth * fineHeight);
  for (const stroke of strokes) {
    stroke.forEach((to, k) => {
      const from = stroke[Math.max(0, k - 1)];
      const clamp = (value: number, most: number): number => Math.min(Math.max(Math.round(value * SUBPIXELS), 0), most);
      const [x0, x1] = [Math.min(from[0], to[0]) - radius, Math.max(from[0], to[0]) + radius];
      const [y0, y1] = [Math.min(from[1], to[1]) - radius, Math.max(from[1], to[1]) + radius];
      for (let j = clamp(y0, fineHeight); j < clamp(y1, fineHeight); j++) {
        for (let i = clamp(x0, fineWidth); i < clamp(x1, fineWidth); i++) {
          if (distance((i + 0.5) / SUBPIXELS, (j + 0.5) / SUBPIXELS, from, to) <= radius) inked[j * fineWidth + i] = 1;
        }
      }
    });
  }
  const pixels = new Float64Array(width * height);
  for (let j = 0; j < fineHeight; j++) {
    for (let i = 0; i < fineWidth; i++) {
      pixels[Math.floor(j / SUBPIXELS) * width + Math.floor(i / SUBPIXELS)] += inked[j * fineWidth + i] / SUBPIXELS ** 2;
    }
  }
  return pixels;
}

/** Distance of a point from a line between two points. */
function distance(x: number, y: number, from: readonly [number, number], to: readonly [number, number]): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from[0]) * dx + (y - from[1]) * dy) / length));
  return Math.hypot(x - from[0] - along * dx, y - from[1] - along * dy);
}
