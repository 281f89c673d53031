// Does an action, and says so when it fails.
import i18next from 'i18next';
import { errorToData } from '../../electron/contract/errors.ts';
import { showToast } from '../kit/toast.tsx';
import { availableActions } from './actions.ts';
import type { Action } from './screen-actions.ts';

export async function perform(action: Action): Promise<void> {
  try {
    await action.perform();
  } catch (error) {
    const { code, message } = errorToData(error);
    showToast(`${message} ${i18next.t(`errors.${code}.todo`)}`);
  }
}

/** @param id of an action; one that cannot be done now does nothing */
export function performById(id: string): void {
  const action = availableActions().find((other) => other.id === id);
  if (action) void perform(action);
}
