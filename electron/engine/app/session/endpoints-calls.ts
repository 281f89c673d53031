// Calls about models that are served to other programs, and of the side-by-side chat, which is such a program itself.
import { randomUUID } from 'node:crypto';
import type { endpointsCalls } from '../../../contract/api/endpoints.ts';
import { errorToData, WinnowError } from '../../../contract/errors.ts';
import { isLoopback } from '../../../contract/machine-address.ts';
import { msg } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { Endpoint, prepareServed, servedName } from '../../endpoints/endpoint.ts';
import { idleTask } from '../../store/task.ts';
import { modelOf } from './named-files.ts';
import type { Services } from './services.ts';
import type { chatCalls } from '../../../contract/api/chat.ts';
import { ChatSlots } from '../../endpoints/chat-slots.ts';
import { EndpointChat } from '../../endpoints/endpoint-chat.ts';
import { findLoop } from '../../base/content/loop.ts';
import { readSettings } from './settings.ts';

/** The calls `endpoints.*`. @param open endpoints that the session has opened */
export function endpointsHandlers(
  services: Services,
  open: Map<string, Endpoint>,
): CallHandlers<keyof typeof endpointsCalls> {
  const { context, grants, log, native, emit } = services;
  return {
    'endpoints.start': async ({ model: ref, choice, host, ...options }, signal) => {
      // only a command typed on this machine may open an endpoint to other machines
      if (!services.ownJobs && !isLoopback(host)) throw new WinnowError('USAGE', msg('endpointNotHere', { host }));
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

/** The two chat slots, for models of the library. */
export function chatSlots(services: Services): ChatSlots {
  const { context, library, native } = services;
  return new ChatSlots({
    getModel: (modelId) => ({ path: library.path(modelId), name: library.entry(modelId).name }),
    placement: () => readSettings(context.store).placement,
    open: async ({ path, selectionId, contextSize, placement }, signal, onProgress) => {
      await native.ensureServer();
      const task = idleTask(signal, (line) => services.log.add('warn', 'chat', line));
      const choice = selectionId === null ? null : ({ kind: 'selection', selectionId } as const);
      const served = await prepareServed({ model: path, choice }, context, task);
      const address = { host: '127.0.0.1', port: 0, apiKey: null };
      const options = { ...address, ctx: contextSize, slots: 1, name: 'chat', placement };
      const endpoint = await Endpoint.open(served, options, context, {
        signal,
        onProgress: (done, total) => onProgress((100 * done) / total),
      });
      return new EndpointChat(endpoint);
    },
    onOpened: (modelId) => library.touch(modelId),
    onChange: (event) => {
      services.emit('chat', event);
      if (event.type === 'slot' && event.value?.state === 'ready') services.emit('chatMemory', {});
    },
  });
}

/** The calls `chat.*`. */
export function chatHandlers(chats: ChatSlots): CallHandlers<keyof typeof chatCalls> {
  return {
    'chat.slots': () => chats.list(),
    'chat.open': ({ slot, ...what }, signal) => chats.open(slot, what, signal),
    'chat.close': ({ slot }) => chats.close(slot),
    'chat.send': async ({ slot, text, maxTokens, temperature, seed }, signal) => {
      const { turn, answer } = await chats.send(slot, text, { maxTokens, temperature, seed, signal });
      return { ...turn, loop: findLoop(answer) };
    },
    'chat.memory': ({ slot }) => chats.memory(slot),
    'chat.reset': ({ slot }) => chats.reset(slot),
  };
}
