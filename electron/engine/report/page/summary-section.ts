// The report's summary for half a minute: what was kept, what that costs, what to be careful about, what was not measured.
import type { ReportCost, ReportFile } from '../../../contract/report-file.ts';
import { verdictPhrases } from '../../../contract/verdict-words.ts';
import { html, type Markup } from './html.ts';
import { bullets, section, type Voice } from './parts.ts';
import { warningText } from './phrases.ts';

/** Verdict, tiles with the main figures, and what to read with care. */
export function summarySection(report: ReportFile, voice: Voice): Markup {
  const { summary } = report;
  const { say } = voice;
  const subject = subjectText(report, voice);
  return section(
    say('report.summary'),
    html`<p class="verdict ${summary.verdict.grade ?? 'unclear'}">
        ${verdictPhrases(summary.verdict, voice).map(
          ({ text, grade }) => html`<bdi class="${grade ?? 'plain'}">${text}</bdi> `,
        )}
      </p>
      <div class="tiles">${sizeTiles(report, voice)}${costTiles(report, voice)}${writingTiles(report, voice)}</div>
      ${subject && html`<p class="note">${subject}</p>`} ${notices(report, voice)}`,
  );
}

function sizeTiles({ summary: { keep, n_expert, n_layers, bytes } }: ReportFile, { say, format }: Voice): Markup[] {
  const change = format.change(bytes.pruned / bytes.full - 1);
  return [
    tile(
      say('report.keptTitle'),
      say('report.keptValue', { keep: format.whole(keep), nExpert: format.whole(n_expert) }),
      [say('report.keptNote', { layers: format.whole(n_layers) })],
    ),
    tile(say(bytes.predicted ? 'report.sizePredicted' : 'report.sizeTitle'), format.bytes(bytes.pruned), [
      say('report.sizeNote', { full: format.bytes(bytes.full), change }),
    ]),
  ];
}

/** Tiles for the cost on both sides, even a missing one, so that readers notice the gap. */
function costTiles({ summary }: ReportFile, voice: Voice): Markup[] {
  const sides = ['in_domain', 'out_of_domain', ...(summary.unknown_domain ? ['unknown_domain' as const] : [])] as const;
  return sides.map((side) => {
    const cost = summary[side];
    const title = voice.say(`report.costTitle.${side}`);
    return cost ? costTile(title, cost, voice) : tile(title, voice.say('report.notMeasuredHere'), []);
  });
}

function costTile(
  title: string,
  { ratio, perplexity, full_perplexity, top1 }: ReportCost,
  { say, format }: Voice,
): Markup {
  const rise = format.rise(ratio);
  return tile(title, rise.value, [
    ...(rise.range === null ? [] : [say('report.costRange', { range: rise.range })]),
    say('report.costFigures', {
      full: format.estimate(full_perplexity).value,
      pruned: format.estimate(perplexity).value,
    }),
    say('report.costRatio', { ratio: format.estimate(ratio).value }),
    ...(top1 ? [say('report.costSame', { same: format.percent(top1.value) })] : []),
  ]);
}

/** Tiles for what went wrong or right in greedy in-domain answers. */
function writingTiles({ generations, summary: { subject } }: ReportFile, { say, format }: Voice): Markup[] {
  const asked = generations.filter((one) => one.in_domain === true && one.temperature === 0);
  const [full, ours] = (['full', subject?.kind ?? 'file'] as const).map((kind) =>
    asked.find(({ variant }) => variant.kind === kind),
  );
  if (!full || !ours || ours === full) return [];
  return HEADLINE_CHECKS.flatMap((check) => {
    const [before, after] = [full.rates[check], ours.rates[check]];
    if (!before || !after) return [];
    const title = say(`report.writingTitle.${check}`);
    return [
      tile(title, format.percent(after.share), [
        say('report.costRange', { range: format.percentRange(after.low, after.high) }),
        say('report.writingFull', { share: format.percent(before.share) }),
        say('report.writingPrompts', { prompts: format.whole(ours.prompts) }),
      ]),
    ];
  });
}

const HEADLINE_CHECKS = ['loop', 'answer'] as const;

function tile(title: string, value: string, notes: readonly string[]): Markup {
  return html`<div class="tile">
    <h3>${title}</h3>
    <p class="figure">${value}</p>
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
  </div>`;
}

function subjectText({ summary: { subject } }: ReportFile, { say }: Voice): string | null {
  return (
    subject &&
    say('report.subject', { what: say(subject.kind === 'file' ? 'report.subjectFile' : 'report.subjectPreview') })
  );
}

function notices({ summary: { warnings, not_measured } }: ReportFile, { say }: Voice): Markup | null {
  const lists = [
    { title: say('report.warnings'), items: warnings.map((warning) => warningText(warning, say)) },
    { title: say('report.notMeasured'), items: not_measured.map((gap) => say(`report.gap.${gap}`)) },
  ].filter(({ items }) => items.length > 0);
  if (lists.length === 0) return null;
  return html`<div class="columns notices">
    ${lists.map(
      ({ title, items }) =>
        html`<div>
          <h3>${title}</h3>
          ${bullets(items)}
        </div>`,
    )}
  </div>`;
}
