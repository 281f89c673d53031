// Calls about the program itself.
import { availableParallelism } from 'node:os';
import { llamaSource } from '../../../../native/index.ts';
import type { appCalls } from '../../../contract/api/app.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { diagnose } from '../../models/machines/diagnose.ts';
import { packageVersion } from '../../base/files/package-version.ts';
import { hostMemory } from '../../models/placement/machine-snapshot.ts';
import type { Services } from './services.ts';
import { changeSettings, readSettings } from './settings.ts';

/** The calls `app.*`. */
export function appHandlers(services: Services): Pick<CallHandlers, keyof typeof appCalls> {
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
    undo: ({ undoId }) => services.undo.undo(undoId),
  };
}
