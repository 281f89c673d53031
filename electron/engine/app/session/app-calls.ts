// Calls about the program itself, and about machines that lend their memory.
import { availableParallelism } from 'node:os';
import { llamaSource } from '../../../../native/index.ts';
import type { appCalls } from '../../../contract/api/app.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { diagnose } from '../../models/machines/diagnose.ts';
import { packageVersion } from '../../base/files/package-version.ts';
import { hostMemory } from '../../models/placement/machine-snapshot.ts';
import type { Services } from './services.ts';
import { changeSettings, readSettings } from './settings.ts';
import type { machinesCalls } from '../../../contract/api/machines.ts';

/** The calls `app.*`, `settings.*`, `machines.*` and `undo`. */
export function appHandlers(services: Services): CallHandlers<keyof typeof appCalls | keyof typeof machinesCalls> {
  const { context, native } = services;
  return {
    'app.prepare': () => native.ensure(),
    'app.info': async () => {
      const memory = hostMemory();
      return {
        version: await packageVersion(),
        llama: llamaSource().tag,
        home: context.home,
        platform: process.platform,
        cores: availableParallelism(),
        memoryTotal: memory.totalBytes,
        memoryFree: memory.freeBytes,
        native: native.state,
      };
    },
    'app.doctor': async () => {
      await native.ensure();
      const { devices, gpuBackends, gpuProblems, machines, ...rest } = await diagnose(
        context,
        services.settings().placement.rpc,
      );
      return {
        ...rest,
        devices: [...devices],
        gpuBackends: [...gpuBackends],
        gpuProblems: [...gpuProblems],
        machines: [...machines],
      };
    },
    'settings.get': () => readSettings(context.store),
    'settings.set': (change) => changeSettings(context.store, services.emit, change),
    'machines.list': () => services.machines.list(),
    'machines.add': ({ endpoint, name }) => services.machines.add(endpoint, name),
    'machines.remove': ({ endpoint }) => services.machines.remove(endpoint),
    'machines.use': ({ endpoint, on }) => services.machines.use(endpoint, on),
    'machines.check': ({ endpoint }) => services.machines.check(endpoint),
    undo: ({ undoId }) => services.undo.undo(undoId),
  };
}
