// Work by the calls of a page: a job of the engine's queue, or a call that writes much.
import { App, type Victim } from './app.ts';
import type { Piece, PieceOptions } from './piece.ts';
import { endOf, jobOf, type PageWork, type Place } from './work.ts';

export class PagePiece implements Piece {
  readonly #options: PieceOptions<PageWork>;
  #app: App;
  /** undefined: not begun yet, or lost with the app before it was stored. */
  #job: number | undefined;
  /** A call has come to its end. */
  #called = false;

  constructor(options: PieceOptions<PageWork>) {
    this.#options = options;
    this.#app = new App(options.folders.home);
  }

  async ready(): Promise<void> {
    await this.#app.client.call('app.info', {});
  }

  async go(): Promise<void> {
    if (this.#called) return;
    const { client } = this.#app;
    if (this.#job === undefined) {
      const job = await this.#options.work.begin(this.#place());
      if (job === null) this.#called = true;
      else this.#job = job;
      return;
    }
    const { state } = await jobOf(client, this.#job);
    if (state === 'interrupted' || state === 'failed') await client.call('jobs.requeue', { jobId: this.#job });
  }

  async isDone(): Promise<boolean> {
    if (this.#called) return true;
    if (this.#job === undefined) return false;
    return (await jobOf(this.#app.client, this.#job)).state === 'done';
  }

  victims(victim: Victim): number[] {
    return this.#app.victims(victim);
  }

  processes(): number[] {
    return this.#app.processes();
  }

  async recover(victim: Victim, pids: readonly number[], going: Promise<void>): Promise<string[]> {
    const losses: string[] = [];
    if (victim === 'engine') await this.#app.restartEngine();
    if (victim === 'host' || victim === 'group') {
      await App.gone(pids);
      this.#app = new App(this.#options.folders.home);
    }
    // a call to an app that is dead as a whole is never answered
    if (victim === 'worker' || victim === 'engine') await going;
    // the answer to the call that began it may be lost, and the job be there
    if (this.#job === undefined) {
      const jobs = await this.#app.client.call('jobs.list', { limit: 100 });
      this.#job = jobs.find(({ state }) => state !== 'done')?.id;
    }
    if (victim === 'worker' && this.#job !== undefined) {
      const { state, error } = await endOf(this.#app.client, this.#job);
      if (state !== 'done' && error?.code !== 'BACKEND_CRASHED') {
        losses.push(`a killed worker left its job ${state}: ${error?.code} ${error?.message}`);
      }
    }
    return losses;
  }

  async finish(): Promise<string> {
    await this.go();
    if (this.#job !== undefined) {
      const { state, error } = await endOf(this.#app.client, this.#job);
      if (state !== 'done') throw new Error(`it ended as ${state}: ${error?.message ?? ''}`);
    }
    return this.#options.work.outcome(this.#place());
  }

  close(): Promise<void> {
    return this.#app.close();
  }

  #place(): Place {
    return { app: this.#app, world: this.#options.world, folder: this.#options.folders.output };
  }
}
