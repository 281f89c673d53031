// How `winnow eval --prompts` prints checks of answers, as text and as JSON.
import type {
  CheckedGeneration,
  GenerationDifference,
  GenerationFigures,
  GenerationFindings,
  GenerationRate,
} from '../contract/api/generations.ts';
import { GENERATION_CHECKS } from '../contract/generation-checks.ts';
import type { Bounded } from '../contract/interval.ts';
import { printableName } from '../contract/printable.ts';
import { namedBreakage } from '../engine/measure/generation/findings.ts';
import { table } from './output.ts';

const CHECK_NAMES = {
  loop: 'loops to the end',
  truncated: 'hits the limit',
  broken: 'broken output',
  answer: 'right answers',
} as const;

const ABSENT = '–';

/** Returns the results as text. @param rows of one request: the full model's, and those of at most one variant */
export function generationText(rows: readonly CheckedGeneration[]): string {
  const fulls = rows.filter(({ isFull }) => isFull);
  return fulls
    .map((full) => {
      const variant = rows.find((row) => !row.isFull && row.reference === full.reference);
      return [heading(full), ratesTable(full, variant), ...notes(variant)].join('\n');
    })
    .join('\n\n');
}

function heading({ domain, maxTokens, prompts }: CheckedGeneration): string {
  return `${printableName(domain)}: ${counted(prompts.length, 'prompt')}, at most ${counted(maxTokens, 'token')}`;
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
  rows.push(['median length', tokensText(theirs), ...(ours ? [tokensText(ours), '', ''] : [])]);
  const header = ['', full.label, ...(variant ? [variant.label, 'difference', 'p'] : [])];
  return table(header, rows);
}

function notes(variant: CheckedGeneration | undefined): string[] {
  return [
    'In brackets: 95 % intervals; – where nothing can be judged.',
    ...(variant ? [] : ['Use --against to compare with the full model.']),
  ];
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

function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
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
  return rows.map(({ label, isFull, domain, maxTokens, figures, prompts, completions }) => {
    const { medianTokens, rates, againstFull } = figures;
    return {
      model: label,
      is_full: isFull,
      prompts_of: domain,
      prompts: prompts.length,
      max_tokens: maxTokens,
      median_tokens: medianTokens,
      rates: Object.fromEntries(
        GENERATION_CHECKS.map((check) => [check, rates[check] && named('share', rates[check])]),
      ),
      against_full: againstFull && {
        differences: Object.fromEntries(
          GENERATION_CHECKS.map((check) => [check, differenceDocument(againstFull[check])]),
        ),
      },
      completions: prompts.map(({ demo, kind, prompt, gold }, i) => {
        const { text, cut, tokens, findings } = completions[i]!;
        return { demo, kind, prompt, gold, text, cut, tokens, ...findingsDocument(findings) };
      }),
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

function findingsDocument({ loop, truncated, broken, answer }: GenerationFindings): object {
  return { loop, truncated, broken: broken?.map(namedBreakage) ?? null, answer };
}
