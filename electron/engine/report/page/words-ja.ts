// The report in Japanese.
import { displayBytes } from '../../../contract/display-bytes.ts';
import type { ReportStop } from '../../../contract/report-file.ts';
import type { ReportStrings } from './words-en.ts';

export const ja: ReportStrings = {
  title: '枝刈りレポート',
  madeBy: (winnow, llama) => `Winnow ${winnow}（llama.cpp ${llama}）で作成`,
  utc: 'UTC',

  summary: '要約',
  keptTitle: '残したエキスパート',
  keptValue: (keep, nExpert) => `${nExpert} 個中 ${keep} 個`,
  keptNote: (layers) => `${layers} 層それぞれで`,
  sizeTitle: (predicted) => (predicted ? 'サイズ（予測）' : 'サイズ'),
  sizeNote: (full, change) => `元は ${full}、${change}`,
  costTitle: {
    in_domain: 'ドメイン内のパープレキシティ',
    out_of_domain: 'ドメイン外のパープレキシティ',
    unknown_domain: 'パープレキシティ（ドメイン不明）',
  },
  notMeasuredHere: '未測定',
  costRange: (range) => `95 % 区間 ${range}`,
  costFigures: (full, pruned) => `${full} → ${pruned}`,
  costRatio: (ratio) => `元のモデルの ${ratio} 倍`,
  costSame: (same) => `Top-1 一致率 ${same}`,
  writingTitle: { loop: 'ドメイン内の繰り返し', answer: 'ドメイン内の正解' },
  writingFull: (share) => `元のモデル ${share}`,
  writingPrompts: (prompts) => `プロンプト ${prompts} 件中`,
  subject: (what) => `数値の対象：${what}。`,
  subjectPreview: '外すエキスパートをマスクした元のモデル',
  subjectFile: '書き出したファイル',
  warnings: '注意',
  warning: (warning) => {
    const side = (name: 'in_domain' | 'out_of_domain'): string => (name === 'in_domain' ? 'ドメイン内' : 'ドメイン外');
    switch (warning.code) {
      case 'preview_only':
        return '書き出したファイルそのものは測定していません。数値はマスクによるプレビューのもので、丸め誤差の範囲で一致します。';
      case 'uncertain':
        return `${side(warning.side)}の区間は、許容できる範囲から大きな劣化にまで及びます。より多くのテキストで測定してください。`;
      case 'no_interval':
        return `${side(warning.side)}のテキストが少なく（採点 ${warning.tokens} トークン）、区間を求められません。偶然の値かもしれません。`;
      case 'writes_worse':
        return `${warning.domain} のプロンプトで、偶然とは言えない差があります：${ja.worse[warning.check]}（${warning.difference < 0 ? '−' : '+'}${Math.abs(100 * warning.difference).toFixed(1)} ポイント）。`;
      case 'few_prompts':
        return `プロンプト ${warning.prompts} 件では、繰り返しの割合が倍になっても ${Math.round(100 * warning.power)} % の確率でしか分かりません。約 ${warning.needed} 件必要です。`;
      case 'unknown_domain':
        return `測定したテキスト ${warning.texts} 件は、ドメインが指定されていません。winnow eval --domain で指定してください。`;
      case 'scores_gone':
        return '順位付けに使ったスコアはもう保存されていません。図は残したエキスパートだけを示します。';
      case 'imported_mask':
        return 'エキスパートは外部で作られたマスクによるものです。選び方は分かりません。';
    }
  },
  worse: {
    loop: '繰り返しが増えています',
    truncated: '上限に達することが増えています',
    broken: '書式の崩れが増えています',
    answer: '正解が減っています',
  },
  notMeasured: '測定していないもの',
  gap: {
    in_domain: '対象のドメインそのもの',
    out_of_domain: 'ドメイン外（最も失われやすいところ）',
    divergence: '元のモデルとの隔たり（KL ダイバージェンス、Top-1 一致率）',
    generation: 'モデルが書くもの：繰り返し、書式の崩れ、誤答',
  },

  variant: ({ kind, criterion, keep, type, calibrated, bytes }, nExpert) => {
    const routers = calibrated ? '合わせたルーター' : null;
    const size = bytes === undefined ? null : displayBytes(bytes);
    const how = [criterion, keep === null ? null : `${nExpert} 個中 ${keep} 個`, type ?? null, routers, size]
      .filter((part) => part !== null)
      .join('、');
    if (kind === 'full') return '元のモデル';
    return kind === 'file' ? `書き出したファイル（${how}）` : `プレビュー（${how}）`;
  },

  compared: '選び方の比較',
  comparedColumns: {
    variant: '対象',
    perplexity: 'パープレキシティ',
    ratio: '元のモデル比',
    klMean: 'KL ダイバージェンス',
    top1: 'Top-1 一致率',
  },
  comparedTexts: (texts, all, tokens) =>
    `テキスト ${texts < all ? `${all} 件中 ${texts} 件` : `${all} 件`}、採点 ${tokens} トークン`,
  comparedNote:
    '図は、元のモデル（縦線）に対するパープレキシティの比を共通の対数目盛りで示します。別のテキストで測定した選び方どうしは直接比べられません。',
  evaluations: 'テキストごとの測定結果',
  inDomain: 'ドメイン内',
  outOfDomain: 'ドメイン外',
  unknownDomain: 'ドメイン不明',
  noEvaluations: '測定していません。',
  evaluation: {
    text: 'テキスト',
    textValue: (tokens, ctx) => `採点 ${tokens} トークン · コンテキスト ${ctx}`,
    units: { document: (n) => `区間は文書 ${n} 件から`, chunk: (n) => `区間はチャンク ${n} 個から` },
    variant: '対象',
    perplexity: 'パープレキシティ',
    ratio: '元のモデル比',
    klMean: 'KL ダイバージェンス（平均）',
    klP99: 'KL ダイバージェンス（99 パーセンタイル）',
    top1: 'Top-1 一致率',
  },
  evaluationNote:
    'パープレキシティは、テキストがモデルにとってどれほど意外かを表し、低いほど良い値です。KL ダイバージェンスは元のモデルの予測との隔たり（1 トークンあたりのナット）、Top-1 一致率は、最も確からしい次のトークンが元のモデルと同じ割合です。範囲は 95 % 区間で、文書（テキストが 1 つの文書のときはチャンク）の再標本化によります。',

  generations: 'モデルが書くもの',
  generation: {
    group: (domain, prompts) => `${domain} · プロンプト ${prompts} 件`,
    greedy: '貪欲法',
    sampled: (samples, temperature) => `温度 ${temperature} で各 ${samples} 回`,
    limit: (tokens) => `最大 ${tokens} トークン`,
    variant: '対象',
    checks: { loop: '繰り返し', truncated: '上限に到達', broken: '書式の崩れ', answer: '正解' },
    length: '長さ',
    lengthValue: (tokens) => `${tokens} トークン`,
    lengthRatio: (ratio, range) => `× ${ratio}（${range}）`,
    identical: '元のモデルと同じ',
    difference: (points, range) => `${points} ポイント（${range}）`,
    note: '生成した文に占める割合とその 95 % 区間、同じプロンプトでの元のモデルとの差です。長さは中央値と、元のモデルに対する比の中央値です。',
    sensitivity: (prompts, from, to, power) =>
      `プロンプト ${prompts} 件で、繰り返しの割合が ${from} から ${to} へ倍になったことが分かる確率は ${power} です。`,
    detectable: (rate) => `5 回に 4 回は、${rate} 以上への上昇が分かります。`,
    needed: (prompts) => `倍になったことを知るには、約 ${prompts} 件のプロンプトが必要です。`,
    examples: '並べて見る例',
    examplesNote:
      '公平な標本ではありません。枝刈り後のモデルだけが失敗した例、元のモデルも失敗した例の順です。長い文は切り詰めています。',
    prompt: 'プロンプト',
    gold: 'デモの答え',
    full: '元のモデル',
    gone: 'もうありません',
    tokens: (tokens) => `${tokens} トークン`,
    loop: (unit, repeats) => `繰り返し：「${unit}」× ${repeats}`,
    truncated: '上限に到達',
    broken: { fence: 'コードフェンス', json: 'JSON', tool_call: 'ツール呼び出し' },
    brokenValue: (kind, detail) => `${kind} の崩れ：${detail}`,
    right: '正解',
    wrong: (found, expected) =>
      found === null ? `答えなし、正しくは ${expected}` : `答え ${found}、正しくは ${expected}`,
    fine: '問題は見つかりません',
  },

  plan: 'エキスパートの選択',
  planFacts: {
    name: '選択',
    created: '選択日時',
    criterion: '基準',
    mask: '読み込んだマスク',
    keep: '残す数',
    keepValue: (keep, nExpert) => `各層 ${nExpert} 個のうち ${keep} 個`,
    mix: 'ドメインの混ぜ方',
    activeExperts: 'トークンあたりのエキスパート数',
    tokens: '順位付けに使うトークン',
    grouping: 'ルーティングのグループ',
    seed: 'シード',
    changes: '手動の変更',
    changesValue: (pins, drops) => `固定 ${pins} 個、禁止 ${drops} 個`,
    retained: '残るスコア',
    retainedValue: (mean, worst) => (worst === null ? `平均 ${mean}` : `平均 ${mean}、最も低い層で ${worst}`),
    keptHash: '残すエキスパートのハッシュ',
  },
  heatmap: '層ごとのエキスパート',
  heatmapLegend: { low: '低い', high: '高いスコア', kept: '残す', dropped: '外す' },
  retainedBars: '残るスコア',
  layerTable: '同じ内容の表',
  layer: { layer: '層', block: (block) => `ブロック ${block}`, retained: '残るスコア', kept: '残すエキスパート' },

  file: 'ファイル',
  fileFacts: {
    name: '名前',
    written: '書き出し日時',
    size: 'サイズ',
    sizeValue: (bytes, full) => `${bytes}（元は ${full}）`,
    imatrix: '重要度行列',
    noImatrix: 'なし',
    rules: '個別に指定した型',
    calibrated: 'ルーター',
    calibratedValue: (demos, before, after) =>
      `${demos} 件のデモに合わせて調整。ほかのデモでの元のモデルとの KL ダイバージェンスは ${before} → ${after} ナット`,
    activeExperts: 'トークンごとに使うエキスパート数',
    activeExpertsValue: (active, usual) => `${active}（元は ${usual}）`,
    parts: 'ファイル',
    sha256: 'SHA-256',
    sha256First: '最初のファイルの SHA-256',
    now: '現在',
    nowValue: {
      changed:
        'そこには、バイトの異なる別のファイルがあります。ここに書かれていることは、書き出されたファイルについてのものです。',
      gone: 'そのファイルはもうありません。',
    },
    seconds: '書き出しと検証の時間',
    secondsValue: (seconds) => `${seconds} 秒`,
  },

  promises: '枝刈り後のファイルについて',
  does: '約束できること',
  doesNot: '約束できないこと',
  doesList: [
    '残したエキスパートとその他すべてのデータは、元のファイルと 1 バイトも違いません。再量子化はせず、書き出し後に全バイトを読み戻して照合します。',
    '通常の llama.cpp や、それを使うソフトで、Winnow なしに動きます。',
    '必要なメモリーが減ります。メモリーからあふれなくなったモデルは数倍速くなります。もともと収まっていたモデルの高速化は 0〜15 % です。',
  ],
  doesQuantised:
    '残したエキスパートとその他すべてのデータは、llama.cpp の量子化器が元のファイルから作ったものです。書き出し後にヘッダーと長さを読み戻し、llama.cpp で読み込めることを確かめます。',
  doesCalibrated:
    '残したエキスパートと、ルーター以外のすべてのデータは、元のファイルと 1 バイトも違いません。再量子化はせず、書き出し後にすべてのバイトを読み戻して比べます。',
  doesNotList: [
    'ドメイン外での品質は保てません。デモに含まれない内容から失われ、その影響はしばしば大きなものです。',
    'パープレキシティだけでは判断できません。繰り返しや書式の崩れは数値に表れないことがあります。実際に書かせたテキストでも確かめてください。',
    '測定していないテキストには当てはまりません。表の値は、ここに挙げたテキストとコンテキスト長でのものです。',
  ],

  model: '元のモデル',
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
  bySamples: '証明の範囲',
  bySamplesValue:
    '以前のバージョンの Winnow は、一部のバイトだけでモデルを識別していました。ほかの部分が変わっていないことは証明されていません。',

  sources: 'スコアのもと',
  source: {
    domain: 'ドメイン',
    demos: 'デモ',
    tokens: 'トークン',
    demosHash: 'デモのハッシュ',
    demoHashes: '各デモとそのハッシュ',
    settings: '設定',
    stop: '安定したら終了',
    stopValue: (
      { keep, criterion, share, confidence, found, left_out_demos }: ReportStop,
      percent: (share: number) => string,
    ): string => {
      const rule = `層あたり ${keep} 個の保持エキスパート（${criterion}）のうちまだ変わるのが ${percent(share)} 以下、確信度 ${percent(confidence)}`;
      return found === null
        ? `すべてのデモが必要でした（条件：${rule}）`
        : `デモ ${left_out_demos} 件を省略。加えても変わるのは ${percent(found)} 以下（条件：${rule}）`;
    },
    settingsGone: 'スコアの実行記録はもう保存されていません。',
  },

  hashes: '測定したテキストとそのハッシュ',
  hash: 'SHA-256',

  commands: '再現するには',
  commandsNote:
    'このレポートに挙げたファイルを作業フォルダーに置いて実行します。ファイルとハッシュが同じなら、数値も同じになります。',
};
