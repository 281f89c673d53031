import { expect, type Locator, type Page } from '@playwright/test';

export class TryScreen {
  readonly loadBoth: Locator;
  readonly question: Locator;
  /** Opens them. */
  readonly settings: Locator;
  /** There. */
  readonly mostTokens: Locator;
  readonly ask: Locator;
  readonly conversation: Locator;
  readonly turns: Locator;
  /** Questions to begin with; a press asks. */
  readonly suggestions: Locator;
  readonly errors: Locator;
  readonly #screen: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Try', exact: true });
    this.#screen = screen;
    this.suggestions = screen.getByRole('group', { name: 'Questions to begin with' }).getByRole('button');
    this.errors = screen.getByRole('alert');
    this.loadBoth = screen.getByRole('button', { name: 'Load full and pruned' });
    this.question = screen.getByRole('textbox', { name: 'Your question' });
    this.settings = screen.getByRole('button', { name: 'Answer settings' });
    this.mostTokens = page.getByRole('textbox', { name: 'Max tokens' });
    this.ask = screen.getByRole('button', { name: /^Ask/ });
    this.conversation = screen.getByRole('log', { name: 'Conversation' });
    this.turns = this.conversation.getByRole('article');
  }

  /** Loads a model on one side. */
  async choose(side: 'left' | 'right', model: string): Promise<void> {
    const label = side === 'left' ? 'Left' : 'Right';
    await this.#screen.getByRole('button', { name: label }).click();
    await this.#screen.page().getByRole('option', { name: model }).click();
  }

  async limitTo(tokens: number): Promise<void> {
    await this.settings.click();
    await this.mostTokens.fill(String(tokens));
    await this.mostTokens.press('Enter');
    await this.#screen.page().keyboard.press('Escape');
    await expect(this.mostTokens).toBeHidden();
  }

  /** How fast each side answered: shown when it is complete. */
  get speeds(): Locator {
    return this.turns.last().getByText(/^[\d.,]+ tokens\/s$/);
  }

  async expectAnswers(sides: number, timeout: number): Promise<void> {
    await expect(this.speeds).toHaveCount(sides, { timeout });
  }
}
