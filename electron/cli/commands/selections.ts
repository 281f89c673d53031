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
      const selections = context.engine.selections();
      const document = selections.map((selection) => ({
        id: selection.selectionId,
        name: selection.name,
        model: selection.model,
        criterion: selection.criterion,
        keep: selection.keep,
        n_expert: selection.nExpert,
        runs: selection.runIds,
        files: selection.files,
        created: new Date(selection.createdMs).toISOString(),
      }));
      const rows = selections.map((selection) => [
        String(selection.selectionId),
        selection.name,
        selection.model,
        selection.criterion ?? 'mask',
        `${selection.keep}/${selection.nExpert}`,
        selection.runIds.join(', '),
        selection.files.map((path) => basename(path)).join(', '),
      ]);
      const text =
        selections.length === 0
          ? 'No selections yet. Start with: winnow select --scores scores.json --keep 0.5'
          : table(['selection', 'name', 'model', 'criterion', 'kept', 'runs', 'files'], rows);
      context.output.result(document, text);
    });
}
