// Measures choices on texts, all as masks on one loaded model. What is stored already is not measured again, and what is
// measured is stored at once.
import type { EvaluationFigures } from '../../contract/api/evaluations.ts';
import { z } from 'zod';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { CompareRequest } from '../../contract/requests.ts';
import type { NamedText } from '../content/documents.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { evaluateEach, optionsInSteps, REFERENCE } from '../evaluation/evaluate.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { measurementHash } from '../evaluation/stored-comparison.ts';
import { storedFiguresSchema } from '../evaluation/stored-figures.ts';
import { isUngrouped, maskedHash } from '../selection/selection-hash.ts';
import type { Store } from '../store/database.ts';
import { hashText } from '../store/held-out-texts.ts';
import { Ledger } from '../store/ledger.ts';
import type { Choice } from './methods.ts';

export type MeasuredChoice = { readonly choice: Choice; readonly text: string; readonly result: EvaluationFigures };

export type StudyFigures = {
  /** The full model on each text. */
  readonly full: readonly { readonly text: string; readonly result: EvaluationFigures }[];
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
  const ledger = studyLedger(context.store);
  const hashes = texts.map(({ text }) => hashText(text));
  const hashOf = (subject: Subject, text: number): string => {
    const { ctx, chunks = null, placement } = request;
    const against = subject === full ? null : subject.info.fingerprint;
    return measurementHash({ subject: subject.hash, against, textHash: hashes[text] ?? '', ctx, chunks, placement });
  };
  const has = (subject: Subject, text: number): boolean => ledger.find(hashOf(subject, text)) !== null;
  const get = (subject: Subject, text: number): EvaluationFigures => {
    const stored = ledger.find(hashOf(subject, text));
    if (!stored) throw new RangeError(`text ${text} was not measured`);
    return stored.result;
  };

  const wanted = (subject: number, text: number): boolean => !has(distinct[subject] ?? full, text);
  const measurements = { subjects: distinct, texts, against: full, wanted };
  if ([full, ...distinct].some((subject) => texts.some((_, text) => !has(subject, text)))) {
    const options = optionsInSteps(request, context, task);
    for await (const { subject, text, result, error } of evaluateEach(measurements, options)) {
      if (error) throw error;
      const measuredSubject = subject === REFERENCE ? full : (distinct[subject] ?? full);
      // the reference runs again for its distributions although its own figures are there
      if (has(measuredSubject, text)) continue;
      ledger.keep({
        modelPath: info.path,
        measured: hashOf(measuredSubject, text),
        settings: { study: true, text: texts[text]?.name ?? '', keep: measuredSubject.kept?.[0]?.length ?? null },
        result,
      });
    }
  }
  return {
    full: texts.map(({ name }, text) => ({ text: name, result: get(full, text) })),
    choices: choices.flatMap((choice, i) =>
      texts.map(({ name }, text) => ({ choice, text: name, result: get(subjects[i] ?? full, text) })),
    ),
  };
}

function withHash(subject: EvaluationSubject): Subject {
  return { ...subject, hash: maskedHash(subject) };
}

const studySettingsSchema = z.object({ study: z.literal(true), text: z.string(), keep: z.int().nullable() });

/** Choices of studies stand beside what is measured of plans and files, whose figures they may take. */
function studyLedger(store: Store): Ledger<z.infer<typeof studySettingsSchema>, EvaluationFigures> {
  return new Ledger(store, {
    table: 'evaluations',
    settings: studySettingsSchema,
    result: storedFiguresSchema,
    identityOf: (settings) => settings,
  });
}
