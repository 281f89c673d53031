// The report's sections of facts: file, promises, model, scores, hashes, commands.
import type { ReportFile, ReportSource } from '../../../contract/report-file.ts';
import { html, type Markup } from './html.ts';
import { imatrixText, ruleWords } from '../quantise-words.ts';
import { bullets, code, factList, foreign, section, tableHead, type Fact, type Voice } from './parts.ts';

/** Facts of the written file; null: none was written. */
export function fileSection({ file, model }: ReportFile, { say, format }: Voice): Markup | null {
  if (!file) return null;
  const facts: Fact[] = [
    [say('report.fileFacts.name'), foreign(file.name)],
    [say('report.fileFacts.written'), `${format.date(file.written)} ${say('report.utc')}`],
    [
      say('report.fileFacts.size'),
      say('report.fileFacts.sizeValue', { bytes: format.bytes(file.bytes), full: format.bytes(model.bytes) }),
    ],
    ...typeFacts(file, { say }),
    ...(file.repaired
      ? [
          [
            say('report.fileFacts.repaired'),
            say('report.fileFacts.repairedValue', {
              demos: format.whole(file.repaired.demos),
              before: file.repaired.kl_before.toFixed(4),
              after: file.repaired.kl_after.toFixed(4),
            }),
          ] as const,
        ]
      : []),
    ...(file.how && file.how.active_experts !== null
      ? [
          [
            say('report.fileFacts.activeExperts'),
            say('report.fileFacts.activeExpertsValue', {
              active: format.whole(file.how.active_experts),
              usual: format.whole(model.n_expert_used),
            }),
          ] as const,
        ]
      : []),
    ...(file.how?.width === undefined
      ? []
      : [
          [
            say('report.fileFacts.width'),
            say('report.fileFacts.widthValue', { share: format.percent(file.how.width) }),
          ] as const,
        ]),
    ...(file.files.length > 1 ? [[say('report.fileFacts.parts'), foreign(file.files.join(', '))] as const] : []),
    ...(file.sha256 === null
      ? []
      : [
          [
            file.files.length > 1 ? say('report.fileFacts.sha256First') : say('report.fileFacts.sha256'),
            code(file.sha256),
          ] as const,
        ]),
    ...(file.now === 'changed' || file.now === 'gone'
      ? [[say('report.fileFacts.now'), say(`report.fileFacts.nowValue.${file.now}`)] as const]
      : []),
    ...(file.seconds === null
      ? []
      : [
          [
            say('report.fileFacts.seconds'),
            say('report.fileFacts.secondsValue', { seconds: format.seconds(file.seconds) }),
          ] as const,
        ]),
  ];
  return section(say('report.file'), factList(facts));
}

/** Type, importance matrix and types of parts; empty: the file is not quantised. */
function typeFacts({ quantised, how }: NonNullable<ReportFile['file']>, { say }: Pick<Voice, 'say'>): Fact[] {
  if (!quantised) return [];
  const { type, imatrix, rules } = quantised;
  const words = ruleWords(rules);
  return [
    [say('report.modelFacts.fileType'), type],
    [
      say('report.fileFacts.imatrix'),
      imatrix === null ? say('report.fileFacts.noImatrix') : foreign(imatrixText(imatrix, how)),
    ],
    ...(words.length === 0 ? [] : [[say('report.fileFacts.rules'), code(words.join(' '))] as const]),
  ];
}

/** What a pruned file does, and what it does not. */
export function promisesSection({ file }: Pick<ReportFile, 'file'>, { say }: Voice): Markup {
  const made = file?.repaired
    ? say('report.doesList.repaired')
    : file?.quantised
      ? say('report.doesList.quantised')
      : say('report.doesList.bytes');
  const does = [made, ...(['runs', 'memory'] as const).map((what) => say(`report.doesList.${what}`))];
  const doesNot = (['quality', 'perplexity', 'texts'] as const).map((what) => say(`report.doesNotList.${what}`));
  return section(
    say('report.promises'),
    html`<div class="columns">
      <div>
        <h3>${say('report.does')}</h3>
        ${bullets(does)}
      </div>
      <div>
        <h3>${say('report.doesNot')}</h3>
        ${bullets(doesNot)}
      </div>
    </div>`,
  );
}

/** Facts of the full model. */
export function modelSection({ model }: ReportFile, { say, format }: Voice): Markup {
  const [nExpert, nUsed, layers] = [model.n_expert, model.n_expert_used, model.moe_layers.length].map(format.whole) as [
    string,
    string,
    string,
  ];
  return section(
    say('report.model'),
    factList([
      [say('report.modelFacts.name'), foreign(model.name)],
      [say('report.modelFacts.file'), foreign(model.file)],
      [say('report.modelFacts.arch'), model.arch],
      [say('report.modelFacts.fileType'), model.file_type],
      [say('report.modelFacts.size'), format.bytes(model.bytes)],
      [say('report.modelFacts.experts'), say('report.modelFacts.expertsValue', { nExpert, nUsed, nLayers: layers })],
      [say('report.modelFacts.context'), format.whole(model.context_length)],
      [say('report.modelFacts.fingerprint'), code(model.fingerprint)],
    ]),
  );
}

/** The section of scores; null: no scores are known. */
export function sourcesSection({ plan }: ReportFile, voice: Voice): Markup | null {
  if (!plan || plan.sources.length === 0) return null;
  return section(voice.say('report.sources'), html`${plan.sources.map((source) => sourceFacts(source, voice))}`);
}

function sourceFacts({ domain, demos, tokens, demos_hash, settings }: ReportSource, { say, format }: Voice): Markup {
  const known = demos.filter(({ hash }) => hash !== null);
  return html`<div class="source">
    ${factList([
      [say('report.source.domain'), foreign(domain)],
      [say('report.source.demos'), format.whole(demos.length)],
      [say('report.source.tokens'), format.whole(tokens)],
      ...(demos_hash === null ? [] : [[say('report.source.demosHash'), code(demos_hash)] as const]),
      [say('report.source.settings'), settings ? foreign(settingsText(settings)) : say('report.source.settingsGone')],
    ])}
    ${known.length === 0 ? null : demoTable(known, say('report.source.demoHashes'), say('report.hash'))}
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

/** Hashes of the measured texts. Other hashes are shown next to what they belong to. */
export function hashesSection({ evaluations }: ReportFile, { say }: Voice): Markup | null {
  const texts = new Map(evaluations.map(({ text }) => [text.hash, text]));
  if (texts.size === 0) return null;
  const facts = [...texts.values()].map(({ domain, name, hash }): Fact => [
    [domain, name].filter((part) => part !== null).join(' · '),
    code(hash),
  ]);
  return section(say('report.hashes'), factList(facts));
}

/** Commands that reproduce the figures. */
export function commandsSection({ commands }: ReportFile, { say }: Voice): Markup {
  return section(
    say('report.commands'),
    html`<pre><code>${commands.join('\n')}</code></pre>
      <p class="note">${say('report.commandsNote')}</p>`,
  );
}
