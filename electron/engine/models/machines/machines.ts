// The machines of the interface: which there are, which are switched on, and what each said when it was last asked. Which are switched
// on is stored in the setting `placement.rpc`. They are also part of what `winnow doctor` reports.
import type { Machine, ProbedMachine } from '../../../contract/api/machines.ts';
import { WinnowError, sentenceBy } from '../../../contract/errors.ts';
import { MAX_MACHINES, machineAddressSchema } from '../../../contract/machine-address.ts';
import { type Sentence, msg } from '../../../contract/sentences.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { Store } from '../../store/database.ts';
import { z } from 'zod';
import { getSetting, setSetting } from '../../store/settings.ts';
import { Backend, machineRefusal } from '../../base/backend/backend.ts';
import { machineDevices, hostMemory } from '../placement/machine-snapshot.ts';
import { join } from 'node:path';
import { gpuBackendFiles, llamaSource } from '../../../../native/index.ts';
import type { CallResult } from '../../../contract/api.ts';
import type { EngineContext } from '../../store/engine-context.ts';

type MachinesOptions = {
  readonly store: Store;
  readonly host: WorkerHost;
  /** Settles when the native part is ready. */
  readonly ready: () => Promise<void>;
  /** Addresses of the machines that are switched on. */
  readonly used: () => readonly string[];
  /** Switches on exactly these machines. */
  readonly use: (endpoints: readonly string[]) => void;
  readonly onChange: (machines: Machine[]) => void;
  /** Receives the reason why a machine could not be asked. */
  readonly onFailure: (error: unknown) => void;
};

type Seen = ProbedMachine & { readonly checkedMs: number | null };

const UNCHECKED = { state: 'unchecked' as const, why: null, memoryTotal: 0, memoryFree: 0, devices: [] };

export class Machines {
  readonly #options: MachinesOptions;
  readonly #seen = new Map<string, Seen>();
  /** Machines that are being asked. */
  readonly #probes = new Map<string, Promise<void>>();

  constructor(options: MachinesOptions) {
    this.#options = options;
  }

  /** The machines as last seen. Those that were never asked are asked now. */
  list(): Machine[] {
    for (const endpoint of this.#endpoints()) if (!this.#seen.has(endpoint)) void this.#ask(endpoint);
    return this.#view();
  }

  /**
   * Adds a machine switched on, or renames one that is in the list, and asks it.
   * @throws WinnowError USAGE: there are as many as can be used
   */
  add(endpoint: string, name: string | null): Machine[] {
    const { store, used, use } = this.#options;
    const listed = listedMachines(store);
    const isNew = listed.every((machine) => machine.endpoint !== endpoint);
    if (isNew && listed.length >= MAX_MACHINES) {
      throw new WinnowError('USAGE', msg('tooManyMachines', { limit: MAX_MACHINES }));
    }
    const named = listed.map((machine) => (machine.endpoint === endpoint ? { endpoint, name } : machine));
    setSetting(store, KEY, isNew ? [...listed, { endpoint, name }] : named);
    if (isNew && !used().includes(endpoint)) use([...used(), endpoint]);
    void this.#ask(endpoint);
    return this.#changed();
  }

  /** Removes a machine from the list, and from those that are switched on. */
  remove(endpoint: string): Machine[] {
    const { store, used, use } = this.#options;
    const others = listedMachines(store).filter((machine) => machine.endpoint !== endpoint);
    setSetting(store, KEY, others);
    this.#seen.delete(endpoint);
    if (used().includes(endpoint)) use(used().filter((one) => one !== endpoint));
    return this.#changed();
  }

  /** Switches a machine on or off. @throws WinnowError USAGE for a machine that is not in the list */
  use(endpoint: string, on: boolean): Machine[] {
    this.#require(endpoint);
    const { used, use } = this.#options;
    const others = used().filter((one) => one !== endpoint);
    use(on ? [...others, endpoint] : others);
    return this.#changed();
  }

  /**
   * Asks one machine, or all, and waits for the answers.
   * @throws WinnowError USAGE for a machine that is not in the list
   */
  async check(endpoint: string | null): Promise<Machine[]> {
    if (endpoint !== null) this.#require(endpoint);
    await Promise.all((endpoint === null ? this.#endpoints() : [endpoint]).map((one) => this.#ask(one)));
    return this.#view();
  }

  /** Asks a machine. Never rejects: a failure is reported, or is shown in the list. */
  #ask(endpoint: string): Promise<void> {
    let asking = this.#probes.get(endpoint);
    if (!asking) {
      asking = this.#probe(endpoint).finally(() => {
        this.#probes.delete(endpoint);
        this.#changed();
      });
      this.#probes.set(endpoint, asking);
      this.#changed();
    }
    return asking;
  }

  async #probe(endpoint: string): Promise<void> {
    const { host, ready, onFailure } = this.#options;
    try {
      await ready();
      const probe = await probeMachine(endpoint, host);
      if (this.#endpoints().includes(endpoint)) this.#seen.set(endpoint, { ...probe, checkedMs: Date.now() });
    } catch (error) {
      onFailure(error);
      // so that it is not asked again at every look at the list
      this.#seen.set(endpoint, { endpoint, ...UNCHECKED, checkedMs: Date.now() });
    }
  }

