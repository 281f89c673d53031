// The files that the page may use. The host, which saw the dialog, the drop or the upload, tells the engine the path of each
// grant. The page knows only ids, so that a compromised page cannot reach files that its user did not hand over.
import type { GrantedPath } from '../../../contract/host-messages.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { fileState, type FileInState } from '../../base/files/file-state.ts';
import { refuseOwnPlace } from '../../base/files/user-files.ts';

type OnWritten = (id: string, file: FileInState) => void;

export class Grants {
  readonly #granted = new Map<string, GrantedPath>();
  readonly #ownFolder: string;
  readonly #onWritten: OnWritten;

  /** @param ownFolder Winnow's data folder */
  constructor(ownFolder: string, onWritten: OnWritten) {
    this.#ownFolder = ownFolder;
    this.#onWritten = onWritten;
  }

  /** Lets the page use a path through the grant’s id. */
  add(grant: GrantedPath): void {
    this.#granted.set(grant.id, grant);
  }

  /**
   * The path of a grant.
   * @throws WinnowError USAGE: the id is unknown, or was granted for something else; TARGET_UNWRITABLE: writing is not allowed in
   * Winnow's own folder
   */
  path(id: string, access: GrantedPath['access']): string {
    return this.get(id, access).path;
  }

  /**
   * Has a file written, which the page can then download.
   * @throws WinnowError as `path`, and what `work` throws
   */
  async write<Result>(id: string, work: (path: string) => Promise<Result>): Promise<Result> {
    const path = this.path(id, 'write');
    const result = await work(path);
    const state = await fileState(path);
    if (state !== null) this.#onWritten(id, { path, state });
    return result;
  }

  /** As `write`, but for null calls `work` without a path. */
  async writeIf<Result>(id: string | null, work: (path: string | undefined) => Promise<Result>): Promise<Result> {
    return id === null ? work(undefined) : this.write(id, work);
  }

  /** A grant. @throws WinnowError as `path` */
  get(id: string, access: GrantedPath['access']): GrantedPath {
    const grant = this.#granted.get(id);
    if (grant?.access === 'write') refuseOwnPlace(grant.path, this.#ownFolder);
    if (grant?.access === access) return grant;
    throw new WinnowError('USAGE', msg('fileNotHandedOver'), {
      grant: id,
      access,
    });
  }
}
