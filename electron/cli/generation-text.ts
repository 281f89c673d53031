// How `winnow eval --prompts` prints checks of answers, as text and as JSON.
import type {
  CheckedGeneration,
  GenerationDifference,
  GenerationFigures,
  GenerationFindings,
  GenerationRate,
  GenerationSensitivity,
} from '../contract/api/generations.ts';
import { GENERATION_CHECKS } from '../contract/generation-checks.ts';
import type { Bounded } from '../contract/interval.ts';
import { printableName } from '../contract/printable.ts';
import { namedBreakage } from '../engine/measure/generation/broken-output.ts';
import { table } from './output.ts';

const CHECK_NAMES = {
  loop: 'loops to the end',
  truncated: 'hits the limit',
  broken: 'broken output',
  answer: 'right answers',
} as const;

const ABSENT = '–';
/** The power that a test should have. */
const ENOUGH_POWER = 0.8;

/** Returns the results as text. @param rows of one request: the full model's, and those of at most one variant */
export function generationText(rows: readonly CheckedGeneration[]): string {
  const fulls = rows.filter(({ isFull }) => isFull);
  return fulls
    .map((full) => {
      const variant = rows.find((row) => !row.isFull && row.reference === full.reference);
      return [heading(full), ratesTable(full, variant), ...notes(full, variant)].join('\n');
    })
    .join('\n\n');
}

function heading({ domain, sampling, maxTokens, prompts }: CheckedGeneration): string {
  const how =
    sampling.temperature === 0
      ? 'greedy'
      : `${counted(sampling.samples, 'sample')} each at temperature ${sampling.temperature}`;
  return `${printableName(domain)}: ${counted(prompts.length, 'prompt')}, ${how}, at most ${counted(maxTokens, 'token')}`;
}

function ratesTable(full: CheckedGeneration, variant: CheckedGeneration | undefined): string {
  const ours = variant?.figures;
  const theirs = full.figures;
  const against = ours?.againstFull ?? null;
  const rows = GENERATION_CHECKS.map((check) => [
    CHECK_NAMES[check],
    rateText(theirs.rates[check]),
    ...(ours ? [rateText(ours.rates[check]), ...differenceTexts(against?.[check] ?? null)] : []),
  ]);
  rows.push(['median length', tokensText(theirs), ...(ours ? [tokensText(ours), ratioText(ours), ''] : [])]);
  if (against) rows.push(['same completion', '', rateText(against.identical), '', '']);
  const header = ['', full.label, ...(variant ? [variant.label, 'difference', 'p'] : [])];
  return table(header, rows);
}

function notes(full: CheckedGeneration, variant: CheckedGeneration | undefined): string[] {
  const lines = ['In brackets: 95 % intervals; – where nothing can be judged.'];
  if (!variant) lines.push('Use --against to compare with the full model.');
  const sensitivity = variant?.figures.againstFull?.sensitivity;
  // a rate above one half cannot double
  if (sensitivity && (full.figures.rates.loop?.value ?? 0) <= 0.5) lines.push(sensitivityText(sensitivity));
  return lines;
}

/** What this number of prompts cannot show. */
function sensitivityText({
  prompts,
  baseRate,
  powerForDouble,
  detectableRate,
  promptsForDouble,
}: GenerationSensitivity): string {
  const doubled = `a loop rate that doubles from ${percent(baseRate)} to ${percent(2 * baseRate)}`;
  if (powerForDouble >= ENOUGH_POWER)
    return `${counted(prompts, 'prompt')} would show ${doubled} with a probability of ${chance(powerForDouble)}.`;
  const least =
    detectableRate === null
      ? 'No rise would be seen four times out of five'
      : `Four times out of five they show a rise to ${percent(detectableRate, 0)} or more`;
  return [
    `warning: ${counted(prompts, 'prompt')} cannot show ${doubled}: that would be seen with a probability of ${chance(powerForDouble)}.`,
    `${least}; detecting it doubling takes about ${promptsForDouble} prompts.`,
  ].join('\n');
}

function rateText(rate: GenerationRate | null): string {
  return rate === null ? ABSENT : `${percent(rate.value)} (${percent(rate.low, 0)} to ${percent(rate.high, 0)})`;
}

function differenceTexts(difference: GenerationDifference | null): string[] {
  if (difference === null) return [ABSENT, ABSENT];
  const { value, low, high, pValue } = difference;
  return [`${signed(value)} (${signed(low, 0)} to ${signed(high, 0)})`, pValue.toFixed(3)];
}

function tokensText({ medianTokens }: GenerationFigures): string {
  return counted(medianTokens, 'token');
}

function ratioText({ againstFull }: GenerationFigures): string {
  if (!againstFull) return ABSENT;
  const { value, low, high } = againstFull.lengthRatio;
  return `× ${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

function chance(power: number): string {
  return power < 0.01 ? 'less than 1 %' : percent(power, 0);
}

function signed(share: number, digits = 1): string {
  const text = percent(share, digits);
  return text.startsWith('-') ? text.replace('-', '−') : `+${text}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns the checks of answers, with every completion, under the names of `eval --json`. */
export function generationDocument(rows: readonly CheckedGeneration[]): unknown {
  return rows.map(({ label, isFull, domain, sampling, maxTokens, figures, prompts, completions }) => {
    const { medianTokens, rates, againstFull } = figures;
    return {
      model: label,
      is_full: isFull,
      prompts_of: domain,
      prompts: prompts.length,
      temperature: sampling.temperature,
      samples: sampling.samples,
      max_tokens: maxTokens,
      median_tokens: medianTokens,
      rates: Object.fromEntries(
        GENERATION_CHECKS.map((check) => [check, rates[check] && named('share', rates[check])]),
      ),
      against_full: againstFull && {
        differences: Object.fromEntries(
          GENERATION_CHECKS.map((check) => [check, differenceDocument(againstFull[check])]),
        ),
        length_ratio: named('median', againstFull.lengthRatio),
        identical: named('share', againstFull.identical),
        sensitivity: sensitivityDocument(againstFull.sensitivity),
      },
      completions: prompts.flatMap(({ demo, kind, prompt, gold }, p) =>
        (completions[p] ?? []).map(({ text, cut, tokens, findings }, sample) => ({
          demo,
          kind,
          prompt,
          gold,
          sample,
          text,
          cut,
          tokens,
          ...findingsDocument(findings),
        })),
      ),
    };
  });
}

/** The published name and values of a figure; its standard error is not published. */
function named(name: string, { value, standardError: _unpublished, ...rest }: Bounded): object {
  return { [name]: value, ...rest };
}

function differenceDocument(difference: GenerationDifference | null): unknown {
  if (difference === null) return null;
  const { pValue, ...rest } = difference;
  return { ...named('difference', rest), p_value: pValue };
}

function sensitivityDocument(sensitivity: GenerationSensitivity): unknown {
  const { prompts, baseRate, powerForDouble, detectableRate, promptsForDouble } = sensitivity;
  return {
    prompts,
    base_rate: baseRate,
    power_for_double: powerForDouble,
    detectable_rate: detectableRate,
    prompts_for_double: promptsForDouble,
  };
}

function findingsDocument({ loop, truncated, broken, answer }: GenerationFindings): object {
  return { loop, truncated, broken: broken?.map(namedBreakage) ?? null, answer };
}
