// Choosing something also chooses what it was made from, so that the trail is always consistent.
import type { Trail } from '../../electron/contract/api/app.ts';
import type { Export } from '../../electron/contract/api/exports.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';

/** Returns a selection with the runs that it was made from. */
export function selectionChoice({ id, request }: Pick<Selection, 'id' | 'request'>): Partial<Trail> {
  return { selectionId: id, ...(request && { runIds: request.runIds }) };
}

/**
 * Returns a file with what it was written from, unless that has gone.
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
 * Whether a file was written from the selection's choice: as it is, or in another type, or repaired,
 * in which case it computes something else and has its own figures.
 */
export function isFromChoice(
  file: Pick<Export, 'selectionHash' | 'selectionId' | 'quantType' | 'repair'>,
  { id, hash }: Pick<Selection, 'id' | 'hash'>,
): boolean {
  const isOther = file.quantType !== null || file.repair?.leftOut === null;
  return file.selectionHash === hash || (isOther && file.selectionId === id);
}
