// Which demos of a set are taken: the first ones, the longest or a random sample, without those that are held back.
import type { DemoContent } from '../../contract/demo.ts';
import { heldBack } from '../../contract/held-back.ts';
import type { TakenDemos } from '../../contract/taken-demos.ts';
import { uniform } from '../base/statistics/uniform.ts';

/** Any fixed number: the same demos give the same sample. */
const SAMPLE_SEED = 1;

/**
 * The demos of a set that are taken, in its order. Of demos with the same length, earlier ones are taken first.
 * @param lengthOf in any unit
 */
export function takenDemos<Demo>(demos: readonly Demo[], lengthOf: (demo: Demo) => number, taken: TakenDemos): Demo[] {
  const lengths = demos.map(lengthOf);
  return takenPlaces(lengths, taken).map((place) => demos[place]!);
}

/** `takenDemos` without tokens: the length of a demo is the number of its stored bytes. */
export function takenByBytes<Demo extends { readonly content: DemoContent }>(
  demos: readonly Demo[],
  taken: TakenDemos,
): Demo[] {
  return takenDemos(demos, ({ content }) => Buffer.byteLength(JSON.stringify(content)), taken);
}

function takenPlaces(lengths: readonly number[], taken: TakenDemos): number[] {
  const { limit = Infinity, limitBy = 'first', holdBack = 0 } = taken;
  const places = lengths.slice(0, lengths.length - heldBack(lengths.length, holdBack)).map((_, place) => place);
  if (limit >= places.length) return places;
  const ranks = {
    first: () => places,
    random: () => shuffled(places),
    longest: () => byLength(lengths, places),
  };
  return ranks[limitBy]()
    .slice(0, limit)
    .sort((a, b) => a - b);
}

function byLength(lengths: readonly number[], places: readonly number[]): number[] {
  return [...places].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
}

/** The places in random order, by Fisher and Yates. */
function shuffled(places: readonly number[]): number[] {
  const random = uniform(SAMPLE_SEED);
  const left = [...places];
  for (let i = left.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [left[i], left[other]] = [left[other]!, left[i]!];
  }
  return left;
}
