// The engine cannot start, or died.
import type { Locator, Page } from '@playwright/test';

export class FatalScreen {
  readonly heading: Locator;
  readonly message: Locator;
  readonly restart: Locator;

  constructor(page: Page) {
    const main = page.getByRole('main');
    this.heading = main.getByRole('heading', { level: 1 });
    this.message = main.getByRole('alert');
    this.restart = main.getByRole('button', { name: 'Restart engine' });
  }
}
