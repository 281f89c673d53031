// Ticks of a logarithmic axis. d3's take all nine steps of a decade or only its powers; a short axis wants those between.

/**
 * Returns ticks.
 * @param low above 0
 * @param steps the steps within a decade, the finest first
 * @param most more ticks would crowd the axis
 * @returns the ticks of the finest steps that leave room for the numbers; undefined: none of the steps does
 */
export function logTicks(
  low: number,
  high: number,
  steps: readonly (readonly number[])[],
  most: number,
): readonly number[] | undefined {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
  return steps
    .map((ofDecade) => decades.flatMap((decade) => ofDecade.map((step) => step * decade)))
    .map((ticks) => ticks.filter((tick) => tick >= low && tick <= high))
    .find(({ length }) => length <= most);
}
