// Lends this machine's memory to Winnow on other machines: `winnow worker`. llama.cpp serves it in a worker process, so that
// whatever is sent to its port ends that process at most.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../../../contract/device.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { machineAddressText } from '../../../contract/machine-address.ts';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { pickGpus, hostMemory } from '../placement/machine-snapshot.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { parseBytes } from '../../base/files/parse-bytes.ts';

/** Share of the RAM free at the start that is lent. The rest is for received data, and for other programs. */
const LENT_SHARE = 0.9;
/** A serving process that ends this often within the time below has a permanent problem. */
const MAX_RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;
/** The pause between two starts, so that endless restarts cost little. */
const RESTART_AFTER_MS = 500;

type LendRequest = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** "off" lends RAM; otherwise the GPUs' memory, or RAM if there is no GPU. */
  readonly gpu: Placement['gpu'];
  /** The amount to lend of each device, such as "12GiB"; undefined: most of what is free. */
  readonly memory?: string | undefined;
  /** Whether to keep received tensors on this machine's disk. */
  readonly cache: boolean;
  readonly threads?: number | undefined;
};

export type Lent = {
  readonly host: string;
  readonly port: number;
  readonly endpoint: string;
  /** Bytes lent of each device. */
  readonly memoryLimit: number;
  readonly devices: readonly Device[];
  readonly cacheDir: string | null;
};

type LendHooks = {
  readonly signal: AbortSignal;
  /** Called when it listens, and again after each restart. */
  readonly onReady: (lent: Lent) => void;
  /** Receives clients that come and go, and failures. */
  readonly onNotice: (notice: LendNotice) => void;
};

export type LendNotice =
  | { readonly kind: 'serves' | 'served'; readonly client: string }
  | { readonly kind: 'restarted'; readonly why: string };

/**
 * Lends until the signal is aborted.
 * @throws WinnowError USAGE: the address cannot be listened on; GPU_UNAVAILABLE; BACKEND_CRASHED: the serving process
 * ends again and again
 */
export async function lendMemory(request: LendRequest, { home, host }: EngineContext, hooks: LendHooks): Promise<void> {
  const cacheDir = request.cache ? join(home, 'received-tensors') : null;
  if (cacheDir !== null) await mkdir(cacheDir, { recursive: true });
  const memory = request.memory === undefined ? null : parseBytes(request.memory);
  const lent = { ...request, memory, cacheDir };
  const ended: number[] = [];
  for (;;) {
    const failure = await lendOnce(lent, host, hooks);
    if (failure === null) return;
    const hasCrashed = failure instanceof WinnowError && failure.code === 'BACKEND_CRASHED';
    if (!hasCrashed) throw notListening(failure, lent);
    const now = performance.now();
    ended.push(now);
    if (ended.filter((time) => now - time < RESTARTS_WITHIN_MS).length > MAX_RESTARTS) throw failure;
    hooks.onNotice({ kind: 'restarted', why: messageOf(failure) });
    await delay(RESTART_AFTER_MS);
  }
}

type Lending = Omit<LendRequest, 'memory' | 'port'> & {
  readonly memory: number | null;
  readonly cacheDir: string | null;
  /** The actual port, as soon as it listens: after a restart, the clients look for it there. */
  port: number;
};

/** Lends until the serving process ends. @returns why it ended; null: the signal was aborted */
async function lendOnce(
  lending: Lending,
  host: WorkerHost,
  { signal, onReady, onNotice }: LendHooks,
): Promise<Error | null> {
  if (signal.aborted) return null;
  const backend = new Backend(lending.gpu, host);
  const close = (): void => void backend.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const devices = await lentDevices(backend, lending.gpu);
    const memoryLimit = lending.memory ?? sumFree(devices);
    const params = {
      endpoint: machineAddressText(lending),
      devices: devices.map(({ name }) => name),
      nThreads: lending.threads ?? availableParallelism(),
      memoryLimit,
      cacheDir: lending.cacheDir,
    };
    return await backend.call('serveMemory', params, {
      onEvent: ({ what, detail }) => {
        if (what !== 'listening') return onNotice({ kind: what, client: detail });
        lending.port = Number(detail);
        const { host, port, cacheDir } = lending;
        onReady({ host, port, endpoint: machineAddressText(lending), memoryLimit, devices, cacheDir });
      },
    });
  } catch (error) {
    if (stopped(signal)) return null;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    signal.removeEventListener('abort', close);
    await backend.close();
  }
}

function stopped({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** The error for an address that cannot be listened on; llama.cpp reports that with plain errors. */
function notListening(error: Error, { host, port }: Lending): Error {
  if (error instanceof WinnowError && error.code !== 'INTERNAL') return error;
  const endpoint = machineAddressText({ host, port });
  return new WinnowError(
    'USAGE',
    `Cannot listen on ${endpoint}: ${messageOf(error)}. Choose another --port, or a --host that this machine has.`,
    { host, port },
    error,
  );
}

/** @throws WinnowError GPU_UNAVAILABLE */
async function lentDevices(backend: Backend, gpu: Placement['gpu']): Promise<readonly Device[]> {
  const devices = await backend.call('devices', {});
  const gpus = gpu === 'off' ? [] : pickGpus(devices, gpu);
  if (gpus.length > 0) return gpus;
  if (gpu !== 'off' && gpu !== 'auto') {
    throw new WinnowError('GPU_UNAVAILABLE', `There is no ${gpu} device. Use --gpu auto or --gpu off.`, { gpu });
  }
  return devices.filter(({ type }) => type === 'cpu');
}

/** Bytes to lend. llama.cpp reports all of a machine's RAM as free. */
function sumFree(devices: readonly Device[]): number {
  if (devices.some(({ type }) => type !== 'cpu')) return Math.max(...devices.map(({ memoryTotal }) => memoryTotal));
  return Math.floor(LENT_SHARE * hostMemory().freeBytes);
}
