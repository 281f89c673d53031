// Measures the files stage by stage beside the source model. What was measured is stored at once, so that a search that was
// killed goes on.
import { join } from 'node:path';
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import {
  measureText,
  type Comparing,
  type MeasuredText,
  type Reference,
  type UnitSums,
} from '../evaluation/measure-text.ts';
import { ModelSlot, type EvaluationSubject } from '../evaluation/model-slot.ts';
import type { TextOfDomain } from '../evaluation/other-texts.ts';
import { measurementHash } from '../evaluation/stored-comparison.ts';
import { requireUnchanged, type IdentifiedInfo } from '../../models/identity.ts';
import { fitLedger } from './fit-ledger.ts';

/** Chunks of each text of the domain that a stage reads at most: the first ones, so that a stage holds those before it. */
export const STAGE_CHUNKS: readonly number[] = [32, 128, 512];
export const LAST_STAGE = STAGE_CHUNKS.length - 1;
/** Of each text of another domain: they show what is lost, they decide little. */
export const OUTSIDE_CHUNKS = 16;

/** What one file makes of one text at one stage. */
export type MeasuredStage = { readonly figures: EvaluationFigures; readonly sums: UnitSums };

/** What is measured. */
export type Subject = {
  /** Equal for files that are alike byte for byte in their tensors, with as many active experts. */
  readonly identity: string;
  /** The file, made now if need be. */
  readonly file: () => Promise<IdentifiedInfo>;
  /** Experts that a token passes; undefined: as many as the file says. */
  readonly activeExperts?: number;
};

type Options = {
  readonly request: Pick<FitRequest, 'chunkTokens' | 'placement'>;
  readonly source: IdentifiedInfo;
  /** For the source's token distributions. */
  readonly folder: string;
  readonly context: EngineContext;
  readonly task: Task;
};

export class Measuring {
  readonly #options: Options;
  readonly #slot: ModelSlot;
  readonly #ledger: ReturnType<typeof fitLedger>;
  readonly #references = new Map<string, Reference>();

  constructor(options: Options) {
    const { request, context, task } = options;
    this.#options = options;
    this.#ledger = fitLedger(context.store);
    this.#slot = new ModelSlot(
      { placement: request.placement, host: context.host, signal: task.signal, onLoading: loadingStep(task) },
      true,
    );
  }

  /**
   * A file beside the source model, on the first so many chunks of a text.
   * @throws WinnowError TEXT_TOO_SHORT, CANCELLED, of loading and measuring, and what making the file throws
   */
  async file(subject: Subject, text: TextOfDomain, chunks: number): Promise<MeasuredStage> {
    const measured = this.#hash(subject.identity, text, chunks);
    const stored = this.#stored(measured);
    if (stored) return stored;
    const reference = await this.#reference(text, chunks);
    const { result, sums } = await this.#measure(await loadedOf(subject), text, chunks, { reference });
    this.#keep(measured, subject.identity, { text, chunks }, { result, sums });
    return { figures: result, sums };
  }

  /** Loads it in the worker that measures. @throws WinnowError of making and loading the file */
  async hold(subject: Subject): Promise<{ readonly backend: Backend }> {
    return this.#slot.hold(await loadedOf(subject));
  }

  /** Lets go of a file that is to be dropped. */
  async release(path: string): Promise<void> {
    await this.#slot.release(path);
  }

  /** Ends the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#slot.close();
  }

  /** Its distributions lie in the folder for as long as this object is used: they are what the others are compared with. */
  async #reference(text: TextOfDomain, chunks: number): Promise<Reference> {
    const key = `${text.hash} ${chunks}`;
    const known = this.#references.get(key);
    if (known) return known;
    const writeTo = join(this.#options.folder, `base-${chunks}-${text.hash}`);
    const { source } = this.#options;
    const { reference, result, sums } = await this.#measure({ info: source }, text, chunks, { writeTo });
    if (!reference) throw new RangeError('a reference was written');
    this.#keep(this.#hash(`of ${source.fingerprint}`, text, chunks), null, { text, chunks }, { result, sums });
    this.#references.set(key, reference);
    return reference;
  }

  async #measure(
    loaded: EvaluationSubject,
    text: TextOfDomain,
    chunks: number,
    comparing: NonNullable<Comparing>,
  ): Promise<MeasuredText> {
    const { request, task } = this.#options;
    const { placement, chunkTokens } = request;
    const { backend, model } = await this.#slot.hold(loaded);
    const about = (done: number, total: number): void =>
      task.about({ step: { key: 'trying', done: Math.round((100 * done) / total), total: 100 } });
    about(0, 1);
    const options = { ctx: chunkTokens, chunks, placement };
    const call = { signal: task.signal, onProgress: about };
    const measured = await measureText(backend, model, text, options, comparing, call);
    await requireUnchanged(loaded.info);
    measured.warnings.forEach((warning) => task.log(warning));
    return measured;
  }

  /** @param file null: the source model */
  #keep(
    measured: string,
    file: string | null,
    { text, chunks }: { readonly text: TextOfDomain; readonly chunks: number },
    { result, sums }: Pick<MeasuredText, 'result' | 'sums'>,
  ): void {
    const { source, request } = this.#options;
    const { id, name, domain, hash } = text;
    const about = { file, source: source.fingerprint, text: { id, name, domain, hash }, chunks };
    this.#ledger.keep({
      modelPath: source.path,
      measured,
      settings: { fit: true, ...about, placement: request.placement },
      result: { figures: result, tokens: [...sums.tokens], nll: [...sums.nll] },
    });
  }

  #stored(measured: string): MeasuredStage | null {
    const found = this.#ledger.find(measured);
    if (!found) return null;
    const { figures, tokens, nll } = found.result;
    return { figures, sums: { tokens: Uint32Array.from(tokens), nll: Float64Array.from(nll) } };
  }

  #hash(identity: string, text: TextOfDomain, chunks: number): string {
    const { request, source } = this.#options;
    return measurementHash({
      // never found by those who look for figures without sums
      subject: `fit ${identity}`,
      against: source.fingerprint,
      textHash: text.hash,
      ctx: request.chunkTokens,
      chunks,
      placement: request.placement,
    });
  }
}

async function loadedOf({ file, activeExperts }: Subject): Promise<EvaluationSubject> {
  return { info: await file(), ...(activeExperts !== undefined && { activeExperts }) };
}
