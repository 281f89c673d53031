// Where a command may write.
import { refuseInputAsOutput } from '../engine/base/files/user-files.ts';
import { checkResultTarget, refuseOwnPlace, type ResultKind } from '../engine/base/files/write-target.ts';
import type { Context } from './context.ts';

/**
 * @param result what will be written; null: what writes it looks itself at what is there
 * @throws WinnowError USAGE: the command would overwrite what it reads; TARGET_EXISTS: something else, unless it may be
 * replaced; TARGET_UNWRITABLE: a folder, or Winnow's own
 */
export async function checkOutput(
  { engineContext: { home } }: Context,
  output: string | undefined,
  inputs: readonly string[],
  result: { readonly kind: ResultKind; readonly overwrite: boolean } | null,
): Promise<void> {
  if (output === undefined) return;
  await refuseInputAsOutput(output, inputs);
  if (result === null || result.overwrite) refuseOwnPlace(output, home);
  else await checkResultTarget(output, result.kind, home);
}
