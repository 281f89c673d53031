// The dialog that asks once where files of examples go.
import type { Locator, Page } from '@playwright/test';

export class ImportDialog {
  readonly root: Locator;
  readonly name: Locator;
  readonly add: Locator;
  readonly cancel: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('dialog', { name: /^Add / });
    this.name = this.root.getByRole('textbox', { name: 'Name of the new set' });
    this.add = this.root.getByRole('button', { name: /^Add \d/ });
    this.cancel = this.root.getByRole('button', { name: 'Cancel' });
  }

  /** A place, by how its name begins. */
  place(name: string): Locator {
    return this.root.getByRole('radio', { name: new RegExp(`^${name}`) });
  }

  /** What a column of a table holds. */
  column(name: string): Locator {
    return this.root.getByRole('button', { name: `What “${name}” holds` });
  }
}
