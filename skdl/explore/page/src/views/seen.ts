/** Pictures and values that are out of sight need not follow each movement. */

import { onFrame } from "../dom";

/**
 * Call `draw` once in the next frame, however often it is asked for before that; while `element` is out of sight, once
 * it comes near.
 */
export function whenSeen(element: Element, draw: () => void): () => void {
  let isSeen = true; // until the observer says otherwise
  let isWaiting = false;
  const inFrame = onFrame(draw);
  new IntersectionObserver(
    (entries) => {
      isSeen = entries.at(-1)?.isIntersecting ?? true;
      if (isSeen && isWaiting) {
        isWaiting = false;
        inFrame();
      }
    },
    { rootMargin: "25%" },
  ).observe(element);
  return () => {
    if (isSeen) inFrame();
    else isWaiting = true;
  };
}
