/** What every view is given. */

import type { NetworkData, PageData } from "./format";
import type { Model } from "./model";
import type { Painter } from "./pictures";
import type { Store } from "./store";
import type { Translate } from "./strings";

/** What there is on every page, also on that of a model without a network. */
export interface PageContext {
  data: PageData;
  store: Store;
  t: Translate;
}

/** Whether the page was made with a table: else its first row and what is said of units come from ranges alone. */
export function isFromTable({ has_table }: PageData): boolean {
  return has_table ?? true;
}

/** Whether a column enters the network; a pipeline may leave columns out. */
export function isUsed({ groups }: PageData, column: number): boolean {
  return groups.some(({ columns }) => columns.includes(column));
}

export interface Context extends PageContext {
  /** With the kept weights; views draw `shownModel(context)`. */
  model: Model;
  /** Computes pictures beside the page. */
  painter: Painter;
}

let shown: { model: Model; snapshot: number | null; network: NetworkData | null; value: Model } | null = null;

/** The model that the page shows now: with the kept weights, those of a snapshot, or a network trained in the page. */
export function shownModel(context: Context): Model {
  const { snapshot, network } = context.store.get();
  if (shown === null || shown.model !== context.model || shown.snapshot !== snapshot || shown.network !== network) {
    let value = context.model;
    if (network !== null) value = context.model.withNetwork(network);
    else if (snapshot !== null) value = context.model.withSnapshot(snapshot);
    shown = { model: context.model, snapshot, network, value };
  }
  return shown.value;
}

/** Keys of the state that decide `shownModel`. */
export const SHOWN = ["snapshot", "network"] as const;
