/** Texts and numbers in the page's language. */

import type { Cell, Column, PageData } from "./format";

export type Values = Record<string, string | number>;

/** A text of the page by its key, with the values in braces filled in. */
export type Translate = (key: string, values?: Values) => string;

export function createTranslate(data: Pick<PageData, "strings">): Translate {
  return (key, values = {}) => {
    const template = data.strings[key];
    if (template === undefined) throw new Error(`strings: no text for ${key}`);
    return template.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
  };
}

const MINUS = "\u2212";

/** A number of `digits` significant digits, whole ones in full: 1234, 0.0123, −3.1. */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "\u2013";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  const size = Math.abs(value);
  let text: string;
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) text = value.toExponential(digits - 1).replace("e+", "e");
  else {
    const before = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 0;
    const zeros = size > 0 && size < 1 ? Math.max(0, -Math.floor(Math.log10(size)) - 1) : 0;
    text = value.toFixed(Math.max(0, Math.min(8, digits - before + zeros)));
    if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  }
  return Number(text) === 0 ? text.replace("-", "") : text.replaceAll("-", MINUS);
}

/** A share as percent: 97 %, 0.4 %, < 0.1 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  return `${percent.toFixed(percent < 10 || percent > 99 ? 1 : 0).replace(/\.0$/, "")} %`;
}

/** A cell as the reader writes it. */
export function formatCell(column: Column, cell: Cell, missing: string): string {
  // The page has one value of it, by which it is not shown: what the pipeline makes of that value is in the inputs.
  if (column.kind === "fixed") return "";
  if (cell === null) return missing;
  if (column.categories.length > 0) return column.categories[cell] ?? String(cell);
  return formatNumber(cell, 4);
}
