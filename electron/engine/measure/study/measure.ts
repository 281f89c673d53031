// Measures the choices of a study on texts, as masks on one loaded model.
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

type MeasuredChoice = {
  readonly choice: StudyChoice;
  readonly text: string;
  readonly result: EvaluationFigures;
  /** null: the figures were stored without sums, by a plan or a file. */
  readonly sums: ComparedSums | null;
};

export type StudyFigures = {
  /** Figures of the full model on each text. */
  readonly full: readonly { readonly text: string; readonly result: EvaluationFigures }[];
  /** Figures by choice, then by text. */
  readonly choices: readonly MeasuredChoice[];
};

type ToMeasure = {
  readonly choices: readonly StudyChoice[];
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

/** Measures choices; results are stored. @throws WinnowError TEXT_TOO_SHORT, CANCELLED, from loading and measuring */
export async function measureChoices(
  { choices, texts: named, info, byKl = false }: ToMeasure,
  { grouping, ctx, chunks, placement }: Request,
  context: EngineContext,
  task: Task,
): Promise<StudyFigures> {
  const ungrouped = isUngrouped(info, grouping);
  const full = masked({ info }, null);
  const inPairs = choices.some(({ method }) => comparesLeading(method)) ? 'nll' : null;
  const pairs = byKl ? 'kl' : inPairs;
  const choiceSubjects = choices.map(({ kept: experts }): Studied => masked({ info, kept: experts, ungrouped }, pairs));
  // different methods may choose the same experts
  const distinct = new Map(choiceSubjects.map((subject) => [subject.hash, subject]));
  const texts = named.map((text): HashedText => ({ ...text, hash: hashText(text.text) }));
  const asker = {
    ledger: studyLedger(context.store),
    rowOf: ({ keep }: Studied, { name: text }: HashedText) => ({ settings: { text, keep } }),
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
  };
}

function masked(of: EvaluationSubject, pairs: Studied['pairs']): Studied & { readonly of: EvaluationSubject } {
  return { of, hash: maskedHash(of), keep: of.kept?.[0]?.length ?? null, pairs };
}
