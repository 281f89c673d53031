// Ranks experts by dropping them one after the other, so that a smaller choice is a subset of a larger one.

/**
 * MC-Suite's pairs (arXiv 2504.05586): from the pair with the largest (or smallest) value, the less used expert is dropped, until
 * one is left. Ties: the first pair, and the later expert of a pair.
 * @param pairs `[n * n]`, symmetric, of one layer
 * @param counts `[n]`
 * @returns `[n]` how many were dropped before each expert, so that the last one has the highest score
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
 * Joint selection by the Gram matrix of gated outputs: without the dropped experts D, the routed outputs lack
 * ‖Σ_{i ∈ D} g_i E_i‖², which summed over the tokens is Σ_{i,j ∈ D} G_ij. The expert that adds least to it is dropped next. Only
 * experts that some token was routed to together have an entry; it is not considered that other experts take over their tokens.
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
      // among equals the later expert is dropped first, as in a ranking
      if (goes < 0 || cost[expert]! <= cost[goes]!) goes = expert;
    }
    order[goes] = gone;
    left.delete(goes);
    for (const expert of left) cost[expert]! += 2 * gram[goes * n + expert]!;
  }
  return order;
}
