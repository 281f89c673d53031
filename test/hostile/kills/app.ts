// The app as a fault campaign holds it: its page's calls, and its processes to kill.
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '../../../electron/contract/client.ts';
import { childrenOf, isRunning, until } from '../../integration/processes.ts';
import type { HostOrder } from './app-process.ts';

/** Whose end is tried. `host`: the engine and the workers are left alone with their dead parent. */
export const VICTIMS = ['worker', 'engine', 'host', 'group'] as const;
export type Victim = (typeof VICTIMS)[number];

/** How long what is left of a dead app may go on. */
const ORPHAN_MS = 10_000;

export class App {
  readonly #host: ChildProcess;
  readonly client: Client;

  /**
   * @param home folder of the database
   * @param nodeOptions of all its processes
   */
  constructor(home: string, nodeOptions = process.env.NODE_OPTIONS ?? '') {
    const host = fork(join(import.meta.dirname, 'app-process.ts'), [home], {
      detached: true,
      serialization: 'advanced',
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#host = host;
    this.client = new Client({
      post: (message) => this.#order({ message }),
      onMessage: (listener) => {
        host.on('message', listener);
        return () => void host.off('message', listener);
      },
    });
  }

  grant(path: string, access: 'read' | 'write'): string {
    const id = randomUUID();
    this.#order({ grant: { id, path, access } });
    return id;
  }

  /** Puts a model into the library. @returns its id @throws when it was not taken */
  async addModel(path: string): Promise<string> {
    const [added] = await this.client.call('library.add', { grants: [this.grant(path, 'read')] });
    const modelId = added?.modelId;
    if (modelId === undefined || modelId === null) throw new Error(`${path} was not taken: ${JSON.stringify(added)}`);
    return modelId;
  }

  /** @returns those that are there to kill; a negative one is a process group */
  victims(victim: Victim): number[] {
    const { pid: host } = this.#host;
    if (host === undefined) throw new Error('the app did not start');
    const engines = childrenOf(host);
    return { worker: engines.flatMap(childrenOf), engine: engines, host: [host], group: [-host] }[victim];
  }

  /** After its engine died. */
  async restartEngine(): Promise<void> {
    await until('the page hears that the engine died', () => this.client.state.state === 'failed');
    this.#order('restart');
    await until('another engine is there', () => this.client.state.state === 'running');
  }

  /** @param pids of the app, asked for before its host died */
  static async gone(pids: readonly number[]): Promise<void> {
    await until('nothing is left of the app', () => !pids.some(isRunning), ORPHAN_MS);
  }

  processes(): number[] {
    return (['host', 'engine', 'worker'] as const).flatMap((victim) => this.victims(victim));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    const pids = this.processes();
    this.#host.disconnect();
    await App.gone(pids);
  }

  #order(order: HostOrder): void {
    this.#host.send(order, () => {});
  }
}
