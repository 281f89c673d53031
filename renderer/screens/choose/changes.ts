// The changes from one state of a choice to the next.
import type { SelectionState } from '../../../electron/contract/api/selections.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import type { TokenChoice } from '../../../electron/contract/token-classes.ts';
import type { SuperExperts } from '../../../electron/contract/requests.ts';
import type { Draft } from './draft.ts';

export type Change =
  | { readonly kind: 'keep'; readonly from: number; readonly to: number }
  | { readonly kind: 'criterion'; readonly criterion: Criterion }
  | { readonly kind: 'tokens'; readonly tokens: TokenChoice }
  | { readonly kind: 'superExperts'; readonly superExperts: SuperExperts }
  | { readonly kind: 'runs'; readonly runIds: readonly number[] }
  /** How the runs are mixed; `weights`: by other weights. */
  | { readonly kind: 'mix'; readonly mix: 'shares' | 'max-min' | 'weights' }
  /** Experts that were marked or unmarked. */
  | { readonly kind: 'pinned' | 'unpinned' | 'dropped' | 'allowed'; readonly count: number }
  | { readonly kind: 'grouping'; readonly grouping: Draft['grouping'] }
  /** null: the model's own number. */
  | { readonly kind: 'activeExperts'; readonly active: number | null };

type State = Pick<SelectionState, 'keep' | 'request'>;

/** @returns empty: nothing that a person set has changed; null: it is unknown how one of the two was chosen */
export function changesOf(before: State, after: State): readonly Change[] | null {
  const [old, now] = [before.request, after.request];
  if (old === null || now === null) return null;
  const marked = (kind: 'pins' | 'drops', a: Draft, b: Draft): number =>
    b[kind].filter((cell) => !a[kind].some(({ layer, expert }) => layer === cell.layer && expert === cell.expert))
      .length;
  const counts: readonly Change[] = [
    { kind: 'pinned', count: marked('pins', old, now) },
    { kind: 'unpinned', count: marked('pins', now, old) },
    { kind: 'dropped', count: marked('drops', old, now) },
    { kind: 'allowed', count: marked('drops', now, old) },
  ];
  return [
    ...(before.keep === after.keep ? [] : [{ kind: 'keep' as const, from: before.keep, to: after.keep }]),
    ...(old.criterion === now.criterion ? [] : [{ kind: 'criterion' as const, criterion: now.criterion }]),
    ...((old.tokens ?? 'all') === (now.tokens ?? 'all')
      ? []
      : [{ kind: 'tokens' as const, tokens: now.tokens ?? 'all' }]),
    ...((old.superExperts ?? 'rank') === (now.superExperts ?? 'rank')
      ? []
      : [{ kind: 'superExperts' as const, superExperts: now.superExperts ?? 'rank' }]),
    ...(old.runIds.join() === now.runIds.join() ? [] : [{ kind: 'runs' as const, runIds: now.runIds }]),
    ...(old.mix.toString() === now.mix.toString()
      ? []
      : [{ kind: 'mix' as const, mix: Array.isArray(now.mix) ? ('weights' as const) : now.mix }]),
    ...counts.filter((change) => 'count' in change && change.count > 0),
    ...(old.grouping === now.grouping ? [] : [{ kind: 'grouping' as const, grouping: now.grouping }]),
    ...(old.activeExperts === now.activeExperts
      ? []
      : [{ kind: 'activeExperts' as const, active: now.activeExperts ?? null }]),
  ];
}
