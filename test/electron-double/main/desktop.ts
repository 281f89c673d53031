// What a person at the machine sees of the app outside its page. Nobody looks at it here: tests write down what the app
// shows, and answer its dialogs (test/e2e/person.ts).
import { EventEmitter } from 'node:events';
import type { MenuItemConstructorOptions, NativeTheme, NotificationConstructorOptions } from 'electron';
import { host, startOptions } from './host.ts';

export const shell = { showItemInFolder: (_path: string): void => undefined };

export const powerSaveBlocker = { start: (_type: string): number => 1, stop: (_id: number): boolean => true };

export const dialog = { showErrorBox: (_title: string, _content: string): void => undefined };

/** The one that windows stand on. */
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };

class NativeThemeDouble {
  #source: NativeTheme['themeSource'] = 'system';

  get themeSource(): NativeTheme['themeSource'] {
    return this.#source;
  }

  set themeSource(source: NativeTheme['themeSource']) {
    this.#source = source;
    host.post('setColorScheme', { dark: this.shouldUseDarkColors });
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? startOptions.dark : this.#source === 'dark';
  }
}

export const nativeTheme = new NativeThemeDouble();

export class Notification extends EventEmitter {
  readonly title: string;
  readonly body: string;

  constructor({ title = '', body = '' }: NotificationConstructorOptions) {
    super();
    this.title = title;
    this.body = body;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {}
}

/** Keys are the page's: the app registers no accelerator. What roles do is native. */
class MenuItem {
  readonly enabled = true;
  readonly visible = true;
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly accelerator: unknown;
  readonly click: unknown;
  readonly submenu: Menu | null;

  constructor({ id, label, accelerator, submenu, click, registerAccelerator }: MenuItemConstructorOptions) {
    if (accelerator !== undefined && registerAccelerator !== false)
      throw new Error(`The double of Electron registers no keys: the page has to answer ${accelerator}.`);
    this.id = id;
    this.label = label;
    this.accelerator = accelerator;
    this.click = click;
    this.submenu = Array.isArray(submenu) ? Menu.buildFromTemplate(submenu) : null;
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: readonly MenuItemConstructorOptions[]): Menu {
    const menu = new Menu();
    menu.items.push(...template.map((options) => new MenuItem(options)));
    return menu;
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found) return found;
    }
    return null;
  }
}
