// Which inputs a run tries, in which order.

/** One input of a target; with the seed, all that it follows from. */
export type Input = { readonly target: string; readonly index: number };

/** How many of 110 inputs each target gets. */
export const SHARES = { gguf: 33, sanitized: 10, demos: 33, masks: 6, scores: 8, bundles: 10, database: 10 } as const;
export type MutatedTarget = keyof typeof SHARES;

export const nameOf = ({ target, index }: Input): string => `${target}:${index}`;

/** The inputs of the named targets without end, in turn: a run of any length tries each target in its share. */
export function* mutatedInputs(targets: readonly MutatedTarget[]): Generator<Input, void> {
  const round = targets
    .flatMap((target) =>
      Array.from({ length: SHARES[target] }, (_, nth) => ({ target, nth, at: (nth + 0.5) / SHARES[target] })),
    )
    .sort((a, b) => a.at - b.at);
  for (let rounds = 0; ; rounds++) {
    for (const { target, nth } of round) yield { target, index: rounds * SHARES[target] + nth };
  }
}
