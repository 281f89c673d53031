// What the sides are called where their answers are compared: by what they are, where that tells them apart.
import type { ChatSlot, Slot } from '../../../electron/contract/api/chat.ts';
import type { Export } from '../../../electron/contract/api/exports.ts';

type Side = Pick<ChatSlot, 'modelId' | 'selectionId'>;
type Kind = 'full' | 'preview' | 'pruned' | 'file';

/** What is loaded, as far as its name says more than its place: the path's model, a preview, or a file that was made. */
function kindOf(
  { modelId, selectionId }: Side,
  fullId: string | null,
  exports: readonly Pick<Export, 'modelId' | 'keep' | 'nExpert'>[],
): Kind | null {
  if (selectionId !== null) return 'preview';
  const file = exports.find((one) => one.modelId === modelId);
  if (file !== undefined) return file.keep < file.nExpert ? 'pruned' : 'file';
  return modelId === fullId ? 'full' : null;
}

/** @param fullId the path's model */
export function sideNames(
  sides: Readonly<Partial<Record<Slot, Side>>>,
  fullId: string | null,
  exports: readonly Pick<Export, 'modelId' | 'keep' | 'nExpert'>[],
): Readonly<Record<Slot, Kind | Slot>> {
  const left = sides.left && kindOf(sides.left, fullId, exports);
  const right = sides.right && kindOf(sides.right, fullId, exports);
  return left && right && left !== right ? { left, right } : { left: 'left', right: 'right' };
}
