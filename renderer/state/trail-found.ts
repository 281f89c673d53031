// What the trail lacks although it exists: nobody has to look again for what was scored, chosen or written before.
import type { Trail } from '../../electron/contract/api/app.ts';
import type { Domain } from '../../electron/contract/api/demos.ts';
import type { Export } from '../../electron/contract/api/exports.ts';
import { isFromChoice } from './choosing.ts';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';

export type Known = {
  readonly domains: readonly Pick<Domain, 'id' | 'name'>[];
  readonly runs: readonly Pick<Run, 'id' | 'modelId' | 'domain' | 'scoredDemos' | 'startedMs'>[];
  /** The selections, the last used first. */
  readonly selections: readonly Pick<Selection, 'id' | 'request'>[];
  /** The chosen selection; null: it is not known yet, or with `isGone` it does not exist any more. */
  readonly selection: Pick<Selection, 'id' | 'hash'> | null;
  readonly isGone: boolean;
  /** The exports, newest first. */
  readonly exports: readonly Pick<
    Export,
    'id' | 'state' | 'modelId' | 'selectionHash' | 'selectionId' | 'quantType' | 'repair'
  >[];
};

/** Returns the last choice from exactly these runs. */
export function lastChoiceFrom<One extends Pick<Selection, 'request'>>(
  runIds: readonly number[],
  selections: readonly One[],
): One | undefined {
  return selections.find(({ request }) => request?.runIds.join() === runIds.join());
}

/**
 * Looks for the latest run of model and demo set, the last choice from its runs, and the newest file of exactly that
 * choice, in whatever type.
 * @returns the next of these that is not chosen; null: there is none
 */
export function foundAgain(
  trail: Trail,
  { domains, runs, selections, selection, isGone, exports }: Known,
): Partial<Trail> | null {
  const { modelId, domainId, runIds, selectionId, exportId } = trail;
  if (runIds.length === 0) {
    const domain = domains.find(({ id }) => id === domainId);
    const [latest] = runs
      .filter((run) => run.modelId === modelId && run.domain === domain?.name && run.scoredDemos > 0)
      .toSorted((a, b) => b.startedMs - a.startedMs || b.id - a.id);
    return modelId !== null && latest !== undefined ? { runIds: [latest.id] } : null;
  }
  // the file of a choice that was never stored, or that was deleted: it does not belong to another choice
  if (selectionId === null && exports.some((one) => one.id === exportId && one.modelId !== null)) return null;
  if (selectionId === null || isGone) {
    // a list from before the deletion does not say what the last choice is without it
    if (isGone && selections.some(({ id }) => id === selectionId)) return null;
    const last = lastChoiceFrom(runIds, selections);
    return last === undefined ? null : { selectionId: last.id };
  }
  if (exportId !== null || selection === null) return null;
  const file = exports.find((one) => one.state === 'done' && one.modelId !== null && isFromChoice(one, selection));
  return file === undefined ? null : { exportId: file.id };
}
