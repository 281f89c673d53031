// The report's data on checked answers: how often generation went wrong, and a few examples side by side.
import type {
  GenerationCompletion,
  GenerationExample,
  GenerationFigures,
  GenerationRate,
} from '../../contract/api/generations.ts';
import type { GenerationCheck } from '../../contract/generation-checks.ts';
import {
  REPORT_CHECKS,
  type ReportCompletion,
  type ReportExample,
  type ReportGeneration,
  type ReportRate,
} from '../../contract/report-file.ts';
import { isInDomain } from '../measure/evaluation/choice-figures.ts';
import { namedBreakage } from '../measure/generation/broken-output.ts';
import { generationExamples } from '../measure/generation/examples.ts';
import type { StoredGeneration } from '../measure/generation/stored-generation.ts';
import type { Store } from '../store/database.ts';
import { byVariant, variantOf } from './report-variant.ts';
import { domainsOfSubject, sideRank, type ReportSubject } from './subject.ts';

/** Number of examples of each variant and domain. */
const EXAMPLES = 3;
/** Maximum characters of the end of a prompt, and of the beginning of an answer. */
const EXAMPLE_CHARS = 1500;

/** The newest checks of each request, in-domain first, with examples. */
export function generationPart(subject: ReportSubject, store: Store): ReportGeneration[] {
  // equal completions count once, whatever request they were made for
  const newest = new Map(subject.generations.toReversed().map((row) => [row.measured, row]));
  return [...newest.values()]
    .map((row) => generationOf(row, subject, store))
    .sort(
      (a, b) =>
        sideRank(a.in_domain) - sideRank(b.in_domain) ||
        a.domain.localeCompare(b.domain) ||
        a.temperature - b.temperature ||
        byVariant(a.variant, b.variant),
    );
}

function generationOf(row: StoredGeneration, subject: ReportSubject, store: Store): ReportGeneration {
  const { settings, figures, judged, createdMs } = row;
  const { domain, sampling, maxTokens } = settings;
  return {
    variant: variantOf({ ...settings, isFull: isOfFullModel(row) }, subject),
    domain: domain.name,
    in_domain: isInDomain(domain.isKnown ? domain.name : null, domainsOfSubject(subject)),
    temperature: sampling.temperature,
    samples: sampling.samples,
    prompts: judged.length,
    completions: judged.reduce((sum, samples) => sum + samples.length, 0),
    max_tokens: maxTokens,
    median_tokens: figures.medianTokens,
    rates: byCheck((check) => rateOf(figures.rates[check])),
    against_full: figures.againstFull && againstFull(figures.againstFull),
    examples: isOfFullModel(row) || sampling.temperature > 0 ? [] : examplesOf(row, store),
    generated: new Date(createdMs).toISOString(),
  };
}

/** Whether a check belongs to the full model, with which the others are compared. */
function isOfFullModel({ measured, settings: { full } }: StoredGeneration): boolean {
  return measured === full.measured;
}

function againstFull(
  figures: NonNullable<GenerationFigures['againstFull']>,
): NonNullable<ReportGeneration['against_full']> {
  const { lengthRatio, identical, sensitivity } = figures;
  const { prompts, baseRate, powerForDouble, detectableRate, promptsForDouble } = sensitivity;
  return {
    differences: byCheck((check) => {
      const known = figures[check];
      if (!known) return null;
      const { value, low, high, prompts: tested, higher, lower, pValue } = known;
      return { difference: value, low, high, prompts: tested, higher, lower, p_value: pValue };
    }),
    length_ratio: {
      median: lengthRatio.value,
      low: lengthRatio.low,
      high: lengthRatio.high,
      prompts: lengthRatio.prompts,
    },
    identical: rateOf(identical),
    sensitivity: {
      prompts,
      base_rate: baseRate,
      power_for_double: powerForDouble,
      detectable_rate: detectableRate,
      prompts_for_double: promptsForDouble,
    },
  };
}

function rateOf(rate: GenerationRate): ReportRate;
function rateOf(rate: GenerationRate | null): ReportRate | null;
function rateOf(rate: GenerationRate | null): ReportRate | null {
  if (rate === null) return null;
  const { value, low, high, hits, judged, prompts } = rate;
  return { share: value, low, high, hits, judged, prompts };
}

function byCheck<T>(of: (check: GenerationCheck) => T): Record<GenerationCheck, T> {
  return Object.fromEntries(REPORT_CHECKS.map((check) => [check, of(check)])) as Record<GenerationCheck, T>;
}

function examplesOf({ id }: StoredGeneration, store: Store): ReportExample[] {
  return generationExamples(store, { id, only: null, offset: 0, limit: EXAMPLES }).examples.map(exampleOf);
}

function exampleOf({ demo, prompt, promptCut, gold, sample, full, variant }: GenerationExample): ReportExample {
  return {
    demo,
    prompt: prompt.slice(-EXAMPLE_CHARS),
    prompt_cut: promptCut || prompt.length > EXAMPLE_CHARS,
    gold: gold?.slice(0, EXAMPLE_CHARS) ?? null,
    sample,
    full: full && completionOf(full),
    variant: completionOf(variant),
  };
}

function completionOf({ text, cut, tokens, findings }: GenerationCompletion): ReportCompletion {
  const { loop, truncated, broken, answer } = findings;
  return {
    text: text.slice(0, EXAMPLE_CHARS),
    cut: cut || text.length > EXAMPLE_CHARS,
    tokens,
    loop,
    truncated,
    broken: broken?.map(namedBreakage) ?? null,
    answer: answer && { expected: answer.expected, found: answer.found, matches: answer.matches },
  };
}
