// The short jobs that a soak repeats: each makes something, looks at how it ended, and takes away what it made.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobState } from '../../../electron/contract/api/jobs.ts';
import type { Client } from '../../../electron/contract/client.ts';
import { commandLine, EXPORT_OPTIONS } from '../../integration/support.ts';
import type { App } from '../kills/app.ts';
import { endOf, WORKS } from '../kills/work.ts';
import { attackOnce, type SoakPlace } from './attacks.ts';

type Step = (place: SoakPlace) => Promise<void>;

/** Round that a second process joins in: it takes seconds to start. */
const COMPARE_EVERY = 25;
const SHORT = { samples: 0, temperature: 1, maxTokens: 4 };

/** Waits for a job's end. @throws when it is another than expected */
async function ended({ client }: App, { jobId }: { jobId: number }, expected: JobState = 'done') {
  const job = await endOf(client, jobId);
  if (job.state === expected) return job;
  throw new Error(`job ${jobId} (${job.kind}) is ${job.state}, not ${expected}: ${job.error?.message ?? ''}`);
}

const preview = (selectionId: number) => ({
  kind: 'preview' as const,
  selectionId,
  criterion: null,
  keep: null,
  mix: null,
});

async function importPrompts(client: Client, app: App, folder: string, name: string): Promise<number> {
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, [1, 2].map((i) => JSON.stringify({ prompt: `What is ${i} plus ${i}?` })).join('\n'));
  const { id } = await client.call('domains.create', { name });
  await client.call('demos.import', { domainId: id, grants: [app.grant(file, 'read')] });
  rmSync(file);
  return id;
}

/** Each counts as a job. */
export const SOAK_STEPS: Readonly<Record<string, Step>> = {
  score: async ({ app, world: { modelId, domainId } }) => {
    const job = await app.client.call('runs.start', { modelId, domainId, limit: 2, fresh: true });
    const { runId } = await ended(app, job);
    await app.client.call('runs.scores', { runIds: [runId ?? 0], criterion: 'easy-ep', mix: 'shares', seed: 0 });
    await app.client.call('runs.delete', { runIds: [runId ?? 0] });
  },
  cancel: async ({ app, world: { modelId, domainId }, round }) => {
    const job = await app.client.call('runs.start', { modelId, domainId, limit: null, fresh: true });
    await new Promise((resolve) => setTimeout(resolve, 100 * (round % 10)));
    await app.client.call('jobs.cancel', job);
    const { runId } = await ended(app, job, 'cancelled');
    if (runId !== null) await app.client.call('runs.delete', { runIds: [runId] });
  },
  evaluate: async ({ app, world: { modelId, selectionId, textIds } }) => {
    const variants = [preview(selectionId)];
    const request = { against: modelId, variants, textIds: textIds.slice(0, 1), ctx: 64, chunks: 2 };
    const { evaluationIds } = await ended(app, await app.client.call('evaluations.start', request));
    await app.client.call('evaluations.delete', { evaluationIds });
  },
  generate: async ({ app, world: { modelId, selectionId, promptsId } }) => {
    const request = { against: modelId, variants: [preview(selectionId)], domainIds: [promptsId], limit: 2, ...SHORT };
    const { generationIds } = await ended(app, await app.client.call('generations.start', request));
    await app.client.call('generations.delete', { generationIds });
  },
  respond: async ({ app, world: { modelId }, folder, round }) => {
    const domainId = await importPrompts(app.client, app, folder, `questions ${round}`);
    await ended(
      app,
      await app.client.call('demos.respond', {
        model: { kind: 'library', modelId },
        demos: { kind: 'domain', domainId },
        maxTokens: 4,
      }),
    );
    await app.client.call('domains.delete', { domainId });
  },
  export: async ({ app, world: { selectionId }, folder }) => {
    const path = join(folder, 'soaked.gguf');
    const target = app.grant(path, 'write');
    await ended(
      app,
      await app.client.call('exports.start', {
        choice: { kind: 'selection', selectionId },
        target,
        options: EXPORT_OPTIONS,
      }),
    );
    rmSync(path);
    // it leaves the list
    await app.client.call('library.scan', {});
  },
  import: async ({ app, folder, round }) => {
    const domainId = await importPrompts(app.client, app, folder, `imported ${round}`);
    const { undoId } = await app.client.call('domains.delete', { domainId });
    await app.client.call('undo', { undoId });
    await app.client.call('domains.delete', { domainId });
  },
  bundle: async ({ app, world: { runId, bundle }, folder }) => {
    const file = join(folder, 'soaked.winnow');
    await app.client.call('runs.exportBundle', { runId, target: app.grant(file, 'write') });
    rmSync(file);
    const imported = await app.client.call('runs.importBundle', { grant: app.grant(bundle, 'read') });
    await app.client.call('runs.delete', { runIds: [imported.id] });
  },
  attack: attackOnce,
  reconnect: ({ app }) => {
    app.reloadPage();
    return app.client.call('library.list', {}).then(() => undefined);
  },
  compare: async ({ home, folder, round }) => {
    const { compare } = WORKS;
    if ((round + 1) % COMPARE_EVERY !== 0 || compare?.by !== 'command') return;
    const { code, stdout } = await commandLine(home).call(...compare.args(folder));
    if (code !== 0) throw new Error(`compare ended with ${code}: ${stdout}`);
  },
};
