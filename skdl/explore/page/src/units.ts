/** Names, colours and descriptions of units, for all views that show them. */

import type { PageContext } from "./context";
import type { Member } from "./format";
import type { Unit } from "./store";

export function stageName({ t }: Pick<PageContext, "t">, member: Member, stage: number): string {
  const { kind } = member.stages[stage];
  if (kind !== "hidden") return t(`network.${kind}`);
  return t("network.hidden", { n: member.stages.slice(0, stage + 1).filter((one) => one.kind === "hidden").length });
}

export function unitName(context: PageContext, member: Member, { stage, index }: Unit): string {
  const { data, t } = context;
  if (stage < 0) return data.columns[data.inputs[index].column].name;
  const layer = stageName(context, member, stage);
  return member.stages[stage].n_units === 1 ? layer : t("network.unit", { layer, unit: index + 1 });
}

export function isSameUnit(a: Unit | null, b: Unit | null): boolean {
  return a?.stage === b?.stage && a?.index === b?.index;
}

/**
 * The value of a unit that has the full colour: its largest over the training rows, so that colours mean the same in every
 * picture of it; for a network that was trained in the page, its largest in the picture.
 */
export function fullColourOf(member: Member, { stage, index }: Unit, values: ArrayLike<number>, isTrainedHere: boolean): number {
  const { minimum, maximum } = member.stages[stage];
  const known = isTrainedHere ? 0 : Math.max(Math.abs(minimum[index] ?? 0), Math.abs(maximum[index] ?? 0));
  if (known > 0) return known;
  let most = 0;
  for (let k = 0; k < values.length; k++) most = Math.max(most, Math.abs(values[k]));
  return most || 1;
}
