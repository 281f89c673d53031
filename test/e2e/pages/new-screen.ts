// The two questions, the search, and its result.
import type { Locator, Page } from '@playwright/test';

export class NewScreen {
  readonly memory: Locator;
  readonly context: Locator;
  /** What will be compared, on what, and how long that takes. */
  readonly plan: Locator;
  readonly find: Locator;
  readonly advanced: Locator;
  /** A search on its way. */
  readonly search: Locator;
  readonly cancel: Locator;
  readonly goOn: Locator;
  /** The file that was found. */
  readonly file: Locator;
  readonly tryIt: Locator;
  readonly openIn: Locator;
  readonly seeInside: Locator;
  readonly compared: Locator;
  /** What the model and the file write, side by side. */
  readonly answers: Locator;
  readonly again: Locator;
  readonly addFiles: Locator;
  readonly screen: Locator;

  constructor(page: Page) {
    const main = page.getByRole('main');
    this.screen = main;
    this.memory = main.getByRole('textbox', { name: 'Memory' });
    this.context = main.getByRole('textbox', { name: 'With a chat of' });
    this.plan = main.getByRole('region', { name: 'What will be compared' });
    this.find = main.getByRole('button', { name: /^Find the best file/ });
    this.advanced = main.getByText('Advanced', { exact: true });
    this.search = main.getByRole('region', { name: 'Looking for the best file' });
    this.cancel = this.search.getByRole('button', { name: 'Cancel' });
    this.goOn = main.getByRole('button', { name: 'Go on' });
    this.tryIt = main.getByRole('button', { name: 'Chat with both' });
    this.openIn = main.getByRole('button', { name: 'Open in…' });
    this.seeInside = main.getByRole('button', { name: 'Change by hand' });
    this.file = main.getByRole('region', { name: 'Found file' });
    this.answers = main.getByRole('region', { name: 'What both write' });
    this.compared = main.getByText('More', { exact: true });
    this.again = main.getByRole('button', { name: 'Search again…' });
    this.addFiles = main.getByRole('button', { name: 'Add files…' });
  }
}
