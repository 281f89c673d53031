// Drives all measuring: of a full model, its previews, and files, on texts. Stored figures are not measured again, and new ones are
// stored at once. Models are loaded one after the other, since two at once may not fit.
import { join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { inEnglish, msg, type Sentence } from '../../../contract/sentences.ts';
import { failureReason, requireUnchanged, type IdentifiedInfo } from '../../models/identity.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import type { Figures, HashedText, KeptFigures } from './figure-ledger.ts';
import { measureText, type Reference } from './measure-text.ts';
import { loadedAs, ModelSlot, type EvaluationSubject } from './model-slot.ts';

/** A file that is made only for measuring. */
type MadeFile = {
  /** Unique among all that is measured together, and not the path of a model. */
  readonly name: string;
  /** Makes the file. @throws WinnowError from writing: NO_SPACE, … */
  readonly make: () => Promise<IdentifiedInfo>;
  readonly drop: () => Promise<void>;
};

type MadeSubject = {
  readonly file: MadeFile;
  /** Number of experts that each token is routed to; undefined: as many as the file says. */
  readonly activeExperts?: number | undefined;
};

export type Subject = {
  readonly of: EvaluationSubject | MadeSubject;
  /** A hash that is equal for subjects that compute the same. */
  readonly hash: string;
};
type FullModel<Any extends Subject> = Any & { readonly of: EvaluationSubject };

/** The result for one subject and text. If the reference fails on a text, no subject is measured on it. */
type Measured<Any extends Subject, Text extends HashedText> = {
  readonly subject: Any;
  readonly text: Text;
} & (
  | (Figures & { readonly error?: never })
  | { readonly figures?: never; readonly sums?: never; readonly error: WinnowError }
);

type Pass<Any extends Subject, Text extends HashedText> = { readonly subject: Any; readonly texts: readonly Text[] };

type MeasuringOptions = {
  /** Tokens per chunk. */
  readonly ctx: number;
  readonly placement: Placement;
  readonly context: EngineContext;
  readonly task: Task;
  /** Reports progress over everything in one call. */
  readonly onProgress: (done: number, total: number) => void;
};

/** Reports to a job the progress in permille, and which pair of text and subject is being measured. */
export function inSteps({ progress, about }: Task): MeasuringOptions['onProgress'] {
  return (done, total) => {
    progress(Math.round((1000 * done) / total), 1000, 'permille');
    about({ step: { key: 'measuring', done: Math.min(Math.floor(done) + 1, total), total } });
  };
}

export class Measuring<Any extends Subject, Text extends HashedText> {
  readonly #full: FullModel<Any> | null;
  readonly #kept: KeptFigures<Any, Text> | null;
  readonly #options: MeasuringOptions;
  readonly #slot: ModelSlot;
  /** The full model's distributions, by text and maximum chunks. */
  readonly #references = new Map<Text, Map<number | null, Reference>>();
  readonly #warned = new Set<string>();
  /** Holds the full model's token distributions: two bytes per scored token and vocabulary entry. */
  #scratch: Awaited<ReturnType<typeof makeScratchFolder>> | null = null;
  /** Number of files in the scratch folder. */
  #written = 0;

  /**
   * @param full the reference for all; null: each is measured on its own
   * @param kept null: nothing is stored
   */
  constructor(full: FullModel<Any> | null, kept: KeptFigures<Any, Text> | null, options: MeasuringOptions) {
    const { placement, context, task } = options;
    this.#full = full;
    this.#kept = kept;
    this.#options = options;
    const slotOptions = { placement, host: context.host, signal: task.signal, onLoading: loadingStep(task) };
    this.#slot = new ModelSlot(slotOptions, full !== null);
  }

  /**
   * Measures one subject on one text, after the full model.
   * @throws WinnowError TEXT_TOO_SHORT, CANCELLED, MODEL_CHANGED: a model file was changed meanwhile; from loading and measuring, and from
   * making the file
   */
  async one(subject: Any, text: Text, chunks: number | null): Promise<Figures> {
    const stored = this.#kept?.find(subject, text, chunks);
    if (stored) return stored;
    const full = this.#full;
    if (full && !this.#references.get(text)?.has(chunks)) {
      const earlier = this.#kept?.find(full, text, chunks);
      const measured = await this.#measure(full, full.of, text, chunks);
      if (!earlier) this.#kept?.keep(full, text, chunks, measured);
    }
    const measured = await this.#measure(subject, await loadable(subject), text, chunks);
    this.#kept?.keep(subject, text, chunks, measured);
    return measured;
  }

  /**
   * Measures all subjects and the full model on all texts, with as few loads as possible: subjects of one file share a load, and the full
   * model comes first. Stored figures are returned before measured ones. Failures of single texts and subjects are returned as data.
   * @throws WinnowError CANCELLED, and what loading or running the full model throws; MODEL_CHANGED: its file was changed meanwhile
   */
  async *each(
    subjects: readonly Any[],
    texts: readonly Text[],
    chunks: number | null,
  ): AsyncGenerator<Measured<Any, Text>> {
    const missing = new Map<Any, Set<Text>>();
    for (const subject of [...(this.#full ? [this.#full] : []), ...subjects]) {
      missing.set(subject, new Set());
      for (const text of texts) {
        const stored = this.#kept?.find(subject, text, chunks);
        if (stored) yield { subject, text, ...stored };
        else missing.get(subject)!.add(text);
      }
    }
    const passes = this.#passes(missing, texts);
    const total = passes.reduce((sum, pass) => sum + pass.texts.length, 0);
    const failedTexts = new Set<Text>();
    let made: MadeFile | null = null;
    let done = 0;
    try {
      for (const pass of passes) {
        const { subject } = pass;
        const isFull = subject === this.#full;
        let lost: WinnowError | null = null;
        let ready: EvaluationSubject | null = null;
        for (const text of pass.texts) {
          const part = done++;
          if (failedTexts.has(text)) continue;
          const onProgress = (now: number, of: number): void => this.#options.onProgress(part + now / of, total);
          let measured: Figures;
          try {
            if (lost) throw lost;
            if (ready === null) {
              if ('file' in subject.of && subject.of.file.name !== made?.name) {
                await this.#drop(made);
                made = subject.of.file;
              }
              ready = await loadable(subject);
            }
            measured = await this.#measure(subject, ready, text, chunks, onProgress);
          } catch (error) {
            const ofText = error instanceof WinnowError && error.code === 'TEXT_TOO_SHORT';
            if (!(error instanceof WinnowError) || error.code === 'CANCELLED' || (isFull && !ofText)) throw error;
            if (!ofText) lost = error; // the subject itself failed, so its other texts would fail too
            if (isFull) failedTexts.add(text);
            yield { subject, text, error };
            continue;
          }
          onProgress(1, 1);
          // the full model runs again for its distributions even if its own figures are stored
          if (!missing.get(subject)!.has(text)) continue;
          this.#kept?.keep(subject, text, chunks, measured);
          yield { subject, text, ...measured };
        }
      }
    } finally {
      await this.#drop(made);
    }
  }

  /**
   * Does the same as `each`, and returns everything as a table.
   * @returns figures by subject, then by text
   * @throws WinnowError the first failure; as `each`
   */
  async all(
    subjects: readonly Any[],
    texts: readonly Text[],
    chunks: number | null,
  ): Promise<ReadonlyMap<Any, ReadonlyMap<Text, Figures>>> {
    const results = new Map<Any, Map<Text, Figures>>();
    for await (const one of this.each(subjects, texts, chunks)) {
      if (one.error) throw one.error;
      const { subject, text, figures, sums } = one;
      results.set(subject, (results.get(subject) ?? new Map<Text, Figures>()).set(text, { figures, sums }));
    }
    return results;
  }

  /** Releases a file that is about to be deleted. */
  async release(path: string): Promise<void> {
    await this.#slot.release(path);
  }

  /** Releases the loaded model, so that other work has the memory. */
  async rest(): Promise<void> {
    await this.#slot.close();
  }

  /** Ends the worker, and removes what the full model wrote. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#slot.close();
    await this.#scratch?.[Symbol.asyncDispose]();
  }

  /** The order of work: the full model, then subjects on its file, then file by file. */
  #passes(missing: ReadonlyMap<Any, ReadonlySet<Text>>, texts: readonly Text[]): Pass<Any, Text>[] {
    const full = this.#full;
    const passes = [...missing]
      .map(([subject, some]): Pass<Any, Text> => ({ subject, texts: texts.filter((text) => some.has(text)) }))
      .filter(({ subject, texts: some }) => subject !== full && some.length > 0);
    const files = [...new Set([...(full ? [full] : []), ...passes.map(({ subject }) => subject)].map(subjectFile))];
    passes.sort((a, b) => files.indexOf(subjectFile(a.subject)) - files.indexOf(subjectFile(b.subject)));
    if (!full) return passes;
    const needed = texts.filter(
      (text) => missing.get(full)?.has(text) || passes.some(({ texts: some }) => some.includes(text)),
    );
    return needed.length > 0 ? [{ subject: full, texts: needed }, ...passes] : passes;
  }

  async #measure(
    subject: Any,
    loaded: EvaluationSubject,
    text: Text,
    chunks: number | null,
    onProgress = this.#options.onProgress,
  ): Promise<Figures> {
    const { ctx, placement, task } = this.#options;
    const options = { ctx, chunks: chunks ?? undefined, placement };
    const call = { signal: task.signal, onProgress };
    const comparing = await this.#comparing(subject, text, chunks);
    const { result, sums, reference, warnings } = await whileUnchanged(loaded, async () => {
      const { backend, model } = await this.#slot.hold(loaded);
      onProgress(0, 1);
      return measureText(backend, model, loaded.info, text, options, comparing, call);
    });
    if (reference)
      this.#references.set(
        text,
        (this.#references.get(text) ?? new Map<number | null, Reference>()).set(chunks, reference),
      );
    for (const warning of [...beyondContext(loaded.info, ctx).map(inEnglish), ...warnings]) {
      if (!this.#warned.has(warning)) task.log(warning);
      this.#warned.add(warning);
    }
    return { figures: result, sums };
  }

  async #comparing(subject: Any, text: Text, chunks: number | null): Promise<Parameters<typeof measureText>[5]> {
    if (subject !== this.#full) {
      const reference = this.#references.get(text)?.get(chunks);
      return reference ? { reference } : {};
    }
    this.#scratch ??= await makeScratchFolder(this.#options.context.scratchDir, 'eval');
    return { writeTo: join(this.#scratch.path, `base-${++this.#written}`) };
  }

  async #drop(made: MadeFile | null): Promise<void> {
    if (made === null) return;
    await this.#slot.close();
    await made.drop();
  }
}

/** What is said if chunks are longer than the contexts that the model was trained on. @param ctx tokens per chunk */
export function beyondContext({ path, contextLength }: ModelInfo, ctx: number): Sentence[] {
  if (contextLength === 0 || ctx <= contextLength) return [];
  return [msg('beyondContext', { path, ctx, trained: contextLength })];
}

/** The subject in a form that can be loaded; its file is made if necessary. */
async function loadable({ of }: Subject): Promise<EvaluationSubject> {
  return 'file' in of ? { info: await of.file.make(), activeExperts: of.activeExperts } : of;
}

/** Runs `compute`. @throws WinnowError MODEL_CHANGED: the file was changed meanwhile; and what `compute` throws */
async function whileUnchanged<Result>({ info }: EvaluationSubject, compute: () => Promise<Result>): Promise<Result> {
  try {
    const result = await compute();
    await requireUnchanged(info);
    return result;
  } catch (error) {
    throw await failureReason(info, error);
  }
}

/** A key that is equal for subjects that share a loaded model. */
function subjectFile({ of }: Subject): string {
  return 'file' in of ? of.file.name : loadedAs(of);
}
