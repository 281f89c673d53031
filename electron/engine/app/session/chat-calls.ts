// Calls of the side-by-side chat.
import type { chatCalls } from '../../../contract/api/chat.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { ChatSlots } from '../../demos/chat/chat-slots.ts';
import { findLoop } from '../../base/content/loop.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';

/** The two places, for the models of the library. */
export function chatSlots(services: Services): ChatSlots {
  const { context, library, native } = services;
  return new ChatSlots({
    host: context.host,
    ready: () => native.ensure(),
    modelOf: (modelId) => ({ path: library.path(modelId), name: library.entry(modelId).name }),
    placement: () => readSettings(context.store).placement,
    onOpened: (modelId) => library.touch(modelId),
    onChange: (event) => {
      services.emit('chat', event);
      if (event.type === 'slot' && event.value?.state === 'ready') services.emit('chatMemory', {});
    },
  });
}

/** The calls `chat.*`. */
export function chatHandlers(chats: ChatSlots): Pick<CallHandlers, keyof typeof chatCalls> {
  return {
    'chat.slots': () => chats.list(),
    'chat.open': ({ slot, modelId, ctx }, signal) => chats.open(slot, modelId, ctx, signal),
    'chat.close': ({ slot }) => chats.close(slot),
    'chat.send': async ({ slot, text, maxTokens, temperature, seed }, signal) => {
      const { turn, answer } = await chats.send(slot, text, { maxTokens, temperature, seed, signal });
      return { ...turn, loop: findLoop(answer) };
    },
    'chat.memory': ({ slot }) => chats.memory(slot),
    'chat.reset': ({ slot }) => chats.reset(slot),
  };
}
