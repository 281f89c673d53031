// The choice of experts: by what it was made, the heatmap, and the same as a table.
import type { ReportFile, ReportPlan } from '../../../contract/report-file.ts';
import { heatmapSvg } from './heatmap-svg.ts';
import { html, Markup } from './html.ts';
import { code, factList, foreign, section, tableHead, type Fact, type Voice } from './parts.ts';

/** null: the experts come from a mask that no plan holds */
export function planSection({ plan, model }: ReportFile, voice: Voice): Markup | null {
  if (!plan) return null;
  const { strings } = voice;
  return section(
    strings.plan,
    html`${factList(planFacts(plan, model, voice))}
      <h3>${strings.heatmap}</h3>
      <figure>${heatmap(plan, model, voice)}</figure>
      <details>
        <summary>${strings.layerTable}</summary>
        ${layerTable(plan, model, voice)}
      </details>`,
  );
}

function planFacts(plan: ReportPlan, model: ReportFile['model'], { strings, format }: Voice): Fact[] {
  const names = strings.planFacts;
  const { retained, pins, drops, mix } = plan;
  const worst = retained?.layers && Math.min(...retained.layers);
  return [
    [names.name, foreign(plan.name)],
    [names.created, `${format.date(plan.created)} ${strings.utc}`],
    [names.criterion, plan.criterion ?? names.mask],
    [names.keep, names.keepValue(format.whole(plan.keep), format.whole(model.n_expert))],
    ...(plan.active_experts === undefined
      ? []
      : [
          [
            names.activeExperts,
            names.keepValue(format.whole(plan.active_experts), format.whole(model.n_expert_used)),
          ] as const,
        ]),
    ...(plan.sources.length > 1 ? [[names.mix, Array.isArray(mix) ? mix.join(' : ') : mix] as const] : []),
    ...(model.n_expert_groups > 1 ? [[names.grouping, plan.grouping] as const] : []),
    ...(plan.tokens === undefined ? [] : [[names.tokens, plan.tokens] as const]),
    ...(plan.criterion === 'random' ? [[names.seed, String(plan.seed)] as const] : []),
    ...(pins && drops
      ? [[names.changes, names.changesValue(format.whole(pins.length), format.whole(drops.length))] as const]
      : []),
    ...(retained
      ? [
          [
            names.retained,
            names.retainedValue(format.percent(retained.mean), worst === null ? null : format.percent(worst ?? 0)),
          ] as const,
        ]
      : []),
    [names.keptHash, code(plan.kept_hash)],
  ];
}

function heatmap(plan: ReportPlan, { moe_layers, n_expert }: ReportFile['model'], { strings }: Voice): Markup {
  const { scores, retained, kept } = plan;
  const svg = heatmapSvg(
    [
      {
        title: plan.name,
        rowLabels: moe_layers.map((block) => strings.layer.block(block)),
        nExpert: n_expert,
        matrix: scores && { nLayers: scores.length, nExpert: n_expert, scores: Float64Array.from(scores.flat()) },
        kept,
        retained: retained?.layers ? { shares: retained.layers, label: strings.retainedBars } : null,
      },
    ],
    { label: strings.heatmap, legend: strings.heatmapLegend, paper: null, id: 'plan' },
  );
  return new Markup(svg);
}

function layerTable(
  { kept, retained }: ReportPlan,
  { moe_layers }: ReportFile['model'],
  { strings, format }: Voice,
): Markup {
  const names = strings.layer;
  const shares = retained?.layers ?? null;
  const columns = [
    { title: names.layer },
    ...(shares ? [{ title: names.retained, isNumber: true }] : []),
    { title: names.kept },
  ];
  const rows = kept.map((experts, layer) => {
    const share = shares?.[layer];
    return html`<tr>
      <th scope="row">${names.block(moe_layers[layer] ?? layer)}</th>
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
