import type { Locator, Page } from '@playwright/test';

export class RunsScreen {
  readonly table: Locator;
  readonly rows: Locator;
  readonly use: Locator;
  readonly saveBundle: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Runs', exact: true });
    this.table = screen.getByRole('grid', { name: 'Runs' });
    this.rows = this.table.getByRole('row').filter({ has: page.getByRole('rowheader') });
    this.use = screen.getByRole('button', { name: /^Choose experts from/ });
    this.saveBundle = screen.getByRole('button', { name: 'Save as a bundle…' });
  }
}
