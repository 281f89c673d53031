// Does an action, and says so when it fails.
import { reportFailure } from '../state/report-failure.ts';
import { availableActions } from './actions.ts';
import type { Action } from './screen-actions.ts';

export async function perform(action: Action): Promise<void> {
  try {
    await action.perform();
  } catch (error) {
    reportFailure(error);
  }
}

/** @param id of an action; one that cannot be done now does nothing */
export function performById(id: string): void {
  const action = availableActions().find((other) => other.id === id);
  if (action) void perform(action);
}
