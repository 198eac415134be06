/** A training in the page, as requests and reports; in a worker, or in the page itself. */

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

interface State {
  training: number;
  trainer: Trainer;
  train: Examples;
  validation: Examples;
}

export class TrainingSession {
  private state: State | null = null;

  /** What a request gives: a report, but for settings. */
  answer(request: Request): Report | null {
    if (request.type === "start") {
      const { training, network, train, validation, settings, seed } = request;
      const trainer = new Trainer(network, settings, seed);
      this.state = { training, trainer, train, validation };
      return report(this.state, [trainer.loss(train)], [trainer.loss(validation)]);
    }
    if (this.state === null) return null;
    const { trainer, train, validation } = this.state;
    if (request.type === "settings") {
      trainer.settings = request.settings;
      return null;
    }
    const end = performance.now() + request.mostMs;
    const losses: number[] = [];
    const validationLosses: number[] = [];
    do {
      trainer.epoch(train);
      losses.push(trainer.loss(train));
      validationLosses.push(trainer.loss(validation));
    } while (losses.length < request.epochs && performance.now() < end);
    return report(this.state, losses, validationLosses);
  }
}

function report({ training, trainer, train }: State, loss: number[], validation: number[]): Report {
  return { training, network: trainer.network, statistics: trainer.statistics(train), loss, validation };
}
