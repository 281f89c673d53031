// How the system shows running work: progress in the task bar, no sleep, and a notification if it ends unseen.
import { app, nativeTheme, Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import { events, type EventName } from '../contract/api.ts';
import type { JobView } from '../contract/api/jobs.ts';
import { loadLocale, type TextKey } from '../contract/text/i18n.ts';

type DoneKey = Extract<TextKey, `system.done.${string}`>;

const DONE_TEXT: Readonly<Partial<Record<JobView['kind'], DoneKey>>> = {
  score: 'system.done.score',
  export: 'system.done.export',
  evaluate: 'system.done.evaluate',
  fit: 'system.done.fit',
  get: 'system.done.get',
  generate: 'system.done.generate',
  respond: 'system.done.respond',
};

export class WorkIndicator {
  readonly #window: () => BrowserWindow | null;
  readonly #running = new Set<number>();
  #blocker: number | null = null;

  constructor(window: () => BrowserWindow | null) {
    this.#window = window;
  }

  /** Receives the engine's events on their way to the page. */
  receive(name: EventName, payload: unknown): void {
    if (name === 'job') this.#show(events.job.payload.parse(payload));
    if (name === 'settings') nativeTheme.themeSource = events.settings.payload.parse(payload).theme;
  }

  /** Clears everything: no work is running any more, and no event will say so. */
  clear(): void {
    this.#running.clear();
    this.#keepAwake(false);
    this.#window()?.setProgressBar(-1);
  }

  #show(job: JobView): void {
    const wasRunning = this.#running.has(job.id);
    if (job.state === 'running') this.#running.add(job.id);
    else this.#running.delete(job.id);
    this.#keepAwake(this.#running.size > 0);
    this.#window()?.setProgressBar(this.#running.size === 0 ? -1 : job.total > 0 ? job.done / job.total : 2);
    if (wasRunning && (job.state === 'done' || job.state === 'failed')) void this.#notify(job);
  }

  #keepAwake(wanted: boolean): void {
    if (wanted && this.#blocker === null) this.#blocker = powerSaveBlocker.start('prevent-app-suspension');
    if (!wanted && this.#blocker !== null) {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = null;
    }
  }

  async #notify(job: JobView): Promise<void> {
    const window = this.#window();
    if (window?.isFocused() || !Notification.isSupported()) return;
    const key = job.state === 'failed' ? 'system.failed.any' : DONE_TEXT[job.kind];
    if (key === undefined) return;
    const { t } = await loadLocale(app.getLocale());
    const notification = new Notification({ title: t(key), body: job.subject });
    notification.on('click', () => {
      window?.show();
      window?.focus();
    });
    notification.show();
  }
}
