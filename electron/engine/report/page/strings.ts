// The report's words. A further language is one more entry in `LANGUAGES`.

export type ReportStrings = {
  readonly title: string;
  readonly madeBy: (version: string, llama: string) => string;
  readonly model: string;
  readonly modelFacts: {
    readonly name: string;
    readonly file: string;
    readonly arch: string;
    readonly fileType: string;
    readonly size: string;
    readonly experts: string;
    readonly expertsValue: (nExpert: number, nUsed: number, nLayers: number) => string;
    readonly context: string;
    readonly fingerprint: string;
  };
  readonly runs: string;
  readonly run: {
    readonly domain: string;
    readonly demos: string;
    readonly demosValue: (scored: string, all: string) => string;
    readonly tokens: string;
    readonly demoHash: string;
    readonly settings: string;
  };
  readonly runsGone: string;
  readonly plan: string;
  readonly planFacts: {
    readonly name: string;
    readonly criterion: string;
    readonly mask: string;
    readonly keep: string;
    readonly keepValue: (keep: number, nExpert: number) => string;
    readonly mix: string;
    readonly grouping: string;
    readonly changes: string;
    readonly changesValue: (pins: number, drops: number) => string;
    readonly retained: string;
    readonly retainedValue: (mean: string, worst: string) => string;
    readonly keptHash: string;
  };
  readonly heatmap: string;
  readonly heatmapLegend: {
    readonly low: string;
    readonly high: string;
    readonly kept: string;
    readonly dropped: string;
  };
  readonly retainedBars: string;
  readonly layerTable: string;
  readonly layer: { readonly layer: string; readonly block: (block: number) => string; readonly retained: string; readonly kept: string }; // prettier-ignore
  readonly evaluations: string;
  readonly inDomain: string;
  readonly outOfDomain: string;
  readonly noDomain: string;
  readonly noEvaluations: string;
  readonly evaluation: {
    readonly text: string;
    readonly textValue: (domain: string, tokens: string, ctx: string) => string;
    readonly variant: string;
    readonly perplexity: string;
    readonly klMean: string;
    readonly klP99: string;
    readonly top1: string;
  };
  readonly evaluationNote: string;
  readonly export: string;
  readonly exportFacts: {
    readonly file: string;
    readonly size: string;
    readonly sizeValue: (bytes: string, full: string) => string;
    readonly parts: string;
    readonly sha256: string;
    readonly sha256First: string;
    readonly seconds: string;
    readonly secondsValue: (seconds: string) => string;
  };
  readonly hashes: string;
  readonly promises: string;
  readonly does: string;
  readonly doesNot: string;
  readonly doesList: readonly string[];
  readonly doesNotList: readonly string[];
};

const en: ReportStrings = {
  title: 'Pruning report',
  madeBy: (version, llama) => `Made by Winnow ${version} with llama.cpp ${llama}`,
  model: 'Model',
  modelFacts: {
    name: 'Name',
    file: 'File',
    arch: 'Architecture',
    fileType: 'Quantisation',
    size: 'Size',
    experts: 'Experts',
    expertsValue: (nExpert, nUsed, nLayers) => `${nExpert} in each of ${nLayers} layers, ${nUsed} used for a token`,
    context: 'Context length',
    fingerprint: 'Fingerprint',
  },
  runs: 'Scores',
  run: {
    domain: 'Domain',
    demos: 'Demos',
    demosValue: (scored, all) => (scored === all ? all : `${scored} of ${all}`),
    tokens: 'Tokens',
    demoHash: 'Hash of the demos',
    settings: 'Settings',
  },
  runsGone: 'The score runs are not there any more. What they were is said by the plan.',
  plan: 'Choice of experts',
  planFacts: {
    name: 'Plan',
    criterion: 'Criterion',
    mask: 'imported mask',
    keep: 'Kept',
    keepValue: (keep, nExpert) => `${keep} of ${nExpert} experts in each layer`,
    mix: 'Domains mixed by',
    grouping: 'Routing groups',
    changes: 'By hand',
    changesValue: (pins, drops) => `${pins} pinned, ${drops} dropped`,
    retained: 'Retained score',
    retainedValue: (mean, worst) => `${mean} on average, ${worst} in the worst layer`,
    keptHash: 'Hash of the kept experts',
  },
  heatmap: 'Experts by layer',
  heatmapLegend: { low: 'low', high: 'high score', kept: 'kept', dropped: 'dropped' },
  retainedBars: 'retained',
  layerTable: 'The same as a table',
  layer: { layer: 'Layer', block: (block) => `block ${block}`, retained: 'Retained', kept: 'Kept experts' },
  evaluations: 'Measurements',
  inDomain: 'In the domain',
  outOfDomain: 'Out of the domain',
  noDomain: 'Texts',
  noEvaluations: 'Nothing was measured.',
  evaluation: {
    text: 'Text',
    textValue: (domain, tokens, ctx) => `${domain} · ${tokens} tokens scored · context ${ctx}`,
    variant: 'Variant',
    perplexity: 'Perplexity',
    klMean: 'KL divergence, mean',
    klP99: 'KL, 99th percentile',
    top1: 'Top-1 agreement',
  },
  evaluationNote:
    'Lower perplexity and divergence and higher agreement are better. ± is one standard error over the scored tokens; neighbouring tokens depend on each other, so the true error is larger. Divergence and agreement are against the full model.',
  export: 'File',
  exportFacts: {
    file: 'Path',
    size: 'Size',
    sizeValue: (bytes, full) => `${bytes} of ${full}`,
    parts: 'Files',
    sha256: 'SHA-256',
    sha256First: 'SHA-256 of the first file',
    seconds: 'Written and verified in',
    secondsValue: (seconds) => `${seconds} s`,
  },
  hashes: 'Hashes',
  promises: 'What a pruned file promises',
  does: 'It does',
  doesNot: 'It does not',
  doesList: [
    'hold the kept experts and everything else byte for byte as in the source: nothing is requantised, and every byte is read back and compared after writing;',
    'run in stock llama.cpp and in programs built on it, without Winnow;',
    'need less memory. A model that no longer spills out of its memory is several times faster; one that fitted before gains 0 to 15 %.',
  ],
  doesNotList: [
    'keep its quality outside the domain: what the demos do not cover is lost first, often severely;',
    'follow from perplexity alone: loops and broken formats can hide behind a harmless figure, so judge by what the model writes as well;',
    'hold for other texts than those measured: the tables speak for these texts, at this context length.',
  ],
};

