// The work in whose middle a fault campaign kills: jobs of the window's engine, and the calls that write much without being jobs.
// Killed commands: test/integration/{interrupted,repair-interrupted,quantising,fit}.test.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CallParams, CallResult } from '../../../electron/contract/api.ts';
import type { Client } from '../../../electron/contract/client.ts';
import { fileHash, sha256 } from '../../hash.ts';
import { CPU, EXPORT_OPTIONS } from '../../integration/support.ts';
import { selectionRequest } from '../../selection-request.ts';
import type { App } from './app.ts';

/** What all work needs, in a database that is copied for each. */
export type World = {
  readonly modelId: string;
  readonly domainId: number;
  /** Where the demos of the domain come from that may be deleted. */
  readonly doomed: string;
  readonly selectionId: number;
  readonly request: CallParams<'selections.save'>['request'];
};

/** Where one piece of work happens. */
export type Place = {
  readonly app: App;
  readonly world: World;
  /** For what is written and what is imported. */
  readonly folder: string;
};

/** By calls of the page. Begun again after a kill, it goes on with what is there. */
export type Work = {
  /** @returns the job; null: it was a call, and is done */
  readonly begin: (place: Place) => Promise<number | null>;
  /** What came of it: the same as of work that nothing interrupted. */
  readonly outcome: (place: Place) => Promise<string>;
  /** Rows of the ledger that it takes away itself. */
  readonly removes?: RegExp;
};

/** Name of the file that an export writes into the folder. */
const EXPORTED = 'pruned.gguf';
/** Files in the folder that are not results. */
export const INPUTS: readonly string[] = ['import.jsonl', 'text.txt'];
const SCORED = 10;
const IMPORTED = 2000;
const DOOMED = 'doomed';
const DEMOS_OF_DOOMED = /^demos( with an answer)? doomed /;
const PLANS = 12;
const POLL_MS = 20;

export const WORKS: Readonly<Record<string, Work>> = {
  score: {
    begin: ({ app, world: { modelId, domainId } }) =>
      start(app.client.call('runs.start', { modelId, domainId, limit: SCORED, fresh: false })),
    outcome: ({ app: { client } }) => scoresOfRuns(client),
  },
  export: {
    begin: ({ app, world: { selectionId }, folder }) => {
      const target = app.grant(join(folder, EXPORTED), 'write');
      const choice = { kind: 'selection', selectionId } as const;
      return start(app.client.call('exports.start', { choice, target, options: EXPORT_OPTIONS }));
    },
    outcome: ({ folder }) => Promise.resolve(fileHash(join(folder, EXPORTED))),
  },
  evaluate: {
    begin: async ({ app, world: { selectionId } }) => {
      const started = await app.client.call('evaluations.judge', { selectionId });
      if (started === null) throw new Error('there is no text to measure on');
      return started.jobId;
    },
    outcome: async ({ app, world: { selectionId } }) =>
      JSON.stringify(await app.client.call('evaluations.verdict', { selectionId })),
  },
  import: {
    begin: async ({ app, folder }) => {
      const [file, text] = [join(folder, 'import.jsonl'), join(folder, 'text.txt')];
      writeFileSync(file, textDemos('Text'));
      writeFileSync(text, 'What is held out, and measures. '.repeat(20_000));
      const domainId = await domainOf(app.client, 'imported');
      await app.client.call('demos.import', { domainId, grants: [app.grant(file, 'read')] });
      await app.client.call('texts.import', { domainId, grants: [app.grant(text, 'read')] });
      return null;
    },
    outcome: async ({ app }) => {
      const domain = await findDomain(app.client, 'imported');
      const texts = (await app.client.call('texts.list', {})).filter(({ domainId }) => domainId === domain?.id);
      return `${domain?.demos} demos, texts of ${texts.map(({ bytes }) => bytes).join()}`;
    },
  },
  undo: {
    begin: async ({ app, world: { doomed } }) => {
      const { client } = app;
      const domain = await findDomain(client, DOOMED);
      if (domain?.demos === IMPORTED) {
        await client.call('undo', await client.call('domains.delete', { domainId: domain.id }));
      } else {
        // its end took away what a deletion can be undone with
        const domainId = await domainOf(client, DOOMED);
        await client.call('demos.import', { domainId, grants: [app.grant(doomed, 'read')] });
      }
      return null;
    },
    outcome: async ({ app }) => `${(await findDomain(app.client, DOOMED))?.demos} demos`,
    removes: DEMOS_OF_DOOMED,
  },
  selections: {
    begin: async ({ app, world: { modelId, selectionId, request }, folder }) => {
      const { client } = app;
      const mask = join(folder, 'mask.json');
      const subject = { kind: 'selection', selectionId, exportId: null } as const;
      const target = app.grant(mask, 'write');
      await client.call('exports.choice', { subject, form: 'choice', target, overwrite: true });
      const there = new Set((await client.call('selections.list', { modelId: null })).map(({ name }) => name));
      const wanted = Array.from({ length: PLANS }, (_, i) => `selection ${i}`).filter((name) => !there.has(name));
      for (const name of wanted) await client.call('selections.save', { request, name });
      if (!there.has('mask')) await client.call('selections.importChoice', { modelId, grant: app.grant(mask, 'read') });
      return null;
    },
    outcome: async ({ app }) => {
      const selections = await app.client.call('selections.list', { modelId: null });
      return selections
        .map(({ name, kept }) => `${name} ${sha256(JSON.stringify(kept))}`)
        .sort()
        .join('\n');
    },
  },
};

