// Which model becomes smaller: the first part of New file.
import type { Locator, Page } from '@playwright/test';

export class ModelPart {
  /** The chosen model in one line, or the list. */
  readonly part: Locator;
  readonly change: Locator;
  readonly rows: Locator;
  readonly add: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.part = page.getByRole('region', { name: 'Which model?' });
    this.change = this.part.getByRole('button', { name: 'Change…' });
    this.rows = this.part.getByRole('listbox', { name: 'Models' }).getByRole('option');
    this.add = this.part.getByRole('button', { name: 'Add…' });
  }

  row(name: string | RegExp): Locator {
    return this.rows.filter({ hasText: name });
  }

  /** @param what such as "Add a folder…" */
  async addBy(what: string): Promise<void> {
    await this.add.click();
    await this.#page.getByRole('menuitem', { name: what }).click();
  }
}
