// Calls of the side-by-side chat.
import type { chatCalls } from '../../contract/api/chat.ts';
import type { CallHandlers } from '../../contract/server.ts';
import type { ChatSlots } from './chat-slots.ts';

/** The calls `chat.*`. */
export function chatHandlers(chats: ChatSlots): Pick<CallHandlers, keyof typeof chatCalls> {
  return {
    'chat.slots': () => chats.list(),
    'chat.open': ({ slot, modelId, ctx }, signal) => chats.open(slot, modelId, ctx, signal),
    'chat.close': async ({ slot }) => {
      await chats.close(slot);
      return null;
    },
    'chat.send': ({ slot, text, maxTokens, temperature, seed }, signal) =>
      chats.send(slot, text, { maxTokens, temperature, seed, signal }),
    'chat.memory': ({ slot }) => chats.memory(slot),
    'chat.reset': async ({ slot }) => {
      await chats.reset(slot);
      return null;
    },
  };
}
