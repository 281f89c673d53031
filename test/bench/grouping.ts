// `npm run bench:grouping [-- CHUNKS] [MODEL...]`: models that pick groups of experts first: experts chosen freely, as many in each group, and chosen freely
// while the router still picks groups, which no file can have and only a preview shows. With --write the tables go to docs/measured/grouping.md.
import { readFileSync } from 'node:fs';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { CompareRequest, Grouping } from '../../electron/contract/requests.ts';
import { chooseAll } from '../../electron/engine/measure/study/choose.ts';
import { measureChoices } from '../../electron/engine/measure/study/measure.ts';
import { scoreDomains } from '../../electron/engine/measure/study/score-domains.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { inspect } from '../setup/inspect.ts';
import { COMPARISON_NOTE, comparisonTable, type Comparison } from './comparisons.ts';
import { KEEP, STUDIED, studyEngine, studyRequest } from './domain-studies.ts';
import { madeBy, publish } from './measured-documents.ts';
import { DOMAINS, MODELS, ranAs } from './measured-models.ts';
import { reportText } from './report-texts.ts';

/** How the experts are chosen, and how the model routes among them. */
type Way = { readonly name: string; readonly chosen: Grouping; readonly routed: Grouping };

const FREE: Way = { name: 'chosen and routed freely', chosen: 'ungrouped', routed: 'ungrouped' };
const WAYS: readonly Way[] = [
  FREE,
  { name: 'as many in each group', chosen: 'balanced', routed: 'balanced' },
  { name: 'chosen freely, routed in groups', chosen: 'ungrouped', routed: 'balanced' },
];

type Row = {
  readonly model: string;
  readonly domain: string;
  readonly way: Way;
  /** Index in `KEEP`. */
  readonly share: number;
  readonly figures: EvaluationFigures;
};

const engine = studyEngine('grouping');

async function measured(model: string, domain: string, way: Way): Promise<Row[]> {
  const request: CompareRequest = {
    ...studyRequest(model, domain, { criteria: ['easy-ep'], seeds: 1 }),
    grouping: way.chosen,
  };
  const task = idleTask();
  const { info, counts, domains } = await scoreDomains(request, engine.context, task, () => Promise.resolve());
  const choices = await chooseAll(domains, info, { ...request, counts }, task.signal);
  const texts = [{ name: domain, text: readFileSync(reportText(domain), 'utf8') }];
  const { choices: figures } = await measureChoices(
    { choices, texts, info },
    { ...request, grouping: way.routed },
    engine.context,
    task,
  );
  return figures.map(({ choice, result }) => ({
    model,
    domain,
    way,
    figures: result,
    share: counts.indexOf(choice.keep),
  }));
}

const grouped: string[] = [];
for (const model of MODELS) if ((await inspect(model)).nExpertGroups > 1) grouped.push(model);
const rows: Row[] = [];
for (const model of grouped) {
  for (const domain of DOMAINS) {
    process.stderr.write(`grouping: ${model}, ${domain}\n`);
    for (const way of WAYS) rows.push(...(await measured(model, domain, way)));
  }
}
await engine.close();

const ratioOf = ({ figures }: Row): number => figures.ratio!.value;
const klOf = ({ figures }: Row): number => figures.klMean!.value;

/** Of one way over the free one, in the same domain of the same model. */
function comparisons(of: (row: Row) => number): Comparison[] {
  return [...KEEP.keys()].flatMap((share) =>
    WAYS.filter((way) => way !== FREE).map((way) => ({
      name: `${way.name}, ${Number(KEEP[share]) * 100} % kept`,
      observations: rows
        .filter((row) => row.way === way && row.share === share)
        .map((row) => {
          const { model, domain } = row;
          const free = rows.find(
            (one) => one.model === model && one.domain === domain && one.way === FREE && one.share === share,
          )!;
          return { model, domain, ratio: of(row) / of(free) };
        }),
    })),
  );
}

const body = `${madeBy(ranAs('bench:grouping'))}

Of models that pick groups of experts before experts. ${STUDIED} Experts are ranked by easy-ep. “Routed in groups” leaves the router as it is: groups compete by the experts
that they have left. That is what the paper's code comes near to, and what no GGUF file can be told; a preview shows it.

## Beside experts chosen and routed freely

${COMPARISON_NOTE}

${comparisonTable('perplexity', comparisons(ratioOf))}

${comparisonTable('KL divergence', comparisons(klOf))}`;
publish({ name: 'grouping', title: 'Experts in groups', reports: DOMAINS.map(reportText), body });
