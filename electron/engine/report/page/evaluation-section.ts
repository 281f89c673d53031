// The report's tables of measurements: the compared choices side by side, and every single text.
import type { PublishedInterval } from '../../../contract/interval.ts';
import type { ReportCost, ReportEvaluation, ReportFile } from '../../../contract/report-file.ts';
import { html, type Markup } from './html.ts';
import { figureCell, foreign, section, tableHead, type Voice } from './parts.ts';
import { variantText } from './phrases.ts';

/** Width of a ratio's plot. */
const WIDTH = 160;
const HEIGHT = 16;
/** Space for a dot at the ends. */
const MARGIN = 5;

const SIDES = ['in_domain', 'out_of_domain', 'unknown_domain'] as const;

/** The section of compared choices; null: there is nothing to compare the choice with. */
export function comparedSection({ compared, model }: ReportFile, voice: Voice): Markup | null {
  if (compared.length < 2) return null;
  const { say } = voice;
  const titles = {
    in_domain: say('report.inDomain'),
    out_of_domain: say('report.outOfDomain'),
    unknown_domain: say('report.unknownDomain'),
  };
  const tables = SIDES.flatMap((side) => {
    const rows = compared.flatMap((one) => {
      const cost = one[side];
      return cost ? [{ name: variantText(one.variant, model.n_expert, say), cost }] : [];
    });
    return rows.length === 0 ? [] : [{ title: titles[side], rows }];
  });
  const scale = ratioScale(tables.flatMap(({ rows }) => rows.map(({ cost }) => cost.ratio)));
  return section(
    say('report.compared'),
    html`${tables.map(
        ({ title, rows }) =>
          html`<h3>${title}</h3>
            ${comparedTable(rows, scale, voice)}`,
      )}
      <p class="note">${say('report.comparedNote')}</p>`,
  );
}

type ComparedRow = { readonly name: string; readonly cost: ReportCost };

function comparedTable(rows: readonly ComparedRow[], scale: RatioScale, { say, format }: Voice): Markup {
  const columns = [
    { title: say('report.comparedColumns.variant') },
    { title: say('report.comparedColumns.perplexity'), isNumber: true },
    { title: '' },
    ...(['ratio', 'klMean', 'top1'] as const).map((name) => ({
      title: say(`report.comparedColumns.${name}`),
      isNumber: true,
    })),
  ];
  const all = Math.max(...rows.map(({ cost }) => cost.texts));
  const measuredOn = ({ texts, tokens }: ReportCost): string =>
    say(texts < all ? 'report.comparedSome' : 'report.comparedAll', {
      texts,
      count: all,
      tokens: format.whole(tokens),
    });
  return html`<div class="wide">
    <table>
      ${tableHead(columns)}
      <tbody>
        ${rows.map(
          ({ name, cost }) =>
            html`<tr>
              <th scope="row">${name}<small>${measuredOn(cost)}</small></th>
              ${figureCell(cost.perplexity, format.estimate)}
              <td class="plot">${ratioPlot(cost.ratio, scale)}</td>
              ${figureCell(cost.ratio, format.rise)} ${figureCell(cost.kl_mean, format.estimate)}
              ${figureCell(cost.top1, format.share)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The section of figures by text: in domain, out of domain, and of unknown domain. */
export function evaluationSection(report: ReportFile, voice: Voice): Markup {
  const { say } = voice;
  const { evaluations } = report;
  if (evaluations.length === 0) return section(say('report.evaluations'), html`<p>${say('report.noEvaluations')}</p>`);
  const groups = [
    { title: say('report.inDomain'), is: true },
    { title: say('report.outOfDomain'), is: false },
    { title: say('report.unknownDomain'), is: null },
  ].map(({ title, is }) => ({ title, rows: evaluations.filter((row) => row.in_domain === is) }));
  return section(
    say('report.evaluations'),
    html`${groups.map(({ title, rows }) =>
        rows.length === 0
          ? null
          : html`<h3>${title}</h3>
              ${textTable(rows, report, voice)}`,
      )}
      <p class="note">${say('report.evaluationNote')}</p>`,
  );
}

function textTable(rows: readonly ReportEvaluation[], report: ReportFile, voice: Voice): Markup {
  const columns = [
    { title: voice.say('report.evaluation.text') },
    { title: voice.say('report.evaluation.variant') },
    ...(['perplexity', 'ratio', 'klMean', 'klP99', 'top1'] as const).map((name) => ({
      title: voice.say(`report.evaluation.${name}`),
      isNumber: true,
    })),
  ];
  // the same text at two context lengths counts as two texts here
  const texts = Map.groupBy(rows, ({ text, ctx, tokens }) => `${text.hash} ${ctx} ${tokens}`);
  return html`<div class="wide">
    <table>
      ${tableHead(columns)} ${[...texts.values()].map((ofText) => textRows(ofText, report, voice))}
    </table>
  </div>`;
}

function textRows(rows: readonly ReportEvaluation[], { model }: ReportFile, { say, format }: Voice): Markup {
  return html`<tbody>
    ${rows.map((row, i) => {
      const { text, tokens, ctx, unit, units } = row;
      const about = [
        ...(text.domain === null ? [] : [text.domain]),
        say('report.evaluation.textValue', { tokens: format.whole(tokens), ctx: format.whole(ctx) }),
        say(`report.evaluation.units.${unit}`, { n: format.whole(units) }),
      ].join(' · ');
      const name = html`<th scope="rowgroup" rowspan="${rows.length}">
        ${foreign(text.name)}<small>${foreign(about)}</small>
      </th>`;
      return html`<tr>
        ${i === 0 ? name : null}
        <td>${variantText(row.variant, model.n_expert, say)}</td>
        ${figureCell(row.perplexity, format.estimate)} ${figureCell(row.ratio, format.rise)}
        ${figureCell(row.kl_mean, format.estimate)} ${figureCell(row.kl_p99, format.estimate)}
        ${figureCell(row.top1, format.share)}
      </tr>`;
    })}
  </tbody>`;
}

/** Ratios at the left and right end, on a logarithmic axis; 1 lies between them. */
type RatioScale = { readonly low: number; readonly high: number };

/** The common scale for all compared ratios. */
function ratioScale(ratios: readonly PublishedInterval[]): RatioScale {
  return {
    low: Math.min(1, ...ratios.map(({ value, low }) => low ?? value)),
    high: Math.max(1.01, ...ratios.map(({ value, high }) => high ?? value)),
  };
}

/** A dot with its interval and the line of the full model, on the table's common scale. */
function ratioPlot({ value, low, high }: PublishedInterval, scale: RatioScale): Markup {
  const x = (ratio: number): string =>
    (MARGIN + ((WIDTH - 2 * MARGIN) * Math.log(ratio / scale.low)) / Math.log(scale.high / scale.low)).toFixed(1);
  const middle = HEIGHT / 2;
  const whisker =
    low === null || high === null ? null : html`<path class="whisker" d="M${x(low)} ${middle}H${x(high)}" />`;
  return html`<svg width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    <path class="full" d="M${x(1)} 0V${HEIGHT}" />
    ${whisker}
    <circle cx="${x(value)}" cy="${middle}" r="3.5" />
  </svg>`;
}
