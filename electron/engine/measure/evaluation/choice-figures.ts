// Summarises what was measured of one choice of experts: which rows count, and the verdict on them.
import {
  answersGrade,
  gradeOf,
  worstGrade,
  type Verdict,
  type VerdictPart,
  type VerdictSide,
} from '../../../contract/verdict.ts';
import { costOf } from './cost.ts';
import { isOfFullModel, type StoredComparison } from './figure-ledger.ts';

/** A measurement together with the full model's on the same tokens. */
export type Paired<Row extends StoredComparison = StoredComparison> = Row & { readonly full: Row };

export type PairedRow = Paired & {
  /** Whether the experts were chosen for the text's domain; null: not known. */
  readonly inDomain: boolean | null;
};

/** A key that is equal for rows whose figures can be compared. */
export function measuredOn({ settings: { text, full }, result: { ctx, tokens, separate } }: StoredComparison): string {
  return `${full.fingerprint} ${text.hash} ${ctx} ${tokens} ${separate ? 'separate' : 'joined'}`;
}

/** The full model's newest row for each text, indexed by `measuredOn`. @param rows newest first */
export function referencesOf<Row extends StoredComparison>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(
    rows
      .filter(isOfFullModel)
      .toReversed()
      .map((row) => [measuredOn(row), row]),
  );
}

/** The rows of other models, each with the full model's row on the same tokens, if there is one. @param rows newest first */
export function pairedRows<Row extends StoredComparison>(rows: readonly Row[]): Paired<Row>[] {
  const references = referencesOf(rows);
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
      const figures = figuresOf(ofDomain);
      return { domain, ...figures, grade: gradeOf(figures) };
    })
    .toSorted((a, b) => b.ratio.value - a.ratio.value);
  const { ratio, tokens } = figuresOf(ofSide);
  return { ratio, tokens, grade: worstGrade(parts.map(({ grade }) => grade)) ?? 'unclear', parts };
}

function figuresOf(rows: readonly PairedRow[]): Pick<VerdictPart, 'ratio' | 'top1' | 'tokens'> {
  const { ratio, top1, tokens } = costOf(rows.map(({ full, result }) => ({ full: full.result, variant: result })));
  return { ratio, top1, tokens };
}
