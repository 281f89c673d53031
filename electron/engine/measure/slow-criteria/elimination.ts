// Rankings that come of dropping one expert after the other: a smaller choice is a subset of a larger one.

/**
 * MC-Suite's pairs (arXiv 2504.05586): of the pair with the largest value, or the smallest, the expert that was used less
 * goes, until one is left. Ties: the first pair, and of it the later expert.
 * @param pairs `[n * n]`, symmetric, of one layer
 * @param counts `[n]`
 * @returns `[n]` how many had gone before, so that the last one has the highest score
 */
export function eliminatePairs(pairs: Float64Array, counts: Float64Array, largest: boolean): Float64Array {
  const n = counts.length;
  const order = new Float64Array(n);
  const left = Array.from({ length: n }, (_, expert) => expert);
  for (let gone = 0; left.length > 1; gone++) {
    let pair: readonly [number, number] = [left[0]!, left[1]!];
    let best = -Infinity;
    for (const [at, a] of left.entries()) {
      for (const b of left.slice(at + 1)) {
        const value = largest ? pairs[a * n + b]! : -pairs[a * n + b]!;
        if (value > best) [best, pair] = [value, [a, b]];
      }
    }
    const [a, b] = pair;
    const goes = counts[a]! < counts[b]! ? a : b;
    order[goes] = gone;
    left.splice(left.indexOf(goes), 1);
  }
  order[left[0]!] = n - 1;
  return order;
}

/**
 * Joint selection by the Gram matrix of gated outputs: without the dropped experts D the routed outputs lack
 * ‖Σ_{i ∈ D} g_i E_i‖², which summed over the tokens is Σ_{i,j ∈ D} G_ij. The expert that adds least to it goes next. Only
 * experts that some token was routed to together have an entry; that others take over their tokens is not in it.
 * @param gram `[n * n]`, symmetric, of one layer
 * @returns as `eliminatePairs`
 */
export function eliminateJointly(gram: Float64Array, n: number): Float64Array {
  const order = new Float64Array(n);
  const left = new Set(Array.from({ length: n }, (_, expert) => expert));
  const cost = Float64Array.from({ length: n }, (_, i) => gram[i * n + i]!);
  for (let gone = 0; gone < n; gone++) {
    let goes = -1;
    for (const expert of left) {
      // of equal ones the later expert goes first, as it does in a ranking
      if (goes < 0 || cost[expert]! <= cost[goes]!) goes = expert;
    }
    order[goes] = gone;
    left.delete(goes);
    for (const expert of left) cost[expert]! += 2 * gram[goes * n + expert]!;
  }
  return order;
}
