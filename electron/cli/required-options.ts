// A required option that is missing is said after one that was mistyped: "--dmos" explains why "--demos" is missing.
import type { Command } from 'commander';

/** Lets the command say what is missing when all that was typed is understood; commander would say it first. */
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
