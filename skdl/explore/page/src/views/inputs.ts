/** The left end of the drawing: the columns, each with the inputs that its preprocessing makes. */

import { axisColumns } from "../axes";
import type { Context } from "../context";
import { button, el, sizeCanvas } from "../dom";
import type { Unit } from "../store";
import { formatCell, formatNumber } from "../strings";
import { css, currentTheme, diverging, mix } from "../theme";

export interface EndEvents {
  point(unit: Unit | null): void;
  choose(unit: Unit): void;
}

export interface InputList {
  root: HTMLElement;
  /** Fits it into a drawing of a width; returns its own. */
  layout(width: number, isNarrow: boolean): number;
  /** Where the lines of an input begin. */
  port(index: number, origin: DOMRect): { x: number; y: number } | null;
  /** Values of the inputs for the shown row. */
  show(values: Float64Array): void;
}

/** About the width of a letter of the drawing's texts. */
export const LETTER = 7.2;
/** Columns that are listed before the list is opened. */
const LISTED = 12;

export function createInputs(context: Context, events: EndEvents): InputList {
  return context.data.image === null ? createColumns(context, events) : createImage(context);
}

function createColumns(context: Context, events: EndEvents): InputList {
  const { data, store, t } = context;
  const inputsOf = data.columns.map((_, column) => data.inputs.flatMap((input, k) => (input.column === column ? [k] : [])));
  const used = data.columns.map((_, column) => column).filter((column) => inputsOf[column].length > 0);
  const byImportance = [...used].sort((a, b) => data.columns[b].importance - data.columns[a].importance);
  let isOpen = false;
  const first = new Set(used.length <= LISTED + 1 ? used : byImportance.slice(0, LISTED));

  const chips = new Map<number, { root: HTMLElement; value: HTMLElement; axis: HTMLElement; ports: HTMLElement[] }>();
  for (const column of used) {
    const { name, preprocessing } = data.columns[column];
    const value = el("span", { class: "value" });
    const axis = el("span", { class: "axis" });
    const ports = inputsOf[column].map((input) => el("i", { class: "port", title: data.inputs[input].label }));
    const unit: Unit = { stage: -1, index: inputsOf[column][0] };
    const root = el(
      "button",
      {
        type: "button",
        class: "chip",
        title: `${name}\n${preprocessing}`,
        on: {
          pointerenter: () => events.point(unit),
          pointerleave: () => events.point(null),
          focus: () => events.point(unit),
          blur: () => events.point(null),
          click: () => events.choose(unit),
        },
      },
      el("span", { class: "name", text: name }),
      axis,
      value,
      el("span", { class: "ports" }, ...ports),
    );
    chips.set(column, { root, value, axis, ports });
  }
  const longest = Math.max(...used.map((column) => data.columns[column].name.length));
  const nMore = used.length - first.size;
  const more = button(t("network.more", { n: nMore }), () => {
    isOpen = !isOpen;
    more.textContent = isOpen ? t("network.fewer") : t("network.more", { n: nMore });
    arrange();
  });
  more.classList.add("more-columns");
  const list = el("div", { class: "columns" });
  const title = el("div", { class: "stage-title" }, el("strong", { text: t("network.inputs") }));
  title.append(el("span", { text: t(data.inputs.length === 1 ? "network.n_input" : "network.n_inputs", { n: data.inputs.length }) }));
  const root = el("div", { class: "stage ends inputs" }, title, list);

  function arrange(): void {
    const shown = used.filter((column) => isOpen || first.has(column));
    list.replaceChildren(...shown.flatMap((column) => chips.get(column)?.root ?? []), ...(nMore > 0 ? [more] : []));
  }
  arrange();

  const canBeAxis = new Set(axisColumns(data));
  store.watch(["x", "y"], ({ x, y }) => {
    for (const [column, { axis }] of chips) axis.textContent = !canBeAxis.has(column) ? "" : column === x ? "x" : column === y ? "y" : "";
  });
  return {
    root,
    layout(width, isNarrow) {
      const text = longest * LETTER + 52;
      const own = isNarrow ? 88 : width < 640 ? Math.min(130, Math.max(98, text)) : Math.min(156, Math.max(118, text));
      root.style.width = `${own}px`;
      return own;
    },
    port(index, origin) {
      const column = data.inputs[index].column;
      const chip = chips.get(column);
      const isListed = chip?.root.isConnected ?? false;
      const element = isListed ? chip?.ports[inputsOf[column].indexOf(index)] : more;
      if (element === undefined || !element.isConnected) return null;
      const box = element.getBoundingClientRect();
      return { x: box.right - origin.left + 1, y: box.top + box.height / 2 - origin.top };
    },
    show(values) {
      const { cells } = store.get();
      const { ink } = currentTheme();
      for (const [column, { value, ports }] of chips) {
        value.textContent = formatCell(data.columns[column], cells[column], t("network.missing"));
        ports.forEach((port, k) => {
          const input = values[inputsOf[column][k]];
          port.style.background = css(diverging(Math.max(-1, Math.min(1, input))));
          port.style.borderColor = css(mix(diverging(Math.max(-1, Math.min(1, input))), ink, 0.28));
          port.title = `${data.inputs[inputsOf[column][k]].label}: ${formatNumber(input)}`;
        });
      }
    },
  };
}

function createImage(context: Context): InputList {
  const { data, store, t } = context;
  const { height, width, ink } = data.image ?? { height: 1, width: 1, ink: 1 };
  const canvas = el("canvas", { class: "input-image", role: "img", "aria-label": t("network.image_label", { height, width }) });
  const title = el("div", { class: "stage-title" }, el("strong", { text: t("network.image") }));
  title.append(el("span", { text: `${width} \u00d7 ${height}` }));
  const root = el("div", { class: "stage ends inputs" }, title, el("div", { class: "columns" }, canvas));
  let size = 120;
  const paint = (): void => {
    const { cells } = store.get();
    const { ink: black, zero } = currentTheme();
    const target = sizeCanvas(canvas, size, (size * height) / width);
    canvas.style.width = `${size}px`;
    canvas.style.height = `${(size * height) / width}px`;
    const pixel = size / width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const share = Math.min(1, Math.max(0, (cells[y * width + x] ?? 0) / ink));
        target.fillStyle = css(mix(zero, black, share));
        target.fillRect(x * pixel, y * pixel, pixel + 0.3, pixel + 0.3);
      }
    }
  };
  return {
    root,
    layout(room, isNarrow) {
      size = isNarrow ? 72 : room < 640 ? 132 : 176;
      root.style.width = `${size}px`;
      paint();
      return size;
    },
    // Of an image the index is a share of its height.
    port(share, origin) {
      const box = canvas.getBoundingClientRect();
      return { x: box.right - origin.left + 4, y: box.top - origin.top + box.height * (0.1 + 0.8 * share) };
    },
    show: paint,
  };
}
