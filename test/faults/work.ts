// The work in whose middle a fault campaign kills: a job of every kind that the page can start, and an import.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallResult } from '../../electron/contract/api.ts';
import type { Client } from '../../electron/contract/client.ts';
import { CPU, EXPORT_OPTIONS } from '../integration/support.ts';
import type { App } from './app.ts';

/** What all work needs, in a database that is copied for each. */
export type World = {
  readonly modelId: string;
  readonly domainId: number;
  /** A domain of demos without an answer. */
  readonly promptsId: number;
  readonly planId: number;
  readonly textIds: readonly number[];
};

/** Where one piece of work happens. */
export type Place = {
  readonly app: App;
  readonly world: World;
  /** For what is written and what is imported. */
  readonly folder: string;
};

export type Work = {
  /** @returns the job; null: it was a call, and is done */
  readonly begin: (place: Place) => Promise<number | null>;
  /** What came of it: the same as of work that nothing interrupted. */
  readonly outcome: (place: Place) => Promise<string>;
};

/** Name of the file that an export writes into the folder. */
export const EXPORTED = 'pruned.gguf';
const PROMPTS = 8;
const IMPORTED = 2000;
const POLL_MS = 20;

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

export const WORKS: Readonly<Record<string, Work>> = {
  score: {
    begin: ({ app, world: { modelId, domainId } }) =>
      start(app.client.call('runs.start', { modelId, domainId, limit: null, fresh: false })),
    outcome: async ({ app: { client } }) => {
      const runs = (await client.call('runs.list', {})).filter(({ state, demos }) => state === 'done' && demos > 2);
      const matrices = runs.map(({ id }) =>
        client.call('runs.scores', { runIds: [id], criterion: 'easy-ep', mix: 'shares', seed: 0 }),
      );
      return (await Promise.all(matrices)).map(({ scores }) => sha256(new Uint8Array(scores.buffer))).join();
    },
  },
  export: {
    begin: ({ app, world: { planId }, folder }) =>
      start(
        app.client.call('exports.start', {
          planId,
          target: app.grant(join(folder, EXPORTED), 'write'),
          options: EXPORT_OPTIONS,
        }),
      ),
    outcome: ({ folder }) => Promise.resolve(sha256(readFileSync(join(folder, EXPORTED)))),
  },
  evaluate: {
    begin: ({ app, world: { modelId, planId, textIds } }) =>
      start(
        app.client.call('evaluations.start', {
          against: modelId,
          variants: [{ kind: 'preview', planId, criterion: null, keep: null, mix: null }],
          textIds: [...textIds],
          ctx: 256,
          chunks: 4,
        }),
      ),
    outcome: async ({ app }) => {
      const rows = await app.client.call('evaluations.list', {});
      return rows.map(({ label, text, perplexity, klMean, klP99, top1 }) => [label, text, perplexity, klMean, klP99, top1].join()).sort().join('\n'); // prettier-ignore
    },
  },
  generate: {
    begin: ({ app, world: { modelId, planId, promptsId } }) =>
      start(
        app.client.call('generations.start', {
          against: modelId,
          variants: [{ kind: 'preview', planId, criterion: null, keep: null, mix: null }],
          domainIds: [promptsId],
          limit: PROMPTS,
          maxTokens: 16,
          samples: 0,
          temperature: 1,
        }),
      ),
    outcome: async ({ app }) => {
      const rows = await app.client.call('generations.list', {});
      return rows.map(({ label, rates, medianTokens }) => `${label} ${medianTokens} ${JSON.stringify(rates)}`).sort().join('\n'); // prettier-ignore
    },
  },
  respond: {
    begin: ({ app, world: { modelId, promptsId } }) =>
      start(app.client.call('demos.respond', { domainId: promptsId, modelId, maxTokens: 24 })),
    // which answers share a batch depends on where it was interrupted, and rounding with it: only that all are there
    outcome: async ({ app, world: { promptsId } }) => {
      const domain = (await app.client.call('domains.list', {})).find(({ id }) => id === promptsId);
      return `${domain?.demos} demos, ${domain?.promptOnly} without an answer`;
    },
  },
  import: {
    begin: async ({ app, folder }) => {
      const file = join(folder, 'import.jsonl');
      writeFileSync(
        file,
        Array.from({ length: IMPORTED }, (_, i) => JSON.stringify({ text: `Text ${i}.` })).join('\n'),
      );
      const known = (await app.client.call('domains.list', {})).find(({ name }) => name === 'imported');
      const domainId = known?.id ?? (await app.client.call('domains.create', { name: 'imported' })).id;
      await app.client.call('demos.import', { domainId, grants: [app.grant(file, 'read')] });
      return null;
    },
    outcome: async ({ app }) => {
      const domain = (await app.client.call('domains.list', {})).find(({ name }) => name === 'imported');
      return `${domain?.demos} demos`;
    },
  },
};

async function start(call: Promise<{ readonly jobId: number }>): Promise<number> {
  return (await call).jobId;
}

export type Job = CallResult<'jobs.list'>[number];

export async function jobOf(client: Client, jobId: number): Promise<Job> {
  const job = (await client.call('jobs.list', { limit: 100 })).find(({ id }) => id === jobId);
  if (!job) throw new Error(`job ${jobId} is lost`);
  return job;
}

/** Waits for its end, whatever that is. */
export async function endOf(client: Client, jobId: number): Promise<Job> {
  for (;;) {
    const job = await jobOf(client, jobId);
    if (job.state !== 'queued' && job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** @param folder for the file that is imported */
export async function prepareWorld(app: App, folder: string): Promise<World> {
  const { client } = app;
  await client.call('settings.set', { placement: CPU, nUbatch: 128, maxTokens: 128 });
  const { modelId } = await client.call('sample.open', {});
  const domains = await client.call('domains.list', {});
  const domainId = domains.find(({ name }) => name === 'python')?.id ?? 0;

  const prompts = join(folder, 'prompts.jsonl');
  const lines = Array.from({ length: PROMPTS }, (_, i) => JSON.stringify({ prompt: `What is ${i} plus ${i + 1}?` }));
  writeFileSync(prompts, lines.join('\n'));
  const { id: promptsId } = await client.call('domains.create', { name: 'prompts' });
  await client.call('demos.import', { domainId: promptsId, grants: [app.grant(prompts, 'read')] });

  const { jobId } = await client.call('runs.start', { modelId, domainId, limit: 2, fresh: false });
  const { runId } = await endOf(client, jobId);
  const selection = {
    ...{ runIds: [runId ?? 0], criterion: 'easy-ep' as const, keep: { kind: 'count' as const, count: 16 } },
    ...{ mix: 'shares' as const, pins: [], drops: [], grouping: 'ungrouped' as const, seed: 0 },
  };
  const { id: planId } = await client.call('plans.save', { selection, name: 'half' });
  const texts = await client.call('texts.list', {});
  return { modelId, domainId, promptsId, planId, textIds: texts.slice(0, 2).map(({ id }) => id) };
}
