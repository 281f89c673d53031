import type { Locator, Page } from '@playwright/test';

export class MachinesTab {
  readonly address: Locator;
  readonly name: Locator;
  readonly rows: Locator;
  readonly checkAll: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.address = page.getByLabel('Address and port');
    this.name = page.getByLabel('Name (optional)');
    this.rows = page.getByRole('list', { name: 'Machines' }).getByRole('listitem');
    this.checkAll = page.getByRole('button', { name: 'Check all again' });
  }

  row(endpoint: string): Locator {
    return this.rows.filter({ hasText: endpoint });
  }

  used(endpoint: string): Locator {
    return this.row(endpoint).getByRole('switch');
  }

  remove(endpoint: string): Locator {
    return this.#page.getByRole('button', { name: `Remove ${endpoint}` });
  }
}
