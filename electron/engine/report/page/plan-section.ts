// The report's section on the choice of experts: how it was made, the heatmap, and the same data as a table.
import type { ReportFile, ReportPlan } from '../../../contract/report-file.ts';
import type { Words } from '../../../contract/text/words.ts';
import { heatmapSvg } from './heatmap-svg.ts';
import { html, Markup } from './html.ts';
import { code, factList, foreign, section, tableHead, type Fact, type Voice } from './parts.ts';

/** The section; null: the experts come from a mask without a plan. */
export function planSection({ plan, model }: ReportFile, voice: Voice): Markup | null {
  if (!plan) return null;
  const { say } = voice;
  return section(
    say('report.plan'),
    html`${factList(planFacts(plan, model, voice))}
      <h3>${say('report.heatmap')}</h3>
      <figure>${heatmap(plan, model, voice)}</figure>
      <details>
        <summary>${say('report.layerTable')}</summary>
        ${layerTable(plan, model, voice)}
      </details>`,
  );
}

function planFacts(plan: ReportPlan, model: ReportFile['model'], { say, format }: Voice): Fact[] {
  const { retained, pins, drops, mix } = plan;
  const worst = retained?.layers && Math.min(...retained.layers);
  return [
    [say('report.planFacts.name'), foreign(plan.name)],
    [say('report.planFacts.created'), `${format.date(plan.created)} ${say('report.utc')}`],
    [say('report.planFacts.criterion'), plan.criterion ?? say('report.planFacts.foreign')],
    [
      say('report.planFacts.keep'),
      say('report.planFacts.keepValue', { keep: format.whole(plan.keep), nExpert: format.whole(model.n_expert) }),
    ],
    ...(plan.active_experts === undefined
      ? []
      : [
          [
            say('report.planFacts.activeExperts'),
            say('report.planFacts.keepValue', {
              keep: format.whole(plan.active_experts),
              nExpert: format.whole(model.n_expert_used),
            }),
          ] as const,
        ]),
    ...(plan.sources.length > 1
      ? [[say('report.planFacts.mix'), Array.isArray(mix) ? mix.join(' : ') : mix] as const]
      : []),
    ...(model.n_expert_groups > 1 ? [[say('report.planFacts.grouping'), plan.grouping] as const] : []),
    ...(plan.tokens === undefined ? [] : [[say('report.planFacts.tokens'), plan.tokens] as const]),
    ...(plan.criterion === 'random' ? [[say('report.planFacts.seed'), String(plan.seed)] as const] : []),
    ...(pins && drops
      ? [
          [
            say('report.planFacts.changes'),
            say('report.planFacts.changesValue', {
              pins: format.whole(pins.length),
              drops: format.whole(drops.length),
            }),
          ] as const,
        ]
      : []),
    ...(retained
      ? [
          [
            say('report.planFacts.retained'),
            worst === null || worst === undefined
              ? say('report.planFacts.retainedMean', { mean: format.percent(retained.mean) })
              : say('report.planFacts.retainedValue', {
                  mean: format.percent(retained.mean),
                  worst: format.percent(worst),
                }),
          ] as const,
        ]
      : []),
    [say('report.planFacts.keptHash'), code(plan.kept_hash)],
  ];
}

function heatmap(plan: ReportPlan, { moe_layers, n_expert }: ReportFile['model'], { say }: Voice): Markup {
  const { scores, retained, kept } = plan;
  const svg = heatmapSvg(
    [
      {
        title: plan.name,
        rowLabels: moe_layers.map((block) => say('report.layer.block', { block })),
        nExpert: n_expert,
        matrix: scores && { nLayers: scores.length, nExpert: n_expert, scores: Float64Array.from(scores.flat()) },
        kept,
        retained: retained?.layers ? { shares: retained.layers, label: say('report.retainedBars') } : null,
      },
    ],
    { label: say('report.heatmap'), legend: heatmapLegend(say), paper: null, id: 'plan' },
  );
  return new Markup(svg);
}

function heatmapLegend(say: Words) {
  const [low, high, kept, dropped] = (['low', 'high', 'kept', 'dropped'] as const).map((name) =>
    say(`report.heatmapLegend.${name}`),
  ) as [string, string, string, string];
  return { low, high, kept, dropped };
}

function layerTable(
  { kept, retained }: ReportPlan,
  { moe_layers }: ReportFile['model'],
  { say, format }: Voice,
): Markup {
  const shares = retained?.layers ?? null;
  const columns = [
    { title: say('report.layer.layer') },
    ...(shares ? [{ title: say('report.layer.retained'), isNumber: true }] : []),
    { title: say('report.layer.kept') },
  ];
  const rows = kept.map((experts, layer) => {
    const share = shares?.[layer];
    return html`<tr>
      <th scope="row">${say('report.layer.block', { block: moe_layers[layer] ?? layer })}</th>
      ${share === undefined ? null : html`<td class="number">${format.percent(share)}</td>`}
      <td class="list">${experts.join(', ')}</td>
    </tr>`;
  });
  return html`<div class="wide">
    <table>
      ${tableHead(columns)}
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
