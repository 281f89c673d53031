// What `winnow doctor` reports: the native part, devices and the database.
import { join } from 'node:path';
import { gpuBackendFiles, llamaSource } from '../../../../native/index.ts';
import type { Device } from '../../../contract/device.ts';
import type { ProbedMachine } from '../../../contract/api/machines.ts';
import type { Sentence } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { type MachineSnapshot, hostMemory } from '../placement/machine-snapshot.ts';
import { listedMachines, probeMachine } from './machines.ts';

type Diagnosis = {
  /** llama.cpp release. */
  readonly llama: string;
  readonly devices: readonly Device[];
  /** Kinds of GPU whose backend files are installed, whether or not a device answers. */
  readonly gpuBackends: readonly string[];
  /** Why GPU backends offer no device. */
  readonly gpuProblems: readonly { readonly kind: string; readonly why: Sentence }[];
  /** This machine's memory, or the part that this process may use. */
  readonly memory: MachineSnapshot['host'];
  /** Machines that lend memory: those asked for, and those in the interface's list. */
  readonly machines: readonly ProbedMachine[];
  readonly database: { readonly path: string; readonly problem: string | null };
};

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

async function askMachines(context: EngineContext, asked: readonly string[]): Promise<Diagnosis['machines']> {
  const endpoints = new Set([...asked, ...listedEndpoints(context)]);
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
