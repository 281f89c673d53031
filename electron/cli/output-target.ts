// Checks where a command may write.
import { refuseInputAsOutput, checkResultTarget, refuseOwnPlace } from '../engine/base/files/user-files.ts';
import type { Context } from './context.ts';

/**
 * Checks that a command may write to a path.
 * @param result what will be written; null: the writer itself checks what is there
 * @throws WinnowError USAGE: the command would overwrite its input; TARGET_EXISTS: there is something else that must
 *   not be replaced; TARGET_UNWRITABLE: a folder, or a place of Winnow's own
 */
export async function checkOutput(
  { engineContext: { home } }: Context,
  output: string | undefined,
  inputs: readonly string[],
  result: { readonly kind: Parameters<typeof checkResultTarget>[1]; readonly overwrite: boolean } | null,
): Promise<void> {
  if (output === undefined) return;
  await refuseInputAsOutput(output, inputs);
  if (result === null || result.overwrite) refuseOwnPlace(output, home);
  else await checkResultTarget(output, result.kind, home);
}
