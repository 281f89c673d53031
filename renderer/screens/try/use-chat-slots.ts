// The two sides as the engine has them, kept up to date by its events.
import { useQueryClient } from '@tanstack/react-query';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { ChatSlot, Slot } from '../../../electron/contract/api/chat.ts';
import { callKey, useCall } from '../../state/calls.ts';
import { useEngineEvent } from '../../state/client.ts';
import { useConversation } from './conversation.ts';

export function useChatSlots(): Readonly<Partial<Record<Slot, ChatSlot>>> {
  const queries = useQueryClient();
  const slots = useCall('chat.slots', {}).data ?? [];
  useEngineEvent('chat', (event) => {
    if (event.type === 'loading') {
      useConversation.setState(({ loading }) => ({ loading: { ...loading, [event.slot]: event.percent } }));
    }
    if (event.type !== 'slot') return;
    // a turn makes the cache grow
    if (event.value?.state === 'ready') void queries.invalidateQueries({ queryKey: callKey('chat.memory') });
    queries.setQueryData<CallResult<'chat.slots'>>(callKey('chat.slots', {}), (known = []) => [
      ...known.filter(({ slot }) => slot !== event.slot),
      ...(event.value === null ? [] : [event.value]),
    ]);
  });
  return Object.fromEntries(slots.map((slot) => [slot.slot, slot]));
}