const ja: ReportStrings = {
  title: '枝刈りレポート',
  madeBy: (version, llama) => `Winnow ${version}（llama.cpp ${llama}）で作成`,
  model: 'モデル',
  modelFacts: {
    name: '名前',
    file: 'ファイル',
    arch: 'アーキテクチャー',
    fileType: '量子化',
    size: 'サイズ',
    experts: 'エキスパート',
    expertsValue: (nExpert, nUsed, nLayers) => `${nLayers} 層それぞれに ${nExpert} 個、1 トークンに ${nUsed} 個を使用`,
    context: 'コンテキスト長',
    fingerprint: 'フィンガープリント',
  },
  runs: 'スコア',
  run: {
    domain: '分野',
    demos: 'デモ',
    demosValue: (scored, all) => (scored === all ? all : `${all} 件中 ${scored} 件`),
    tokens: 'トークン',
    demoHash: 'デモのハッシュ',
    settings: '設定',
  },
  runsGone: 'スコアの実行記録はもう残っていません。内容はプランに記録されています。',
  plan: '残すエキスパート',
  planFacts: {
    name: 'プラン',
    criterion: '基準',
    mask: '読み込んだマスク',
    keep: '残す数',
    keepValue: (keep, nExpert) => `各層 ${nExpert} 個のうち ${keep} 個`,
    mix: '分野の混ぜ方',
    grouping: 'ルーティングのグループ',
    changes: '手動の変更',
    changesValue: (pins, drops) => `固定 ${pins} 個、除外 ${drops} 個`,
    retained: '残るスコア',
    retainedValue: (mean, worst) => `平均 ${mean}、最も低い層で ${worst}`,
    keptHash: '残すエキスパートのハッシュ',
  },
  heatmap: '層ごとのエキスパート',
  heatmapLegend: { low: '低い', high: '高いスコア', kept: '残す', dropped: '外す' },
  retainedBars: '残るスコア',
  layerTable: '同じ内容の表',
  layer: { layer: '層', block: (block) => `ブロック ${block}`, retained: '残るスコア', kept: '残すエキスパート' },
  evaluations: '測定結果',
  inDomain: '分野の内',
  outOfDomain: '分野の外',
  noDomain: '文章',
  noEvaluations: '測定していません。',
  evaluation: {
    text: '文章',
    textValue: (domain, tokens, ctx) => `${domain} · 採点トークン ${tokens} · コンテキスト ${ctx}`,
    variant: '対象',
    perplexity: 'パープレキシティ',
    klMean: 'KL 情報量（平均）',
    klP99: 'KL 情報量（99 パーセンタイル）',
    top1: '最上位の一致率',
  },
  evaluationNote:
    'パープレキシティと KL 情報量は低いほど、一致率は高いほど良い値です。± は採点トークンについての標準誤差 1 つ分です。隣り合うトークンは独立ではないため、実際の誤差はこれより大きくなります。KL 情報量と一致率は元のモデルとの比較です。',
  export: 'ファイル',
  exportFacts: {
    file: '場所',
    size: 'サイズ',
    sizeValue: (bytes, full) => `${bytes}（元は ${full}）`,
    parts: 'ファイル数',
    sha256: 'SHA-256',
    sha256First: '最初のファイルの SHA-256',
    seconds: '書き出しと検証の時間',
    secondsValue: (seconds) => `${seconds} 秒`,
  },
  hashes: 'ハッシュ',
  promises: '枝刈り後のファイルについて',
  does: '約束できること',
  doesNot: '約束できないこと',
  doesList: [
    '残したエキスパートとその他すべてのデータは、元のファイルと 1 バイトも違いません。再量子化はせず、書き出し後に全バイトを読み戻して照合します。',
    '通常の llama.cpp や、それを使うソフトで、Winnow なしに動きます。',
    '必要なメモリーが減ります。メモリーからあふれなくなったモデルは数倍速くなります。もともと収まっていたモデルの高速化は 0〜15 % です。',
  ],
  doesNotList: [
    '分野の外での品質は保てません。デモに含まれない内容から失われ、その影響はしばしば深刻です。',
    'パープレキシティだけでは判断できません。繰り返しや書式の崩れは数値に表れないことがあります。実際に書かせた文章でも確かめてください。',
    '測定していない文章には当てはまりません。表の値は、ここに挙げた文章とコンテキスト長でのものです。',
  ],
};

const LANGUAGES: ReadonlyMap<string, ReportStrings> = new Map([
  ['en', en],
  ['ja', ja],
]);

export type ReportLanguage = { readonly tag: string; readonly strings: ReportStrings };

/** @param language a tag such as "ja" or "en-GB"; English for languages that the report does not speak */
export function reportLanguage(language: string): ReportLanguage {
  const base = language.toLowerCase().split('-')[0] ?? '';
  const strings = LANGUAGES.get(base);
  if (!strings) return { tag: 'en', strings: en };
  return { tag: Intl.getCanonicalLocales(isTag(language) ? language : base)[0] ?? base, strings };
}

function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
