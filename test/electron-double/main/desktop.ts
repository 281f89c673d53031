// What a person at the machine sees of the app outside its page: notifications, the task bar, the system's colours, the file manager.
import { EventEmitter } from 'node:events';
import type {
  NativeTheme,
  Notification as RealNotification,
  NotificationConstructorOptions,
  PowerSaveBlocker,
  Shell,
} from 'electron';
import { host, startOptions } from './host.ts';
import { PreventableEvent, requireReady } from './life.ts';

/** Paths that were shown in the file manager. */
export const revealed: string[] = [];

export const shell = {
  showItemInFolder(fullPath: string): void {
    revealed.push(fullPath);
  },
};
shell satisfies Pick<Shell, 'showItemInFolder'>;

/** Requests to stay awake that are in force. */
export const awake = new Set<number>();
let lastRequest = 0;

export const powerSaveBlocker = {
  start(_type: 'prevent-app-suspension'): number {
    awake.add(++lastRequest);
    return lastRequest;
  },
  stop: (id: number): boolean => awake.delete(id),
};
powerSaveBlocker satisfies Pick<PowerSaveBlocker, 'stop'> & { start(type: 'prevent-app-suspension'): number };

class NativeThemeDouble {
  #source: NativeTheme['themeSource'] = 'system';
  #systemDark = startOptions.dark;

  get themeSource(): NativeTheme['themeSource'] {
    return this.#source;
  }

  set themeSource(source: NativeTheme['themeSource']) {
    this.#source = source;
    this.#paint();
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? this.#systemDark : this.#source === 'dark';
  }

  /** Not Electron's: the person changes the system's setting. */
  setSystemDark(dark: boolean): void {
    this.#systemDark = dark;
    this.#paint();
  }

  #paint(): void {
    host.post('setColorScheme', { dark: this.shouldUseDarkColors });
  }
}

export const nativeTheme = new NativeThemeDouble();
nativeTheme satisfies Pick<NativeTheme, 'themeSource' | 'shouldUseDarkColors'>;

/** Kept for tests to read and click. */
export const shownNotifications: Notification[] = [];

export class Notification extends EventEmitter<{ click: [PreventableEvent] }> {
  readonly title: string;
  readonly body: string;

  constructor({ title = '', body = '' }: NotificationConstructorOptions) {
    super();
    requireReady('Cannot create Notification');
    this.title = title;
    this.body = body;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    shownNotifications.push(this);
  }
}
Notification satisfies new (
  options: NotificationConstructorOptions,
) => Pick<RealNotification, 'show' | 'title' | 'body'>;

host.serve({
  setSystemTheme: ({ dark }) => nativeTheme.setSystemDark(dark),
  clickNotification: ({ title }) => {
    const found = shownNotifications.findLast((notification) => notification.title === title);
    if (!found) throw new Error(`No notification with the title “${title}” has been shown.`);
    found.emit('click', new PreventableEvent());
  },
});
