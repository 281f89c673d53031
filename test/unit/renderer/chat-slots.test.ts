import { describe, expect, it } from 'vitest';
import type { ChatSlot, Slot } from '../../../electron/contract/api/chat.ts';
import { withSlot } from '../../../renderer/state/chat-slots.ts';

function side(slot: Slot, state: ChatSlot['state']): ChatSlot {
  return {
    slot,
    modelId: 'aaaaaaaaaaaaaaaa',
    modelName: 'Sample',
    selectionId: null,
    state,
    contextSize: null,

    template: null,
    error: null,
  };
}

describe('the sides of a chat', () => {
  const both = [side('left', 'loading'), side('right', 'ready')];

  it('takes over what one side has become, and leaves the other', () => {
    const slots = withSlot(both, { type: 'slot', slot: 'left', value: side('left', 'ready') });
    expect(slots).toHaveLength(2);
    expect(slots).toEqual(expect.arrayContaining([side('left', 'ready'), side('right', 'ready')]));
  });

  it('forgets a side whose model was unloaded', () => {
    expect(withSlot(both, { type: 'slot', slot: 'right', value: null })).toEqual([side('left', 'loading')]);
  });
});
