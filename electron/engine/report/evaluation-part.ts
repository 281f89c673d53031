// The report's data on measurements: each single measurement, and each variant against the full model.
import type { PublishedInterval } from '../../contract/interval.ts';
import type { ReportCompared, ReportCost, ReportEvaluation, ReportVariant } from '../../contract/report-file.ts';
import {
  eachTextOnce,
  isInDomain,
  measuredOn,
  ofOneContext,
  pairedRows,
  referencesOf,
  type Paired,
  type PairedRow,
} from '../measure/evaluation/choice-figures.ts';
import { costOf, ratioOf } from '../measure/evaluation/cost.ts';
import { isOfFullModel, type StoredComparison } from '../measure/evaluation/figure-ledger.ts';
import { canonicalJson } from '../base/files/canonical-json.ts';
import { byVariant, variantOf } from './report-variant.ts';
import { domainsOfSubject, sideRank, type ReportSubject } from './subject.ts';

type EvaluationPart = {
  readonly evaluations: ReportEvaluation[];
  readonly compared: ReportCompared[];
  /** The subject of the summary: the written file if it was measured, otherwise the selection's preview. */
  readonly judged: ReportCompared | null;
  /** The measurements of both, on which the verdict is based. */
  readonly own: readonly PairedRow[];
};

type Row = StoredComparison & { readonly variant: ReportVariant; readonly inDomain: boolean | null };

/** The newest figures of each variant and text, the full model first, and what the summary judges. */
export function evaluationPart(subject: ReportSubject): EvaluationPart {
  const domains = domainsOfSubject(subject);
  const newest = new Map(
    subject.evaluations.toReversed().map((row) => [`${canonicalJson(row.settings.variant)} ${measuredOn(row)}`, row]),
  );
  const rows = [...newest.values()]
    .map((row): Row => ({
      ...row,
      variant: variantOf({ ...row.settings, isFull: isOfFullModel(row) }, subject),
      inDomain: isInDomain(row.settings.text.domain, domains),
    }))
    .sort(byTextAndVariant);
  const references = referencesOf(rows);
  const paired = pairedRows(rows);
  const own = paired.filter(({ id }) => subject.own.has(id));
  return {
    evaluations: rows.map((row) => evaluationOf(row, references.get(measuredOn(row)) ?? null)),
    compared: compare(paired),
    judged: judge(own),
    own,
  };
}

/** Sorts rows: in the domain first, then by text; for each text the full model first. */
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
    chunk_limit: settings.chunkLimit,
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

function estimate(figure: PublishedInterval): PublishedInterval;
function estimate(figure: PublishedInterval | null): PublishedInterval | null;
function estimate(figure: PublishedInterval | null): PublishedInterval | null {
  return figure && { value: figure.value, low: figure.low, high: figure.high };
}

function compare(rows: readonly Paired<Row>[]): ReportCompared[] {
  return [...Map.groupBy(ofOneContext(rows), ({ settings }) => canonicalJson(settings.variant)).values()]
    .map((ofVariant) => comparedOf(ofVariant[0]!.variant, ofVariant)) // groups are not empty
    .sort((a, b) => byVariant(a.variant, b.variant));
}

function judge(own: readonly Paired<Row>[]): ReportCompared | null {
  const fair = eachTextOnce(ofOneContext(own));
  const [subject] = fair.toSorted((a, b) => byVariant(a.variant, b.variant));
  return subject ? comparedOf(subject.variant, fair) : null;
}

function comparedOf(variant: ReportVariant, rows: readonly Paired<Row>[]): ReportCompared {
  return {
    variant,
    in_domain: sideCost(rows, true),
    out_of_domain: sideCost(rows, false),
    unknown_domain: sideCost(rows, null),
  };
}

function sideCost(rows: readonly Paired<Row>[], inDomain: boolean | null): ReportCost | null {
  const ofSide = eachTextOnce(rows.filter((row) => row.inDomain === inDomain));
  return ofSide.length === 0
    ? null
    : costOf(ofSide.map(({ full, result }) => ({ full: full.result, variant: result })));
}
