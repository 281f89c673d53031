// Machines on a network of their own, for tests and the bench: `winnow worker` in network namespaces that a bridge joins.
// What passes between them is counted by the kernel, and a cable can be pulled. Linux only, and not for everybody.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WINNOW = fileURLToPath(new URL('../electron/cli/winnow.ts', import.meta.url));
/** In the range that is kept for measuring networks, RFC 2544. */
const SUBNET = '198.18.77';
const PORT = 50052;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

type Traffic = { readonly sent: number; readonly received: number };

export type RemoteMachine = {
  readonly endpoint: string;
  /** Bytes that this side has sent to it and received from it, Ethernet headers included. */
  traffic(): Traffic;
  /** Takes the link down: what is sent vanishes without an answer. */
  pullCable(): void;
  plugCable(): void;
  /** Kills the worker with its processes, and removes the machine. */
  remove(): Promise<void>;
};

/** Why this system makes no namespaces; null: it does. */
export function namespacesRefused(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  const name = `winnow-try-${process.pid}`;
  const { status, error, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (status !== 0) return `no network namespaces: ${error?.message ?? stderr.trim()}`;
  ip('netns', 'delete', name);
  return null;
}

/** One network with its machines; `close` removes all of it. */
export class TestNetwork {
  /** Interface names have at most 15 characters. */
  readonly #name = `wn${process.pid}`;
  readonly #machines: RemoteMachine[] = [];
  #number = 1;

  constructor() {
    ip('link', 'add', this.#name, 'type', 'bridge');
    ip('address', 'add', `${SUBNET}.1/24`, 'dev', this.#name);
    ip('link', 'set', this.#name, 'up');
  }

  /** Resolves when its worker listens. @param options of `winnow worker` */
  async add(home: string, ...options: string[]): Promise<RemoteMachine> {
    const number = ++this.#number;
    const link = `${this.#name}-${number}`;
    const address = `${SUBNET}.${number}`;
    ip('netns', 'add', link);
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', link);
    ip('link', 'set', link, 'master', this.#name, 'up');
    ip('-n', link, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', link, 'link', 'set', 'eth0', 'up');
    const args = ['worker', '--host', address, '--port', String(PORT), '--gpu', 'off', '--json', ...options];
    const worker = spawn('ip', ['netns', 'exec', link, process.execPath, WINNOW, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, WINNOW_HOME: home },
    });
    const machine: RemoteMachine = {
      endpoint: `${address}:${PORT}`,
      traffic: () => ({ sent: counted(link, 'tx_bytes'), received: counted(link, 'rx_bytes') }),
      pullCable: () => ip('link', 'set', link, 'down'),
      plugCable: () => ip('link', 'set', link, 'up'),
      remove: async () => {
        await killed(worker);
        ip('netns', 'delete', link);
      },
    };
    this.#machines.push(machine);
    await Promise.race([once(worker.stdout, 'data'), ended(worker)]);
    return machine;
  }

  async close(): Promise<void> {
    for (const machine of this.#machines.splice(0)) await machine.remove();
    ip('link', 'delete', this.#name);
  }
}

/** Bytes counted at the bridge's end of a link: what it sends, the machine receives. */
function counted(link: string, counter: 'tx_bytes' | 'rx_bytes'): number {
  return Number(readFileSync(join('/sys/class/net', link, 'statistics', counter), 'utf8'));
}

async function ended(worker: ChildProcess): Promise<never> {
  const [code] = (await once(worker, 'exit')) as [number | null];
  throw new Error(`winnow worker ended with ${code}`);
}

/** With the processes that it started. */
async function killed(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null || worker.pid === undefined) return;
  const gone = once(worker, 'exit');
  process.kill(-worker.pid, 'SIGKILL');
  await gone;
}
