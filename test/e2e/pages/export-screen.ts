import type { Locator, Page } from '@playwright/test';

export class ExportScreen {
  /** Where it goes, other than proposed. */
  readonly chooseTarget: Locator;
  /** Beside the file that is written. */
  readonly another: Locator;
  /** From there to the file that is written. */
  readonly backToFile: Locator;
  /** "Export 12.6 MB" */
  readonly start: Locator;
  readonly dryRun: Locator;
  readonly progress: Locator;
  readonly written: Locator;
  readonly error: Locator;
  readonly back: Locator;
  readonly reveal: Locator;
  readonly openLibrary: Locator;
  readonly goTry: Locator;
  /** "Repair what was cut" */
  readonly repair: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Export', exact: true });
    this.chooseTarget = screen.getByRole('button', { name: 'Change…' });
    this.another = screen.getByRole('button', { name: 'Export elsewhere' });
    this.backToFile = screen.getByRole('button', { name: 'Back to the file' });
    this.start = screen.getByRole('button', { name: /^Export [\d.]+ [kMG]B$/ });
    this.dryRun = screen.getByRole('region', { name: 'What will be written' });
    this.progress = screen.getByRole('progressbar');
    this.written = screen.getByRole('region', { name: 'Written.' });
    this.error = screen.getByRole('alert');
    this.back = screen.getByRole('button', { name: 'Back to the selection' });
    this.reveal = screen.getByRole('button', { name: 'Show in folder' });
    this.openLibrary = screen.getByRole('button', { name: 'Show in My files' });
    this.goTry = screen.getByRole('button', { name: 'Try it' });
    const options = screen.getByRole('region', { name: 'Options' });
    this.repair = options.getByRole('switch', { name: 'Repair what was cut' });
  }
}
