// Reports a missing required option only after a mistyped one: "--dmos" explains why "--demos" is missing.
import type { Command } from 'commander';

/** Makes the command report what is missing only once everything that was typed is understood; commander would report it first. */
export function checkRequiredLast(command: Command): void {
  const required = command.options.filter(({ mandatory }) => mandatory);
  for (const option of required) option.makeOptionMandatory(false);
  command.hook('preAction', (_, ran) => {
    const missing = required.find((option) => ran.getOptionValue(option.attributeName()) === undefined);
    if (missing)
      ran.error(`error: required option '${missing.flags}' not specified`, {
        code: 'commander.missingMandatoryOptionValue',
      });
  });
}
