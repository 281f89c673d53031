// The sides of Try as the engine last reported them.
import type { ChatSlot } from '../../electron/contract/api/chat.ts';
import type { EventPayload } from '../../electron/contract/api.ts';

type SlotNews = Extract<EventPayload<'chat'>, { readonly type: 'slot' }>;

/** Adds the news of a side to the list; a side without a model is not in it. */
export function withSlot(slots: readonly ChatSlot[], { slot, value }: SlotNews): ChatSlot[] {
  const others = slots.filter((other) => other.slot !== slot);
  return value === null ? others : [...others, value];
}
