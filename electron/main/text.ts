// The few words that the system shows for Winnow, by language. All others are the page's (renderer/i18n).

const ENGLISH = {
  'files.model': 'GGUF models',
  'files.demos': 'Demo files',
  'files.texts': 'Texts',
  'files.mask': 'Masks',
  'files.imatrix': 'Importance matrices',
  'files.bundle': 'Winnow run bundles',
  'files.report': 'Reports',
  'files.all': 'All files',
  'menu.file': 'File',
  'menu.openModel': 'Open Model…',
  'menu.addDemos': 'Add Demos…',
  'menu.openBundle': 'Open Run Bundle…',
  'menu.openRecent': 'Open Recent',
  'menu.clearRecent': 'Clear Recent',
  'menu.settings': 'Settings…',
  'menu.go': 'Go',
  'menu.models': 'Models',
  'menu.demos': 'Demos',
  'menu.score': 'Score',
  'menu.choose': 'Choose',
  'menu.export': 'Export',
  'menu.prove': 'Prove',
  'menu.try': 'Try',
  'menu.runs': 'Runs',
  'menu.palette': 'Command Palette…',
  'menu.help': 'Help',
  'menu.keys': 'Keyboard Shortcuts',
  'done.score': 'Scoring is done',
  'done.export': 'The pruned model is written',
  'done.evaluate': 'Measuring is done',
  'done.respond': 'The demos are answered',
  'failed.any': 'Something stopped. Winnow says what and why.',
  'missing.title': 'There is no such file any more',
  'crash.title': 'Winnow’s window keeps failing',
  'crash.todo': 'Your files and what is finished are safe. Close Winnow and start it again.',
} as const;

export type TextKey = keyof typeof ENGLISH;

const JAPANESE: Readonly<Record<TextKey, string>> = {
  'files.model': 'GGUF モデル',
  'files.demos': 'デモファイル',
  'files.texts': 'テキスト',
  'files.mask': 'マスク',
  'files.imatrix': '重要度行列',
  'files.bundle': 'Winnow 実行バンドル',
  'files.report': 'レポート',
  'files.all': 'すべてのファイル',
  'menu.file': 'ファイル',
  'menu.openModel': 'モデルを開く…',
  'menu.addDemos': 'デモを追加…',
  'menu.openBundle': '実行バンドルを開く…',
  'menu.openRecent': '最近使ったファイル',
  'menu.clearRecent': '履歴を消去',
  'menu.settings': '設定…',
  'menu.go': '移動',
  'menu.models': 'モデル',
  'menu.demos': 'デモ',
  'menu.score': 'スコア',
  'menu.choose': '選択',
  'menu.export': '書き出し',
  'menu.prove': '検証',
  'menu.try': '試す',
  'menu.runs': '実行履歴',
  'menu.palette': 'コマンドパレット…',
  'menu.help': 'ヘルプ',
  'menu.keys': 'キーボードショートカット',
  'done.score': 'スコア計算が終わりました',
  'done.export': '枝刈りしたモデルを書き出しました',
  'done.evaluate': '測定が終わりました',
  'done.respond': 'デモへの回答が終わりました',
  'failed.any': '処理が止まりました。理由は Winnow に表示されています。',
  'missing.title': 'ファイルが見つかりません',
  'crash.title': 'Winnow のウィンドウが繰り返し停止しています',
  'crash.todo': 'ファイルと終わった作業は無事です。Winnow を閉じて、もう一度起動してください。',
};

const LANGUAGES: ReadonlyMap<string, Readonly<Record<TextKey, string>>> = new Map([
  ['en', ENGLISH],
  ['ja', JAPANESE],
]);

/** @param locale such as "en-GB"; English for those that have no words here */
export function text(key: TextKey, locale: string): string {
  return (LANGUAGES.get(locale.split('-')[0] ?? '') ?? ENGLISH)[key];
}
