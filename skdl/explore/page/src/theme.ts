/** Colours of canvases, from the custom properties of style.css, so that light and dark stand in one place. */

export type Colour = readonly [number, number, number];

export interface Theme {
  ink: Colour;
  soft: Colour;
  line: Colour;
  surface: Colour;
  isDark: boolean;
  /** Negative, zero and positive of weights and activations. */
  negative: Colour;
  zero: Colour;
  positive: Colour;
  /** Of the first classes, in the order of `PageData.outputs`. */
  classes: Colour[];
}

export const N_CLASS_COLOURS = 10;
let theme: Theme | null = null;
let table: Uint32Array | null = null;

export function currentTheme(): Theme {
  theme ??= readTheme();
  return theme;
}

/** After a change between light and dark. */
export function forgetTheme(): void {
  theme = null;
  table = null;
}

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const text = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: parseColour(text("--ink")),
    soft: parseColour(text("--soft")),
    line: parseColour(text("--line")),
    surface: parseColour(text("--surface")),
    isDark: matchMedia("(prefers-color-scheme: dark)").matches,
    negative: parseColour(text("--negative")),
    zero: parseColour(text("--zero")),
    positive: parseColour(text("--positive")),
    classes: Array.from({ length: N_CLASS_COLOURS }, (_, k) => parseColour(text(`--class-${k}`))),
  };
}

function parseColour(hex: string): Colour {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (match === null) throw new Error(`theme: a colour must be #rrggbb; got ${JSON.stringify(hex)}`);
  return [parseInt(match[1], 16), parseInt(match[2], 16), parseInt(match[3], 16)];
}

export function mix(from: Colour, to: Colour, share: number): Colour {
  const at = (k: 0 | 1 | 2): number => from[k] + (to[k] - from[k]) * share;
  return [at(0), at(1), at(2)];
}

export function css(colour: Colour, opacity = 1): string {
  const [r, g, b] = colour.map(Math.round);
  return opacity === 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${opacity})`;
}

/** Colour of a value in [-1, 1]: from negative over zero to positive. */
export function diverging(value: number): Colour {
  const { negative, zero, positive } = currentTheme();
  // The square root lets small values be told from zero.
  const share = Math.min(1, Math.abs(value)) ** 0.8;
  return mix(zero, value < 0 ? negative : positive, share);
}

/**
 * Colour of a class. Beyond ten classes the colours come again darker, then lighter; since they are hard to tell, points have
 * other shapes then (`classRound`), and regions have the name of their class.
 */
export function classColour(index: number): Colour {
  const { classes, ink, surface } = currentTheme();
  const colour = classes[index % classes.length];
  const round = classRound(index);
  return round === 0 ? colour : mix(colour, round % 2 === 1 ? ink : surface, 0.4);
}

/** How often the colours were used up before a class: 0 for the first ten. */
export function classRound(index: number): number {
  return Math.floor(index / N_CLASS_COLOURS);
}

/** The table of 256 colours of `diverging`, as pixels, for pictures of many points. */
export function divergingTable(): Uint32Array {
  table ??= Uint32Array.from({ length: 256 }, (_, k) => pixelOf(diverging((k - 127.5) / 127.5)));
  return table;
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A colour as one number of an image's data: writing one is faster than writing four. */
export function pixelOf(colour: Colour): number {
  const [red, green, blue] = colour.map(Math.round);
  return (isLittleEndian ? (255 << 24) | (blue << 16) | (green << 8) | red : (red << 24) | (green << 16) | (blue << 8) | 255) >>> 0;
}
