// Writes a pruned file's model card: Markdown with the front matter that model hubs read.
import { printableName } from '../../contract/printable.ts';
import { repairWords } from '../../contract/repair.ts';
import type { Criterion } from '../../contract/criteria.ts';
import type { ReportCost, ReportFile, ReportGeneration, ReportPlan } from '../../contract/report-file.ts';
import { voiceIn, type Voice, type Words } from '../../contract/text/words.ts';
import { verdictSentence } from '../../contract/verdict-words.ts';
import { modelFileStem } from '../base/files/companion.ts';
import { commandText, fileArgument } from '../base/files/shell-word.ts';
import type { CardFacts } from './card-facts.ts';
import { numberFormats } from './page/numbers.ts';
import { warningText } from './page/phrases.ts';
import { imatrixText, ruleWords } from './quantise-words.ts';

const format = numberFormats('en');

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

/**
 * The model card.
 * @param report report with the written file
 * @param facts facts from the file's own header
 */
export async function modelCard(report: ReportFile, facts: CardFacts): Promise<string> {
  const voice = await voiceIn('en');
  const { say } = voice;
  const parts = [
    frontMatter(report, facts),
    introduction(report, facts, voice),
    ...section('Run it', running(report)),
    ...section('What it costs', [...costs(report, say), ...writing(report), ...care(report, say)]),
    ...section('How it was made', making(report)),
    ...section('Make it again', again(report)),
    ...section('Citation', citation(report.plan?.criterion ?? null)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(title: string, paragraphs: readonly string[]): string[] {
  return paragraphs.length === 0 ? [] : [`## ${title}`, ...paragraphs];
}

function frontMatter({ model, plan }: ReportFile, { baseModel, license, languages, isChat }: CardFacts): string {
  const domains = plan?.sources.map(({ domain }) => domain) ?? [];
  const tags = [
    'gguf',
    'moe',
    'mixture-of-experts',
    'expert-pruning',
    model.arch,
    ...(isChat ? ['conversational'] : []),
    ...domains,
  ];
  const list = (name: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`${name}:`, ...items.map((item) => `  - ${scalar(item)}`)];
  return [
    '---',
    baseModel === null
      ? `# base_model: the name on the hub of ${printableName(model.name.replace(/\s+/g, ' '))}, which its file does not say`
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

function introduction(
  { model, plan, file, summary }: ReportFile,
  { droppedPrediction }: CardFacts,
  voice: Voice,
): string {
  const { keep, n_expert, n_layers } = summary;
  const domains = plan?.sources.map(({ domain }) => plain(domain)) ?? [];
  const what = domains.length === 0 ? '' : ` for ${domains.join(', ')}`;
  const scored = model.moe_layers.length - n_layers;
  const kept =
    scored > 0 ? ` The same holds for the blocks that draft further tokens (${scored}), scored by running them.` : '';
  const drafting =
    droppedPrediction === 0 ? kept : ` The blocks that draft further tokens (${droppedPrediction}) are left out.`;
  return [
    `# ${plain(modelFileStem(file?.name ?? model.file))}`,
    '',
    `${plain(model.name)} (${plain(model.file)}), pruned${what}: ${keep} of ${n_expert} experts are kept in each of ${n_layers} MoE layers, ${bytesOf(file)}${drafting}`,
    '',
    `**${plain(verdictSentence(summary.verdict, voice))}** A pruned model is good at what its experts were chosen for; it may answer anything else badly, safety included.`,
  ].join('\n');
}

function bytesOf(file: ReportFile['file']): string {
  const quantised = file?.quantised;
  if (!quantised) {
    const changed = file?.repaired ? 'but the experts’ down matrices, which are repaired, ' : '';
    return `byte for byte; everything else ${changed}is unchanged.`;
  }
  const { type, imatrix } = quantised;
  const by = imatrix === null ? '' : ` with the importance matrix ${plain(imatrix)}`;
  return `and the file is quantised to ${type}${by}.`;
}

function fittedParts(file: ReportFile['file']): string {
  return file?.repaired ? 'of what is left, only the down matrices are fitted' : 'nothing is trained';
}

/** Rows about a repair; empty: experts' matrices are the model's own, or quantised from them. */
function repairedRows(file: ReportFile['file']): (readonly [string, string])[] {
  return file?.repaired ? [['repaired', repairWords(file.repaired)]] : [];
}

/** Rows about quantisation; empty: the file is not quantised. */
function quantisedRows(file: ReportFile['file']): (readonly [string, string])[] {
  const quantised = file?.quantised;
  if (!quantised) return [];
  const { type, rules, imatrix, requantised } = quantised;
  const words = ruleWords(rules);
  return [
    ['type', `${type}, by llama.cpp’s quantiser${requantised ? ', from tensors that were quantised already' : ''}`],
    ['importance matrix', imatrix === null ? 'none' : plain(imatrixText(imatrix, file.how))],
    ...(words.length === 0 ? [] : [['types of parts', plain(words.join(' '))] as const]),
  ];
}

function running({ file, model }: ReportFile): string[] {
  const name = file?.name ?? model.file;
  const context = file?.made_for ? ['-c', String(file.made_for.ctx)] : [];
  return [
    'It runs in unmodified llama.cpp and in what is built on it (LM Studio, Ollama, Jan):',
    fenced([commandText(['llama-server', '-m', fileArgument(name), ...context], 'posix')]),
  ];
}

const SIDES = [
  ['in_domain', 'in domain'],
  ['out_of_domain', 'out of domain'],
  ['unknown_domain', 'domain unknown'],
] as const;

function costs({ summary }: ReportFile, say: Words): string[] {
  const rows = SIDES.flatMap(([side, name]) => {
    const cost = summary[side];
    if (cost) return [costRow(name, cost)];
    return side === 'unknown_domain' ? [] : [[name, 'not measured', '', '', '', '', '']];
  });
  const head = ['', 'tokens', 'full model', 'pruned', 'perplexity ratio', 'KL divergence (nats)', 'top-1 agreement'];
  const of = say(summary.subject?.kind === 'preview' ? 'report.subjectPreview' : 'report.subjectFile');
  return [
    table(head, rows),
    ...(summary.subject ? [`Perplexity on held-out text, of ${of}; in brackets the 95 % intervals.`] : []),
  ];
}

function costRow(name: string, cost: ReportCost): string[] {
  const shown = ({ value, range }: { readonly value: string; readonly range: string | null }): string =>
    range === null ? value : `${value} (${range})`;
  return [
    name,
    format.whole(cost.tokens),
    format.estimate(cost.full_perplexity).value,
    shown(format.estimate(cost.perplexity)),
    shown(format.estimate(cost.ratio)),
    cost.kl_mean ? shown(format.estimate(cost.kl_mean)) : '',
    cost.top1 ? shown(format.share(cost.top1)) : '',
  ];
}

/** The table of checked answers, next to the full model's. */
function writing({ generations }: ReportFile): string[] {
  const rows = generations.map((one) => [
    `${plain(one.domain)}${one.in_domain === true ? ', in domain' : one.in_domain === false ? ', out of domain' : ''}`,
    one.variant.kind === 'full' ? 'full model' : 'pruned',
    String(one.prompts),
    ...(['loop', 'broken', 'answer'] as const).map((check) => rateText(one.rates[check])),
  ]);
  return rows.length === 0
    ? []
    : [table(['prompts of', 'model', 'prompts', 'loops', 'broken format', 'right answers'], rows)];
}

function rateText(rate: ReportGeneration['rates']['loop']): string {
  return rate === null ? '' : `${format.percent(rate.share)} (${format.percentRange(rate.low, rate.high)})`;
}

function care({ summary: { warnings, not_measured } }: ReportFile, say: Words): string[] {
  const items = [
    ...warnings.filter(({ code }) => code !== 'scores_gone').map((warning) => plain(warningText(warning, say))),
    ...(not_measured.length === 0
      ? []
      : [`${say('report.notMeasured')}: ${not_measured.map((gap) => say(`report.gap.${gap}`)).join('; ')}.`]),
  ];
  return items.length === 0 ? [] : [items.map((item) => `- ${item}`).join('\n')];
}

function making({ model, plan, file, made_by }: ReportFile): string[] {
  const width = file?.how?.width;
  const facts = [
    [
      'method',
      `experts that the domain’s demos use least are left out; ${fittedParts(file)}${file?.quantised || width !== undefined ? '' : ', nothing requantised'}`,
    ],
    ...repairedRows(file),
    ...quantisedRows(file),
    ['criterion', plan?.criterion ?? file?.criterion ?? 'a mask from elsewhere'],
    [
      'experts kept',
      `${file?.keep ?? plan?.keep} of ${model.n_expert} in each of ${model.moe_layers.length} MoE layers; ${activeText(file, plan, model)} are used per token`,
    ],
    ...(width === undefined
      ? []
      : [
          [
            'neurons kept',
            `${format.percent(width)} of each kept expert’s: those that did most in the importance matrix’s text`,
          ] as const,
        ]),
    ...(plan?.retained ? [['score kept', format.percent(plan.retained.mean)] as const] : []),
    ...(plan && plan.sources.length > 1
      ? [['domains mixed by', Array.isArray(plan.mix) ? plan.mix.join(', ') : plan.mix] as const]
      : []),
    ...(plan?.grouping === 'balanced' ? [['routing groups', 'kept, equally many experts in each'] as const] : []),
    ...handPicked(plan),
    ['base model', `${plain(model.file)}, fingerprint \`${model.fingerprint}\``],
    ...(file?.sha256
      ? [['this file', `SHA-256 \`${file.sha256}\`${file.files.length > 1 ? ' (first part)' : ''}`] as const]
      : []),
    ['made with', `Winnow ${made_by.winnow}, llama.cpp ${made_by.llama_cpp}`],
  ] as const;
  const demos = plan?.sources.map(({ domain, demos: list, tokens, demos_hash }) => [
    plain(domain),
    String(list.length),
    format.whole(tokens),
    demos_hash === null ? '' : `\`${demos_hash.slice(0, 16)}…\``,
  ]);
  return [
    table(
      ['', ''],
      facts.map(([name, value]) => [name, value]),
    ),
    ...(demos && demos.length > 0
      ? [
          'The demos that the experts were chosen by are not part of this card:',
          table(['domain', 'demos', 'tokens', 'SHA-256'], demos),
        ]
      : []),
    'The file’s key `winnow.kept_experts` lists the kept experts, layer by layer.',
  ];
}

/** The number of experts that each token is routed to and, if it differs, the model's own number. */
function activeText(file: ReportFile['file'], plan: ReportPlan | null, { n_expert_used }: ReportFile['model']): string {
  const active = file?.how ? file.how.active_experts : (plan?.active_experts ?? null);
  return active === null ? String(n_expert_used) : `${active} instead of ${n_expert_used}`;
}

function handPicked(plan: ReportPlan | null): (readonly [string, string])[] {
  const counts = [plan?.pins?.length ?? 0, plan?.drops?.length ?? 0] as const;
  return counts[0] + counts[1] === 0 ? [] : [['by hand', `${counts[0]} pinned, ${counts[1]} dropped`]];
}

function again({ commands, model }: ReportFile): string[] {
  if (commands.length === 0) return [];
  return [`With Winnow, the same ${plain(model.file)} and the same demos:`, fenced(commands)];
}

type Paper = {
  readonly key: string;
  readonly title: string;
  readonly author: string;
  readonly year: number;
  readonly arxiv: string;
};

const EASY_EP: Paper = {
  key: 'dong2025easyep',
  title: 'Domain-Specific Pruning of Large Mixture-of-Experts Models with Few-shot Demonstrations',
  author: 'Zican Dong and Han Peng and Peiyu Liu and Wayne Xin Zhao and Dong Wu and Feng Xiao and Zhifeng Wang',
  year: 2025,
  arxiv: '2504.06792',
};
const PAPERS: Partial<Record<Criterion, Paper>> = { 'easy-ep': EASY_EP };

function citation(criterion: Criterion | null): string[] {
  const paper = criterion === null ? undefined : PAPERS[criterion];
  if (!paper) return [];
  const { key, title, author, year, arxiv } = paper;
  return [
    fenced(
      [
        `@misc{${key},`,
        `  title = {${title}},`,
        `  author = {${author}},`,
        `  year = {${year}},`,
        `  eprint = {${arxiv}},`,
        '  archivePrefix = {arXiv}',
        '}',
      ],
      'bibtex',
    ),
  ];
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
