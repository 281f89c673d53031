// winnow selections: which experts have been selected so far, and what was written from them
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { table } from '../output.ts';

/** Adds `winnow selections`. */
export function addSelections(program: Command, context: Context): void {
  program
    .command('selections')
    .description('list the selections of experts in the database, and the files written from them')
    .action(async () => {
      const selections = await context.call('selections.list', { modelId: null });
      const done = (await context.call('exports.list', {})).filter(({ state }) => state === 'done');
      const filesOf = (selectionId: number): string[] => [
        ...new Set(done.flatMap((file) => (file.selectionId === selectionId ? [file.displayPath] : []))),
      ];
      const document = selections.map((selection) => ({
        id: selection.id,
        name: selection.name,
        model: selection.modelName,
        criterion: selection.criterion,
        keep: selection.keep,
        n_expert: selection.nExpert,
        runs: selection.request?.runIds ?? [],
        files: filesOf(selection.id),
        created: new Date(selection.createdMs).toISOString(),
      }));
      const rows = selections.map((selection) => [
        String(selection.id),
        selection.name,
        selection.modelName,
        selection.criterion ?? 'mask',
        `${selection.keep}/${selection.nExpert}`,
        (selection.request?.runIds ?? []).join(', '),
        filesOf(selection.id)
          .map((path) => basename(path))
          .join(', '),
      ]);
      const text =
        selections.length === 0
          ? 'No selections yet. Start with: winnow select --scores scores.json --keep 0.5'
          : table(['selection', 'name', 'model', 'criterion', 'kept', 'runs', 'files'], rows);
      context.output.result(document, text);
    });
}
