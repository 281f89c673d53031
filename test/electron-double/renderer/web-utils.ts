// `webUtils.getPathForFile`. A page does not learn where a file lies; the test that hands it over tells this table.
import type { WebUtils } from 'electron';
import type { KnownFile } from '../page-messages.ts';

export class KnownFiles {
  readonly #paths = new Map<string, string>();

  add(files: readonly KnownFile[]): void {
    for (const { path, name, sizeBytes, lastModifiedMs } of files) {
      this.#paths.set(`${name}\n${sizeBytes}\n${lastModifiedMs}`, path);
    }
  }

  /** @returns '' for a file that a script made */
  readonly pathOf: WebUtils['getPathForFile'] = (file: unknown) => {
    if (!(file instanceof File)) {
      throw new TypeError('getPathForFile expected to receive a File object but one was not provided');
    }
    return this.#paths.get(`${file.name}\n${file.size}\n${file.lastModified}`) ?? '';
  };
}
