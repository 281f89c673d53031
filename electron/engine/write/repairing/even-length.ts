// One length for all demos, where the model asks for that.

/**
 * Models that keep a state from token to token compute several demos at once only where these are as long as each other. Of the
 * lengths that so many demos have, the one at which most tokens take part: longer demos are cut to it, shorter ones left out.
 * @param lengths tokens of each demo
 * @returns 0: there are fewer demos
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
