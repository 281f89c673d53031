import type { Locator, Page } from '@playwright/test';

export class ModelsScreen {
  readonly table: Locator;
  readonly rows: Locator;
  readonly search: Locator;
  readonly lookAgain: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Models' });
    this.table = screen.getByRole('grid', { name: 'Models' });
    this.rows = this.table.getByRole('row').filter({ has: page.getByRole('rowheader') });
    this.search = screen.getByRole('searchbox', { name: 'Filter models' });
    this.lookAgain = screen.getByRole('button', { name: 'Look again' });
  }

  row(name: string | RegExp): Locator {
    return this.rows.filter({ hasText: name });
  }
}
