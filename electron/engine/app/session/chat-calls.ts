// Calls of the side-by-side chat.
import type { chatCalls } from '../../../contract/api/chat.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { ChatSlots } from '../../endpoints/chat-slots.ts';
import { EndpointChat } from '../../endpoints/endpoint-chat.ts';
import { Endpoint } from '../../endpoints/endpoint.ts';
import { prepareServed } from '../../endpoints/served-model.ts';
import { idleTask } from '../../store/task.ts';
import { findLoop } from '../../base/content/loop.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';

/** The two chat slots, for models of the library. */
export function chatSlots(services: Services): ChatSlots {
  const { context, library, native } = services;
  return new ChatSlots({
    modelOf: (modelId) => ({ path: library.path(modelId), name: library.entry(modelId).name }),
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
