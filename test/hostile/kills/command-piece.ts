// Work as a command of the command line, whose engine is its own process.
import { childrenOf, isRunning, startCommandLine, until, type StartedCommand } from '../../integration/processes.ts';
import { App, type Victim } from './app.ts';
import type { Piece, PieceOptions } from './piece.ts';
import type { CommandWork } from './work.ts';

export class CommandPiece implements Piece {
  readonly #work: CommandWork;
  readonly #home: string;
  readonly #output: string;
  #command: StartedCommand | null = null;
  /** What the attempt printed that came to its end. */
  #stdout: string | null = null;
  /** How the last attempt failed. */
  #failure = '';

  constructor({ work, folders }: PieceOptions<CommandWork>) {
    this.#work = work;
    this.#home = folders.home;
    this.#output = folders.output;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  async go(): Promise<void> {
    if (this.#stdout !== null) return;
    const command = startCommandLine(this.#home, this.#work.args(this.#output));
    this.#command = command;
    const { isEnough } = this.#work;
    if (isEnough) {
      await until('its result is there', () => isEnough(this.#output) || !isRunning(command.pid));
      if (isRunning(command.pid)) command.kill('SIGINT', 'process');
    }
    const { code, stdout } = await command.finished;
    this.#command = null;
    if (code === 0 || isEnough?.(this.#output)) this.#stdout = stdout;
    else this.#failure = stdout;
  }

  isDone(): Promise<boolean> {
    return Promise.resolve(this.#stdout !== null);
  }

  victims(victim: Victim): number[] {
    const pid = this.#command?.pid;
    if (pid === undefined || !isRunning(pid)) return [];
    return { worker: childrenOf(pid), engine: [pid], host: [pid], group: [-pid] }[victim];
  }

  processes(): number[] {
    const pid = this.#command?.pid;
    return pid === undefined ? [] : [pid, ...childrenOf(pid)];
  }

  async recover(victim: Victim, pids: readonly number[], going: Promise<void>): Promise<string[]> {
    await going;
    await App.gone(pids);
    const isExplained = victim !== 'worker' || this.#stdout !== null || this.#failure.includes('"BACKEND_CRASHED"');
    return isExplained ? [] : [`a killed worker ended its command with ${this.#failure}`];
  }

  async finish(): Promise<string> {
    await this.go();
    if (this.#stdout === null) throw new Error(`it failed: ${this.#failure}`);
    return this.#work.outcome(this.#output, this.#stdout);
  }

  async close(): Promise<void> {
    const pids = this.processes();
    this.#command?.kill('SIGKILL', 'group');
    await App.gone(pids);
  }
}
