// What `winnow doctor` reports: the native part, devices and the database.
import { join } from 'node:path';
import { gpuBackendFiles, llamaSource, type Device } from '../../native/index.ts';
import { Backend } from './backend/backend.ts';
import type { EngineContext } from './context.ts';

export type Diagnosis = {
  /** llama.cpp release. */
  readonly llama: string;
  readonly devices: readonly Device[];
  /** Kinds whose backend files are installed, whether or not a device answers. */
  readonly gpuBackends: readonly string[];
  readonly database: { readonly path: string; readonly problem: string | null };
};

export async function diagnose(context: EngineContext): Promise<Diagnosis> {
  using backend = new Backend('auto', context.host);
  const devices = await backend.call('devices', {});
  return {
    llama: llamaSource().tag,
    devices,
    gpuBackends: gpuBackendFiles().map(({ kind }) => kind),
    database: { path: join(context.home, 'winnow.db'), problem: databaseProblem(context) },
  };
}

function databaseProblem(context: EngineContext): string | null {
  try {
    const findings = context.store.integrityFindings();
    return findings.length > 0 ? findings.join('; ') : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
