// The system's file dialogs, by what the file is for.
import type { FileFilter, OpenDialogOptions, SaveDialogOptions } from 'electron';
import { SAVE_EXTENSIONS, type PickPurpose, type SavePurpose } from '../contract/bridge.ts';
import { DEMO_EXTENSIONS } from '../contract/file-extensions.ts';
import { text, type TextKey } from './text.ts';

const FILTERS: Readonly<Record<PickPurpose | SavePurpose, readonly string[] | null>> = {
  ...SAVE_EXTENSIONS,
  demos: DEMO_EXTENSIONS,
  texts: DEMO_EXTENSIONS,
  folder: null,
  imatrix: ['gguf'],
};

const MANY: ReadonlySet<PickPurpose> = new Set(['model', 'demos', 'texts']);

function filters(purpose: PickPurpose | SavePurpose, locale: string): FileFilter[] {
  const extensions = FILTERS[purpose];
  return extensions ? [{ name: text(`files.${purpose}` as TextKey, locale), extensions: [...extensions] }] : [];
}

/** Filters by purpose; several files at once where several make sense. */
export function openDialogOptions(purpose: PickPurpose, locale: string): OpenDialogOptions {
  if (purpose === 'folder') return { properties: ['openDirectory'] };
  // models of some programs have no extension
  const all = purpose === 'model' ? [{ name: text('files.all', locale), extensions: ['*'] }] : [];
  return {
    filters: [...filters(purpose, locale), ...all],
    properties: MANY.has(purpose) ? ['openFile', 'multiSelections'] : ['openFile'],
  };
}

/** @param suggestedName a file name without its folder */
export function saveDialogOptions(purpose: SavePurpose, suggestedName: string, locale: string): SaveDialogOptions {
  return { defaultPath: suggestedName, filters: filters(purpose, locale) };
}
