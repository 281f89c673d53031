// winnow plans: which experts were chosen so far, and what was written
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { table } from '../output.ts';

export function addPlans(program: Command, context: Context): void {
  program
    .command('plans')
    .description('list the choices of experts in the database, and the files written from them')
    .action(() => {
      const choices = context.engine.choices();
      const document = choices.map((choice) => ({
        id: choice.planId,
        name: choice.name,
        model: choice.model,
        criterion: choice.criterion,
        keep: choice.keep,
        n_expert: choice.nExpert,
        runs: choice.runIds,
        files: choice.files,
        created: new Date(choice.createdMs).toISOString(),
      }));
      const rows = choices.map((choice) => [
        String(choice.planId),
        choice.name,
        choice.model,
        choice.criterion ?? 'mask',
        `${choice.keep}/${choice.nExpert}`,
        choice.runIds.join(', '),
        choice.files.map((path) => basename(path)).join(', '),
      ]);
      const text =
        choices.length === 0
          ? 'No experts are chosen yet. Start with: winnow select --scores scores.json --keep 0.5'
          : table(['plan', 'name', 'model', 'criterion', 'kept', 'runs', 'files'], rows);
      context.output.result(document, text);
    });
}
