// Lists the choices of experts in stored selections and written files, each once, with its verdict.
import {
  type Verdict,
  type VerdictAnswers,
  answersGrade,
  gradeOf,
  worstGrade,
  type VerdictPart,
  type VerdictSide,
} from '../../../contract/verdict.ts';
import { prunedBytes } from '../../experts/selection/choose-experts.ts';
import {
  domainsOf,
  hashOfId,
  hashOf,
  requireSelection,
  selectionState,
} from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listExports, type StoredExport } from '../../store/exports.ts';
import { listModels, type StoredModel } from '../../store/models.ts';
import { listSelections, type StoredSelection } from '../../store/selections.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { comparisonLedger, isOfFullModel, type StoredComparison } from './figure-ledger.ts';
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, intervalAround, type TextMeasure } from '../../../contract/several-texts.ts';

type JudgedChoice = {
  /** The hash under which figures and files of the choice are stored. */
  readonly hash: string;
  readonly model: StoredModel;
  /** The newest selection that keeps these experts; null: there is none any more. */
  readonly selection: StoredSelection | null;
  /** The newest file that was written with them; null: there is none. */
  readonly file: StoredExport | null;
  /** The selection's name or, without a selection, the file's. */
  readonly name: string;
  readonly keep: number;
  readonly verdict: Verdict;
};

/** Looks up the checked answers of a choice that was made for some domains. */
export type AnswersOf = (hash: string, domains: readonly string[]) => VerdictAnswers | null;

type Held = Pick<JudgedChoice, 'model' | 'selection' | 'file'>;

/** The choices that were measured: newest selections first, then files whose selection is gone. */
export function judgedChoices(store: Store, answersOf: AnswersOf): JudgedChoice[] {
  const measured = measuredRows(store);
  return [...heldChoices(store)].flatMap(([hash, held]) => {
    const rows = measured(hash, held.model);
    return rows.length > 0 ? [judgedChoice(hash, held, rows, answersOf)] : [];
  });
}

/**
 * The choice of a selection.
 * @param exportId a file that was written from the selection; if it computes something else, it is the choice. null: the choice itself
 * @throws WinnowError USAGE: there is no such selection
 */
export function askedChoice(
  store: Store,
  selectionId: number,
  exportId: number | null = null,
): Held & { readonly hash: string; readonly selection: StoredSelection } {
  const { selection, model } = requireSelection(store, selectionId);
  const hash = hashOf({ selection, model });
  const files = listExports(store).filter(({ state }) => state === 'done');
  const named = files.find(({ id, plan }) => id === exportId && hashOfId(store, plan.selectionId) === hash);
  const own = named?.plan.selectionHash;
  if (named && own && own !== hash) return { hash: own, model, selection, file: named };
  return { hash, model, selection, file: files.find(({ plan }) => plan.selectionHash === hash) ?? null };
}

/** The verdict on a selection or a file of it, measured or not. @throws WinnowError as `askedChoice` */
export function verdictOnSelection(
  store: Store,
  selectionId: number,
  answersOf: AnswersOf,
  exportId: number | null = null,
): Verdict {
  const { hash, ...held } = askedChoice(store, selectionId, exportId);
  return judgedChoice(hash, held, measuredRows(store)(hash, held.model), answersOf).verdict;
}

/** Finds the rows of a choice by its hash, only those against the model that it was made from. */
function measuredRows(store: Store): (hash: string | null, full: StoredModel) => readonly Paired[] {
  const rows = Map.groupBy(pairedRows(comparisonLedger(store).list()), ({ settings }) => settings.selectionHash);
  return (hash, { fingerprint }) =>
    (rows.get(hash) ?? []).filter(({ settings: { full } }) => full.fingerprint === fingerprint);
}

function judgedChoice(
  hash: string,
  { model, selection, file }: Held,
  rows: readonly Paired[],
  answersOf: AnswersOf,
): JudgedChoice {
  const view = selection && selectionState({ selection, model });
  const keep = view?.keep ?? file?.plan.keep ?? model.info.nExpert;
  const domains = selection ? domainsOf(selection) : (file?.plan.domains ?? []);
  const own = rows.map((row) => ({ ...row, inDomain: isInDomain(row.settings.text.domain, domains) }));
  const bytes = {
    full: model.info.bytes,
    pruned: file?.bytes ?? prunedBytes(model.info, keep),
    predicted: file === null,
  };
  const name = view?.name ?? (file ? displayPathOf(file.outputPath) : '');
  return {
    hash,
    model,
    selection,
    file,
    name,
    keep,
    verdict: verdictOn(own, {
      bytes,
      domains: [...domains],
      answers: answersOf(hash, domains),
      ...(file?.plan.quantised && { type: file.plan.quantised.type }),
      ...fittedIn(file?.plan),
    }),
  };
}

