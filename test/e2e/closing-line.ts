// The last line of a run says its outcome in one form, as the other runners' do.
import type { Reporter, Suite } from '@playwright/test/reporter';

class ClosingLine implements Reporter {
  #suite: Suite | null = null;
  /** Outside tests, such as a spec that does not load. */
  #errors = 0;

  onBegin(_config: unknown, suite: Suite): void {
    this.#suite = suite;
  }

  onError(): void {
    this.#errors += 1;
  }

  onExit(): Promise<void> {
    const outcomes = this.#suite?.allTests().map((test) => test.outcome()) ?? [];
    const count = (...wanted: readonly string[]): number =>
      outcomes.filter((outcome) => wanted.includes(outcome)).length;
    const [passed, failed, skipped] = [
      count('expected', 'flaky'),
      count('unexpected') + this.#errors,
      count('skipped'),
    ];
    const again = count('flaky');
    const second = again === 0 ? '' : `; ${again} of those passed at the second try alone`;
    process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped${second}\n`);
    return Promise.resolve();
  }
}

// Playwright looks for a default export
export { ClosingLine as default };
