// Finds the demos that a choice of experts was made by, so that a fit can use them.
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import { choosingDemosOfSelection } from '../pruning/choosing-demos.ts';

/** The demos that a selection's experts were chosen by, as far as they are still stored. */
export function knownDemos(
  store: Store,
  selection: Parameters<typeof choosingDemosOfSelection>[1],
): { id: string; hash: string }[] {
  return choosingDemosOfSelection(store, selection).flatMap(({ id, hash }) =>
    hash !== null && findDemoContent(store, hash) ? [{ id, hash }] : [],
  );
}

/** Takes at most `most` items of a list at equal distances, so that each of several domains has its share. */
export function evenly<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}
