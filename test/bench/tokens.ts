// `npm run bench:tokens [-- MODEL...]`: what it gains to leave position 0 out of the ranking, in pairs. With --write the table goes to docs/measured/tokens.md.
import { basename } from 'node:path';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { TokenChoice } from '../../electron/contract/token-classes.ts';
import { rowsOf, summarise } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, overLeading } from './comparisons.ts';
import { KEEP, studiedAt, STUDIED, studyDomains } from './domain-studies.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, MODELS, ranAs } from './measured-models.ts';
import { reportText } from './report-texts.ts';

/** What leads, then the paper's two. */
const LEADING = 'without-first' satisfies TokenChoice;
const OTHERS = ['all', 'answers'] as const satisfies TokenChoice[];

const studies = await studyDomains('tokens', { criteria: ['easy-ep'], seeds: 1, tokens: [LEADING, ...OTHERS] });

/** Geometric means over the domains of one model. */
function lineOf(model: string, share: number): string[] {
  const { nExpert, keep, rows } = studiedAt(studies, model, share);
  const leading = summarise(rowsOf(rows, 'easy-ep', keep, 'in'))!.ratio;
  const paired = OTHERS.map((tokens) => summarise(overLeading(rowsOf(rows, `tokens-${tokens}`, keep, 'in')))!.ratio);
  return [`${basename(model, '.gguf')}, ${keep} of ${nExpert}`, ...[leading, ...paired].map(withInterval)];
}

const comparisons = [...KEEP.keys()].flatMap((share) =>
  OTHERS.map((tokens) => ({
    name: `${tokens}, ${Number(KEEP[share]) * 100} % kept`,
    observations: studies.flatMap(({ model, study }) =>
      observationsOf(model, rowsOf(study.rows, `tokens-${tokens}`, study.counts[share]!, 'in')),
    ),
  })),
);

const body = `${madeBy(ranAs('bench:tokens'))}

${STUDIED}

## Beside ${LEADING}

${COMPARISON_NOTE}

${comparisonTable(`over ${LEADING}`, comparisons)}

## By model

Geometric means over the domains, with 95 % intervals of the text: perplexity over the full model’s, and that of the others over it, paired.

${table(
  ['kept', LEADING, ...OTHERS.map((tokens) => `${tokens} over it`)],
  MODELS.flatMap((model) => [...KEEP.keys()].map((share) => lineOf(model, share))),
)}`;
publish({ name: 'tokens', title: 'Which tokens count', reports: DOMAINS.map(reportText), body });
