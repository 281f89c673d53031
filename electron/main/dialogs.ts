// The system's file dialogs, by the purpose of the file.
import type { FileFilter, OpenDialogOptions, SaveDialogOptions } from 'electron';
import { isFolderPurpose, SAVE_EXTENSIONS, type PickPurpose, type SavePurpose } from '../contract/bridge.ts';
import { DEMO_EXTENSIONS } from '../contract/file-extensions.ts';
import type { Translate } from '../contract/text/i18n.ts';

type FilePurpose = Exclude<PickPurpose | SavePurpose, 'folder'>;

const FILTERS: Readonly<Record<FilePurpose, readonly string[]>> = {
  ...SAVE_EXTENSIONS,
  demos: DEMO_EXTENSIONS,
  texts: DEMO_EXTENSIONS,
  imatrix: ['gguf'],
};

const MANY: ReadonlySet<PickPurpose> = new Set(['model', 'demos', 'texts']);

function filters(purpose: FilePurpose, t: Translate): FileFilter[] {
  return [{ name: t(`system.files.${purpose}`), extensions: [...FILTERS[purpose]] }];
}

/** Returns the options of a dialog that opens files: filters by purpose, and several files where that makes sense. */
export function openDialogOptions(purpose: PickPurpose, t: Translate): OpenDialogOptions {
  if (isFolderPurpose(purpose)) return { properties: ['openDirectory'] };
  // models of some programs have no file extension
  const all = purpose === 'model' ? [{ name: t('system.files.all'), extensions: ['*'] }] : [];
  return {
    filters: [...filters(purpose, t), ...all],
    properties: MANY.has(purpose) ? ['openFile', 'multiSelections'] : ['openFile'],
  };
}

/** Returns the options of a dialog that saves a file. @param suggestedName a file name without its folder */
export function saveDialogOptions(purpose: SavePurpose, suggestedName: string, t: Translate): SaveDialogOptions {
  return { defaultPath: suggestedName, filters: filters(purpose, t) };
}
