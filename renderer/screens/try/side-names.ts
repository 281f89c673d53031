// The names of the sides where their answers are compared: what they are, if that tells them apart.
import type { ChatSlot, Slot } from '../../../electron/contract/api/chat.ts';
import type { Export } from '../../../electron/contract/api/exports.ts';

type Side = Pick<ChatSlot, 'modelId' | 'selectionId'>;
type Kind = 'full' | 'preview' | 'pruned' | 'file';

/** The kind of what is loaded, if it says more than the side: the model of the path, a preview, or a written file. */
function sideKind(
  { modelId, selectionId }: Side,
  fullId: string | null,
  exports: readonly Pick<Export, 'modelId' | 'keep' | 'nExpert'>[],
): Kind | null {
  if (selectionId !== null) return 'preview';
  const file = exports.find((one) => one.modelId === modelId);
  if (file !== undefined) return file.keep < file.nExpert ? 'pruned' : 'file';
  return modelId === fullId ? 'full' : null;
}

/** Returns the names. @param fullId the model of the path */
export function sideNames(
  sides: Readonly<Partial<Record<Slot, Side>>>,
  fullId: string | null,
  exports: readonly Pick<Export, 'modelId' | 'keep' | 'nExpert'>[],
): Readonly<Record<Slot, Kind | Slot>> {
  const left = sides.left && sideKind(sides.left, fullId, exports);
  const right = sides.right && sideKind(sides.right, fullId, exports);
  return left && right && left !== right ? { left, right } : { left: 'left', right: 'right' };
}
