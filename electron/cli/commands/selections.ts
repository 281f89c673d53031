// winnow selections: which experts were selected so far, and what was written from them
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { table } from '../output.ts';

/** `winnow selections`. */
export function addSelections(program: Command, context: Context): void {
  program
    .command('selections')
    .description('list the selections of experts in the database, and the files written from them')
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
          ? 'No selections yet. Start with: winnow select --scores scores.json --keep 0.5'
          : table(['selection', 'name', 'model', 'criterion', 'kept', 'runs', 'files'], rows);
      context.output.result(document, text);
    });
}
