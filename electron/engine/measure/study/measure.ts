// Measures choices on texts: as masks on one loaded model, and their variants as files that are made one after the other. What is
// stored already is not measured again, and what is measured is stored at once.
import { z } from 'zod';
import { evaluationFiguresSchema, type EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { evaluateEach, optionsInSteps, REFERENCE } from '../evaluation/evaluate.ts';
import type { MadeSubject } from '../evaluation/made-file.ts';
import type { ComparedSums } from '../evaluation/measure-text.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { measurementHash } from '../evaluation/stored-comparison.ts';
import { storedFiguresSchema } from '../evaluation/stored-figures.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { isUngrouped, maskedHash } from '../../experts/selection/selection-hash.ts';
import type { Store } from '../../store/database.ts';
import { hashText } from '../../store/held-out-texts.ts';
import { Ledger } from '../../store/ledger.ts';
import type { MergedFiles } from './merged-files.ts';
import { comparesLeading, isSlow, type Choice } from './methods.ts';
import type { VariantFiles } from './variant-files.ts';
import type { StudyVariant } from './variants.ts';

export type MeasuredChoice = {
  readonly choice: Choice;
  readonly text: string;
  readonly result: EvaluationFigures;
  /** null: figures of a plan or a file, which were stored without. */
  readonly sums: ComparedSums | null;
};

export type MeasuredVariant = {
  readonly variant: StudyVariant;
  readonly text: string;
  readonly result: EvaluationFigures;
  readonly sums: ComparedSums;
};

export type StudyFigures = {
  /** The full model on each text. */
  readonly full: readonly { readonly text: string; readonly result: EvaluationFigures }[];
  /** By choice, then by text. */
  readonly choices: readonly MeasuredChoice[];
  /** By variant, then by text. */
  readonly variants: readonly MeasuredVariant[];
};

export type ToMeasure = {
  readonly choices: readonly Choice[];
  readonly variants: readonly StudyVariant[];
  readonly files: VariantFiles | null;
  /** Null: no choice has merged experts. */
  readonly merged?: MergedFiles | null;
  readonly texts: readonly NamedText[];
  /** Of the full model. */
  readonly info: IdentifiedInfo;
  /** Choices are compared with each other in pairs, by their KL divergences. Default: no. */
  readonly byKl?: boolean;
};

type Request = Pick<CompareRequest, 'grouping' | 'ctx' | 'chunks' | 'placement'>;
type Subject = {
  readonly of: EvaluationSubject | MadeSubject;
  readonly hash: string;
  /** Experts a layer; null: all. */
  readonly keep: number | null;
  /** What it is compared by with others in pairs; null: with the full model alone. */
  readonly pairs: 'nll' | 'kl' | null;
};

/** @throws WinnowError TEXT_TOO_SHORT, CANCELLED, of making files, loading and measuring; what was measured is stored */
export async function measureChoices(
  { choices, variants, files, merged = null, texts, info, byKl = false }: ToMeasure,
  request: Request,
  context: EngineContext,
  task: Task,
): Promise<StudyFigures> {
  const ungrouped = isUngrouped(info, request.grouping);
  const full: Subject & { readonly of: EvaluationSubject } = maskedSubject({ info }, null);
  const inPairs = choices.some(({ method }) => comparesLeading(method) || isSlow(method)) ? 'nll' : null;
  const pairs = byKl ? 'kl' : inPairs;
  const choiceSubjects = choices.map((choice): Subject => {
    const masked = maskedSubject({ info, kept: choice.kept, ungrouped }, pairs);
    if (choice.method !== 'merged') return masked;
    if (!merged) throw new RangeError('merged experts are made in a folder');
    return { ...masked, ...merged.subject(choice, masked.hash) };
  });
  const variantSubjects = variants.map((variant) => variantSubject(variant, { info, ungrouped, files }));
  // different methods may choose the same experts; what is needed in pairs goes first
  const distinct = [
    ...new Map([...choiceSubjects, ...variantSubjects].map((subject) => [subject.hash, subject])).values(),
  ];
  const figures = new StoredFigures(context.store, texts, info, request);
  const wanted = (subject: number, text: number): boolean => figures.find(distinct[subject] ?? full, text) === null;
  const measurements = { subjects: distinct.map(({ of }) => of), texts, against: full.of, wanted };
  if ([full, ...distinct].some((subject) => texts.some((_, text) => figures.find(subject, text) === null))) {
    const options = optionsInSteps(request, context, task);
    for await (const { subject, text, result, sums, error } of evaluateEach(measurements, options)) {
      if (error) throw error;
      const measured = subject === REFERENCE ? full : (distinct[subject] ?? full);
      // the reference runs again for its distributions although its own figures are there
      if (figures.find(measured, text) === null) figures.keep(measured, text, { ...result, sums: plainSums(sums) });
    }
  }
  return {
    full: texts.map(({ name }, text) => ({ text: name, result: figures.get(full, text) })),
    choices: choices.flatMap((choice, i) =>
      texts.map(({ name }, text) => {
        const { sums, ...result } = figures.get(choiceSubjects[i] ?? full, text);
        return { choice, text: name, result, sums: sums ? unitSums(sums) : null };
      }),
    ),
    variants: variants.flatMap((variant, i) =>
      texts.map(({ name }, text) => {
        const { sums, ...result } = figures.get(variantSubjects[i] ?? full, text);
        if (!sums) throw new RangeError('variants are measured with their sums');
        return {
          ...{ variant, text: name, result },
          sums: unitSums(sums),
        };
      }),
    ),
  };
}

function maskedSubject(of: EvaluationSubject, pairs: Subject['pairs']): Subject & { readonly of: EvaluationSubject } {
  return { of, hash: maskedHash(of), keep: of.kept?.[0]?.length ?? null, pairs };
}

/** A file in another type, or else a preview. */
function variantSubject(
  { choice, type, activeExperts }: StudyVariant,
  { info, ungrouped, files }: { readonly ungrouped: boolean } & Pick<ToMeasure, 'info' | 'files'>,
): Subject {
  const active = activeExperts === null ? {} : { activeExperts };
  const isWhole = choice.method === 'whole';
  const masked = maskedSubject({ info, ...(!isWhole && { kept: choice.kept, ungrouped }), ...active }, 'nll');
  if (type === null) return masked;
  if (!files) throw new RangeError('files are made in a folder');
  const variant = { choice, type, activeExperts };
  return { ...masked, of: { file: files.file(variant), ...active }, hash: files.hashOf(variant, masked.hash) };
}

const klSums = z.array(z.number());
/** Those of older versions know no KL divergences. */
const sumsSchema = z.object({
  tokens: z.array(z.int()),
  nll: z.array(z.number()),
  kl: klSums.nullable().default(null),
});
type Sums = z.infer<typeof sumsSchema>;
type Stored = EvaluationFigures & { readonly sums?: Sums };

function plainSums({ tokens, nll, kl }: ComparedSums): Sums {
  return { tokens: [...tokens], nll: [...nll], kl: kl && [...kl] };
}

function unitSums({ tokens, nll, kl }: Sums): ComparedSums {
  return { tokens: Uint32Array.from(tokens), nll: Float64Array.from(nll), kl: kl && Float64Array.from(kl) };
}

const studySettingsSchema = z.object({ study: z.literal(true), text: z.string(), keep: z.int().nullable() });

type StoredLedger = Ledger<z.infer<typeof studySettingsSchema>, Stored>;

/** Choices of studies stand beside what is measured of plans and files, whose figures they may take where no pairs are needed. */
class StoredFigures {
  readonly #texts: readonly { readonly name: string; readonly hash: string }[];
  readonly #info: ModelInfo;
  readonly #request: Request;
  readonly #any: StoredLedger;
  readonly #paired: Readonly<Record<'nll' | 'kl', StoredLedger>>;

  constructor(store: Store, texts: readonly NamedText[], info: ModelInfo, request: Request) {
    this.#texts = texts.map(({ name, text }) => ({ name, hash: hashText(text) }));
    this.#info = info;
    this.#request = request;
    const form = {
      table: 'evaluations' as const,
      settings: studySettingsSchema,
      identityOf: (settings: z.infer<typeof studySettingsSchema>) => settings,
    };
    const withSums = evaluationFiguresSchema.extend({ sums: sumsSchema });
    const withKl = evaluationFiguresSchema.extend({ sums: sumsSchema.extend({ kl: klSums }) });
    this.#any = new Ledger(store, { ...form, result: z.union([withSums, storedFiguresSchema]) });
    this.#paired = {
      nll: new Ledger(store, { ...form, result: withSums }),
      kl: new Ledger(store, { ...form, result: withKl }),
    };
  }

  /** Null: not measured, or not as it is needed. */
  find(subject: Subject, text: number): Stored | null {
    const ledger = subject.pairs === null ? this.#any : this.#paired[subject.pairs];
    return ledger.find(this.#hash(subject, text))?.result ?? null;
  }

  get(subject: Subject, text: number): Stored {
    const stored = this.find(subject, text);
    if (!stored) throw new RangeError(`text ${text} was not measured`);
    return stored;
  }

  keep(subject: Subject, text: number, result: Stored): void {
    this.#any.keep({
      modelPath: this.#info.path,
      measured: this.#hash(subject, text),
      settings: { study: true, text: this.#texts[text]?.name ?? '', keep: subject.keep },
      result,
    });
  }

  #hash({ hash, of }: Subject, text: number): string {
    const { ctx, chunks = null, placement } = this.#request;
    const isFull = !('file' in of) && hash === maskedHash({ info: this.#info });
    const against = isFull ? null : this.#info.fingerprint;
    return measurementHash({ subject: hash, against, textHash: this.#texts[text]?.hash ?? '', ctx, chunks, placement });
  }
}
