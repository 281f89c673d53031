// `Menu`: the application menu as a model that tests read and click. Native menus themselves cannot be shown, and keys are
// the page's: the app registers no accelerator.
import type { MenuItem as RealMenuItem, MenuItemConstructorOptions } from 'electron';
import type { MenuItemState } from '../protocol.ts';
import { frontWindow, windowEvents } from './browser-window.ts';
import { host } from './host.ts';

/** Electron's template, with handlers that are given nothing: the app's take nothing. */
type Template = readonly (Omit<MenuItemConstructorOptions, 'click' | 'submenu'> & {
  click?: () => void;
  submenu?: Template;
})[];

/** What choosing an item of these roles does; the others act inside the page, or open native menus. */
const ROLES: Readonly<Record<string, () => void>> = {
  quit: () => void windowEvents.emit('quit-chosen'),
  close: () => frontWindow()?.close(),
};

class MenuItem {
  readonly id: string;
  readonly accelerator: string | null;
  readonly submenu: Menu | null;
  readonly label: string;
  readonly enabled: boolean;
  readonly visible: boolean;
  readonly #click: (() => void) | undefined;

  constructor({ id, role, type, label, accelerator, submenu, enabled, visible, click, ...rest }: Template[number]) {
    if (type !== 'separator' && label === undefined && role === undefined)
      throw new Error('Invalid template for MenuItem: it needs a label');
    if (accelerator !== undefined && rest.registerAccelerator !== false)
      throw new Error(`The double of Electron registers no keys: the page has to answer ${accelerator}.`);
    this.id = id ?? role ?? '';
    this.label = label ?? '';
    this.accelerator = accelerator?.toString() ?? null;
    this.submenu = submenu ? Menu.buildFromTemplate(submenu) : null;
    this.enabled = enabled ?? true;
    this.visible = visible ?? true;
    this.#click = role === undefined ? click : ROLES[role];
  }

  /** As if the item were chosen in the menu. */
  click(): void {
    if (!this.#click) throw new Error(`The double of Electron cannot carry out the menu item ${this.id}.`);
    this.#click();
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: Template): Menu {
    const menu = new Menu();
    for (const options of template) menu.items.push(new MenuItem(options));
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

Menu satisfies { setApplicationMenu(menu: null): void } & (new () => { items: ItemApi[] });
type ItemApi = Pick<RealMenuItem, 'enabled' | 'id' | 'label' | 'visible'>;

function item(id: string): MenuItem | null {
  return Menu.getApplicationMenu()?.getMenuItemById(id) ?? null;
}

function stateOf({ label, enabled, visible, accelerator }: MenuItem): MenuItemState {
  return { label, enabled, visible, accelerator };
}

host.serve({
  menuItem: ({ id }) => {
    const found = item(id);
    return found && stateOf(found);
  },
  clickMenu: ({ id }) => {
    const found = item(id);
    if (!found) throw new Error(`The application menu has no item with the id ${id}.`);
    if (!found.enabled || !found.visible)
      throw new Error(`Nobody can click the menu item ${id}: it is greyed or hidden.`);
    found.click();
  },
});