  #endpoints(): string[] {
    return listedMachines(this.#options.store).map(({ endpoint }) => endpoint);
  }

  #require(endpoint: string): void {
    if (this.#endpoints().includes(endpoint)) return;
    throw new WinnowError('USAGE', msg('machineNotListed', { endpoint }), { endpoint });
  }

  #changed(): Machine[] {
    const machines = this.#view();
    this.#options.onChange(machines);
    return machines;
  }

  #view(): Machine[] {
    const used = this.#options.used();
    return listedMachines(this.#options.store).map(({ endpoint, name }) => ({
      name,
      on: used.includes(endpoint),
      checking: this.#probes.has(endpoint),
      ...(this.#seen.get(endpoint) ?? { endpoint, ...UNCHECKED, checkedMs: null }),
    }));
  }
}

const KEY = 'machines';

const listedSchema = z.object({ endpoint: machineAddressSchema, name: z.string().nullable() });
type ListedMachine = Readonly<z.infer<typeof listedSchema>>;

/** The listed machines, in the order in which they were added. */
function listedMachines(store: Store): readonly ListedMachine[] {
  return getSetting(store, KEY, z.array(listedSchema)) ?? [];
}

/** Measured from the worker's start; the native part gives up earlier: 4 s to connect, 5 s for the greeting. */
const ANSWER_WITHIN_MS = 12_000;

/** @throws WinnowError NATIVE_BUILD, BACKEND_CRASHED, INTERNAL: this machine cannot ask */
async function probeMachine(endpoint: string, host: WorkerHost, withinMs = ANSWER_WITHIN_MS): Promise<ProbedMachine> {
  const unreachable = (why: Sentence): ProbedMachine => ({ endpoint, ...UNCHECKED, state: 'unreachable', why });
  using backend = new Backend('off', host);
  const late = AbortSignal.timeout(withinMs);
  const close = (): void => void backend.close();
  late.addEventListener('abort', close);
  try {
    const [machine] = await backend.call('addMachines', { endpoints: [endpoint] });
    if (machine?.error !== null) {
      return { endpoint, ...UNCHECKED, ...machineRefusal(endpoint, machine?.error ?? '') };
    }
    const devices = machineDevices(await backend.call('devices', {})).map(({ memoryTotal, memoryFree }) => ({
      memoryTotal,
      memoryFree,
    }));
    const sum = (of: 'memoryTotal' | 'memoryFree'): number => devices.reduce((total, device) => total + device[of], 0);
    const [memoryTotal, memoryFree] = [sum('memoryTotal'), sum('memoryFree')];
    return { endpoint, state: 'ready', why: null, memoryTotal, memoryFree, devices };
  } catch (error) {
    if (late.aborted) {
      const why = msg('noAnswerWithin', { seconds: withinMs / 1000 });
      return unreachable(msg('machineUnreachable', { endpoint, why }));
    }
    if (!(error instanceof WinnowError) || error.code !== 'MACHINE_UNAVAILABLE') throw error;
    return unreachable(sentenceBy(error));
  } finally {
    late.removeEventListener('abort', close);
  }
}

type Diagnosis = CallResult<'app.doctor'>;

/** @param machines HOST:PORT of machines to ask, besides those in the interface's list */
export async function diagnose(context: EngineContext, machines: readonly string[] = []): Promise<Diagnosis> {
  const probes = askMachines(context, machines);
  using backend = new Backend('auto', context.host);
  const memory = hostMemory();
  // for the processor's memory, llama.cpp knows only the size
  const devices = (await backend.call('devices', {})).map((device) =>
    device.type === 'cpu' ? { ...device, memoryTotal: memory.totalBytes, memoryFree: memory.freeBytes } : device,
  );
  const gpuProblems = await backend.call('gpuProblems', {});
  return {
    llama: llamaSource().tag,
    devices,
    gpuBackends: gpuBackendFiles().map(({ kind }) => kind),
    gpuProblems,
    memory,
    machines: await probes,
    database: { path: join(context.home, 'winnow.db'), problem: databaseProblem(context) },
  };
}

async function askMachines(context: EngineContext, extra: readonly string[]): Promise<Diagnosis['machines']> {
  const endpoints = new Set([...extra, ...listedEndpoints(context)]);
  return Promise.all([...endpoints].map((endpoint) => probeMachine(endpoint, context.host)));
}

/** The listed machines; empty if the database cannot be read, which is reported separately. */
function listedEndpoints(context: EngineContext): readonly string[] {
  try {
    return listedMachines(context.store).map(({ endpoint }) => endpoint);
  } catch {
    return [];
  }
}

function databaseProblem(context: EngineContext): string | null {
  try {
    const findings = context.store.integrityFindings();
    return findings.length > 0 ? findings.join('; ') : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
