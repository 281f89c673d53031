// winnow runs: what has been scored so far
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { formatSeconds, table } from '../output.ts';

/** Adds `winnow runs`. */
export function addRuns(program: Command, context: Context): void {
  program
    .command('runs')
    .description('list the score runs in the database')
    .action(async () => {
      const runs = await context.call('runs.list', {});
      const document = runs.map((run) => ({
        id: run.id,
        domain: run.domain,
        state: run.state,
        stopped: run.stopped,
        demos: run.demos,
        scored_demos: run.scoredDemos,
        tokens: run.tokens,
        seconds: run.seconds,
        started: new Date(run.startedMs).toISOString(),
        settings: run.recorded,
      }));
      const rows = runs.map((run) => [
        String(run.id),
        run.domain,
        run.stopped ? 'stopped' : run.state,
        `${run.scoredDemos}/${run.demos}`,
        String(run.tokens),
        String(run.maskedTo ?? 'all'),
        formatSeconds(run.seconds),
        new Date(run.startedMs).toISOString().slice(0, 16).replace('T', ' '),
      ]);
      const text =
        runs.length === 0
          ? 'No score runs yet. Start with: winnow score MODEL.gguf --demos FILE'
          : table(['run', 'domain', 'state', 'demos', 'tokens', 'experts', 'time', 'started (UTC)'], rows);
      context.output.result(document, text);
    });
}
