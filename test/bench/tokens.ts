// `npm run bench:tokens [-- MODEL...]`: what it gains to leave position 0 out of the ranking, in pairs. With --write the table goes to docs/measured/tokens.md.
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import type { TokenChoice } from '../../electron/contract/token-classes.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import { rowsOf, summarise } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, overLeading } from './comparisons.ts';
import { KEEP, studiedAt, STUDIED, studyDomains } from './domain-studies.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

/** What leads, then the paper's two. */
const LEADING = 'without-first' satisfies TokenChoice;
const OTHERS = ['all', 'answers'] as const satisfies TokenChoice[];

const studies = await studyDomains('tokens', { criteria: ['easy-ep'], seeds: 1, tokens: [LEADING, ...OTHERS] });

function tableOf(model: string, share: number): string {
  const { nExpert, keep, rows } = studiedAt(studies, model, share);
  const cell = (ratio: Interval | undefined): string => (ratio ? withInterval(ratio) : '');
  const line = (name: string, method: Method): string[] => {
    const ofTokens = rowsOf(rows, method, keep, 'in');
    return [name, cell(summarise(ofTokens)?.ratio), cell(summarise(overLeading(ofTokens))?.ratio)];
  };
  const domains = DOMAINS.map((domain) => {
    const all = rowsOf(rows, 'tokens-all', keep, 'in').find((row) => row.domain === domain);
    return `${domain} ${cell(all?.overLeading ?? undefined)}`;
  });
  const head = [`${keep} of ${nExpert} kept`, 'perplexity over the full model’s', `over ${LEADING}, paired`];
  const lines = [line(LEADING, 'easy-ep'), ...OTHERS.map((tokens) => line(tokens, `tokens-${tokens}`))];
  return `${table(head, lines)}\n\nAll tokens over ${LEADING} in each domain: ${domains.join('; ')}.`;
}

const comparisons = [...KEEP.keys()].flatMap((share) =>
  OTHERS.map((tokens) => ({
    name: `${tokens}, ${Number(KEEP[share]) * 100} % kept`,
    observations: studies.flatMap(({ model, study }) =>
      observationsOf(model, rowsOf(study.rows, `tokens-${tokens}`, study.counts[share]!, 'in')),
    ),
  })),
);

const body = `${await madeBy(ranAs('bench:tokens'))}

${STUDIED}

## Beside ${LEADING}

${COMPARISON_NOTE}

${comparisonTable(`over ${LEADING}`, comparisons)}

${await sections(
  (
    model,
  ) => `Geometric means over the ${DOMAINS.length} domains; the 95 % intervals are of the text. The last column and the domains are in pairs: what makes a text hard for both choices does not widen the interval.

${[...KEEP.keys()].map((share) => tableOf(model, share)).join('\n\n')}`,
)}`;
publish({ name: 'tokens', title: 'Which tokens count', reports: DOMAINS.map(reportText), body });
