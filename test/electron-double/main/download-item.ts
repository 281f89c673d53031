// A download that a page started: what the app may ask of it and decide about it.
import { EventEmitter } from 'node:events';
import type { DownloadItem as RealItem } from 'electron';
import { host } from './host.ts';
import { PreventableEvent } from './preventable-event.ts';

export type Download = { readonly id: number; readonly url: string; readonly filename: string };

const watched = new Map<number, DownloadItem>();

export class DownloadItem extends EventEmitter<{ done: [PreventableEvent, 'completed' | 'interrupted'] }> {
  readonly #download: Download;
  #savePath = '';
  #cancelled = false;

  constructor(download: Download) {
    super();
    this.#download = download;
  }

  getURL(): string {
    return this.#download.url;
  }

  getFilename(): string {
    return this.#download.filename;
  }

  setSavePath(path: string): void {
    this.#savePath = path;
  }

  getSavePath(): string {
    return this.#savePath;
  }

  cancel(): void {
    this.#cancelled = true;
  }

  /** Not Electron's. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Not Electron's: reports the end when the host tells of it. */
  watch(): void {
    watched.set(this.#download.id, this);
  }
}

DownloadItem satisfies new (
  download: Download,
) => Pick<RealItem, 'cancel' | 'getFilename' | 'getSavePath' | 'getURL' | 'setSavePath'>;

host.serve({
  downloadDone: ({ id, completed }) => {
    watched.get(id)?.emit('done', new PreventableEvent(), completed ? 'completed' : 'interrupted');
    watched.delete(id);
  },
});
