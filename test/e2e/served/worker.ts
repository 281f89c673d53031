// A real `winnow worker` on this machine's loopback, as a process of its own.
import { spawn } from 'node:child_process';
import { z } from 'zod';
import { within } from '../within.ts';
import { announced, COMMAND_LINE, environment } from './server.ts';

const announcedSchema = z.object({ endpoint: z.string(), port: z.int() });

export type LendingWorker = {
  /** HOST:PORT */
  readonly endpoint: string;
  readonly port: number;
  /** As a power cut would. */
  kill(): Promise<void>;
};

/**
 * @param memory that it lends, such as "1GiB"
 * @param port 0: any free one
 */
export async function startWorker(home: string, memory: string, port = 0): Promise<LendingWorker> {
  const options = ['--port', String(port), '--gpu', 'off', '--threads', '1', '--memory', memory];
  const child = spawn(process.execPath, [COMMAND_LINE, 'worker', '--json', ...options], {
    env: environment(home),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await within(20_000, 'the worker did not end', exited);
  };
  try {
    const lent = await within(20_000, 'the worker printed no address', announced(child, announcedSchema));
    return { ...lent, kill };
  } catch (error) {
    await kill();
    throw error;
  }
}
