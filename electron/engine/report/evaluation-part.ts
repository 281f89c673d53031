// The report's data on measurements: each as it was taken, and each variant against the full model.
import type {
  ReportCompared,
  ReportCost,
  ReportEstimate,
  ReportEvaluation,
  ReportVariant,
} from '../../contract/report-file.ts';
import { isOfFullModel, type StoredComparison } from '../evaluation/stored-comparison.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import { modelIdOfSync } from '../library/model-on-disk.ts';
import { costOf, ratioOf, type MeasuredPair } from './cost.ts';
import { byVariant, variantOf } from './report-variant.ts';
import { isInDomain, measuredOn, sideRank, type ReportSubject } from './subject.ts';

export type EvaluationPart = {
  readonly evaluations: ReportEvaluation[];
  readonly compared: ReportCompared[];
  /** What the summary speaks of: the written file where it was measured, otherwise the selection's preview. */
  readonly judged: ReportCompared | null;
};

type Row = StoredComparison & { readonly variant: ReportVariant; readonly inDomain: boolean | null };
type PairedRow = Row & { readonly full: StoredComparison };

/** The newest figures of each variant and text, the full model first; and what is judged of them. */
export function evaluationPart(subject: ReportSubject): EvaluationPart {
  const newest = new Map(
    subject.evaluations.toReversed().map((row) => [`${canonicalJson(row.settings.variant)} ${measuredOn(row)}`, row]),
  );
  const rows = [...newest.values()]
    .map((row): Row => ({
      ...row,
      variant: variantOf({ ...row.settings, isFull: isOfFullModel(row) }, subject),
      inDomain: isInDomain(row.settings.text.domain, subject),
    }))
    .sort(byTextAndVariant);
  const references = new Map(rows.filter(isOfFullModel).map((row) => [measuredOn(row), row]));
  const paired = rows.flatMap((row): PairedRow[] => {
    const full = isOfFullModel(row) ? undefined : references.get(measuredOn(row));
    return full ? [{ ...row, full }] : [];
  });
  const compared = compare(paired);
  return {
    evaluations: rows.map((row) => evaluationOf(row, references.get(measuredOn(row)) ?? null)),
    compared: compared.map(({ compared: one }) => one),
    judged: judge(compared, subject),
  };
}

/** In the domain first, then by text; of each text the full model first. */
function byTextAndVariant(a: Row, b: Row): number {
  return (
    sideRank(a.inDomain) - sideRank(b.inDomain) ||
    (a.settings.text.domain ?? '').localeCompare(b.settings.text.domain ?? '') ||
    a.settings.text.name.localeCompare(b.settings.text.name) ||
    measuredOn(a).localeCompare(measuredOn(b)) ||
    byVariant(a.variant, b.variant) ||
    b.id - a.id
  );
}

function evaluationOf(row: Row, full: StoredComparison | null): ReportEvaluation {
  const { settings, result, variant, inDomain, createdMs } = row;
  const { name, domain, hash } = settings.text;
  return {
    variant,
    text: { name, domain, hash },
    in_domain: inDomain,
    ctx: result.ctx,
    chunks: result.chunks,
    chunk_limit: settings.chunkLimit ?? null,
    tokens: result.tokens,
    unit: result.unit,
    units: result.units,
    perplexity: estimate(result.perplexity),
    ratio: full && variant.kind !== 'full' ? estimate(ratioOf({ full: full.result, variant: result })) : null,
    kl_mean: estimate(result.klMean),
    kl_p99: estimate(result.klP99),
    top1: estimate(result.top1),
    measured: new Date(createdMs).toISOString(),
  };
}

function estimate(figure: ReportEstimate): ReportEstimate;
function estimate(figure: ReportEstimate | null): ReportEstimate | null;
function estimate(figure: ReportEstimate | null): ReportEstimate | null {
  return figure && { value: figure.value, low: figure.low, high: figure.high };
}

type Compared = { readonly compared: ReportCompared; readonly rows: readonly PairedRow[] };

/** Of one context length: that of most measurements, and of two the newest. */
function compare(rows: readonly PairedRow[]): Compared[] {
  const newest = (some: readonly PairedRow[]): number => Math.max(...some.map(({ id }) => id));
  const [ofCtx = []] = [...Map.groupBy(rows, ({ result }) => result.ctx).values()].sort(
    (a, b) => b.length - a.length || newest(b) - newest(a),
  );
  return [...Map.groupBy(ofCtx, ({ settings }) => canonicalJson(settings.variant)).values()]
    .map((ofVariant): Compared => ({
      compared: {
        variant: ofVariant[0]!.variant, // groups are not empty
        in_domain: sideCost(ofVariant, true),
        out_of_domain: sideCost(ofVariant, false),
        unknown_domain: sideCost(ofVariant, null),
      },
      rows: ofVariant,
    }))
    .sort((a, b) => byVariant(a.compared.variant, b.compared.variant));
}

/** Each text once: as much of it as was measured, and the newest of that. */
function sideCost(rows: readonly PairedRow[], inDomain: boolean | null): ReportCost | null {
  const texts = Map.groupBy(
    rows.filter((row) => row.inDomain === inDomain),
    ({ settings }) => settings.text.hash,
  );
  const pairs = [...texts.values()].flatMap((ofText): MeasuredPair[] => {
    const [best] = ofText.toSorted((a, b) => b.result.tokens - a.result.tokens || b.id - a.id);
    return best ? [{ full: best.full.result, variant: best.result }] : [];
  });
  return pairs.length === 0 ? null : costOf(pairs);
}

function judge(compared: readonly Compared[], { file, selection }: ReportSubject): ReportCompared | null {
  const fileId = file && modelIdOfSync(file.outputPath);
  const find = (is: (variant: StoredComparison['settings']['variant']) => boolean): ReportCompared | undefined =>
    compared.find(({ rows: [row] }) => row && is(row.settings.variant))?.compared;
  return (
    find((variant) => variant.kind === 'model' && variant.modelId === fileId) ??
    find(
      ({ kind, ...how }) =>
        kind === 'preview' &&
        'selectionId' in how &&
        how.selectionId === selection?.id &&
        how.criterion === null &&
        how.keep === null &&
        how.mix === null,
    ) ??
    null
  );
}