async function scoresOfRuns(client: Client): Promise<string> {
  const runs = (await client.call('runs.list', {})).filter(({ state }) => state === 'done');
  const rows = runs.map(async ({ id, demos }) => {
    const { scores } = await client.call('runs.scores', { runIds: [id], criterion: 'easy-ep', mix: 'shares', seed: 0 });
    return `${demos} demos: ${sha256(new Uint8Array(scores.buffer))}`;
  });
  return (await Promise.all(rows)).sort().join('\n');
}

async function start(call: Promise<{ readonly jobId: number }>): Promise<number> {
  return (await call).jobId;
}

async function findDomain(client: Client, name: string): Promise<CallResult<'domains.list'>[number] | undefined> {
  return (await client.call('domains.list', {})).find((domain) => domain.name === name);
}

/** Finds or makes it. */
export async function domainOf(client: Client, name: string): Promise<number> {
  return (await findDomain(client, name))?.id ?? (await client.call('domains.create', { name })).id;
}

/** @param word tells the texts of one file from another's */
const textDemos = (word: string): string =>
  Array.from({ length: IMPORTED }, (_, i) => JSON.stringify({ text: `${word} ${i}.` })).join('\n');

export type Job = CallResult<'jobs.list'>[number];

export async function jobOf(client: Client, jobId: number): Promise<Job> {
  const job = (await client.call('jobs.list', { limit: 100 })).find(({ id }) => id === jobId);
  if (!job) throw new Error(`job ${jobId} is lost`);
  return job;
}

/** Waits for its end, whatever that is. */
export async function endOf(client: Client, jobId: number): Promise<Job> {
  let job = await jobOf(client, jobId);
  for (; job.state === 'queued' || job.state === 'running'; job = await jobOf(client, jobId)) await pause(POLL_MS);
  return job;
}

/** @param folder for the files that are imported */
export async function prepareWorld(app: App, folder: string): Promise<World> {
  const { client } = app;
  await client.call('settings.set', { placement: CPU, nUbatch: 128, maxTokens: 128, measureExports: false });
  const { modelId } = await client.call('sample.open', {});
  const domainId = await domainOf(client, 'python');
  const doomed = join(folder, 'doomed.jsonl');
  writeFileSync(doomed, textDemos('Doomed'));
  const doomedId = await domainOf(client, DOOMED);
  await client.call('demos.import', { domainId: doomedId, grants: [app.grant(doomed, 'read')] });

  const { jobId } = await client.call('runs.start', { modelId, domainId, limit: 2, fresh: false });
  const runId = (await endOf(client, jobId)).runId ?? 0;
  const request = selectionRequest([runId], { kind: 'count', count: 16 });
  const { id: selectionId } = await client.call('selections.save', { request, name: 'half' });
  return { modelId, domainId, doomed, selectionId, request };
}
