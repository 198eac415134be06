/** Which row the page predicts: the typical one, or one of those in the page. */

import { type Context, isFromTable } from "../context";
import { button, el } from "../dom";
import { formatNumber } from "../strings";

/** Buttons for the typical row, and for the rows in the page. */
export function rowChoice(context: Context): HTMLElement {
  const { data, store, t } = context;
  const { rows } = data;
  const typical = button(t(isFromTable(data) ? "whatif.typical" : "whatif.start"), () => store.set({ cells: data.columns.map((column) => column.typical), row: null }));
  if (rows === null) return el("div", { class: "starts" }, typical);

  const go = (row: number): void => {
    const within = (row + rows.n) % rows.n; // after the last row the first
    store.set({ cells: rows.cells.map((column) => column[within]), row: within });
  };
  const input = el("input", {
    type: "number",
    min: 1,
    max: rows.n,
    placeholder: "\u2013",
    "aria-label": t("whatif.row_number", { n: rows.n }),
    on: {
      change: () => {
        const row = Math.round(input.valueAsNumber) - 1;
        if (row >= 0 && row < rows.n) go(row);
        else input.value = String((store.get().row ?? 0) + 1);
      },
    },
  });
  const step = (by: number): void => go((store.get().row ?? (by > 0 ? -1 : 0)) + by);
  const actual = el("p", { class: "note actual" });
  store.watch(["row"], ({ row }) => {
    input.value = row === null ? "" : String(row + 1);
    actual.textContent = row === null ? "" : t("whatif.actual", { value: actualValue(context, row) });
  });
  return el(
    "div",
    { class: "starts" },
    typical,
    el(
      "div",
      { class: "rows", role: "group", "aria-label": t("whatif.rows") },
      el("span", { class: "soft", text: t("whatif.row") }),
      button("\u2039", () => step(-1), { class: "button icon", "aria-label": t("whatif.previous") }),
      input,
      button("\u203A", () => step(1), { class: "button icon", "aria-label": t("whatif.next") }),
    ),
    actual,
  );
}

/** What the table says of a row's target. */
function actualValue({ data, t }: Context, row: number): string {
  const target = data.rows?.target ?? [];
  if (data.task === "regression") {
    if (target.length === 1) return formatNumber(target[0][row], 4);
    return target.map((values, k) => `${data.outputs[k]} ${formatNumber(values[row], 4)}`).join(", ");
  }
  if (data.coding !== "multilabel") return data.outputs[target[0][row]];
  const labels = data.outputs.filter((_, k) => target[k][row] === 1);
  return labels.length === 0 ? t("whatif.no_label") : labels.join(", ");
}
