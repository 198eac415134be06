/** The trainer beside the page: it trains as long as the page asks for more, so that no queue of results can grow. */

import { type Examples, type PlainNetwork, type Settings, Trainer, type UnitStatistics } from "./trainer";

export type Request =
  | { type: "start"; training: number; network: PlainNetwork; train: Examples; validation: Examples; settings: Settings; seed: number }
  | { type: "settings"; settings: Settings }
  /** Train this many epochs, fewer where they take longer than `mostMs`, and report. */
  | { type: "train"; epochs: number; mostMs: number };

/** What the trainer reports after `start` (no epochs) and after each `train`. */
export interface Report {
  /** The number that its `start` came with. */
  training: number;
  network: PlainNetwork;
  statistics: UnitStatistics[];
  /** Mean loss after each of the epochs; at the start, before them. */
  loss: number[];
  /** NaN where there are no rows to validate with. */
  validation: number[];
}

interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(report: Report): void;
}

const scope = self as unknown as Scope;
let state: { training: number; trainer: Trainer; train: Examples; validation: Examples } | null = null;

scope.onmessage = ({ data: request }) => {
  if (request.type === "start") {
    const { training, network, train, validation, settings, seed } = request;
    state = { training, trainer: new Trainer(network, settings, seed), train, validation };
    report([state.trainer.loss(train)], [state.trainer.loss(validation)]);
  } else if (state !== null && request.type === "settings") {
    state.trainer.settings = request.settings;
  } else if (state !== null && request.type === "train") {
    const { trainer, train, validation } = state;
    const end = performance.now() + request.mostMs;
    const loss: number[] = [];
    const validationLoss: number[] = [];
    do {
      trainer.epoch(train);
      loss.push(trainer.loss(train));
      validationLoss.push(trainer.loss(validation));
    } while (loss.length < request.epochs && performance.now() < end);
    report(loss, validationLoss);
  }
};

function report(loss: number[], validation: number[]): void {
  if (state === null) return;
  const { training, trainer, train } = state;
  scope.postMessage({ training, network: trainer.network, statistics: trainer.statistics(train), loss, validation });
}
