// The first run: two ways on.
import type { Locator, Page } from '@playwright/test';

export class Welcome {
  readonly title: Locator;
  readonly sample: Locator;
  readonly choose: Locator;

  constructor(page: Page) {
    this.title = page.getByRole('heading', { name: 'Make a large model smaller for what you do' });
    this.sample = page.getByRole('button', { name: 'Try the sample model' });
    this.choose = page.getByRole('button', { name: /^Choose a file/ });
  }
}
