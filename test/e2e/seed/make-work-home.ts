// Fills a home folder with finished work on the sample: two scored domains, a selection, its export, measurements, and
// checked answers.
// Usage: node make-work-home.ts <home>
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallParams } from '../../../electron/contract/api.ts';
import { SAMPLE_MODEL, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { openSeedSession, type SeedSession } from './session.ts';

const DEMOS = { python: 12, math: 12 } as const;
const KEEP = 16;
/** Bytes of each held-out text: each half is enough for contexts of 512 tokens, and what the specs measure on them is quick. */
const TEXT_BYTES = 8_200;
const ANSWERS = { limit: 6, maxTokens: 48 };

async function score(session: SeedSession, modelId: string, domainId: number, limit: number): Promise<number> {
  const { jobId } = await session.client.call('runs.start', { modelId, domainId, limit, fresh: false });
  const { runId } = await session.finished(jobId);
  if (runId === null) throw new Error('the scoring has made no run');
  return runId;
}

/** Leaves the beginning of each held-out text. */
async function shortenTexts({ client, grant }: SeedSession, home: string): Promise<void> {
  for (const { id, name, domain, domainId } of await client.call('texts.list', {})) {
    await client.call('texts.delete', { textId: id });
    const short = join(home, name);
    // a letter that is cut at the end is left out
    const text = new TextDecoder().decode(readFileSync(sampleFiles(domain).text).subarray(0, TEXT_BYTES), {
      stream: true,
    });
    writeFileSync(short, text);
    await client.call('texts.import', { domainId, grants: [grant(short)] });
  }
}

async function exportPlan(session: SeedSession, selectionId: number, output: string): Promise<number> {
  const options = { nextn: 'reuse', quantise: null, imatrix: null } as const;
  const { jobId } = await session.client.call('exports.start', {
    choice: { kind: 'selection', selectionId },
    target: session.grant(output, 'write'),
    options: { ...options, allowFewerUsed: false, overwrite: false },
  });
  const { exportId } = await session.finished(jobId);
  if (exportId === null) throw new Error('the export is not in the list');
  return exportId;
}

async function makeWorkHome(home: string): Promise<void> {
  const models = join(home, 'Models');
  mkdirSync(models, { recursive: true });
  const model = join(models, 'Winnow-Sample-21M-Q8_0.gguf');
  copyFileSync(SAMPLE_MODEL, model);
  const session = openSeedSession(home);
  const { client } = session;
  // what is measured is said below
  await client.call('settings.set', { measureExports: false });
  await client.call('sample.open', {});
  await shortenTexts(session, home);
  const [added] = await client.call('library.add', { grants: [session.grant(model)] });
  const modelId = added?.modelId;
  if (!modelId) throw new Error(`the sample was not added: ${added?.error?.message ?? ''}`);
  const domains = await client.call('domains.list', {});
  const idOf = (name: string): number => domains.find((domain) => domain.name === name)?.id ?? NaN;
  const python = await score(session, modelId, idOf('python'), DEMOS.python);
  await score(session, modelId, idOf('math'), DEMOS.math);
  const request: CallParams<'selections.save'>['request'] = {
    runIds: [python],
    criterion: 'easy-ep',
    keep: { kind: 'count', count: KEEP },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 1,
  };
  const selection = await client.call('selections.save', { request, name: 'python, 16/32' });
  const exportId = await exportPlan(session, selection.id, join(models, 'Winnow-Sample-21M-python-16e-Q8_0.gguf'));
  const measuring = await client.call('evaluations.judge', { selectionId: selection.id, exportId });
  if (measuring === null) throw new Error('there is no text to measure on');
  await session.finished(measuring.jobId);
  const domainIds = Object.keys(DEMOS).map(idOf);
  const checks = await client.call('generations.start', { selectionId: selection.id, exportId, domainIds, ...ANSWERS });
  await session.finished(checks.jobId);
  const trail = { modelId, domainId: idOf('python'), runIds: [python], selectionId: selection.id, exportId };
  await client.call('settings.set', { trail, measureExports: true });
  await session.close();
}

const [home] = process.argv.slice(2);
if (home === undefined) throw new Error('Say which folder to fill.');
await makeWorkHome(home);
