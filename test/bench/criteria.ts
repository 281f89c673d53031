// `npm run bench:criteria [-- CHUNKS] [MODEL...]`: every criterion that a comparison knows, at half and at a quarter, beside EASY-EP in pairs. With --write the tables go to
// docs/measured/criteria.md.
import { withInterval } from '../../electron/cli/study-tables.ts';
import { COMPARED_CRITERIA } from '../../electron/contract/criteria.ts';
import { rowsOf, summarise } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, overLeading } from './comparisons.ts';
import { KEEP, studiedAt, STUDIED, studyDomains } from './domain-studies.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const studies = await studyDomains('criteria', { criteria: [...COMPARED_CRITERIA], seeds: 3 });

function tableOf(model: string, share: number): string {
  const { nExpert, keep, rows } = studiedAt(studies, model, share);
  const lines = COMPARED_CRITERIA.map((criterion) => {
    const ofCriterion = rowsOf(rows, criterion, keep, 'in');
    const ratio = summarise(ofCriterion)?.ratio;
    const paired = summarise(overLeading(ofCriterion))?.ratio;
    return { ratio, cells: [criterion, ratio ? withInterval(ratio) : '', paired ? withInterval(paired) : ''] };
  }).toSorted((a, b) => (a.ratio?.value ?? 0) - (b.ratio?.value ?? 0));
  const head = [`${keep} of ${nExpert} kept`, 'perplexity over the full model’s', 'over easy-ep, paired'];
  return table(
    head,
    lines.map(({ cells }) => cells),
  );
}

function compared(share: number): string {
  const comparisons = COMPARED_CRITERIA.slice(1).map((criterion) => ({
    name: criterion,
    observations: studies.flatMap(({ model, study }) =>
      observationsOf(model, rowsOf(study.rows, criterion, study.counts[share]!, 'in')),
    ),
  }));
  return comparisonTable(`over easy-ep, ${Number(KEEP[share]) * 100} % kept`, comparisons);
}

const shares = [...KEEP.keys()];
const body = `${await madeBy(ranAs('bench:criteria'))}

${STUDIED} What each criterion is: [METHOD.md](../METHOD.md#criteria);
those that end in \`-lowest\` keep the experts with the lowest values.

## All criteria beside easy-ep

${COMPARISON_NOTE}

${shares.map(compared).join('\n\n')}

${await sections(
  (
    model,
  ) => `Geometric means over the ${DOMAINS.length} domains, the best first. The 95 % intervals are of the text: how far the mean would scatter on other texts of the same domains. The last column is in pairs: what makes a text hard for both choices does not widen it.

${shares.map((share) => tableOf(model, share)).join('\n\n')}`,
)}`;
publish({ name: 'criteria', title: 'All criteria', reports: DOMAINS.map(reportText), body });
