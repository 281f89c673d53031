// Does an action, and says so when it fails.
import type { WindowCommand } from '../../electron/contract/commands.ts';
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

/** One that cannot be done now does nothing. */
export function performCommand(command: WindowCommand): void {
  const action = availableActions().find(({ id }) => id === command);
  if (action) void perform(action);
}
