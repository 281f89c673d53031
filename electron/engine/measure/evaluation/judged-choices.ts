// Choices of experts with what was measured of them, and the verdict that follows.
import {
  type Verdict,
  type VerdictAnswers,
  answersGrade,
  gradeOf,
  worstGrade,
  type VerdictPart,
  type VerdictSide,
} from '../../../contract/verdict.ts';
import { keptCount } from '../../../contract/kept-experts.ts';
import { prunedBytes } from '../../experts/selection/choose-experts.ts';
import {
  domainsOf,
  hashOf,
  hashOfId,
  hashOfSelection,
  requireSelection,
} from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listExports, type StoredExport } from '../../store/exports.ts';
import { getModel, type StoredModel } from '../../store/models.ts';
import { getSelection, listSelections, type StoredSelection } from '../../store/selections.ts';
import { comparisonLedger, isOfFullModel, type MeasuredVariant, type StoredComparison } from './figure-ledger.ts';
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, intervalAround, type TextMeasure } from '../../../contract/several-texts.ts';

/** A choice of experts. */
export type Choice = {
  /** The full model. */
  readonly model: StoredModel;
  /** null: the file's experts come from a mask that no selection holds. */
  readonly selection: StoredSelection | null;
  /** The selection, otherwise one that keeps the same experts with another number of active ones. */
  readonly chosenBy: StoredSelection | null;
  /** The written file; null: there is none. */
  readonly file: StoredExport | null;
  /** The hash under which figures and files of the choice are stored; null: the choice is not known. */
  readonly hash: string | null;
};

/** Looks up the checked answers of a choice that was made for some domains. */
export type AnswersOf = (store: Store, hash: string, domains: readonly string[]) => VerdictAnswers | null;

/**
 * The choice of a selection.
 * @param exportId a file that was written from the selection; if it computes something else, it is the choice. null: the newest file
 * of the choice itself
 * @throws WinnowError USAGE: there is no such selection
 */
export function choiceOfSelection(
  store: Store,
  selectionId: number,
  exportId: number | null = null,
): Choice & { readonly selection: StoredSelection } {
  const planned = requireSelection(store, selectionId);
  const { selection } = planned;
  const hash = hashOf(planned);
  const done = listExports(store).filter(({ state }) => state === 'done');
  // a file in another type, or with other routers, is still a file of the choice
  const named = done.find(({ id, plan }) => id === exportId && hashOfId(store, plan.selectionId) === hash);
  const same = done.filter(({ plan }) => plan.selectionHash === hash);
  const file = named ?? same.find(({ id }) => id === exportId) ?? same[0] ?? null;
  return { ...choiceOf(store, selection.modelId, selection, file), selection };
}

/** The choice that a file was written from. */
export function choiceOfFile(store: Store, file: StoredExport): Choice {
  return choiceOf(store, file.modelId, selectionOf(store, file.plan.selectionId), file);
}

function selectionOf(store: Store, selectionId: number | null): StoredSelection | null {
  return (selectionId !== null && getSelection(store, selectionId)) || null;
}

function choiceOf(store: Store, modelId: number, selection: StoredSelection | null, file: StoredExport | null): Choice {
  // figures of the choice itself do not apply to its file in another type, or with other routers or matrices
  const isOther = Boolean(file?.plan.quantised ?? file?.plan.repaired);
  return {
    model: getModel(store, modelId)!, // selections and exports are deleted with their model
    selection,
    chosenBy: selection ?? selectionOf(store, file?.plan.how?.chosenBy ?? null),
    file,
    hash: (isOther ? null : hashOfSelection(store, selection)) ?? file?.plan.selectionHash ?? null,
  };
}

/** The verdict on a selection or a file of it, measured or not. @throws WinnowError as `choiceOfSelection` */
export function verdictOnSelection(
  store: Store,
  selectionId: number,
  answersOf: AnswersOf,
  exportId: number | null = null,
): Verdict {
  return judgedChoice(store, choiceOfSelection(store, selectionId, exportId), answersOf).verdict;
}

