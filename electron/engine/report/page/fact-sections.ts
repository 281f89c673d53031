// The report's sections of facts: model, scores, choice, file, hashes.
import { displayPathOf } from '../../files/display-path.ts';
import { modelName } from '../../models/model-name.ts';
import { hashJson } from '../../store/json.ts';
import { heatmapSvg } from './heatmap-svg.ts';
import { html, Markup } from './html.ts';
import type { NumberFormats } from './numbers.ts';
import type { ReportContent, ReportPlan } from '../report-content.ts';
import type { ReportStrings } from './strings.ts';

export type Voice = { readonly strings: ReportStrings; readonly format: NumberFormats };

type Fact = readonly [name: string, value: string | Markup];

export function modelSection({ model }: ReportContent, { strings, format }: Voice): Markup {
  const names = strings.modelFacts;
  const layers = model.moeLayers.length;
  return section(strings.model, [
    [names.name, modelName(model)],
    [names.file, displayPathOf(model.path)],
    [names.arch, model.arch],
    [names.fileType, model.fileType],
    [names.size, format.bytes(model.bytes)],
    [names.experts, names.expertsValue(model.nExpert, model.nExpertUsed, layers)],
    [names.context, format.whole(model.contextLength)],
    [names.fingerprint, hash(model.fingerprint)],
  ]);
}

export function runSections({ plan }: ReportContent, { strings, format }: Voice): Markup | null {
  if (!plan || plan.sources.length === 0) return null;
  const names = strings.run;
  const facts = plan.sources.map(({ domain, demos, tokens, hash: demoHash, settings }) =>
    factList([
      [names.domain, domain],
      [names.demos, format.whole(demos.length)],
      [names.tokens, format.whole(tokens)],
      ...(demoHash === undefined ? [] : [[names.demoHash, hash(demoHash)] as const]),
      [names.settings, settings ? settingsText(settings) : strings.runsGone],
    ]),
  );
  return html`<section>
    <h2>${strings.runs}</h2>
    ${facts}
  </section>`;
}

export function planSection(content: ReportContent, voice: Voice): Markup | null {
  const { plan, model } = content;
  if (!plan) return null;
  const { strings, format } = voice;
  const names = strings.planFacts;
  const { selection, mix, grouping } = plan.settings;
  const several = plan.sources.length > 1;
  const facts: Fact[] = [
    [names.name, plan.name],
    [names.criterion, plan.criterion ?? names.mask],
    [names.keep, names.keepValue(plan.kept[0]?.length ?? 0, model.nExpert)],
    ...(several ? [[names.mix, Array.isArray(mix) ? mix.join(' : ') : mix] as const] : []),
    ...(model.nExpertGroups > 1 ? [[names.grouping, grouping] as const] : []),
    ...(selection ? [[names.changes, names.changesValue(selection.pins.length, selection.drops.length)] as const] : []),
    ...(plan.retained ? [[names.retained, retainedText(plan.retained, voice)] as const] : []),
    [names.keptHash, hash(hashJson(plan.kept))],
  ];
  return html`<section>
    <h2>${strings.plan}</h2>
    ${factList(facts)}
    <h3>${strings.heatmap}</h3>
    <figure>${heatmap(plan, content, voice)}</figure>
    <details>
      <summary>${strings.layerTable}</summary>
      ${layerTable(plan, content, { strings, format })}
    </details>
  </section>`;
}

export function fileSection({ file, model }: ReportContent, { strings, format }: Voice): Markup | null {
  if (!file || file.bytes === null) return null;
  const names = strings.exportFacts;
  const { files } = file.plan;
  return section(strings.export, [
    [names.file, displayPathOf(file.outputPath)],
    [names.size, names.sizeValue(format.bytes(file.bytes), format.bytes(model.bytes))],
    ...(files.length > 1 ? [[names.parts, format.whole(files.length)] as const] : []),
    ...(file.sha256 === null
      ? []
      : [[files.length > 1 ? names.sha256First : names.sha256, hash(file.sha256)] as const]),
    ...(file.seconds === null ? [] : [[names.seconds, names.secondsValue(format.seconds(file.seconds))] as const]),
  ]);
}

/** Of the measured texts: the other hashes stand beside what they are of. */
export function textHashes({ evaluations }: ReportContent, { strings }: Voice): Markup | null {
  const texts = new Map(evaluations.map(({ settings: { text } }) => [text.hash, text]));
  if (texts.size === 0) return null;
  return section(
    strings.hashes,
    [...texts.values()].map((text) => [`${text.domain} · ${text.name}`, hash(text.hash)] as const),
  );
}

function heatmap(plan: ReportPlan, { model }: ReportContent, { strings }: Voice): Markup {
  const svg = heatmapSvg(
    [
      {
        title: plan.name,
        rowLabels: model.moeLayers.map((block) => strings.layer.block(block)),
        nExpert: model.nExpert,
        matrix: plan.matrix,
        kept: plan.kept,
        retained: plan.retained && { shares: plan.retained, label: strings.retainedBars },
      },
    ],
    { label: strings.heatmap, legend: strings.heatmapLegend, paper: null, id: 'plan' },
  );
  return new Markup(svg);
}

function layerTable(plan: ReportPlan, { model }: ReportContent, { strings, format }: Voice): Markup {
  const names = strings.layer;
  const rows = plan.kept.map((experts, layer) => {
    const share = plan.retained?.[layer];
    return html`<tr>
      <th scope="row">${names.block(model.moeLayers[layer] ?? layer)}</th>
      ${share === undefined ? null : html`<td class="number">${format.percent(share)}</td>`}
      <td class="list">${experts.join(', ')}</td>
    </tr>`;
  });
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">${names.layer}</th>
          ${plan.retained ? html`<th scope="col" class="number">${names.retained}</th>` : null}
          <th scope="col">${names.kept}</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function retainedText(shares: readonly number[], { strings, format }: Voice): string {
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return strings.planFacts.retainedValue(format.percent(mean), format.percent(Math.min(...shares)));
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key} ${value}`)
    .join(' · ');
}

function hash(value: string): Markup {
  return html`<code>${value}</code>`;
}

function section(title: string, facts: readonly Fact[]): Markup {
  return html`<section>
    <h2>${title}</h2>
    ${factList(facts)}
  </section>`;
}

function factList(facts: readonly Fact[]): Markup {
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
