/** The one state of the page. Views read it, change it by `set`, and hear of changes by `watch`. */

import type { Cell, NetworkData } from "./format";

export interface State {
  /** The row that the page predicts, a cell a column. */
  cells: readonly Cell[];
  /** Position of that row in `PageData.rows`; null once a cell was changed, and at first: the typical row. */
  row: number | null;
  /** Columns of the axes of all pictures. */
  x: number;
  y: number;
  /** Which output the large picture shows; null: all classes at once. */
  output: number | null;
  /** Which snapshot of the weights is shown; null: the kept weights. */
  snapshot: number | null;
  /** A network trained in the page, shown in place of the page's own; null: the page's own. */
  network: NetworkData | null;
  /** Which member of a bag is drawn. */
  member: number;
  /** The unit that the reader chose: what is known of it stands beside the network. */
  unit: Unit | null;
  /** The unit under the pointer or with the focus: its weights are emphasised, and its picture is shown large. */
  pointed: Unit | null;
  /** What all other columns hold in the pictures: the typical row's values, or those of `cells`. */
  rest: "typical" | "row";
  /** The classical model whose picture stands beside the network's, by its name. */
  overlay: string | null;
  /** Whether the reader asks for less motion, and whether the page is dark; both follow the system. */
  reducedMotion: boolean;
  dark: boolean;
}

/** Stage -1 holds the network's inputs. */
export interface Unit {
  stage: number;
  index: number;
}

export type Listener = (state: State, before: State) => void;

export interface Store {
  get(): State;
  /** Replaces values of the state and tells those who watch one of them, at once. */
  set(change: Partial<State>): void;
  /** Calls `listener` now, and after each change of one of `keys`. Returns a function that ends it. */
  watch(keys: readonly (keyof State)[], listener: Listener): () => void;
}

export function createStore(initial: State): Store {
  let state = initial;
  const watchers = new Set<{ keys: readonly (keyof State)[]; listener: Listener }>();
  return {
    get: () => state,
    set(change) {
      const before = state;
      const next = { ...before, ...change };
      const changed = (Object.keys(change) as (keyof State)[]).filter((key) => next[key] !== before[key]);
      if (changed.length === 0) return;
      state = next;
      for (const { keys, listener } of [...watchers]) {
        // A listener may set the state in turn: those after it then hear the newest value, and hear it again.
        if (keys.some((key) => changed.includes(key))) listener(state, before);
      }
    },
    watch(keys, listener) {
      const watcher = { keys, listener };
      watchers.add(watcher);
      listener(state, state);
      return () => watchers.delete(watcher);
    },
  };
}
