// Calls about models that are served to other programs.
import { randomUUID } from 'node:crypto';
import type { endpointsCalls } from '../../../contract/api/endpoints.ts';
import { errorToData, WinnowError } from '../../../contract/errors.ts';
import { isLoopback } from '../../../contract/machine-address.ts';
import { say } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { Endpoint } from '../../endpoints/endpoint.ts';
import { prepareServed, servedName } from '../../endpoints/served-model.ts';
import { idleTask } from '../../store/task.ts';
import { modelOf } from './named-files.ts';
import type { Services } from './services.ts';

/** The calls `endpoints.*`. @param open endpoints that the session has opened */
export function endpointsHandlers(
  services: Services,
  open: Map<string, Endpoint>,
): CallHandlers<keyof typeof endpointsCalls> {
  const { context, grants, log, native, emit } = services;
  return {
    'endpoints.start': async ({ model: ref, choice, host, ...options }, signal) => {
      // only a command typed on this machine may open an endpoint to other machines
      if (!services.ownJobs && !isLoopback(host)) throw new WinnowError('USAGE', say('endpointNotHere', { host }));
      const { path, name: fullName } = modelOf(services, ref);
      const request = {
        model: path,
        choice: choice?.kind === 'file' ? { kind: choice.kind, path: grants.path(choice.file, 'read') } : choice,
      };
      const task = idleTask(signal, (text) => emit('endpoint', { type: 'warning', text }));
      const served = await prepareServed(request, context, task);
      const name = servedName(fullName, served);
      await native.ensureServer();
      const { placement } = services.settings();
      const endpoint = await Endpoint.open(served, { ...options, host, name, placement }, context, {
        signal,
        onProgress: (done, total) => emit('endpoint', { type: 'loading', percent: (100 * done) / total }),
      });
      const id = randomUUID();
      open.set(id, endpoint);
      void endpoint.ended.then((error) => {
        if (!open.delete(id)) return;
        emit('endpoint', { type: 'ended', endpointId: id, error: errorToData(error) });
        endpoint.close().catch((error: unknown) => log.add('warn', 'endpoint', messageOf(error)));
      });
      const { url, apiKey, contextSize, memoryBytes } = endpoint.facts;
      return { id, url, apiKey, modelName: name, contextSize, memoryBytes };
    },
    'endpoints.stop': async ({ endpointId }) => {
      const endpoint = open.get(endpointId);
      open.delete(endpointId);
      await endpoint?.close();
    },
  };
}
