// Says in Markdown what a card holds, with the front matter that model hubs read.
import { hash } from 'node:crypto';
import type { GenerationRate } from '../../contract/api/generations.ts';
import { keptCount } from '../../contract/kept-experts.ts';
import { printableName } from '../../contract/printable.ts';
import type { Locale } from '../../contract/text/i18n.ts';
import { isAcrossSevere } from '../../contract/verdict.ts';
import { verdictSentence } from '../../contract/verdict-texts.ts';
import { modelFileStem, modelName } from '../models/model-files.ts';
import { displayNameOf } from '../base/files/paths.ts';
import { commandText, fileArgument } from '../base/files/shell-word.ts';
import { readSettings } from '../experts/selections/selection-view.ts';
import { ratioOf, type PairedRow } from '../measure/evaluation/judged-choices.ts';
import { blocksOfChoice } from '../models/prediction-blocks.ts';
import type { Card, CheckedAnswers } from './card.ts';
import type { ExportedPlan, ImatrixSource } from '../store/exports.ts';
import type { PublishedInterval } from '../../contract/interval.ts';

/** The card for a model hub. */
export function modelCard(card: Card, locale: Locale): string {
  return `${frontMatter(card)}\n\n${cardText(card, locale)}`;
}

/** The card without its front matter. Names of strangers in it are text: no Markdown, no HTML, no line of their own. */
export function cardText(card: Card, locale: Locale): string {
  const { t } = locale;
  const section = (title: string, paragraphs: readonly string[]): string[] =>
    paragraphs.length === 0 ? [] : [`## ${title}`, ...paragraphs];
  const parts = [
    `# ${plain(cardTitle(card))}`,
    introduction(card, locale),
    `**${plain(verdictSentence(card.verdict, locale))}** ${t('report.care')}`,
    ...section(t('report.section.run'), running(card, locale)),
    ...section(t('report.section.cost'), [...costs(card, locale), ...writing(card, locale), ...cautions(card, locale)]),
    ...section(t('report.section.made'), making(card, locale)),
    ...section(
      t('report.section.citation'),
      card.subject.selection?.criterion === 'easy-ep' ? [fenced(EASY_EP, 'bibtex')] : [],
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What the card is about: the file or, before there is one, the model. */
export function cardTitle({ subject: { file, model } }: Card): string {
  return modelFileStem(displayNameOf(file?.outputPath ?? model.info.path));
}

/** Escapes a name. Names come from untrusted files: none may contain Markdown, HTML or a line break. */
function plain(text: string): string {
  const byNumber = (sign: string): string => `&#${sign.charCodeAt(0)};`;
  return printableName(text.trim().replace(/\s+/g, ' '))
    .replace(/[\\`*_{}[\]<>#|!&~]/g, byNumber)
    .replace(/^[-+=]|(?<=^\d+)[.)](?= |$)/, byNumber);
}

/** A YAML scalar: YAML reads JSON's quoted strings. */
function scalar(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|yes|no|on|off|null)$/i.test(text)
    ? text
    : JSON.stringify(printableName(text));
}

function frontMatter({ subject: { model }, verdict, header }: Card): string {
  const { baseModel, license, languages, isChat } = header;
  const tags = [
    ...['gguf', 'moe', 'mixture-of-experts', 'expert-pruning', model.info.arch],
    ...(isChat ? ['conversational'] : []),
    ...verdict.domains,
  ];
  const list = (name: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`${name}:`, ...items.map((item) => `  - ${scalar(item)}`)];
  return [
    '---',
    baseModel === null
      ? `# base_model: the name on the hub of ${printableName(modelName(model.info).replace(/\s+/g, ' '))}, which its file does not say`
      : `base_model: ${baseModel}`,
    'base_model_relation: quantized',
    'library_name: gguf',
    'pipeline_tag: text-generation',
    ...(license === null
      ? ['# license: that of the base model, which its file does not say']
      : [
          `license: ${scalar(license.id)}`,
          ...(license.name === null ? [] : [`license_name: ${scalar(license.name)}`]),
          ...(license.link === null ? [] : [`license_link: ${scalar(license.link)}`]),
        ]),
    ...list('language', languages),
    ...list('tags', [...new Set(tags)]),
    '---',
  ].join('\n');
}

/** Experts that are kept in each layer, and the blocks of the layers. */
function keptIn({ subject: { model, selection, file } }: Card): { readonly keep: number; readonly blocks: number } {
  return {
    keep: file?.plan.keep ?? (selection ? keptCount(selection.kept) : model.info.nExpert),
    blocks: selection ? blocksOfChoice(model.info, selection.kept).length : model.info.moeLayers.length,
  };
}

function introduction(card: Card, { t }: Locale): string {
  const { subject, header } = card;
  const { domains } = card.verdict;
  const { info } = subject.model;
  const { keep, blocks } = keptIn(card);
  const facts = {
    model: plain(modelName(info)),
    file: plain(displayNameOf(info.path)),
    keep,
    nExpert: info.nExpert,
    layers: info.moeLayers.length,
  };
  const { quantised, repaired } = subject.file?.plan ?? {};
  const scored = blocks - info.moeLayers.length;
  return [
    domains.length === 0
      ? t('report.pruned', facts)
      : t('report.prunedFor', { ...facts, domains: domains.map(plain).join(', ') }),
    subject.file === null
      ? t('report.written.not')
      : quantised
        ? t('report.written.quantised', { type: quantised.type })
        : t(repaired ? 'report.written.repaired' : 'report.written.bytes'),
    ...(header.droppedPrediction > 0
      ? [t('report.blocks.dropped', { blocks: header.droppedPrediction })]
      : scored > 0
        ? [t('report.blocks.scored', { blocks: scored })]
        : []),
  ].join(' ');
}

function running({ subject: { file } }: Card, { t }: Locale): string[] {
  if (file === null) return [];
  const context = file.plan.madeFor ? ['-c', String(file.plan.madeFor.ctx)] : [];
  const server = commandText(['llama-server', '-m', fileArgument(displayNameOf(file.outputPath)), ...context], 'posix');
  return [t('report.runs'), fenced([server])];
}

function costs({ rows, verdict }: Card, { t, language }: Locale): string[] {
  const { whole, figure, share } = figureFormats(language);
  const sides = {
    true: t('report.side.inside'),
    false: t('report.side.outside'),
    null: t('report.side.unknown'),
  };
  const missing = [...(verdict.inside ? [] : [sides.true]), ...(verdict.outside ? [] : [sides.false])].map((side) => [
    t('report.missing'),
    side,
    ...Array.from({ length: 7 }, () => ''),
  ]);
  const measured = rows.map((row) => {
    const { text } = row.settings;
    const { tokens, perplexity, klMean, klP99, top1 } = row.result;
    return [
      `${plain(text.name)}${text.domain === null ? '' : ` (${plain(text.domain)})`}, ${hashText(text.hash)}`,
      sides[`${row.inDomain}`],
      whole(tokens),
      ...[row.full.result.perplexity, perplexity, ratioOf(row), klMean, klP99].map((one) => (one ? figure(one) : '')),
      top1 ? share(top1) : '',
    ];
  });
  const columns = (['text', 'side', 'tokens', 'full', 'pruned', 'ratio', 'klMean', 'klP99', 'top1'] as const).map(
    (name) => t(`report.cost.${name}`),
  );
  const what = t(rows.every(isOfPreview) ? 'report.of.preview' : 'report.of.file');
  return [
    table(columns, [...measured, ...missing]),
    ...(rows[0] ? [t('report.costNote', { what, ctx: rows[0].result.ctx })] : []),
  ];
}

function isOfPreview({ settings }: PairedRow): boolean {
  return settings.variant.kind === 'preview';
}

/** The table of checked answers, next to the full model's. */
function writing({ answers }: Card, { t, language }: Locale): string[] {
  if (answers.length === 0) return [];
  const { percent } = figureFormats(language);
  const shown = (rate: GenerationRate | null): string =>
    rate === null ? '' : `${percent(rate.value)} (${percent(rate.low)} – ${percent(rate.high)})`;
  const row = ({ settings: { domain, maxTokens }, isFull, result }: CheckedAnswers): string[] => [
    plain(domain.name),
    t(isFull ? 'report.answers.full' : 'report.answers.pruned'),
    String(result.judged.length),
    String(maxTokens),
    ...(['loop', 'truncated', 'broken', 'answer'] as const).map((check) => shown(result.figures.rates[check])),
  ];
  const columns = (['of', 'model', 'prompts', 'limit', 'loop', 'truncated', 'broken', 'right'] as const).map((name) =>
    t(`report.answers.${name}`),
  );
  return [table(columns, answers.map(row))];
}

/** What to read with care, and what was not measured. */
function cautions({ subject, rows, answers, verdict, instead }: Card, { t, language }: Locale): string[] {
  const { file, selection } = subject;
  const unknown = rows.filter(({ inDomain }) => inDomain === null).length;
  const isChosenHere = selection ? selection.criterion !== null : file?.plan.keep === subject.model.info.nExpert;
  const gaps = [
    ...(verdict.inside ? [] : [t('report.gap.inside')]),
    ...(verdict.outside ? [] : [t('report.gap.outside')]),
    ...(rows.every(({ result }) => result.klMean === null) ? [t('report.gap.divergence')] : []),
    ...(answers.length === 0 ? [t('report.gap.answers')] : []),
  ];
  const items = [
    ...(instead ? [t(`report.instead.${instead}`)] : []),
    ...(file && rows.length > 0 && rows.every(isOfPreview) ? [t('report.caution.preview')] : []),
    ...(['inside', 'outside'] as const).flatMap((side) => {
      const { ratio, tokens } = verdict[side] ?? {};
      if (ratio === undefined || tokens === undefined) return [];
      if (ratio.low === null)
        return [t(`report.caution.noInterval.${side}`, { tokens: figureFormats(language).whole(tokens) })];
      return isAcrossSevere(ratio) ? [t(`report.caution.uncertain.${side}`)] : [];
    }),
    ...(unknown > 0 ? [t('report.caution.unknown', { count: unknown })] : []),
    ...(isChosenHere ? [] : [t('report.caution.imported')]),
    ...(gaps.length === 0 ? [] : [t('report.notMeasured', { gaps: gaps.join('; ') })]),
  ];
  return items.length === 0 ? [] : [items.map((item) => `- ${item}`).join('\n')];
}

type Fact = readonly [name: string, value: string];
type MadeOf =
  | 'method'
  | 'repaired'
  | 'criterion'
  | 'kept'
  | 'neurons'
  | 'score'
  | 'mix'
  | 'grouping'
  | 'byHand'
  | 'base'
  | 'file'
  | 'with';

function making(card: Card, { t, language }: Locale): string[] {
  const { selection, file, model } = card.subject;
  const { info } = model;
  const { percent, whole } = figureFormats(language);
  const { keep, blocks } = keptIn(card);
  const { how, repaired } = file?.plan ?? {};
  const settings = selection && readSettings(selection);
  const active = how ? how.activeExperts : (settings?.activeExperts ?? null);
  const { pins = [], drops = [] } = settings?.selection ?? {};
  const used =
    active === null
      ? t('report.made.used', { active: info.nExpertUsed })
      : t('report.made.usedInstead', { active, usual: info.nExpertUsed });
  const made = (name: MadeOf, value: string | 0 | false | null | undefined): Fact[] =>
    value ? [[t(`report.made.${name}`), value]] : [];
  const facts = [
    ...made('method', t(repaired ? 'report.made.fitted' : 'report.made.untrained')),
    ...made(
      'repaired',
      repaired &&
        t('report.made.repairedValue', {
          demos: repaired.demos,
          before: repaired.gate.kl.before.value.toFixed(4),
          after: repaired.gate.kl.after.value.toFixed(4),
          others: repaired.gate.demos,
        }),
    ),
    ...quantisedFacts(card, { t, language }),
    ...made('criterion', card.subject.chosenBy?.criterion ?? t('report.made.foreign')),
    ...made('kept', `${t('report.made.keptValue', { keep, nExpert: info.nExpert, layers: blocks })}; ${used}`),
    ...made('neurons', how?.width && t('report.made.neuronsValue', { share: percent(how.width) })),
    ...made('score', settings && settings.retained !== null && percent(settings.retained)),
    ...made('mix', settings && settings.demos.length > 1 && [settings.mix].flat().join(', ')),
    ...made('grouping', settings?.grouping === 'balanced' && t('report.made.groupingValue')),
    ...made(
      'byHand',
      pins.length + drops.length > 0 && t('report.made.byHandValue', { pins: pins.length, drops: drops.length }),
    ),
    ...made(
      'base',
      t('report.made.baseValue', { file: plain(displayNameOf(info.path)), fingerprint: `\`${info.fingerprint}\`` }),
    ),
    ...made('file', file?.sha256 && `SHA-256 \`${file.sha256}\``),
    ...made('with', `Winnow ${card.madeWith.winnow}, llama.cpp ${card.madeWith.llama}`),
  ];
  const demos = (settings?.demos ?? []).map(({ domain, demos: list, tokens, hashes }) => [
    plain(domain),
    String(list.length),
    whole(tokens),
    hashes === undefined ? '' : hashText(hash('sha256', hashes.map((one) => `${one}\n`).join(''))),
  ]);
  const columns = [t('report.demos.domain'), t('report.demos.demos'), t('report.demos.tokens'), 'SHA-256'];
  return [
    table(['', ''], facts),
    ...(demos.length > 0 ? [t('report.demos.note'), table(columns, demos)] : []),
    ...(file ? [t('report.keptKey')] : []),
  ];
}

/** Rows about quantisation; empty: the file is not quantised. */
function quantisedFacts({ subject: { file } }: Card, { t }: Locale): Fact[] {
  const { quantised, how } = file?.plan ?? {};
  if (!quantised) return [];
  const { type, rules, imatrix, allowRequantize } = quantised;
  const words = ruleText(rules);
  const matrix = how?.imatrix ? imatrixText(how.imatrix) : imatrix;
  return [
    [t('report.made.type'), t(allowRequantize ? 'report.made.requantised' : 'report.made.quantised', { type })],
    [t('report.made.imatrix'), matrix === null ? t('report.made.noImatrix') : plain(matrix)],
    ...(words.length === 0 ? [] : [[t('report.made.rules'), plain(words.join(' '))] as const]),
  ];
}

const EASY_EP = [
  '@misc{dong2025easyep,',
  '  title = {Domain-Specific Pruning of Large Mixture-of-Experts Models with Few-shot Demonstrations},',
  '  author = {Zican Dong and Han Peng and Peiyu Liu and Wayne Xin Zhao and Dong Wu and Feng Xiao and Zhifeng Wang},',
  '  year = {2025},',
  '  eprint = {2504.06792},',
  '  archivePrefix = {arXiv}',
  '}',
];

/** The beginning of a hash, enough to tell texts apart. */
function hashText(hash: string): string {
  return `\`${hash.slice(0, 16)}…\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '&#124;')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A fenced block, with fences longer than any run of backticks in it. */
function fenced(lines: readonly string[], language = 'sh'): string {
  const longest = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

type Quantised = NonNullable<ExportedPlan['quantised']>;

/** Options for the types of parts of the model. */
export function ruleText({
  tensors = [],
  firstLayers,
  lastLayers,
  attention,
  sharedExperts,
  embeddings,
  output,
}: Quantised['rules']): string[] {
  return [
    ...tensors.flatMap(({ pattern, type }) => ['--tensor-type', `${pattern}=${type}`]),
    ...(firstLayers ? ['--first-layers', `${firstLayers.count}=${firstLayers.type}`] : []),
    ...(lastLayers ? ['--last-layers', `${lastLayers.count}=${lastLayers.type}`] : []),
    ...(attention ? ['--attention-type', attention] : []),
    ...(sharedExperts ? ['--shared-experts-type', sharedExperts] : []),
    ...(embeddings ? ['--token-embedding-type', embeddings] : []),
    ...(output ? ['--output-tensor-type', output] : []),
  ];
}

/** Where an importance matrix comes from: "code.imatrix.gguf (run 3: code, 12 chunks, 42 of 42 weights)". */
function imatrixText({ name, runId, datasets, chunks, covered }: ImatrixSource): string {
  const about = [
    ...datasets,
    ...(chunks === null ? [] : [`${chunks} chunks`]),
    ...(covered ? [`${covered.weights} of ${covered.of} weights`] : []),
  ].join(', ');
  const from = runId === null ? about : `run ${runId}${about === '' ? '' : `: ${about}`}`;
  return from === '' ? name : `${name} (${from})`;
}

type FigureFormats = {
  readonly whole: (value: number) => string;
  /** A share as a percentage with one decimal. */
  readonly percent: (share: number) => string;
  /** A figure, rounded to the digits that its interval justifies: "4.31 (4.07 – 4.55)", or "4.31" if that is not known. */
  readonly figure: (figure: PublishedInterval) => string;
  /** As `figure`, for shares: "91.3 % (90.9 – 91.7 %)". */
  readonly share: (share: PublishedInterval) => string;
};

/** Maximum decimals. A perfect agreement has an interval without width, which would not limit them. */
const MOST_DECIMALS = 6;
/** Digits of figures whose interval is not known. */
const PLAIN_DIGITS = 3;

/** @param language a tag that `Intl` accepts */
export function figureFormats(language: string): FigureFormats {
  const fixed = (value: number, decimals: number): string =>
    new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      .format(value)
      .replace('-', '−');
  const shown = ({ value, low, high }: PublishedInterval, unit: string): string => {
    if (low === null || high === null) return `${fixed(value, plainDecimals(value))}${unit}`;
    const decimals = decimalsFor((high - low) / 2);
    return `${fixed(value, decimals)}${unit} (${fixed(low, decimals)} – ${fixed(high, decimals)}${unit})`;
  };
  const inPercent = (share: number | null): number | null => (share === null ? null : 100 * share);
  return {
    whole: (value) => fixed(value, 0),
    percent: (share) => `${fixed(100 * share, 1)} %`,
    figure: (figure) => shown(figure, ''),
    share: ({ value, low, high }) => shown({ value: 100 * value, low: inPercent(low), high: inPercent(high) }, ' %'),
  };
}

/** The number of decimals to show. @param width half-width of the interval, of which two digits are shown */
function decimalsFor(width: number): number {
  if (!(width > 0)) return 2;
  return Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(width))));
}

function plainDecimals(value: number): number {
  const digits = Math.floor(Math.log10(Math.abs(value) || 1)) + 1;
  return Math.min(MOST_DECIMALS, Math.max(0, PLAIN_DIGITS - digits));
}
