// Measures models on texts, against a reference if there is one. Models are loaded one after the other: two at once may
// not fit.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import { join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { failureOf, requireUnchanged } from '../../models/identity.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { HeldFile, type MadeSubject } from './made-file.ts';
import { measureText, type Comparing, type ComparedSums, type Reference, type TextOptions } from './measure-text.ts';
import { loadedAs, ModelSlot, type EvaluationSubject, type SlotOptions } from './model-slot.ts';

export type EvaluationOptions = TextOptions &
  CallOptions &
  SlotOptions & {
    /** Folder for the reference's token distributions: two bytes for each scored token and vocabulary entry. */
    readonly scratchDir: string;
    /** What was changed of a text or left out, each once. */
    readonly onWarning?: (text: string) => void;
  };

/** What is measured, and how, with what a job tells of it: its share in permille. */
export function optionsOf(
  { ctx, chunks, placement }: Pick<TextOptions, 'ctx' | 'placement'> & { readonly chunks?: number | null | undefined },
  { host, scratchDir }: EngineContext,
  { signal, log, progress }: Task,
): EvaluationOptions {
  return {
    ...{ placement, host, scratchDir, ctx, chunks: chunks ?? undefined, signal },
    onWarning: log,
    onProgress: (done, total) => progress(Math.round((1000 * done) / total), 1000, 'permille'),
  };
}

/** The same, and which text of which subject is being measured. */
export function optionsInSteps(...[request, context, task]: Parameters<typeof optionsOf>): EvaluationOptions {
  const options = optionsOf(request, context, task);
  return {
    ...options,
    onLoading: loadingStep(task),
    onProgress: (done, total) => {
      options.onProgress?.(done, total);
      task.about({ step: { key: 'measuring', done: Math.min(Math.floor(done) + 1, total), total } });
    },
  };
}

/** What is measured: a model that is there, or a file that is made for it. */
type Subject = EvaluationSubject | MadeSubject;

export type Measurements = {
  readonly subjects: readonly Subject[];
  readonly texts: readonly NamedText[];
  /** The reference; its distributions are kept in a temporary file while the subjects run. */
  readonly against?: EvaluationSubject | undefined;
  /** Which pairs to measure, by index; undefined: all. The reference is measured on the texts of any pair. */
  readonly wanted?: (subject: number, text: number) => boolean;
};

/** Index of the reference among the subjects of `Measured`. */
export const REFERENCE = -1;

/** What became of one pair. A text on which the reference failed is measured on no subject. */
export type Measured = { readonly subject: number; readonly text: number } & (
  | { readonly result: EvaluationFigures; readonly sums: ComparedSums; readonly error?: never }
  | { readonly result?: never; readonly sums?: never; readonly error: WinnowError }
);

/**
 * Measures all subjects on all texts.
 * @returns `[subject][text]`
 * @throws WinnowError TEXT_TOO_SHORT and what loading throws
 */
export async function evaluateAll(
  subjects: readonly EvaluationSubject[],
  texts: readonly NamedText[],
  options: EvaluationOptions,
  against?: EvaluationSubject,
): Promise<EvaluationFigures[][]> {
  const results = subjects.map((): EvaluationFigures[] => []);
  for await (const { subject, text, result, error } of evaluateEach({ subjects, texts, against }, options)) {
    if (error) throw error;
    const row = results[subject];
    if (row) row[text] = result;
  }
  return results;
}

/**
 * Measures pair by pair with as few loads as possible: what shares a file shares one, the reference's file first.
 * Failures of single texts and subjects are data.
 * @throws WinnowError CANCELLED, and what loading or running the reference throws; MODEL_CHANGED: somebody wrote to it meanwhile
 */
export async function* evaluateEach(
  { subjects, texts, against, wanted = () => true }: Measurements,
  options: EvaluationOptions,
): AsyncGenerator<Measured> {
  await using scratch = against ? await makeScratchFolder(options.scratchDir, 'eval') : null;
  const references = new Map<number, Reference>();
  const comparing = (subject: number, text: number): Comparing => {
    if (subject === REFERENCE && scratch !== null) return { writeTo: join(scratch.path, `base-${text}`) };
    const reference = references.get(text);
    return reference ? { reference } : null;
  };

  const passes = planPasses({ subjects, texts, against, wanted });
  const total = passes.reduce((sum, pass) => sum + pass.texts.length, 0);
  await using slot = new ModelSlot(options, against !== undefined);
  await using held = new HeldFile(slot);
  const failedTexts = new Set<number>();
  const warned = new Set<string>();
  const warn = (warning: string): void => {
    if (!warned.has(warning)) options.onWarning?.(warning);
    warned.add(warning);
  };
  let done = 0;
  for (const pass of passes) {
    const isReference = pass.subject === REFERENCE;
    let lost: WinnowError | null = null;
    let ready: EvaluationSubject | null = null;
    for (const text of pass.texts) {
      const part = done++;
      const named = texts[text];
      if (!named || failedTexts.has(text)) continue;
      try {
        if (lost) throw lost;
        ready ??= await held.subject(pass.of);
        const { backend, model } = await slot.hold(ready);
        const call = {
          signal: options.signal,
          onProgress: (now: number, of: number): void => options.onProgress?.(part + now / of, total),
        };
        const measured = await measureText(backend, model, named, options, comparing(pass.subject, text), call);
        const { result, sums, reference, warnings } = measured;
        await requireUnchanged(ready.info);
        warnings.forEach(warn);
        if (reference) references.set(text, reference);
        options.onProgress?.(part + 1, total);
        yield { subject: pass.subject, text, result, sums };
      } catch (cause) {
        const error = ready === null ? cause : await failureOf(ready.info, cause);
        const ofText = error instanceof WinnowError && error.code === 'TEXT_TOO_SHORT';
        if (!(error instanceof WinnowError) || error.code === 'CANCELLED' || (isReference && !ofText)) throw error;
        if (!ofText) lost = error; // the subject itself: its other texts would fail alike
        if (isReference) failedTexts.add(text);
        yield { subject: pass.subject, text, error };
      }
    }
  }
}

type Pass = { readonly subject: number; readonly of: Subject; readonly texts: readonly number[] };

/** The reference, then what runs on its file, then file by file. */
function planPasses({ subjects, texts, against, wanted = () => true }: Measurements): Pass[] {
  const all = texts.map((_, text) => text);
  const passes = subjects
    .map((of, subject): Pass => ({ subject, of, texts: all.filter((text) => wanted(subject, text)) }))
    .filter((pass) => pass.texts.length > 0);
  const files = [...new Set([...(against ? [against] : []), ...passes.map(({ of }) => of)].map(fileOf))];
  passes.sort((a, b) => files.indexOf(fileOf(a.of)) - files.indexOf(fileOf(b.of)));
  if (!against) return passes;
  const needed = all.filter((text) => passes.some((pass) => pass.texts.includes(text)) || wanted(REFERENCE, text));
  return [{ subject: REFERENCE, of: against, texts: needed }, ...passes];
}

/** Subjects of which this is the same share what is loaded. */
function fileOf(subject: Subject): string {
  return 'file' in subject ? subject.file.name : loadedAs(subject);
}
