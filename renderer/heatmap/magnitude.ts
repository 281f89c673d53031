// Maps scores to colour levels from 0 to 255. The ends of a scale are rounded, so that colours stay the same while scores come in.
import { scaleLinear } from 'd3-scale';
import { quantile, type Statistics } from './statistics.ts';
import type { Mode, Scale } from './types.ts';

/** The level of "no difference" in a diverging scale. */
export const NEUTRAL_LEVEL = 128;

export type LevelScale = {
  /** What the values are: a share of the layer, a rank, a difference of shares or of ranks, or a factor as log2. */
  readonly unit: 'share' | 'rank' | 'share-difference' | 'rank-difference' | 'factor';
  readonly diverging: boolean;
  /** Values at the left and right end of the colour bar. */
  readonly ends: readonly [number, number];
  /** Whether some values are beyond an end and share its colour. */
  readonly clipped: readonly [boolean, boolean];
  /** Values to label between the ends. */
  readonly ticks: readonly number[];
  /** Position on the colour bar, 0 to 1, clamped. */
  readonly position: (value: number) => number;
};

/** Returns the number that the picture shows for each cell; NaN if it is not scored. */
export function cellValues(scale: Scale, mode: Mode, own: Statistics, other: Statistics | null): Float64Array {
  const difference = mode === 'difference' ? other : null;
  if (difference === null) {
    return scale === 'rank' ? own.shares.map((share, i) => (Number.isNaN(share) ? NaN : own.ranks[i]!)) : own.shares;
  }
  return own.shares.map((share, i) => {
    const otherShare = difference.shares[i]!;
    if (Number.isNaN(share) || Number.isNaN(otherShare)) return NaN;
    if (scale === 'rank') return difference.ranks[i]! - own.ranks[i]!;
    if (scale === 'share') return share - otherShare;
    return share === otherShare ? 0 : Math.log2(share / otherShare);
  });
}

/** Returns the scale of some values. @param values of all pictures that are compared, so that pictures side by side share one scale */
export function levelScale(scale: Scale, mode: Mode, values: readonly Float64Array[], nExpert: number): LevelScale {
  const all = joined(values);
  if (mode === 'difference') return differenceScale(scale, all, nExpert);
  if (scale === 'rank') return rankScale(nExpert);
  return scale === 'log' ? logScale(all) : shareScale(all);
}

export function levelsOf(values: Float64Array, scale: LevelScale): Uint8Array {
  const levels = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const position = scale.position(value);
    levels[i] = scale.diverging ? NEUTRAL_LEVEL + Math.round((position * 2 - 1) * 127) : Math.round(position * 255);
  }
  return levels;
}

/** Few experts hold most of the score: the highest two percent share the last colour, so that the others can be told apart. */
function shareScale(shares: Float64Array): LevelScale {
  const end = roundUp(quantile(shares, 0.98)) || 1;
  const ticks = scaleLinear().domain([0, end]).ticks(4);
  return {
    unit: 'share',
    diverging: false,
    ends: [0, end],
    clipped: [false, largest(shares) > end],
    ticks: inside(ticks, 0, end),
    position: (share) => clamp(share / end),
  };
}

const MOST_DECADES = 4;

/** Experts that are hardly ever used would stretch the scale: the lowest one percent share the first colour. */
function logScale(shares: Float64Array): LevelScale {
  const positive = shares.filter((share) => share > 0);
  const high = roundUp(quantile(positive, 0.998)) || 1;
  const lowest = roundDown(Math.max(quantile(positive, 0.01), high / 10 ** MOST_DECADES));
  // If all shares were equal, the ends of the scale would coincide.
  const low = lowest > 0 && lowest < high ? lowest : high / 10;
  const span = Math.log(high / low);
  return {
    unit: 'share',
    diverging: false,
    ends: [low, high],
    clipped: [shares.some((share) => share < low), largest(shares) > high],
    ticks: inside(powersOfTen(low, high), low, high),
    position: (share) => clamp(Math.log(share / low) / span),
  };
}

/** Rank 1 has the brightest colour and is on the right, like the highest share. */
function rankScale(nExpert: number): LevelScale {
  const lowest = Math.max(nExpert, 2);
  return {
    unit: 'rank',
    diverging: false,
    ends: [nExpert, 1],
    clipped: [false, false],
    ticks: nExpert > 2 ? [Math.round(nExpert / 2)] : [],
    position: (rank) => clamp((lowest - rank) / (lowest - 1)),
  };
}

function differenceScale(scale: Scale, values: Float64Array, nExpert: number): LevelScale {
  const sizes = values.map(Math.abs);
  const end = scale === 'rank' ? Math.max(nExpert - 1, 1) : roundUp(quantile(sizes, 0.995)) || 1;
  const beyond = sizes.some((size) => size > end);
  return {
    unit: scale === 'rank' ? 'rank-difference' : scale === 'log' ? 'factor' : 'share-difference',
    diverging: true,
    ends: [-end, end],
    clipped: [beyond, beyond],
    ticks: [0],
    position: (value) => clamp((value / end + 1) / 2),
  };
}

/** Rounds up to one and a half significant digits: 0.0312 becomes 0.035. */
function roundUp(value: number): number {
  return roundBy(Math.ceil, value);
}

function roundDown(value: number): number {
  return roundBy(Math.floor, value);
}

function roundBy(round: (value: number) => number, value: number): number {
  if (value <= 0) return 0;
  const step = 10 ** Math.floor(Math.log10(value)) / 2;
  // Divisions and products leave residues such as 0.35000000000000003.
  return Number((round(Number((value / step).toPrecision(12))) * step).toPrecision(3));
}

function inside(ticks: readonly number[], low: number, high: number): number[] {
  return ticks.filter((tick) => tick > low && tick < high);
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  const count = Math.floor(Math.log10(high)) - first + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, i) => Number(`1e${first + i}`));
}

function joined(values: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(values.reduce((total, some) => total + some.length, 0));
  let length = 0;
  for (const some of values) {
    all.set(some, length);
    length += some.length;
  }
  return all;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => (value > most ? value : most), 0);
}

function clamp(position: number): number {
  return position > 0 ? Math.min(position, 1) : 0;
}
