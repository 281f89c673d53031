// The served mode's file dialog.
import type { Locator, Page } from '@playwright/test';

export class ServerDialog {
  readonly root: Locator;
  readonly name: Locator;
  readonly here: Locator;
  readonly download: Locator;
  readonly upload: Locator;
  readonly cancel: Locator;
  /** Where it is in the folders. */
  readonly path: Locator;
  readonly content: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('dialog', {
      name: /^(Where should the file go\?|Open a model|Add a folder of models|Choose the original checkpoint)$/,
    });
    this.name = this.root.getByRole('textbox', { name: 'File name' });
    this.here = this.root.getByRole('button', { name: 'Write it here' });
    this.download = this.root.getByRole('button', { name: 'Download', exact: true });
    this.upload = this.root.getByRole('button', { name: 'Upload a copy from this computer…' });
    this.cancel = this.root.getByRole('button', { name: 'Cancel' });
    this.path = this.root.getByRole('navigation', { name: 'Folder' });
    this.content = this.root.getByRole('list', { name: 'Folders and files' });
  }

  /** A folder or file that is shown. */
  entry(name: string): Locator {
    return this.content.getByRole('button', { name, exact: true });
  }
}
