// The report's tables of measurements: the ways to choose beside each other, and every text by itself.
import type { ReportCost, ReportEvaluation, ReportFile } from '../../../contract/report-file.ts';
import { html, type Markup } from './html.ts';
import { figureCell, foreign, section, tableHead, type Voice } from './parts.ts';
import { ratioPlot, ratioScale, type RatioScale } from './ratio-plot.ts';

const SIDES = ['in_domain', 'out_of_domain', 'unknown_domain'] as const;

/** null: there is nothing to compare the choice with */
export function comparedSection({ compared, model }: ReportFile, voice: Voice): Markup | null {
  if (compared.length < 2) return null;
  const { strings } = voice;
  const titles = {
    in_domain: strings.inDomain,
    out_of_domain: strings.outOfDomain,
    unknown_domain: strings.unknownDomain,
  };
  const tables = SIDES.flatMap((side) => {
    const rows = compared.flatMap((one) => {
      const cost = one[side];
      return cost ? [{ name: strings.variant(one.variant, model.n_expert), cost }] : [];
    });
    return rows.length === 0 ? [] : [{ title: titles[side], rows }];
  });
  const scale = ratioScale(tables.flatMap(({ rows }) => rows.map(({ cost }) => cost.ratio)));
  return section(
    strings.compared,
    html`${tables.map(
        ({ title, rows }) =>
          html`<h3>${title}</h3>
            ${comparedTable(rows, scale, voice)}`,
      )}
      <p class="note">${strings.comparedNote}</p>`,
  );
}

type ComparedRow = { readonly name: string; readonly cost: ReportCost };

function comparedTable(rows: readonly ComparedRow[], scale: RatioScale, { strings, format }: Voice): Markup {
  const names = strings.comparedColumns;
  const columns = [
    { title: names.variant },
    { title: names.perplexity, isNumber: true },
    { title: '' },
    ...[names.ratio, names.klMean, names.top1].map((title) => ({ title, isNumber: true })),
  ];
  const all = Math.max(...rows.map(({ cost }) => cost.texts));
  return html`<div class="wide">
    <table>
      ${tableHead(columns)}
      <tbody>
        ${rows.map(
          ({ name, cost }) =>
            html`<tr>
              <th scope="row">
                ${name}<small>${strings.comparedTexts(cost.texts, all, format.whole(cost.tokens))}</small>
              </th>
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

/** Figures by text, in domain, out of domain, and where the domain is unknown. */
export function evaluationSection(report: ReportFile, voice: Voice): Markup {
  const { strings } = voice;
  const { evaluations } = report;
  if (evaluations.length === 0) return section(strings.evaluations, html`<p>${strings.noEvaluations}</p>`);
  const groups = [
    { title: strings.inDomain, is: true },
    { title: strings.outOfDomain, is: false },
    { title: strings.unknownDomain, is: null },
  ].map(({ title, is }) => ({ title, rows: evaluations.filter((row) => row.in_domain === is) }));
  return section(
    strings.evaluations,
    html`${groups.map(({ title, rows }) =>
        rows.length === 0
          ? null
          : html`<h3>${title}</h3>
              ${textTable(rows, report, voice)}`,
      )}
      <p class="note">${strings.evaluationNote}</p>`,
  );
}

function textTable(rows: readonly ReportEvaluation[], report: ReportFile, voice: Voice): Markup {
  const names = voice.strings.evaluation;
  const columns = [
    { title: names.text },
    { title: names.variant },
    ...[names.perplexity, names.ratio, names.klMean, names.klP99, names.top1].map((title) => ({
      title,
      isNumber: true,
    })),
  ];
  // the same text at two context lengths is two texts here
  const texts = Map.groupBy(rows, ({ text, ctx, tokens }) => `${text.hash} ${ctx} ${tokens}`);
  return html`<div class="wide">
    <table>
      ${tableHead(columns)} ${[...texts.values()].map((ofText) => textRows(ofText, report, voice))}
    </table>
  </div>`;
}

function textRows(rows: readonly ReportEvaluation[], { model }: ReportFile, { strings, format }: Voice): Markup {
  return html`<tbody>
    ${rows.map((row, i) => {
      const { text, tokens, ctx, unit, units } = row;
      const names = strings.evaluation;
      const about = [
        ...(text.domain === null ? [] : [text.domain]),
        names.textValue(format.whole(tokens), format.whole(ctx)),
        names.units[unit](format.whole(units)),
      ].join(' · ');
      const name = html`<th scope="rowgroup" rowspan="${rows.length}">
        ${foreign(text.name)}<small>${foreign(about)}</small>
      </th>`;
      return html`<tr>
        ${i === 0 ? name : null}
        <td>${strings.variant(row.variant, model.n_expert)}</td>
        ${figureCell(row.perplexity, format.estimate)} ${figureCell(row.ratio, format.rise)}
        ${figureCell(row.kl_mean, format.estimate)} ${figureCell(row.kl_p99, format.estimate)}
        ${figureCell(row.top1, format.share)}
      </tr>`;
    })}
  </tbody>`;
}
