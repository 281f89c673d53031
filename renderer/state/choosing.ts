// Choosing something brings along what it was made from, so that the trail always speaks of one thing.
import type { Trail } from '../../electron/contract/api/app.ts';
import type { Domain } from '../../electron/contract/api/demos.ts';
import type { Export } from '../../electron/contract/api/exports.ts';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';

/**
 * Runs of one demo set bring that set along.
 * @param runs of one model
 */
export function runsChoice(
  runs: readonly Pick<Run, 'id' | 'domain'>[],
  domains: readonly Pick<Domain, 'id' | 'name'>[],
): Partial<Trail> {
  const names = new Set(runs.map(({ domain }) => domain));
  const domain = names.size === 1 ? domains.find(({ name }) => names.has(name)) : undefined;
  return { ...(domain !== undefined && { domainId: domain.id }), runIds: runs.map(({ id }) => id) };
}

/** A selection brings along the runs that it was made from. */
export function selectionChoice({ id, request }: Pick<Selection, 'id' | 'request'>): Partial<Trail> {
  return { selectionId: id, ...(request && { runIds: request.runIds }) };
}

/**
 * A file brings along what it was written from, unless that is gone.
 * @param selections that it may have been written from
 */
export function fileChoice(
  { id, selectionId }: Pick<Export, 'id' | 'selectionId'>,
  selections: readonly Pick<Selection, 'id' | 'request'>[],
): Partial<Trail> {
  const selection = selections.find((one) => one.id === selectionId);
  return { ...(selection && selectionChoice(selection)), exportId: id };
}

/**
 * Whether a file was written from the selection's choice: as it is, or in another type or with calibrated routers, which computes something
 * else and has figures of its own.
 */
export function isFileOf(
  file: Pick<Export, 'selectionHash' | 'selectionId' | 'quantType' | 'calibrated'>,
  { id, hash }: Pick<Selection, 'id' | 'hash'>,
): boolean {
  const isOther = file.quantType !== null || file.calibrated !== null;
  return file.selectionHash === hash || (isOther && file.selectionId === id);
}
