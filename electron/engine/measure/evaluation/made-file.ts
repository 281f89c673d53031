// Files that are made only to be measured: one at a time, when its turn comes, and gone after that.
import type { IdentifiedInfo } from '../../models/identity.ts';
import type { EvaluationSubject, ModelSlot } from './model-slot.ts';

export type MadeFile = {
  /** Its own among all that are measured together, and no path of a model. */
  readonly name: string;
  /** @throws WinnowError of writing: NO_SPACE, … */
  readonly make: () => Promise<IdentifiedInfo>;
  readonly drop: () => Promise<void>;
};

export type MadeSubject = {
  readonly file: MadeFile;
  /** A token passes so many experts; without it as many as the file says. */
  readonly activeExperts?: number | undefined;
};

/** The one file that is there. */
export class HeldFile {
  readonly #slot: ModelSlot;
  #file: { readonly of: MadeFile; readonly info: IdentifiedInfo } | null = null;

  /** @param slot loads what is measured, and lets go of a file before it is dropped */
  constructor(slot: ModelSlot) {
    this.#slot = slot;
  }

  /**
   * The subject as it can be loaded: its file is made, unless it is there, in the place of the one before.
   * @throws WinnowError as `make`
   */
  async subject(subject: EvaluationSubject | MadeSubject): Promise<EvaluationSubject> {
    if (!('file' in subject)) return subject;
    const { file, activeExperts } = subject;
    if (this.#file?.of.name !== file.name) {
      await this[Symbol.asyncDispose]();
      this.#file = { of: file, info: await file.make() };
    }
    return { info: this.#file.info, activeExperts };
  }

  /** Drops the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#file === null) return;
    await this.#slot.close();
    await this.#file.of.drop();
    this.#file = null;
  }
}
