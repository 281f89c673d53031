// The report's sections of facts: file, promises, model, scores, hashes, commands.
import type { ReportFile, ReportSource } from '../../../contract/report-file.ts';
import { html, type Markup } from './html.ts';
import { imatrixText, ruleWords } from '../quantise-words.ts';
import { bullets, code, factList, foreign, section, tableHead, type Fact, type Voice } from './parts.ts';

/** Facts of the written file; null: none was written. */
export function fileSection({ file, model }: ReportFile, { strings, format }: Voice): Markup | null {
  if (!file) return null;
  const names = strings.fileFacts;
  const facts: Fact[] = [
    [names.name, foreign(file.name)],
    [names.written, `${format.date(file.written)} ${strings.utc}`],
    [names.size, names.sizeValue(format.bytes(file.bytes), format.bytes(model.bytes))],
    ...typeFacts(file, { strings }),
    ...(file.calibrated
      ? [
          [
            names.calibrated,
            names.calibratedValue(
              format.whole(file.calibrated.demos),
              file.calibrated.kl_before.toFixed(4),
              file.calibrated.kl_after.toFixed(4),
            ),
          ] as const,
        ]
      : []),
    ...(file.how && file.how.active_experts !== null
      ? [
          [
            names.activeExperts,
            names.activeExpertsValue(format.whole(file.how.active_experts), format.whole(model.n_expert_used)),
          ] as const,
        ]
      : []),
    ...(file.files.length > 1 ? [[names.parts, foreign(file.files.join(', '))] as const] : []),
    ...(file.sha256 === null
      ? []
      : [[file.files.length > 1 ? names.sha256First : names.sha256, code(file.sha256)] as const]),
    ...(file.now === 'changed' || file.now === 'gone' ? [[names.now, names.nowValue[file.now]] as const] : []),
    ...(file.seconds === null ? [] : [[names.seconds, names.secondsValue(format.seconds(file.seconds))] as const]),
  ];
  return section(strings.file, factList(facts));
}

/** Type, importance matrix and types of parts; none where every byte is the model's. */
function typeFacts({ quantised, how }: NonNullable<ReportFile['file']>, { strings }: Pick<Voice, 'strings'>): Fact[] {
  if (!quantised) return [];
  const names = strings.fileFacts;
  const { type, imatrix, rules } = quantised;
  const words = ruleWords(rules);
  return [
    [strings.modelFacts.fileType, type],
    [names.imatrix, imatrix === null ? names.noImatrix : foreign(imatrixText(imatrix, how))],
    ...(words.length === 0 ? [] : [[names.rules, code(words.join(' '))] as const]),
  ];
}

/** What a pruned file does, and what it does not. */
export function promisesSection({ file }: Pick<ReportFile, 'file'>, { strings }: Voice): Markup {
  const [bytes, ...others] = strings.doesList;
  const does = file?.quantised
    ? [strings.doesQuantised, ...others]
    : file?.calibrated
      ? [strings.doesCalibrated, ...others]
      : [...(bytes === undefined ? [] : [bytes]), ...others];
  return section(
    strings.promises,
    html`<div class="columns">
      <div>
        <h3>${strings.does}</h3>
        ${bullets(does)}
      </div>
      <div>
        <h3>${strings.doesNot}</h3>
        ${bullets(strings.doesNotList)}
      </div>
    </div>`,
  );
}

/** Facts of the full model. */
export function modelSection({ model }: ReportFile, { strings, format }: Voice): Markup {
  const names = strings.modelFacts;
  const [nExpert, nUsed, layers] = [model.n_expert, model.n_expert_used, model.moe_layers.length].map(format.whole) as [
    string,
    string,
    string,
  ];
  return section(
    strings.model,
    factList([
      [names.name, foreign(model.name)],
      [names.file, foreign(model.file)],
      [names.arch, model.arch],
      [names.fileType, model.file_type],
      [names.size, format.bytes(model.bytes)],
      [names.experts, names.expertsValue(nExpert, nUsed, layers)],
      [names.context, format.whole(model.context_length)],
      [names.fingerprint, code(model.fingerprint)],
      ...(model.by_samples ? [[strings.bySamples, strings.bySamplesValue] as const] : []),
    ]),
  );
}

/** null: nothing is known of any scores */
export function sourcesSection({ plan }: ReportFile, voice: Voice): Markup | null {
  if (!plan || plan.sources.length === 0) return null;
  return section(voice.strings.sources, html`${plan.sources.map((source) => sourceFacts(source, voice))}`);
}

function sourceFacts(
  { domain, demos, tokens, demos_hash, settings, stop, by_samples }: ReportSource,
  { strings, format }: Voice,
): Markup {
  const names = strings.source;
  const known = demos.filter(({ hash }) => hash !== null);
  return html`<div class="source">
    ${factList([
      [names.domain, foreign(domain)],
      [names.demos, format.whole(demos.length)],
      [names.tokens, format.whole(tokens)],
      ...(stop ? [[names.stop, names.stopValue(stop, format.percent)] as const] : []),
      ...(demos_hash === null ? [] : [[names.demosHash, code(demos_hash)] as const]),
      [names.settings, settings ? foreign(settingsText(settings)) : names.settingsGone],
      ...(by_samples ? [[strings.bySamples, strings.bySamplesValue] as const] : []),
    ])}
    ${known.length === 0 ? null : demoTable(known, names.demoHashes, strings.hash)}
  </div>`;
}

function demoTable(demos: ReportSource['demos'], title: string, hash: string): Markup {
  return html`<details>
    <summary>${title}</summary>
    <div class="wide">
      <table>
        ${tableHead([{ title: 'Demo' }, { title: hash }])}
        <tbody>
          ${demos.map(
            (demo) =>
              html`<tr>
                <td>${foreign(demo.id)}</td>
                <td>${code(demo.hash ?? '')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key} ${value}`)
    .join(' · ');
}

/** Hashes of the measured texts. The other hashes stand beside what they belong to. */
export function hashesSection({ evaluations }: ReportFile, { strings }: Voice): Markup | null {
  const texts = new Map(evaluations.map(({ text }) => [text.hash, text]));
  if (texts.size === 0) return null;
  const facts = [...texts.values()].map(({ domain, name, hash }): Fact => [
    [domain, name].filter((part) => part !== null).join(' · '),
    code(hash),
  ]);
  return section(strings.hashes, factList(facts));
}

/** Commands that make the same figures again. */
export function commandsSection({ commands }: ReportFile, { strings }: Voice): Markup {
  return section(
    strings.commands,
    html`<pre><code>${commands.join('\n')}</code></pre>
      <p class="note">${strings.commandsNote}</p>`,
  );
}
