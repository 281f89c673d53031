// The report's sections on generated answers: how often they go wrong, what this number of prompts can show, and examples side by side.
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
import type { Words } from '../../../contract/text/words.ts';
import { html, type Markup } from './html.ts';
import { foreign, section, tableHead, type Voice } from './parts.ts';
import { variantText } from './phrases.ts';

/** The section of checked answers; null: none were checked. */
export function generationSection(report: ReportFile, voice: Voice): Markup | null {
  const { generations } = report;
  if (generations.length === 0) return null;
  const groups = Map.groupBy(generations, (one) =>
    JSON.stringify([one.domain, one.temperature, one.samples, one.max_tokens, one.prompts]),
  );
  return section(
    voice.say('report.generations'),
    html`${[...groups.values()].map((rows) => group(rows, report, voice))}
      <p class="note">${voice.say('report.generation.note')}</p>`,
  );
}

/** The section of examples; null: there are none. */
export function examplesSection(report: ReportFile, voice: Voice): Markup | null {
  const withExamples = report.generations.filter(({ examples }) => examples.length > 0);
  if (withExamples.length === 0) return null;
  return section(
    voice.say('report.generation.examples'),
    html`<p class="note">${voice.say('report.generation.examplesNote')}</p>
      ${withExamples.map((one) => exampleList(one, report, voice))}`,
  );
}

/** A table of the full model and its variants on the same prompts. */
function group(rows: readonly ReportGeneration[], report: ReportFile, voice: Voice): Markup {
  const { say, format } = voice;
  const [first] = rows;
  const sensitivity = rows.find(({ against_full }) => against_full !== null)?.against_full?.sensitivity ?? null;
  const checks = REPORT_CHECKS.filter((check) => rows.some(({ rates }) => rates[check] !== null));
  const columns = [
    { title: say('report.generation.variant') },
    ...checks.map((check) => ({ title: say(`report.generation.checks.${check}`), isNumber: true })),
    ...(['length', 'identical'] as const).map((name) => ({ title: say(`report.generation.${name}`), isNumber: true })),
  ];
  return html`<h3>${first ? foreign(groupTitle(first, voice)) : null}</h3>
    <div class="wide">
      <table>
        ${tableHead(columns)}
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${variantText(row.variant, report.model.n_expert, say)}</th>
                ${checks.map((check) => rateCell(row.rates[check], row.against_full?.differences[check] ?? null, voice))}
                <td class="number">
                  ${say('report.generation.lengthValue', { tokens: format.short(row.median_tokens) })}${lengthRatio(row, voice)}
                </td>
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
  { say, format }: Voice,
): string {
  const side =
    in_domain === null ? say('report.unknownDomain') : in_domain ? say('report.inDomain') : say('report.outOfDomain');
  const how =
    temperature === 0
      ? say('report.generation.greedy')
      : say('report.generation.sampled', { samples: format.whole(samples), temperature: format.short(temperature) });
  return [
    say('report.generation.group', { domain, prompts: format.whole(prompts) }),
    side,
    how,
    say('report.generation.limit', { tokens: format.whole(max_tokens) }),
  ].join(' · ');
}

function rateCell(rate: ReportRate | null, difference: ReportDifference | null, { say, format }: Voice): Markup {
  if (!rate) return html`<td class="number">–</td>`;
  const from =
    difference &&
    say('report.generation.difference', {
      points: format.points(difference.difference),
      range: format.pointsRange(difference.low, difference.high),
    });
  return html`<td class="number">
    ${format.percent(rate.share)}<small>${format.percentRange(rate.low, rate.high)}</small>${from === null ? null : html`<small>${from}</small>`}
  </td>`;
}

function lengthRatio({ against_full }: ReportGeneration, { say, format }: Voice): Markup | null {
  if (!against_full) return null;
  const { median, low, high } = against_full.length_ratio;
  return html`<small
    >${say('report.generation.lengthRatio', { ratio: format.short(median), range: `${format.short(low)} – ${format.short(high)}` })}</small
  >`;
}

function sensitivityText(sensitivity: ReportSensitivity, { say, format }: Voice): string {
  const { prompts, base_rate, power_for_double, detectable_rate, prompts_for_double } = sensitivity;
  return [
    say('report.generation.sensitivity', {
      prompts: format.whole(prompts),
      from: format.percent(base_rate),
      to: format.percent(2 * base_rate),
      power: format.percent(power_for_double),
    }),
    ...(detectable_rate === null
      ? []
      : [say('report.generation.detectable', { rate: format.percent(detectable_rate) })]),
    ...(prompts_for_double > prompts
      ? [say('report.generation.needed', { prompts: format.whole(prompts_for_double) })]
      : []),
  ].join(' ');
}

function exampleList(generation: ReportGeneration, report: ReportFile, voice: Voice): Markup {
  const name = variantText(generation.variant, report.model.n_expert, voice.say);
  return html`<h3>${name} · ${foreign(groupTitle(generation, voice))}</h3>
    ${generation.examples.map((example) => exampleBlock(example, name, voice))}`;
}

function exampleBlock(
  { demo, prompt, prompt_cut, gold, full, variant }: ReportExample,
  name: string,
  voice: Voice,
): Markup {
  return html`<div class="example">
    <p class="note">${voice.say('report.generation.prompt')} · ${foreign(demo)}</p>
    <div class="said">${`${prompt_cut ? '… ' : ''}${prompt}`}</div>
    ${
      gold === null
        ? null
        : html`<p class="note">${voice.say('report.generation.gold')}</p>
            <div class="said">${gold}</div>`
    }
    <div class="columns">
      ${full ? completionBlock(full, voice.say('report.generation.full'), voice) : html`<div><p class="note">${voice.say('report.generation.full')}: ${voice.say('report.generation.gone')}</p></div>`}
      ${completionBlock(variant, name, voice)}
    </div>
  </div>`;
}

function completionBlock(completion: ReportCompletion, name: string, voice: Voice): Markup {
  const found = faults(completion, voice);
  return html`<div>
    <p class="note">
      ${name} · ${voice.say('report.generation.tokens', { tokens: voice.format.whole(completion.tokens) })}
    </p>
    <div class="said">${`${completion.text}${completion.cut ? ' …' : ''}`}</div>
    <p class="${found.isFault ? 'fault' : 'note'}">${foreign(found.text)}</p>
  </div>`;
}

function faults(
  { loop, truncated, broken, answer }: ReportCompletion,
  { say, format }: Voice,
): { text: string; isFault: boolean } {
  const found = [
    ...(loop
      ? [
          say('report.generation.loop', {
            unit: loop.unit.trim().replaceAll(/\s+/g, ' '),
            repeats: format.short(loop.repeats),
          }),
        ]
      : []),
    ...(truncated === true ? [say('report.generation.truncated')] : []),
    ...(broken ?? []).map(({ kind, detail }) =>
      say('report.generation.brokenValue', { kind: say(`report.generation.broken.${kind}`), detail }),
    ),
    ...(answer && !answer.matches ? [wrongText(answer, say)] : []),
  ];
  if (found.length > 0) return { text: found.join(' · '), isFault: true };
  return {
    text: answer?.matches === true ? say('report.generation.right') : say('report.generation.fine'),
    isFault: false,
  };
}

function wrongText(
  { found, expected }: Pick<NonNullable<ReportCompletion['answer']>, 'found' | 'expected'>,
  say: Words,
): string {
  return found === null
    ? say('report.generation.noAnswer', { expected })
    : say('report.generation.wrong', { found, expected });
}