/** The verdict on the choice with this hash. @returns null: no selection or file has it, or nothing was measured */
export function verdictOnHash(store: Store, hash: string | null, answersOf: AnswersOf): Verdict | null {
  if (hash === null) return null;
  const selection = listSelections(store).find((selection) => hashOfSelection(store, selection) === hash) ?? null;
  const file = listExports(store).find(({ state, plan }) => state === 'done' && plan.selectionHash === hash) ?? null;
  const modelId = (file ?? selection)?.modelId;
  if (modelId === undefined) return null;
  const { rows, verdict } = judgedChoice(store, choiceOf(store, modelId, selection, file), answersOf);
  return rows.length > 0 ? verdict : null;
}

type JudgedChoice = {
  /** The measurements that the verdict rests on. */
  readonly rows: readonly PairedRow[];
  readonly verdict: Verdict;
};

/** @returns a choice with its verdict. Its file and its preview agree up to rounding, so that figures of both count */
export function judgedChoice(store: Store, choice: Choice, answersOf: AnswersOf): JudgedChoice {
  const { model, selection, file, hash } = choice;
  const domains = selection ? domainsOf(selection) : [...(file?.plan.domains ?? [])];
  const own = pairedRows(comparisonLedger(store).list())
    .filter(({ settings }) => isOwn(settings, choice))
    .map((row) => ({ ...row, inDomain: isInDomain(row.settings.text.domain, domains) }));
  const rows = eachTextOnce(ofOneContext(own));
  const bytes = {
    full: model.info.bytes,
    pruned: file?.bytes ?? prunedBytes(model.info, selection ? keptCount(selection.kept) : model.info.nExpert),
    predicted: file === null,
  };
  const verdict = verdictOn(rows, {
    bytes,
    domains,
    answers: hash === null ? null : answersOf(store, hash, domains),
    ...(file?.plan.quantised && { type: file.plan.quantised.type }),
    ...(file?.plan.repaired && { repaired: true as const }),
  });
  return { rows, verdict };
}

/** Whether a row is of exactly these experts, whichever selection it was requested with, or of this very file. */
export function isOwn(
  { selectionHash, selectionId, variant, fingerprint, full }: MeasuredVariant,
  { hash, file, model }: Choice,
): boolean {
  if (full.fingerprint !== model.fingerprint) return false;
  if (hash !== null && selectionHash === hash) return true;
  return file !== null && selectionId === null && variant?.kind !== 'preview' && fingerprint === file.sha256;
}

/** A measurement together with the full model's on the same tokens. */
type Paired = StoredComparison & { readonly full: StoredComparison };

export type PairedRow = Paired & {
  /** Whether the experts were chosen for the text's domain; null: not known. */
  readonly inDomain: boolean | null;
};

/** A key that is equal for rows whose figures can be compared. */
export function measuredOn({ settings: { text, full }, result: { ctx, tokens, separate } }: StoredComparison): string {
  return `${full.fingerprint} ${text.hash} ${ctx} ${tokens} ${separate ? 'separate' : 'joined'}`;
}

/** The rows of other models, each with the full model's row on the same tokens, if there is one. @param rows newest first */
function pairedRows(rows: readonly StoredComparison[]): Paired[] {
  const references = new Map(
    rows
      .filter(isOfFullModel)
      .toReversed()
      .map((row) => [measuredOn(row), row]),
  );
  return rows.flatMap((row) => {
    const full = isOfFullModel(row) ? undefined : references.get(measuredOn(row));
    return full ? [{ ...row, full }] : [];
  });
}

/** Whether experts were chosen for the domain; null: not known, or they were chosen for no domain. */
export function isInDomain(domain: string | null, domains: readonly string[]): boolean | null {
  return domain === null || domains.length === 0 ? null : domains.includes(domain);
}

