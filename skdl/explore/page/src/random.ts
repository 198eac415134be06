/** Reproducible random numbers: `Math.random` takes no seed, and pictures must not change between two equal requests. */

/** Generator of uniform numbers in [0, 1): mulberry32 by Tommy Ettinger (public domain), 32 bits of state. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Shuffle in place (Fisher and Yates); return the same array. */
export function shuffle(values: Int32Array, random: () => number): Int32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const value = values[last];
    values[last] = values[other];
    values[other] = value;
  }
  return values;
}
