/** What is known of one unit: its picture, its values, and its strongest weights. */

import { axisColumns } from "../axes";
import { type Context, isFromTable } from "../context";
import { el, sizeCanvas } from "../dom";
import type { Member } from "../format";
import type { Links } from "../links";
import type { Unit } from "../store";
import { formatNumber } from "../strings";
import { css, currentTheme } from "../theme";
import { Atlas, type UnitPictures } from "../tiles";
import { stageName, unitName } from "../units";

const PICTURE = 132;
const N_WEIGHTS = 5;

export interface UnitDetail {
  show(unit: Unit | null, member: Member, links: readonly (Links | null)[], activations: readonly Float32Array[], pictures: readonly UnitPictures[]): void;
}

export function createUnitDetail(root: HTMLElement, context: Context): UnitDetail {
  const { data, t } = context;
  const canvas = el("canvas", { "aria-hidden": "true" });
  const caption = el("figcaption", { class: "note" });
  const text = el("div", { class: "unit-text" });
  const figure = el("figure", {}, canvas, caption);
  // Where no column can be an axis, a square has one colour, and there is no picture to explain.
  const hasAxes = axisColumns(data).length > 0;
  const hintText = t(data.image !== null ? "network.hint_image" : hasAxes ? "network.hint" : "network.hint_plain");
  const hint = el("p", { class: "note hint", text: hintText });
  const lists = el("div", { class: "weights" });
  const title = root.previousElementSibling?.firstElementChild;
  const badge = el("span", { class: "badge mild", hidden: true });
  root.previousElementSibling?.append(badge);
  root.append(figure, text, lists, hint);
  root.classList.add("unit");
  figure.hidden = true;

  const show: UnitDetail["show"] = (unit, member, links, activations, pictures) => {
    const isUnit = unit !== null && (unit.stage < 0 || unit.stage < member.stages.length);
    badge.hidden = true;
    hint.hidden = !member.stages.some(({ kind }) => kind === "hidden");
    if (root.parentElement) root.parentElement.hidden = hint.hidden && !isUnit;
    if (title) title.textContent = isUnit ? unitName(context, member, unit) : t("unit.title");
    figure.hidden = !isUnit || unit.stage < 0 || pictures[unit.stage] === undefined;
    text.replaceChildren();
    lists.replaceChildren();
    if (!isUnit) return;
    const { stage, index } = unit;
    if (!figure.hidden) {
      paint(canvas, pictures[stage], index);
      const own = pictures[stage];
      caption.textContent = own.nx === 1 ? "" : own.topDown ? t("network.weights_picture") : axesText();
    }
    if (stage < 0) describeInput(index, links);
    else describeUnit(member, stage, index, links, activations);
  };

  function axesText(): string {
    if (!hasAxes) return "";
    const { x, y } = context.store.get();
    const [right, up] = [x, y].map((column) => data.columns[column].name);
    return x === y ? t("network.axis", { x: right }) : t("network.axes", { x: right, y: up });
  }

  function describeInput(index: number, links: readonly (Links | null)[]): void {
    const { column, label } = data.inputs[index];
    text.append(el("p", { class: "note", text: data.columns[column].preprocessing }));
    const out = links[0];
    if (out) lists.append(weightList(t("network.weights_out_of", { input: label }), weightsFrom(out, index), (k) => String(k + 1)));
  }

  function describeUnit(member: Member, stage: number, index: number, links: readonly (Links | null)[], activations: readonly Float32Array[]): void {
    const own = member.stages[stage];
    const state = own.state[index] ?? "";
    const isKept = context.store.get().snapshot === null && context.store.get().network === null;
    badge.hidden = state === "" || !isKept;
    if (!badge.hidden) badge.textContent = t(`network.${state}`);
    const facts = el("dl", { class: "unit-facts" });
    const fact = (term: string, value: string): void => facts.append(el("div", {}, el("dt", { text: term }), el("dd", { text: value })));
    fact(t("network.activation"), formatNumber(activations[stage]?.[index] ?? NaN));
    if (isKept && own.minimum[index] !== undefined) {
      fact(t(isFromTable(data) ? "network.range" : "network.range_drawn"), t("network.range_value", { low: formatNumber(own.minimum[index]), high: formatNumber(own.maximum[index]) }));
    }
    const into = links[stage];
    if (into?.bias) fact(t("network.bias"), formatNumber(into.bias[index]));
    text.append(facts);
    if (state !== "" && isKept) text.append(el("p", { class: "note", text: t(`network.${state}_means${isFromTable(data) ? "" : "_drawn"}`) }));
    if (into && !(data.image !== null && stage === 0)) {
      lists.append(weightList(t("network.weights_in"), weightsInto(into, index), (k) => sourceName(member, stage - 1, k)));
    }
    const out = links[stage + 1];
    if (out && index < out.nIn) {
      lists.append(weightList(t("network.weights_out"), weightsFrom(out, index), (k) => targetName(member, stage + 1, k)));
    }
  }

  const sourceName = (member: Member, stage: number, k: number): string =>
    stage < 0 ? data.inputs[k].label : t("network.unit_short", { layer: stageName(context, member, stage), unit: k + 1 });
  const targetName = (member: Member, stage: number, k: number): string =>
    member.stages[stage].kind === "output"
      ? data.coding === "binary"
        ? data.outputs[1]
        : (data.outputs[k] ?? String(k + 1))
      : t("network.unit_short", { layer: stageName(context, member, stage), unit: k + 1 });

  return { show };
}

const atlas = new Atlas();

function paint(canvas: HTMLCanvasElement, pictures: UnitPictures, unit: number): void {
  const target = sizeCanvas(canvas, PICTURE, PICTURE);
  atlas.draw({ ...pictures, values: [pictures.values[unit]], scales: [pictures.scales[unit]] }, 1);
  atlas.copy(target, 0, 0, 0, PICTURE, PICTURE);
}

interface Weight {
  index: number;
  weight: number;
}

function weightsInto(links: Links, unit: number): Weight[] {
  return Array.from({ length: links.nIn }, (_, index) => ({ index, weight: links.weights[index * links.nOut + unit] }));
}

function weightsFrom(links: Links, unit: number): Weight[] {
  return Array.from({ length: links.nOut }, (_, index) => ({ index, weight: links.weights[unit * links.nOut + index] }));
}

function weightList(title: string, weights: Weight[], name: (index: number) => string): HTMLElement {
  const { negative, positive } = currentTheme();
  const shown = [...weights].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, N_WEIGHTS);
  const most = Math.abs(shown[0]?.weight ?? 1) || 1;
  return el(
    "div",
    { class: "weight-list" },
    el("h4", { text: title }),
    ...shown.map(({ index, weight }) => {
      const share = (50 * Math.abs(weight)) / most;
      const bar = el("i");
      bar.style.background = css(weight < 0 ? negative : positive);
      bar.style.width = `${share}%`;
      bar.style.left = weight < 0 ? `${50 - share}%` : "50%";
      return el("div", { class: "weight" }, el("span", { class: "name", text: name(index) }), el("span", { class: "diverging" }, bar), el("span", { class: "value", text: formatNumber(weight) }));
    }),
  );
}
