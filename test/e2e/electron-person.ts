// The person at the machine, played inside a real Electron's main process: native dialogs are answered, and what goes
// to the desktop is written down instead. Each function runs over there and may use its arguments only.
import type * as Electron from 'electron';
import type { AskedDialog, DialogAnswer, ShownNotification } from '../electron-double/protocol.ts';

export type Diary = {
  readonly answers: DialogAnswer[];
  readonly asked: AskedDialog[];
  readonly problems: string[];
  readonly notifications: ShownNotification[];
  readonly shown: Electron.Notification[];
  readonly revealed: string[];
  readonly recentDocuments: string[];
  readonly blockers: number[];
  progressBar: number;
};

declare global {
  var winnowDiary: Diary | undefined;
}

type Dialogs = Pick<typeof Electron, 'dialog'>;
type Desktop = Pick<typeof Electron, 'app' | 'shell' | 'Notification' | 'powerSaveBlocker' | 'BrowserWindow'>;

export function openDiary(): void {
  globalThis.winnowDiary = {
    answers: [],
    asked: [],
    problems: [],
    notifications: [],
    shown: [],
    revealed: [],
    recentDocuments: [],
    blockers: [],
    progressBar: -1,
  };
}

export function answerDialogs({ dialog }: Dialogs): void {
  const diary = globalThis.winnowDiary;
  if (!diary) return;
  const take = (kind: AskedDialog['kind'], options: unknown): DialogAnswer => {
    diary.asked.push({ kind, options });
    const answer = diary.answers.shift();
    if (!answer) diary.problems.push(`Nobody answered a native dialog: ${JSON.stringify({ kind, options })}`);
    return answer ?? { kind: 'cancel' };
  };
  dialog.showOpenDialog = (...args: unknown[]) => {
    const answer = take('open', args.at(-1));
    const filePaths = answer.kind === 'open' ? [...answer.paths] : [];
    return Promise.resolve({ canceled: filePaths.length === 0, filePaths });
  };
  dialog.showSaveDialog = (...args: unknown[]) => {
    const answer = take('save', args.at(-1));
    return Promise.resolve({ canceled: answer.kind !== 'save', filePath: answer.kind === 'save' ? answer.path : '' });
  };
  dialog.showErrorBox = (title, content) => {
    diary.asked.push({ kind: 'error', options: { title, content } });
  };
}

export function watchDesktop({ app, shell, Notification, powerSaveBlocker, BrowserWindow }: Desktop): void {
  const diary = globalThis.winnowDiary;
  if (!diary) return;
  shell.showItemInFolder = (path) => void diary.revealed.push(path);
  Notification.prototype.show = function show(this: Electron.Notification) {
    diary.notifications.push({ title: this.title, body: this.body });
    diary.shown.push(this);
  };
  app.addRecentDocument = (path) => void diary.recentDocuments.unshift(path);
  const start = powerSaveBlocker.start.bind(powerSaveBlocker);
  const stop = powerSaveBlocker.stop.bind(powerSaveBlocker);
  powerSaveBlocker.start = (type) => {
    const id = start(type);
    diary.blockers.push(id);
    return id;
  };
  powerSaveBlocker.stop = (id) => {
    const index = diary.blockers.indexOf(id);
    if (index >= 0) diary.blockers.splice(index, 1);
    return stop(id);
  };
  BrowserWindow.prototype.setProgressBar = (progress: number) => {
    diary.progressBar = progress < 0 ? -1 : progress;
  };
}
