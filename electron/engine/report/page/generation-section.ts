// What the models write: how often it goes wrong, what so many prompts can show, and examples side by side.
import {
  REPORT_CHECKS,
  type ReportCompletion,
  type ReportDifference,
  type ReportExample,
  type ReportFile,
  type ReportGeneration,
  type ReportRate,
  type ReportSensitivity,
} from '../../../contract/report-file.ts';
import { html, type Markup } from './html.ts';
import { foreign, section, tableHead, type Voice } from './parts.ts';

/** null: no model was asked to write anything */
export function generationSection(report: ReportFile, voice: Voice): Markup | null {
  const { generations } = report;
  if (generations.length === 0) return null;
  const groups = Map.groupBy(generations, (one) =>
    JSON.stringify([one.domain, one.temperature, one.samples, one.max_tokens, one.prompts]),
  );
  return section(
    voice.strings.generations,
    html`${[...groups.values()].map((rows) => group(rows, report, voice))}
      <p class="note">${voice.strings.generation.note}</p>`,
  );
}

/** null: there are none */
export function examplesSection(report: ReportFile, voice: Voice): Markup | null {
  const { examples: title, examplesNote } = voice.strings.generation;
  const withExamples = report.generations.filter(({ examples }) => examples.length > 0);
  if (withExamples.length === 0) return null;
  return section(
    title,
    html`<p class="note">${examplesNote}</p>
      ${withExamples.map((one) => exampleList(one, report, voice))}`,
  );
}

/** The full model and its variants on the same prompts. */
function group(rows: readonly ReportGeneration[], report: ReportFile, voice: Voice): Markup {
  const { strings, format } = voice;
  const names = strings.generation;
  const [first] = rows;
  const sensitivity = rows.find(({ against_full }) => against_full !== null)?.against_full?.sensitivity ?? null;
  const checks = REPORT_CHECKS.filter((check) => rows.some(({ rates }) => rates[check] !== null));
  const columns = [
    { title: names.variant },
    ...checks.map((check) => ({ title: names.checks[check], isNumber: true })),
    ...[names.length, names.identical].map((title) => ({ title, isNumber: true })),
  ];
  return html`<h3>${first ? foreign(groupTitle(first, voice)) : null}</h3>
    <div class="wide">
      <table>
        ${tableHead(columns)}
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${strings.variant(row.variant, report.model.n_expert)}</th>
                ${checks.map((check) => rateCell(row.rates[check], row.against_full?.differences[check] ?? null, voice))}
                <td class="number">${names.lengthValue(format.short(row.median_tokens))}${lengthRatio(row, voice)}</td>
                ${rateCell(row.against_full?.identical ?? null, null, voice)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${sensitivity && html`<p class="note">${sensitivityText(sensitivity, voice)}</p>`}`;
}

function groupTitle(
  { domain, in_domain, prompts, temperature, samples, max_tokens }: ReportGeneration,
  { strings, format }: Voice,
): string {
  const names = strings.generation;
  const side = in_domain === null ? strings.unknownDomain : in_domain ? strings.inDomain : strings.outOfDomain;
  const how = temperature === 0 ? names.greedy : names.sampled(format.whole(samples), format.short(temperature));
  return [names.group(domain, format.whole(prompts)), side, how, names.limit(format.whole(max_tokens))].join(' · ');
}

function rateCell(rate: ReportRate | null, difference: ReportDifference | null, { strings, format }: Voice): Markup {
  if (!rate) return html`<td class="number">–</td>`;
  const names = strings.generation;
  const from =
    difference &&
    names.difference(format.points(difference.difference), format.pointsRange(difference.low, difference.high));
  return html`<td class="number">
    ${format.percent(rate.share)}<small>${format.percentRange(rate.low, rate.high)}</small>${from === null ? null : html`<small>${from}</small>`}
  </td>`;
}

function lengthRatio({ against_full }: ReportGeneration, { strings, format }: Voice): Markup | null {
  if (!against_full) return null;
  const { median, low, high } = against_full.length_ratio;
  return html`<small
    >${strings.generation.lengthRatio(format.short(median), `${format.short(low)} – ${format.short(high)}`)}</small
  >`;
}

function sensitivityText(sensitivity: ReportSensitivity, { strings, format }: Voice): string {
  const names = strings.generation;
  const { prompts, base_rate, power_for_double, detectable_rate, prompts_for_double } = sensitivity;
  return [
    names.sensitivity(
      format.whole(prompts),
      format.percent(base_rate),
      format.percent(2 * base_rate),
      format.percent(power_for_double),
    ),
    ...(detectable_rate === null ? [] : [names.detectable(format.percent(detectable_rate))]),
    ...(prompts_for_double > prompts ? [names.needed(format.whole(prompts_for_double))] : []),
  ].join(' ');
}

function exampleList(generation: ReportGeneration, report: ReportFile, voice: Voice): Markup {
  const name = voice.strings.variant(generation.variant, report.model.n_expert);
  return html`<h3>${name} · ${foreign(groupTitle(generation, voice))}</h3>
    ${generation.examples.map((example) => exampleBlock(example, name, voice))}`;
}

function exampleBlock(
  { demo, prompt, prompt_cut, gold, full, variant }: ReportExample,
  name: string,
  voice: Voice,
): Markup {
  const names = voice.strings.generation;
  return html`<div class="example">
    <p class="note">${names.prompt} · ${foreign(demo)}</p>
    <div class="said">${`${prompt_cut ? '… ' : ''}${prompt}`}</div>
    ${
      gold === null
        ? null
        : html`<p class="note">${names.gold}</p>
            <div class="said">${gold}</div>`
    }
    <div class="columns">
      ${full ? completionBlock(full, names.full, voice) : html`<div><p class="note">${names.full}: ${names.gone}</p></div>`}
      ${completionBlock(variant, name, voice)}
    </div>
  </div>`;
}

function completionBlock(completion: ReportCompletion, name: string, voice: Voice): Markup {
  const found = faults(completion, voice);
  return html`<div>
    <p class="note">${name} · ${voice.strings.generation.tokens(voice.format.whole(completion.tokens))}</p>
    <div class="said">${`${completion.text}${completion.cut ? ' …' : ''}`}</div>
    <p class="${found.isFault ? 'fault' : 'note'}">${foreign(found.text)}</p>
  </div>`;
}

function faults(
  { loop, truncated, broken, answer }: ReportCompletion,
  { strings, format }: Voice,
): { text: string; isFault: boolean } {
  const names = strings.generation;
  const found = [
    ...(loop ? [names.loop(loop.unit.trim().replaceAll(/\s+/g, ' '), format.short(loop.repeats))] : []),
    ...(truncated === true ? [names.truncated] : []),
    ...(broken ?? []).map(({ kind, detail }) => names.brokenValue(names.broken[kind], detail)),
    ...(answer && !answer.matches ? [names.wrong(answer.found, answer.expected)] : []),
  ];
  if (found.length > 0) return { text: found.join(' · '), isFault: true };
  return { text: answer?.matches === true ? names.right : names.fine, isFault: false };
}
