// `dialog`: asks the host, where the test has queued what the person answers.
import { existsSync } from 'node:fs';
import type {
  Dialog,
  OpenDialogOptions,
  OpenDialogReturnValue,
  SaveDialogOptions,
  SaveDialogReturnValue,
} from 'electron';
import { BrowserWindow } from './browser-window.ts';
import { host } from './host.ts';
import { requireReady } from './readiness.ts';

async function showOpenDialog(
  first: BrowserWindow | OpenDialogOptions,
  second?: OpenDialogOptions,
): Promise<OpenDialogReturnValue> {
  const options = optionsOf(first, second) ?? {};
  const answer = await host.call('showDialog', { kind: 'open', options });
  if (answer.kind === 'cancel') return { canceled: true, filePaths: [] };
  if (answer.kind !== 'open') throw wrongAnswer('open', answer.kind);
  const missing = answer.paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw report(`The test chose ${missing} in an open dialog, which does not exist.`);
  if (answer.paths.length > 1 && !options.properties?.includes('multiSelections')) {
    throw report('The test chose several files in an open dialog that lets one choose one.');
  }
  return { canceled: false, filePaths: [...answer.paths] };
}

async function showSaveDialog(
  first: BrowserWindow | SaveDialogOptions,
  second?: SaveDialogOptions,
): Promise<SaveDialogReturnValue> {
  const answer = await host.call('showDialog', { kind: 'save', options: optionsOf(first, second) ?? {} });
  if (answer.kind === 'cancel') return { canceled: true, filePath: '' };
  if (answer.kind !== 'save') throw wrongAnswer('save', answer.kind);
  return { canceled: false, filePath: answer.path };
}

function showErrorBox(title: string, content: string): void {
  host.post('showErrorBox', { title, content });
}

export const dialog = { showOpenDialog, showSaveDialog, showErrorBox };
dialog satisfies Pick<Dialog, 'showErrorBox'> & DialogApi;

/** As Electron's, for the form without a window: the window is the double's own class. */
type DialogApi = {
  showOpenDialog(options: OpenDialogOptions): ReturnType<Dialog['showOpenDialog']>;
  showSaveDialog(options: SaveDialogOptions): ReturnType<Dialog['showSaveDialog']>;
};

function optionsOf<O extends object>(first: BrowserWindow | O, second: O | undefined): O | undefined {
  requireReady('dialog cannot be used');
  return first instanceof BrowserWindow ? second : first;
}

function wrongAnswer(asked: string, given: string): Error {
  return report(`The app shows a dialog of the kind ${asked}, but the test's next answer is one of the kind ${given}.`);
}

function report(text: string): Error {
  host.post('problem', { text });
  return new Error(text);
}
