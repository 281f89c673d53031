// `Menu`: the application menu as a model that tests read and click. Native menus themselves cannot be shown, and keys are
// the page's: the app registers no accelerator.
import type { MenuItem as RealMenuItem, MenuItemConstructorOptions } from 'electron';
import { host } from './host.ts';
import { life } from './life.ts';
import { frontWindow } from './window.ts';

/** Electron's template, with handlers that are given nothing: the app's take nothing. */
type Template = readonly (Omit<MenuItemConstructorOptions, 'click' | 'submenu'> & {
  click?: () => void;
  submenu?: Template;
})[];

/** What choosing an item of these roles does; the others act inside the page, or open native menus. */
const ROLES: Readonly<Record<string, () => void>> = {
  quit: () => void life.emit('quit-chosen'),
  close: () => frontWindow()?.close(),
};

class MenuItem {
  readonly id: string;
  readonly accelerator: string | null;
  readonly submenu: Menu | null;
  readonly label: string;
  readonly enabled: boolean;
  readonly visible: boolean;
  readonly click: (() => void) | undefined;

  constructor({
    id,
    role,
    label,
    accelerator,
    submenu,
    enabled,
    visible,
    click,
    registerAccelerator,
  }: Template[number]) {
    if (accelerator !== undefined && registerAccelerator !== false)
      throw new Error(`The double of Electron registers no keys: the page has to answer ${accelerator}.`);
    this.id = id ?? role ?? '';
    this.label = label ?? '';
    this.accelerator = accelerator?.toString() ?? null;
    this.submenu = submenu ? Menu.buildFromTemplate(submenu) : null;
    this.enabled = enabled ?? true;
    this.visible = visible ?? true;
    this.click = role === undefined ? click : ROLES[role];
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: Template): Menu {
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

Menu satisfies { setApplicationMenu(menu: null): void } & (new () => {
  items: Pick<RealMenuItem, 'enabled' | 'id' | 'label' | 'visible'>[];
});

const itemOf = (id: string): MenuItem | null => Menu.getApplicationMenu()?.getMenuItemById(id) ?? null;

host.serve({
  menuItem: ({ id }) => {
    const found = itemOf(id);
    if (found === null) return null;
    const { label, enabled, visible, accelerator } = found;
    return { label, enabled, visible, accelerator };
  },
  clickMenu: ({ id }) => {
    const found = itemOf(id);
    if (!found?.click || !found.enabled || !found.visible) throw new Error(`Nobody can click a menu item ${id}.`);
    found.click();
  },
});