/** The rows of one context length: the most frequent one, in a tie the one of the newest row. */
function ofOneContext(rows: readonly PairedRow[]): readonly PairedRow[] {
  const newest = (some: readonly PairedRow[]): number => Math.max(...some.map(({ id }) => id));
  const [most = []] = [...Map.groupBy(rows, ({ result }) => result.ctx).values()].sort(
    (a, b) => b.length - a.length || newest(b) - newest(a),
  );
  return most;
}

/**
 * One row per text, even if only half of the text was read. Rows of separate documents are preferred to joined ones, then those with
 * more tokens, then the written file to its preview, then the newest.
 */
export function eachTextOnce<Row extends StoredComparison>(rows: readonly Row[]): readonly Row[] {
  const isFile = ({ settings: { variant } }: Row): number => Number(variant.kind === 'model');
  const isSeparate = ({ result }: Row): number => Number(result.separate ?? false);
  return [...Map.groupBy(rows, ({ settings: { text } }) => text.whole ?? text.hash).values()].flatMap(
    (ofText) =>
      ofText.toSorted(
        (a, b) =>
          isSeparate(b) - isSeparate(a) || b.result.tokens - a.result.tokens || isFile(b) - isFile(a) || b.id - a.id,
      )[0] ?? [],
  );
}

/** What a verdict says beside figures. */
type VerdictAbout = Omit<Verdict, 'inside' | 'outside' | 'unknown' | 'grade'>;

/** The verdict on a choice. @param rows of this choice alone, one a text, of one context length */
export function verdictOn(rows: readonly PairedRow[], about: VerdictAbout): Verdict {
  const inside = sideOf(rows, true);
  return {
    ...about,
    inside,
    outside: sideOf(rows, false),
    unknown: sideOf(rows, null),
    grade: worstGrade([inside?.grade, about.answers && answersGrade(about.answers)].flatMap((grade) => grade ?? [])),
  };
}

function sideOf(rows: readonly PairedRow[], inDomain: boolean | null): VerdictSide | null {
  const ofSide = rows.filter((row) => row.inDomain === inDomain);
  if (ofSide.length === 0) return null;
  const parts = [...Map.groupBy(ofSide, ({ settings }) => settings.text.domain)]
    .map(([domain, ofDomain]) => costOf(domain, ofDomain))
    .toSorted((a, b) => b.ratio.value - a.ratio.value);
  const { ratio, tokens } = costOf(null, ofSide);
  return { ratio, tokens, grade: worstGrade(parts.map(({ grade }) => grade)) ?? 'unclear', parts };
}

/**
 * What a variant costs against the full model, over several texts as if they were one: every token counts the same, and standard
 * errors are combined as for independent samples.
 * @param rows at least one, all with the same context length
 * @throws RangeError: there is no row
 */
export function costOf(domain: string | null, rows: readonly Paired[]): VerdictPart {
  const combined = (measure: TextMeasure, of: (row: Paired) => Interval | null): PublishedInterval | null => {
    const figure = combineTexts(
      measure,
      rows.map((row) => ({ interval: of(row), tokens: row.result.tokens })),
    );
    return figure && { value: figure.value, low: figure.low, high: figure.high };
  };
  const ratio = combined('ratio', ratioOf);
  if (!ratio) throw new RangeError('a cost needs a text');
  const klMean = combined('klMean', ({ result }) => result.klMean);
  const top1 = combined('top1', ({ result }) => result.top1);
  const tokens = rows.reduce((sum, { result }) => sum + result.tokens, 0);
  return { domain, ratio, klMean, top1, tokens, grade: gradeOf({ ratio, klMean, top1 }) };
}

/** The ratio of the perplexities. If they were not measured together, it has the wider interval of two independent figures. */
export function ratioOf({ full, result }: Paired): Interval {
  if (result.ratio !== null) return result.ratio;
  const value = result.perplexity.value / full.result.perplexity.value;
  const errors = [result.nll.standardError, full.result.nll.standardError];
  if (errors.includes(null)) return { value, standardError: null, low: null, high: null };
  return intervalAround('ratio', value, value * Math.hypot(...errors.map(Number)));
}
