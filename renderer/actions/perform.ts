// Performs an action, and reports a failure.
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

/** Performs a command; does nothing if it is not available now. */
export function performCommand(command: WindowCommand): void {
  const action = availableActions().find(({ id }) => id === command);
  if (action) void perform(action);
}
