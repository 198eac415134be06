/** Parts of the page that tests call by themselves, at `window.skdlExplore.parts`. */

import { PictureQueue } from "./jobs";
import { createPainter } from "./pictures";
import { centred, inkBox } from "./pixels";
import { contributions } from "./shapley";
import { drawNetwork } from "./trainer";
import { startTrainer } from "./trainer-client";

export const testParts = { PictureQueue, centred, contributions, createPainter, drawNetwork, inkBox, startTrainer };
