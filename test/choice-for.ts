import { inspectFile } from '../electron/engine/models/inspect.ts';
import { forkWorker } from '../electron/engine/base/backend/worker-host.ts';
import type { ChoiceFile } from '../electron/contract/choice-file.ts';
import { choiceDocument, choiceModel, choiceText } from '../electron/engine/experts/selection/choice-file.ts';
import { selectionSettingsSchema } from '../electron/engine/experts/selection/selection.ts';

/** The choice of these experts of a model file, made by nothing that is known. */
export async function choiceFor(
  path: string,
  kept: ChoiceFile['kept'] | ((expert: number) => boolean),
  settings: Partial<ChoiceFile['settings']> = {},
): Promise<ChoiceFile> {
  const { info } = await inspectFile(path, { host: forkWorker });
  const all = Array.from({ length: info.nExpert }, (_, expert) => expert);
  const rows = typeof kept === 'function' ? info.moeLayers.map(() => all.filter(kept)) : kept;
  const chosenBy = selectionSettingsSchema.parse(settings);
  return choiceDocument(choiceModel(info, rows), { kept: rows, criterion: null, settings: chosenBy });
}

export async function choiceTextFor(...args: Parameters<typeof choiceFor>): Promise<string> {
  return choiceText(await choiceFor(...args));
}
