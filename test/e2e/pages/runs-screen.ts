import type { Locator, Page } from '@playwright/test';

export class RunsScreen {
  readonly table: Locator;
  readonly rows: Locator;
  readonly use: Locator;
  /** The menu of what can be saved. */
  readonly save: Locator;
  /** In that menu. */
  readonly saveBundle: Locator;
  readonly saveRanking: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Runs', exact: true });
    this.table = screen.getByRole('grid', { name: 'Runs' });
    this.rows = this.table.getByRole('row').filter({ has: page.getByRole('rowheader') });
    this.use = screen.getByRole('button', { name: /^Choose experts from/ });
    this.save = screen.getByRole('button', { name: 'Save', exact: true });
    this.saveBundle = page.getByRole('menuitem', { name: 'Save as a bundle…' });
    this.saveRanking = page.getByRole('menuitem', { name: 'Save ranking' });
  }
}
