// Measurements of the model with this many kept experts, for choices such as the current one.
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import type { Interval } from '../../../electron/contract/interval.ts';
import { combine } from '../../measures/combine.ts';
import type { Draft } from './draft.ts';

type Wanted = {
  readonly keep: number;
  readonly nExpert: number;
  /** The domains that it is for. */
  readonly domains: readonly string[];
} & Pick<Draft, 'criterion' | 'mix' | 'tokens'>;

/**
 * Returns the ratio of the perplexity in the domain to the full model's: of the newest choice with the same number of
 * experts, by the same criterion, for the same domains, mixed in the same way. Pins do not matter.
 * @param rows of the model, newest first
 * @param selections that the rows may belong to
 * @returns null: not measured
 */
export function measuredAt(
  wanted: Wanted,
  rows: readonly Evaluation[],
  selections: readonly Selection[],
): Interval | null {
  const selectionOf = new Map(selections.map((selection) => [selection.id, selection]));
  const fitting = rows.filter((row) => {
    const selection = row.selectionId === null ? undefined : selectionOf.get(row.selectionId);
    return (
      row.inDomain === true &&
      row.ratio !== null &&
      selection !== undefined &&
      isAlike(chosenBy(row, selection), wanted)
    );
  });
  const [newest] = fitting;
  if (newest === undefined) return null;
  const sameWay = fitting.filter((row) => keyOf(row) === keyOf(newest));
  const texts = [...Map.groupBy(sameWay, ({ textId, text }) => textId ?? text).values()];
  return combine(texts.flatMap(([latest]) => latest ?? [])).ratio;
}

type Chosen = Omit<Wanted, 'criterion' | 'mix' | 'tokens'> & {
  readonly tokens: Draft['tokens'];
  readonly criterion: Criterion | null;
  readonly mix: Draft['mix'] | null;
};

function chosenBy({ variant, keep, nExpert }: Evaluation, selection: Selection): Chosen {
  const own = { criterion: selection.criterion, mix: selection.request?.mix ?? null, keep: selection.keep };
  const tokens = selection.tokens ?? 'all';
  const preview = variant.kind === 'preview' ? variant : null;
  return {
    criterion: preview?.criterion ?? own.criterion,
    mix: preview?.mix ?? own.mix,
    tokens,
    // old rows do not state the number
    keep: keep ?? preview?.keep ?? own.keep,
    nExpert: nExpert ?? selection.nExpert,
    domains: selection.domains,
  };
}

function isAlike(chosen: Chosen, wanted: Wanted): boolean {
  const isMixed = wanted.domains.length > 1;
  return (
    chosen.keep === wanted.keep &&
    chosen.nExpert === wanted.nExpert &&
    chosen.criterion === wanted.criterion &&
    chosen.tokens === (wanted.tokens ?? 'all') &&
    chosen.domains.toSorted().join('\n') === wanted.domains.toSorted().join('\n') &&
    (!isMixed || JSON.stringify(chosen.mix) === JSON.stringify(wanted.mix))
  );
}

/** Key of a choice that was measured in a certain way. */
function keyOf({ variant, ctx, chunkLimit, chunks }: Evaluation): string {
  return JSON.stringify([variant, ctx, chunkLimit ?? chunks]);
}
