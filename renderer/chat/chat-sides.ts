// The state of both sides in the engine, kept up to date by events.
import type { ChatSlot, Slot } from '../../electron/contract/api/chat.ts';
import { useCall } from '../state/calls.ts';
import { useEngineEvent } from '../state/client.ts';
import { useConversation } from './conversation.ts';

export type ChatSides = Readonly<Partial<Record<Slot, ChatSlot>>>;

export function useChatSides(): ChatSides {
  const slots = useCall('chat.slots', {}).data ?? [];
  useEngineEvent('chat', (event) => {
    if (event.type === 'loading') {
      useConversation.setState(({ loading }) => ({ loading: { ...loading, [event.slot]: event.percent } }));
    }
  });
  return Object.fromEntries(slots.map((slot) => [slot.slot, slot]));
}
