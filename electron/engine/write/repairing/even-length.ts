// Chooses one length for all demos, if the model requires that.

/**
 * Models that keep a state from token to token compute several demos at once only if these are equally long. Returns the length
 * at which most tokens are used while at least `fewest` demos remain: longer demos are cut to it, shorter ones left out.
 * @param lengths number of tokens of each demo
 * @returns 0: there are fewer demos than `fewest`
 */
export function evenLength(lengths: readonly number[], fewest: number): number {
  const longest = lengths.toSorted((a, b) => b - a);
  let best = 0;
  let most = 0;
  for (const [place, length] of longest.entries()) {
    const tokens = (place + 1) * length;
    if (place + 1 >= fewest && tokens > most) [best, most] = [length, tokens];
  }
  return best;
}
