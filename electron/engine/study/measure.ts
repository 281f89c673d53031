// Measures choices on texts, all as masks on one loaded model. What is stored already is not measured again, and what is
// measured is stored at once.
import type { ModelInfo } from '../../contract/model-info.ts';
import type { CompareRequest } from '../../contract/requests.ts';
import type { NamedText } from '../content/documents.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { evaluateEach, REFERENCE } from '../evaluation/evaluate.ts';
import type { EvaluationResult } from '../evaluation/measure-text.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { findResult, measurementHash, subjectHash } from '../evaluation/stored-comparison.ts';
import { isUngrouped } from '../runs/run-mask.ts';
import { addEvaluation } from '../store/evaluations.ts';
import { hashText } from '../store/held-out-texts.ts';
import type { Choice } from './methods.ts';

export type MeasuredChoice = { readonly choice: Choice; readonly text: string; readonly result: EvaluationResult };

export type StudyFigures = {
  /** The full model on each text. */
  readonly full: readonly { readonly text: string; readonly result: EvaluationResult }[];
  /** By choice, then by text. */
  readonly choices: readonly MeasuredChoice[];
};

type Request = Pick<CompareRequest, 'grouping' | 'ctx' | 'chunks' | 'placement'>;
type Subject = EvaluationSubject & { readonly hash: string };

/** @throws WinnowError TEXT_TOO_SHORT, CANCELLED, and of loading and measuring; what was measured is stored */
export async function measureChoices(
  choices: readonly Choice[],
  texts: readonly NamedText[],
  info: ModelInfo,
  request: Request,
  context: EngineContext,
  task: Task,
): Promise<StudyFigures> {
  const full = withHash({ info });
  const ungrouped = isUngrouped(info, request.grouping);
  const subjects = choices.map(({ kept }) => withHash({ info, kept, ungrouped }));
  // different methods may choose the same experts
  const distinct = [...new Map(subjects.map((subject) => [subject.hash, subject])).values()];
  const book = new Book(context, full, texts, request);
  const isMissing = (subject: number, text: number): boolean => !book.has(distinct[subject] ?? full, text);

  const measurements = { subjects: distinct, texts, against: full, wanted: isMissing };
  const anyMissing = [full, ...distinct].some((subject) => texts.some((_, text) => !book.has(subject, text)));
  if (anyMissing) {
    for await (const { subject, text, result, error } of evaluateEach(measurements, options(request, context, task))) {
      if (error) throw error;
      book.keep(subject === REFERENCE ? full : (distinct[subject] ?? full), text, result);
    }
  }
  return {
    full: texts.map(({ name }, text) => ({ text: name, result: book.get(full, text) })),
    choices: choices.flatMap((choice, i) =>
      texts.map(({ name }, text) => ({ choice, text: name, result: book.get(subjects[i] ?? full, text) })),
    ),
  };
}

function withHash(subject: EvaluationSubject): Subject {
  return { ...subject, hash: subjectHash(subject) };
}

/** The numbers of subjects on texts: in the database, and at hand. */
class Book {
  readonly #context: EngineContext;
  readonly #full: Subject;
  readonly #texts: readonly (NamedText & { readonly hash: string })[];
  readonly #request: Request;
  readonly #results = new Map<string, EvaluationResult>();

  constructor(context: EngineContext, full: Subject, texts: readonly NamedText[], request: Request) {
    this.#context = context;
    this.#full = full;
    this.#texts = texts.map((text) => ({ ...text, hash: hashText(text.text) }));
    this.#request = request;
  }

  has(subject: Subject, text: number): boolean {
    const measured = this.#hash(subject, text);
    if (this.#results.has(measured)) return true;
    const stored = findResult(this.#context.store, measured);
    if (stored) this.#results.set(measured, stored);
    return stored !== null;
  }

  get(subject: Subject, text: number): EvaluationResult {
    const result = this.#results.get(this.#hash(subject, text));
    if (!result) throw new RangeError(`text ${text} was not measured`);
    return result;
  }

  keep(subject: Subject, text: number, result: EvaluationResult): void {
    // the reference runs again for its distributions although its own figures are there
    if (this.has(subject, text)) return;
    const measured = this.#hash(subject, text);
    this.#results.set(measured, result);
    const settings = { study: true, text: this.#texts[text]?.name, keep: subject.kept?.[0]?.length ?? null };
    addEvaluation(this.#context.store, { modelPath: subject.info.path, measured, settings, result });
  }

  #hash(subject: Subject, text: number): string {
    const { ctx, chunks = null, placement } = this.#request;
    const against = subject === this.#full ? null : subject.info.fingerprint;
    return measurementHash({
      subject: subject.hash,
      against,
      textHash: this.#texts[text]?.hash ?? '',
      ctx,
      chunks,
      placement,
    });
  }
}

function options({ ctx, chunks, placement }: Request, context: EngineContext, task: Task) {
  return {
    placement,
    host: context.host,
    scratchDir: context.scratchDir,
    ctx,
    chunks,
    signal: task.signal,
    onWarning: (warning: string) => task.log(warning),
    onLoading: (done: number, total: number) =>
      task.about({ step: { key: 'loading', done: Math.round((100 * done) / total), total: 100 } }),
    onProgress: (done: number, total: number) => {
      task.progress(done, total, 'permille');
      task.about({ step: { key: 'measuring', done: Math.min(Math.floor(done) + 1, total), total } });
    },
  };
}
