/** Parts of the page that tests call by themselves, at `window.skdlExplore.parts`. */

import { centred, inkBox } from "./pixels";
import { contributions } from "./shapley";
import { drawNetwork } from "./trainer";
import { startTrainer } from "./views/tryit";

export const testParts = { centred, contributions, drawNetwork, inkBox, startTrainer };