/** The stored choices, indexed by hash. */
function heldChoices(store: Store): ReadonlyMap<string, Held> {
  const models = new Map(listModels(store).map((model) => [model.id, model]));
  const held = new Map<string, Held>();
  for (const selection of listSelections(store)) {
    const model = models.get(selection.modelId);
    if (!model) continue;
    const hash = hashOf({ selection, model });
    if (!held.has(hash)) held.set(hash, { model, selection, file: null });
  }
  for (const file of listExports(store)) {
    const model = models.get(file.modelId);
    const hash = file.plan.selectionHash;
    if (file.state !== 'done' || !model || hash === null) continue;
    const known = held.get(hash);
    if (!known?.file) held.set(hash, { model, selection: known?.selection ?? null, file });
  }
  return held;
}

/** A measurement together with the full model's on the same tokens. */
type Paired<Row extends StoredComparison = StoredComparison> = Row & { readonly full: Row };

export type PairedRow = Paired & {
  /** Whether the experts were chosen for the text's domain; null: not known. */
  readonly inDomain: boolean | null;
};

/** A key that is equal for rows whose figures can be compared. */
export function measuredOn({ settings: { text, full }, result: { ctx, tokens, separate } }: StoredComparison): string {
  return `${full.fingerprint} ${text.hash} ${ctx} ${tokens} ${separate ? 'separate' : 'joined'}`;
}

/** The rows of other models, each with the full model's row on the same tokens, if there is one. @param rows newest first */
export function pairedRows<Row extends StoredComparison>(rows: readonly Row[]): Paired<Row>[] {
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
export function ofOneContext<Row extends StoredComparison>(rows: readonly Row[]): readonly Row[] {
  const newest = (some: readonly Row[]): number => Math.max(...some.map(({ id }) => id));
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

/** What a verdict says about a file's repair. */
export function fittedIn(
  file: { readonly repaired?: object | undefined } | null | undefined,
): Pick<Verdict, 'repaired'> {
  return file?.repaired ? { repaired: true } : {};
}

/** The verdict on a choice. @param rows rows of this choice alone; its file and its preview agree up to rounding */
export function verdictOn(
  rows: readonly PairedRow[],
  about: Pick<Verdict, 'bytes' | 'type' | 'repaired' | 'domains' | 'answers'>,
): Verdict {
  const fair = eachTextOnce(ofOneContext(rows));
  const inside = sideOf(fair, true);
  return {
    ...about,
    inside,
    outside: sideOf(fair, false),
    unknown: sideOf(fair, null),
    grade: worstGrade([inside?.grade, about.answers && answersGrade(about.answers)].flatMap((grade) => grade ?? [])),
  };
}

function sideOf(rows: readonly PairedRow[], inDomain: boolean | null): VerdictSide | null {
  const ofSide = rows.filter((row) => row.inDomain === inDomain);
  if (ofSide.length === 0) return null;
  const parts = [...Map.groupBy(ofSide, ({ settings }) => settings.text.domain)]
    .map(([domain, ofDomain]): VerdictPart => {
      const figures = costOf(ofDomain);
      return { domain, ...figures, grade: gradeOf(figures) };
    })
    .toSorted((a, b) => b.ratio.value - a.ratio.value);
  const { ratio, tokens } = costOf(ofSide);
  return { ratio, tokens, grade: worstGrade(parts.map(({ grade }) => grade)) ?? 'unclear', parts };
}

type Measured = Pick<StoredComparison, 'result'> & { readonly full: Pick<StoredComparison, 'result'> };

/**
 * What a variant costs against the full model, over several texts as if they were one: every token counts the same, and standard
 * errors are combined as for independent samples.
 * @param rows at least one, all with the same context length
 * @throws RangeError: there is no row
 */
export function costOf(rows: readonly Measured[]): Pick<VerdictPart, 'ratio' | 'top1' | 'tokens'> {
  const combined = (measure: TextMeasure, of: (row: Measured) => Interval | null): PublishedInterval | null => {
    const figure = combineTexts(
      measure,
      rows.map((row) => ({ interval: of(row), tokens: row.result.tokens })),
    );
    return figure && { value: figure.value, low: figure.low, high: figure.high };
  };
  const ratio = combined('ratio', ratioOf);
  if (!ratio) throw new RangeError('a cost needs a text');
  return {
    ratio,
    top1: combined('top1', ({ result }) => result.top1),
    tokens: rows.reduce((sum, { result }) => sum + result.tokens, 0),
  };
}

/** The ratio of the perplexities. If they were not measured together, it has the wider interval of two independent figures. */
export function ratioOf({ full, result }: Measured): Interval {
  if (result.ratio !== null) return result.ratio;
  const value = result.perplexity.value / full.result.perplexity.value;
  const errors = [result.nll.standardError, full.result.nll.standardError];
  if (errors.includes(null)) return { value, standardError: null, low: null, high: null };
  return intervalAround('ratio', value, value * Math.hypot(...errors.map(Number)));
}
