// The report in English: the original, whose form the other languages follow.
import { displayBytes } from '../../../contract/display-bytes.ts';
import type { ReportGap, ReportStop, ReportVariant, ReportWarning } from '../../../contract/report-file.ts';

export const en = {
  title: 'Pruning report',
  madeBy: (winnow: string, llama: string): string => `Made by Winnow ${winnow} with llama.cpp ${llama}`,
  utc: 'UTC',

  summary: 'Summary',
  keptTitle: 'Experts kept',
  keptValue: (keep: string, nExpert: string): string => `${keep} of ${nExpert}`,
  keptNote: (layers: string): string => `in each of ${layers} layers`,
  sizeTitle: (predicted: boolean): string => (predicted ? 'Size, predicted' : 'Size'),
  sizeNote: (full: string, change: string): string => `of ${full}, ${change}`,
  costTitle: {
    in_domain: 'Perplexity, in domain',
    out_of_domain: 'Perplexity, out of domain',
    unknown_domain: 'Perplexity, domain unknown',
  },
  notMeasuredHere: 'not measured',
  costRange: (range: string): string => `95 % interval ${range}`,
  costFigures: (full: string, pruned: string): string => `${full} → ${pruned}`,
  costRatio: (ratio: string): string => `${ratio} × the full model's`,
  costSame: (same: string): string => `top-1 agreement ${same}`,
  writingTitle: { loop: 'Loops, in domain', answer: 'Right answers, in domain' },
  writingFull: (share: string): string => `full model ${share}`,
  writingPrompts: (prompts: string): string => `of ${prompts} prompts`,
  subject: (what: string): string => `Figures of: ${what}.`,
  subjectPreview: 'the full model with the dropped experts masked',
  subjectFile: 'the written file',
  warnings: 'Read with care',
  warning: (warning: ReportWarning): string => {
    const side = (name: 'in_domain' | 'out_of_domain'): string =>
      name === 'in_domain' ? 'in domain' : 'out of domain';
    switch (warning.code) {
      case 'preview_only':
        return 'The written file itself was not measured: the figures are those of its masked preview, which agrees with it to rounding.';
      case 'uncertain':
        return `The interval ${side(warning.side)} reaches from tolerable to severe: measure more text.`;
      case 'no_interval':
        return `Too little text ${side(warning.side)} for an interval (${warning.tokens} tokens scored): the figure may be chance.`;
      case 'writes_worse':
        return `Beyond chance on the prompts of ${warning.domain}: ${en.worse[warning.check]} (${percentPoints(warning.difference)}).`;
      case 'few_prompts':
        return `${warning.prompts} prompts would detect a doubled loop rate with a probability of only ${Math.round(100 * warning.power)} %: detecting it takes about ${warning.needed}.`;
      case 'unknown_domain':
        return `The domain of ${warning.texts === 1 ? 'one measured text' : `${warning.texts} measured texts`} is unknown. Set it with: winnow eval --domain.`;
      case 'scores_gone':
        return 'The scores that ranked the experts are no longer stored: the picture shows only what is kept.';
      case 'imported_mask':
        return 'The experts come from a mask made elsewhere: how they were chosen is not known.';
    }
  },
  worse: {
    loop: 'it loops more often',
    truncated: 'it hits the limit more often',
    broken: 'it breaks its format more often',
    answer: 'it answers correctly less often',
  },
  notMeasured: 'Not measured',
  gap: {
    in_domain: 'the domain itself',
    out_of_domain: 'anything outside the domain, where most is lost',
    divergence: 'the distance from the full model (KL divergence, top-1 agreement)',
    generation: 'what the model writes: loops, broken formats, wrong answers',
  } satisfies Record<ReportGap, string>,

  variant: ({ kind, criterion, keep, type, calibrated, bytes }: ReportVariant, nExpert: number): string => {
    const kept = keep === null ? null : `${keep} of ${nExpert}`;
    const size = bytes === undefined ? null : displayBytes(bytes);
    const routers = calibrated ? 'fitted routers' : null;
    const how = [criterion, kept, type ?? null, routers, size].filter((part) => part !== null).join(', ');
    if (kind === 'full') return 'Full model';
    return kind === 'file' ? `Written file, ${how}` : `Preview, ${how}`;
  },

  compared: 'Ways to choose, compared',
  comparedColumns: {
    variant: 'Variant',
    perplexity: 'Perplexity',
    ratio: 'Against full',
    klMean: 'Mean KL divergence',
    top1: 'Top-1 agreement',
  },
  comparedTexts: (texts: number, all: number, tokens: string): string =>
    `${texts < all ? `${texts} of ` : ''}${all === 1 ? '1 text' : `${all} texts`}, ${tokens} tokens scored`,
  comparedNote:
    'The pictures show the perplexity against the full model’s, the line, on one logarithmic scale. Choices that were measured on other texts cannot be compared directly.',
  evaluations: 'Measurements by text',
  inDomain: 'In domain',
  outOfDomain: 'Out of domain',
  unknownDomain: 'Domain unknown',
  noEvaluations: 'Nothing was measured.',
  evaluation: {
    text: 'Text',
    textValue: (tokens: string, ctx: string): string => `${tokens} tokens scored · context ${ctx}`,
    units: {
      document: (n: string): string => `intervals over ${n} documents`,
      chunk: (n: string): string => `intervals over ${n} chunks`,
    },
    variant: 'Variant',
    perplexity: 'Perplexity',
    ratio: 'Against full',
    klMean: 'Mean KL divergence',
    klP99: 'KL divergence, p99',
    top1: 'Top-1 agreement',
  },
  evaluationNote:
    'Perplexity says how much a text surprises the model: lower is better. KL divergence is the distance of its predictions from the full model’s, in nats per token; top-1 agreement is the share of tokens whose likeliest successor is the full model’s. Ranges are 95 % intervals from resampling documents, or chunks where a text is one document.',

  generations: 'What it writes',
  generation: {
    group: (domain: string, prompts: string): string => `${domain} · ${prompts} prompts`,
    greedy: 'greedy',
    sampled: (samples: string, temperature: string): string => `${samples} samples each at temperature ${temperature}`,
    limit: (tokens: string): string => `at most ${tokens} tokens`,
    variant: 'Variant',
    checks: { loop: 'Loops', truncated: 'Hits the limit', broken: 'Broken format', answer: 'Right answers' },
    length: 'Length',
    lengthValue: (tokens: string): string => `${tokens} tokens`,
    lengthRatio: (ratio: string, range: string): string => `× ${ratio} (${range})`,
    identical: 'As the full model',
    difference: (points: string, range: string): string => `${points} points (${range})`,
    note: 'Shares of completions over their 95 % intervals, and the difference from the full model over the same prompts. Length: the median, and the median ratio to the full model’s.',
    sensitivity: (prompts: string, from: string, to: string, power: string): string =>
      `${prompts} prompts detect a loop rate that doubles from ${from} to ${to} with a probability of ${power}.`,
    detectable: (rate: string): string => `Four times out of five they detect a rise to ${rate} or more.`,
    needed: (prompts: string): string => `It takes about ${prompts} prompts to detect it doubling.`,
    examples: 'Examples side by side',
    examplesNote:
      'Not a fair sample: first those where only the pruned model fails, then those where the full model fails too. Long texts are cut.',
    prompt: 'Prompt',
    gold: 'Answer of the demo',
    full: 'Full model',
    gone: 'no longer stored',
    tokens: (tokens: string): string => `${tokens} tokens`,
    loop: (unit: string, repeats: string): string => `loops: “${unit}” × ${repeats}`,
    truncated: 'hits the limit',
    broken: { fence: 'code fence', json: 'JSON', tool_call: 'tool call' },
    brokenValue: (kind: string, detail: string): string => `broken ${kind}: ${detail}`,
    right: 'right answer',
    wrong: (found: string | null, expected: string): string =>
      found === null ? `no answer, expected ${expected}` : `answers ${found}, expected ${expected}`,
    fine: 'nothing wrong found',
  },

  plan: 'Selection of experts',
  planFacts: {
    name: 'Selection',
    created: 'Chosen',
    criterion: 'Criterion',
    mask: 'imported mask',
    keep: 'Kept',
    keepValue: (keep: string, nExpert: string): string => `${keep} of ${nExpert} experts in each layer`,
    mix: 'Domains mixed by',
    activeExperts: 'Experts per token',
    tokens: 'Tokens ranked by',
    grouping: 'Routing groups',
    seed: 'Seed',
    changes: 'By hand',
    changesValue: (pins: string, drops: string): string => `${pins} pinned, ${drops} forbidden`,
    retained: 'Retained score',
    retainedValue: (mean: string, worst: string | null): string =>
      worst === null ? `${mean} on average` : `${mean} on average, ${worst} in the worst layer`,
    keptHash: 'Hash of the kept experts',
  },
  heatmap: 'Experts by layer',
  heatmapLegend: { low: 'low', high: 'high score', kept: 'kept', dropped: 'dropped' },
  retainedBars: 'retained',
  layerTable: 'The same as a table',
  layer: {
    layer: 'Layer',
    block: (block: number): string => `block ${block}`,
    retained: 'Retained',
    kept: 'Kept experts',
  },

  file: 'File',
  fileFacts: {
    name: 'Name',
    written: 'Written',
    size: 'Size',
    sizeValue: (bytes: string, full: string): string => `${bytes} of ${full}`,
    imatrix: 'Importance matrix',
    noImatrix: 'none',
    rules: 'Types of their own',
    calibrated: 'Routers',
    calibratedValue: (demos: string, before: string, after: string): string =>
      `fitted to ${demos} demos; KL divergence from the full model on other demos ${before} → ${after} nats`,
    activeExperts: 'Experts a token passes',
    activeExpertsValue: (active: string, usual: string): string => `${active} instead of ${usual}`,
    parts: 'Files',
    sha256: 'SHA-256',
    sha256First: 'SHA-256 of the first file',
    now: 'Now',
    nowValue: {
      changed: 'Another file lies there: it has other bytes. All that is said here is of the file that was written.',
      gone: 'No such file is there any more.',
    },
    seconds: 'Written and verified in',
    secondsValue: (seconds: string): string => `${seconds} s`,
  },

  promises: 'What a pruned file promises',
  does: 'It does',
  doesNot: 'It does not',
  doesList: [
    'hold the kept experts and everything else byte for byte as in the source: nothing is requantised, and every byte is read back and compared after writing;',
    'run in stock llama.cpp and in programs built on it, without Winnow;',
    'need less memory. A model that no longer spills out of its memory is several times faster; one that fitted before gains 0 to 15 %.',
  ] as readonly string[],
  doesQuantised:
    'hold the kept experts and everything else as llama.cpp’s quantiser makes them of the source: header and length are read back after writing, and llama.cpp loads it;',
  doesCalibrated:
    'hold the kept experts and everything else but the routers byte for byte as in the source: nothing is requantised, and every byte is read back and compared after writing;',
  doesNotList: [
    'keep its quality outside the domain: what the demos do not cover is lost first, often severely;',
    'follow from perplexity alone: loops and broken formats can hide behind a harmless figure, so judge by what the model writes as well;',
    'hold for other texts than those measured: the tables speak for these texts, at this context length.',
  ] as readonly string[],

  model: 'Full model',
  modelFacts: {
    name: 'Name',
    file: 'File',
    arch: 'Architecture',
    fileType: 'Quantisation',
    size: 'Size',
    experts: 'Experts',
    expertsValue: (nExpert: string, nUsed: string, nLayers: string): string =>
      `${nExpert} in each of ${nLayers} layers, ${nUsed} used for a token`,
    context: 'Context length',
    fingerprint: 'Fingerprint',
  },
  bySamples: 'What is proven',
  bySamplesValue:
    'An earlier version of Winnow knew the model by samples of its bytes alone. That nothing else was changed is not proven.',

  sources: 'Where the scores come from',
  source: {
    domain: 'Domain',
    demos: 'Demos',
    tokens: 'Tokens',
    demosHash: 'Hash of the demos',
    demoHashes: 'Each demo and its hash',
    settings: 'Settings',
    stop: 'Ends when stable',
    stopValue: (
      { keep, criterion, share, confidence, found, left_out_demos }: ReportStop,
      percent: (share: number) => string,
    ): string => {
      const rule = `at most ${percent(share)} of the ${keep} experts kept a layer (${criterion}) would still change, ${percent(confidence)} sure`;
      return found === null
        ? `all demos were needed until ${rule}`
        : `${left_out_demos} demos left out: with them at most ${percent(found)} would change (asked for: ${rule})`;
    },
    settingsGone: 'The score run is no longer stored.',
  },

  hashes: 'Measured texts and their hashes',
  hash: 'SHA-256',

  commands: 'To reproduce it',
  commandsNote: 'With the files this report names in the working folder. Same files, same hashes: same figures.',
};

/** Of a difference of shares, in percentage points. */
function percentPoints(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)} points`;
}

export type ReportStrings = typeof en;
