// `dialog`: asks the host, where the test has queued what the person answers.
import { existsSync } from 'node:fs';
import type {
  Dialog,
  OpenDialogOptions,
  OpenDialogReturnValue,
  SaveDialogOptions,
  SaveDialogReturnValue,
} from 'electron';
import { host } from './host.ts';
import { requireReady } from './life.ts';
import type { BrowserWindow } from './window.ts';

function problem(text: string): Error {
  host.post('problem', { text });
  return new Error(text);
}

/** The app shows each to its window. */
export const dialog = {
  async showOpenDialog(_owner: BrowserWindow, options: OpenDialogOptions): Promise<OpenDialogReturnValue> {
    requireReady('dialog cannot be used');
    const answer = await host.call('showDialog', { kind: 'open', options });
    if (answer.kind === 'cancel') return { canceled: true, filePaths: [] };
    if (answer.kind !== 'open') throw problem(`An open dialog was answered by a ${answer.kind} one.`);
    const missing = answer.paths.find((path) => !existsSync(path));
    if (missing !== undefined) throw problem(`The test chose ${missing} in an open dialog, which does not exist.`);
    if (answer.paths.length > 1 && !options.properties?.includes('multiSelections'))
      throw problem('The test chose several files in an open dialog that lets one choose one.');
    return { canceled: false, filePaths: [...answer.paths] };
  },

  async showSaveDialog(_owner: BrowserWindow, options: SaveDialogOptions): Promise<SaveDialogReturnValue> {
    requireReady('dialog cannot be used');
    const answer = await host.call('showDialog', { kind: 'save', options });
    if (answer.kind === 'cancel') return { canceled: true, filePath: '' };
    if (answer.kind !== 'save') throw problem(`A save dialog was answered by an ${answer.kind} one.`);
    return { canceled: false, filePath: answer.path };
  },

  showErrorBox(title: string, content: string): void {
    host.post('showErrorBox', { title, content });
  },
};
dialog satisfies Pick<Dialog, 'showErrorBox'>;
