// `Menu`: the application menu as a model that tests read and click. Native menus themselves cannot be shown.
import type { MenuItem as RealMenuItem, Menu as RealMenu, MenuItemConstructorOptions } from 'electron';
import type { KeyPress, MenuItemState } from '../protocol.ts';
import { matchesAccelerator } from './accelerator.ts';
import { type BrowserWindow, frontWindow, windowEvents } from './browser-window.ts';
import { host } from './host.ts';
import { performRole, roleDefaults } from './menu-roles.ts';

type Click = (item: MenuItem, window: BrowserWindow | undefined, event: object) => void;
/** Electron's template, with handlers that are given the double's own items. */
type Template = readonly (Omit<MenuItemConstructorOptions, 'click' | 'submenu'> & {
  click?: Click;
  submenu?: Template | Menu;
})[];

class MenuItem {
  readonly id: string;
  readonly role: string | undefined;
  readonly type: string;
  readonly accelerator: string | undefined;
  readonly submenu: Menu | null;
  label: string;
  enabled: boolean;
  visible: boolean;
  checked: boolean;
  readonly #menu: Menu;
  readonly #click: Click | undefined;
  readonly #accelerated: boolean;

  constructor(options: Template[number], menu: Menu) {
    const role = options.role === undefined ? undefined : roleDefaults(options.role);
    const submenu = options.submenu ?? role?.submenu?.map((item) => ({ role: item }));
    this.#menu = menu;
    this.#click = options.click;
    this.#accelerated = options.registerAccelerator !== false;
    this.id = options.id ?? '';
    this.role = options.role?.toLowerCase();
    this.type = options.type ?? (submenu ? 'submenu' : 'normal');
    this.label = options.label ?? role?.label ?? '';
    this.accelerator = options.accelerator?.toString() ?? role?.accelerator;
    this.submenu = submenu ? (submenu instanceof Menu ? submenu : Menu.buildFromTemplate(submenu)) : null;
    this.enabled = options.enabled ?? true;
    this.visible = options.visible ?? true;
    this.checked = options.checked ?? false;
    if (this.type === 'normal' && this.label === '') throw new Error('Invalid template for MenuItem: it needs a label');
  }

  /** As if the item were chosen in the menu. */
  click(): void {
    if (this.type === 'checkbox') this.checked = !this.checked;
    if (this.type === 'radio') this.#menu.selectRadio(this);
    if (this.role !== undefined) performRole(this.role);
    else this.#click?.(this, frontWindow(), {});
  }

  /** Not Electron's. */
  answersTo(press: KeyPress): boolean {
    return this.accelerator !== undefined && this.#accelerated && matchesAccelerator(this.accelerator, press);
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: MenuItem[] = [];

  static buildFromTemplate(template: Template): Menu {
    const menu = new Menu();
    for (const options of template) menu.items.push(new MenuItem(options, menu));
    return menu;
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  getMenuItemById(id: string): MenuItem | null {
    return this.find((item) => item.id === id);
  }

  /** Not Electron's: the first that fits, submenus included. */
  find(fits: (item: MenuItem) => boolean): MenuItem | null {
    for (const item of this.items) {
      const found = fits(item) ? item : item.submenu?.find(fits);
      if (found) return found;
    }
    return null;
  }

  /** Not Electron's: radio items between two separators exclude each other. */
  selectRadio(chosen: MenuItem): void {
    const isBreak = (item: MenuItem | undefined): boolean => item?.type !== 'radio';
    let first = this.items.indexOf(chosen);
    while (!isBreak(this.items[first - 1])) first -= 1;
    for (let at = first; !isBreak(this.items[at]); at += 1) this.items[at]!.checked = this.items[at] === chosen;
  }
}

Menu satisfies { setApplicationMenu(menu: null): void } & (new () => Pick<RealMenu, never> & { items: ItemApi[] });
type ItemApi = Pick<RealMenuItem, 'checked' | 'enabled' | 'id' | 'label' | 'visible'>;

function item(id: string): MenuItem | null {
  return Menu.getApplicationMenu()?.getMenuItemById(id) ?? null;
}

function stateOf({ label, enabled, visible, checked, accelerator }: MenuItem): MenuItemState {
  return { label, enabled, visible, checked, accelerator: accelerator ?? null };
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

windowEvents.on('key', (press) => {
  Menu.getApplicationMenu()
    ?.find((candidate) => candidate.enabled && candidate.answersTo(press))
    ?.click();
});
