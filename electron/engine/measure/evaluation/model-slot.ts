// Holds the one model that is loaded while several are measured in turn, since two at once may not fit.
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { Backend, type LoadedModel, requireVocabulary } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import type { Masked } from '../../experts/selection/selection.ts';
import { blockMask } from '../../models/prediction-blocks.ts';

/** A model to measure, with its mask. */
export type EvaluationSubject = Masked & { readonly info: IdentifiedInfo };

type SlotOptions = CallOptions & {
  readonly placement: Placement;
  readonly host?: WorkerHost;
  /** Reports the progress of loading. */
  readonly onLoading?: CallOptions['onProgress'];
};

type Held = {
  /** The model's first file. */
  readonly path: string;
  /** The subject's `loadedAs`. */
  readonly file: string;
  readonly backend: Backend;
  readonly model: LoadedModel;
};

/** Holds one loaded model and its mask. */
export class ModelSlot {
  readonly #options: SlotOptions;
  /** Whether all models held in turn must share the vocabulary of the first. */
  readonly #compared: boolean;
  #held: Held | null = null;
  #subject: EvaluationSubject | null = null;
  #first: { readonly path: string; readonly nVocab: number } | null = null;

  constructor(options: SlotOptions, compared: boolean) {
    this.#options = options;
    this.#compared = compared;
  }

  /** Loads the subject, unless it is loaded. @throws WinnowError from loading; USAGE: it has another vocabulary */
  async hold(subject: EvaluationSubject): Promise<{ readonly backend: Backend; readonly model: LoadedModel }> {
    const { info, kept, ungrouped = false } = subject;
    if (this.#held?.file !== loadedAs(subject)) {
      await this.close();
      this.#held = await startWith(subject, this.#options);
    }
    const { backend, model } = this.#held;
    if (this.#subject !== subject) {
      this.#checkVocabulary(info.path, model.nVocab);
      await backend.call('setMask', { mask: kept ? blockMask(kept, info, model.nLayers) : null, ungrouped });
      this.#subject = subject;
    }
    return this.#held;
  }

  /** Ends the worker that holds the model. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Releases a file that is about to be deleted: Windows deletes no mapped file; elsewhere its space would stay occupied. */
  async release(path: string): Promise<void> {
    if (this.#held?.path === path) await this.close();
  }

  /** Ends the worker, and the model with it. */
  async close(): Promise<void> {
    await this.#held?.backend.close();
    this.#held = null;
    this.#subject = null;
  }

  #checkVocabulary(path: string, nVocab: number): void {
    this.#first ??= { path, nVocab };
    if (!this.#compared || nVocab === this.#first.nVocab) return;
    throw new WinnowError(
      'USAGE',
      msg('vocabulariesDiffer', { path, tokens: nVocab, other: this.#first.path, otherTokens: this.#first.nVocab }),
    );
  }
}

/** A key that is equal for subjects that share a loaded model. Active experts are set when a model is loaded. */
export function loadedAs({ info, activeExperts }: EvaluationSubject): string {
  return JSON.stringify([info.path, activeExperts ?? null]);
}

/** Starts a worker that loads the model; if loading fails, the worker is ended. */
async function startWith(subject: EvaluationSubject, options: SlotOptions): Promise<Held> {
  const { info, activeExperts } = subject;
  const backend = new Backend(options.placement.gpu, options.host);
  try {
    const model = await loadModel(backend, info, options.placement, {
      signal: options.signal,
      onProgress: options.onLoading,
      activeExperts,
    });
    requireVocabulary(model, info);
    return { path: info.path, file: loadedAs(subject), backend, model };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
