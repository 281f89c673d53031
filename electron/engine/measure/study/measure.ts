// Measures the choices of a study on texts: as masks on one loaded model, and their variants as files that are made one after the other.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { keptFigures, studyLedger, type Figures, type HashedText } from '../evaluation/figure-ledger.ts';
import type { ComparedSums } from '../evaluation/measure-text.ts';
import { inSteps, Measuring, type Subject } from '../evaluation/measuring.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { isUngrouped, maskedHash } from '../../experts/selection/selection.ts';
import { hashText } from '../../store/held-out-texts.ts';
import { comparesLeading, type StudyChoice } from './methods.ts';
import type { VariantFiles } from './variant-files.ts';
import type { StudyVariant } from './variants.ts';

type MeasuredChoice = {
  readonly choice: StudyChoice;
  readonly text: string;
  readonly result: EvaluationFigures;
  /** null: the figures were stored without sums, by a plan or a file. */
  readonly sums: ComparedSums | null;
};

type MeasuredVariant = {
  readonly variant: StudyVariant;
  readonly text: string;
  readonly result: EvaluationFigures;
  readonly sums: ComparedSums;
};

export type StudyFigures = {
  /** Figures of the full model on each text. */
  readonly full: readonly { readonly text: string; readonly result: EvaluationFigures }[];
  /** Figures by choice, then by text. */
  readonly choices: readonly MeasuredChoice[];
  /** Figures by variant, then by text. */
  readonly variants: readonly MeasuredVariant[];
};

type ToMeasure = {
  readonly choices: readonly StudyChoice[];
  readonly variants: readonly StudyVariant[];
  readonly files: VariantFiles | null;
  readonly texts: readonly NamedText[];
  /** The full model. */
  readonly info: IdentifiedInfo;
  /** Whether choices are compared with each other in pairs, by their KL divergences. Default: no. */
  readonly byKl?: boolean;
};

type Request = Pick<CompareRequest, 'grouping' | 'ctx' | 'chunks' | 'placement'>;
type Studied = Subject & {
  /** Experts kept per layer; null: all. */
  readonly keep: number | null;
  /** The values used in paired comparisons with other choices; null: it is compared with the full model alone. */
  readonly pairs: 'nll' | 'kl' | null;
};

/** Measures choices and variants; results are stored. @throws WinnowError TEXT_TOO_SHORT, CANCELLED, from making files, loading and measuring */
export async function measureChoices(
  { choices, variants, files, texts: named, info, byKl = false }: ToMeasure,
  { grouping, ctx, chunks, placement }: Request,
  context: EngineContext,
  task: Task,
): Promise<StudyFigures> {
  const ungrouped = isUngrouped(info, grouping);
  const full = masked({ info }, null);
  const inPairs = choices.some(({ method }) => comparesLeading(method)) ? 'nll' : null;
  const pairs = byKl ? 'kl' : inPairs;
  const choiceSubjects = choices.map(({ kept: experts }): Studied => masked({ info, kept: experts, ungrouped }, pairs));
  const variantSubjects = variants.map((variant) => variantSubject(variant, { info, ungrouped, files }));
  // different methods may choose the same experts; variants come last, so that a shared entry has the sums that pairs need
  const distinct = new Map([...choiceSubjects, ...variantSubjects].map((subject) => [subject.hash, subject]));
  const texts = named.map((text): HashedText => ({ ...text, hash: hashText(text.text) }));
  const asker = {
    ledger: studyLedger(context.store),
    rowOf: ({ keep }: Studied, { name: text }: HashedText) => ({ modelPath: info.path, settings: { text, keep } }),
    pairsOf: (subject: Studied) => subject.pairs,
  };
  const kept = keptFigures(asker, full, { ctx, placement });
  const options = { ctx, placement, context, task, onProgress: inSteps(task) };
  await using measuring = new Measuring(full, kept, options);
  const figures = await measuring.all([...distinct.values()], texts, chunks ?? null);
  const of = ({ hash }: Studied, text: HashedText): Figures => {
    const found = figures.get(distinct.get(hash) ?? full)?.get(text);
    if (!found) throw new RangeError(`${text.name} was not measured`);
    return found;
  };
  return {
    full: texts.map((text) => ({ text: text.name, result: of(full, text).figures })),
    choices: choices.flatMap((choice, i) =>
      texts.map((text) => {
        const { figures: result, sums } = of(choiceSubjects[i]!, text);
        return { choice, text: text.name, result, sums };
      }),
    ),
    variants: variants.flatMap((variant, i) =>
      texts.map((text) => {
        const { figures: result, sums } = of(variantSubjects[i]!, text);
        if (!sums) throw new RangeError('variants are measured with their sums');
        return { variant, text: text.name, result, sums };
      }),
    ),
  };
}

function masked(of: EvaluationSubject, pairs: Studied['pairs']): Studied & { readonly of: EvaluationSubject } {
  return { of, hash: maskedHash(of), keep: of.kept?.[0]?.length ?? null, pairs };
}

/** The subject of a variant: a file in another type, otherwise a preview. */
function variantSubject(
  { choice, type, activeExperts }: StudyVariant,
  { info, ungrouped, files }: { readonly ungrouped: boolean } & Pick<ToMeasure, 'info' | 'files'>,
): Studied {
  const active = activeExperts === null ? {} : { activeExperts };
  const isWhole = choice.method === 'whole';
  const preview = masked({ info, ...(!isWhole && { kept: choice.kept, ungrouped }), ...active }, 'nll');
  if (type === null) return preview;
  if (!files) throw new RangeError('files are made in a folder');
  const variant = { choice, type, activeExperts };
  return { ...preview, of: { file: files.file(variant), ...active }, hash: files.hashOf(variant, preview.hash) };
}
