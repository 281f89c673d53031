// Fills a home folder with as much as a person may ever have: models, demos, runs, and a run of the largest model.
// Usage: node make-scale-home.ts <home>
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUMS, type ExpertSums } from '../../../electron/contract/criteria.ts';
import type { ModelInfo } from '../../../electron/contract/model-info.ts';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { hashDemo } from '../../../electron/engine/base/content/documents.ts';
import { inspectModel } from '../../../electron/engine/models/inspect.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, finishScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { SCALE } from '../bench/scale.ts';
import { writeModel } from './scale-models.ts';
import { openSeedSession } from './session.ts';

const TOPICS = ['python', 'contracts', 'radiology', 'math', 'support tickets', 'Rust', 'tax law', 'chemistry'] as const;
const DAY_MS = 86_400_000;
const BEGIN_MS = Date.UTC(2026, 0, 1);

/** The same numbers each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Few experts of a layer do most of the work, others of them in each layer. */
function sumsOf({ moeLayers, nExpert }: ModelInfo, random: () => number): ExpertSums {
  const length = moeLayers.length * nExpert;
  const use = Float64Array.from({ length }, () => Math.exp(4 * random() ** 3));
  const matrix = (): Float64Array => use.map((value) => value * (0.5 + random()));
  const sums = Object.fromEntries(SUMS.map((name) => [name, matrix()])) as Record<(typeof SUMS)[number], Float64Array>;
  return { ...sums, count: use.map((value) => Math.round(20 * value)) };
}

type RunToStore = {
  readonly info: ModelInfo;
  readonly domain: string;
  readonly demos: number;
  readonly startedMs: number;
};

function storeRun(store: Store, { info, domain, demos, startedMs }: RunToStore, seed: number): number {
  const random = randomFrom(seed);
  const model = rememberModel(store, info);
  const run = createScoreRun(
    store,
    {
      modelId: model.id,
      domain,
      settings: { version: 1, nUbatch: 512 + (seed % 4) * 512, maxTokens: 0, seed },
      demos: Array.from({ length: demos }, (_, i) => ({
        hash: hashDemo({ kind: 'text', text: `${domain} ${i}` }),
        id: `${domain}.jsonl:${i + 1}`,
        tokens: 200 + Math.floor(2000 * random()),
      })),
    },
    startedMs,
  );
  const scores = Array.from({ length: demos }, (_, position) => {
    const sums = sumsOf(info, random);
    return { position, sums, maxNorm: new Float32Array(sums.count.length) };
  });
  saveDemoScores(store, run.id, scores);
  const seconds = 5 + Math.floor(400 * random());
  finishScoreRun(store, run.id, 'done', seconds, startedMs + 1000 * seconds);
  return run.id;
}

function writeDemos(file: string): void {
  const random = randomFrom(7);
  const lines = Array.from({ length: SCALE.demos }, (_, i) => {
    const topic = TOPICS[i % TOPICS.length] ?? '';
    const words = 20 + Math.floor(180 * random());
    const messages = [
      { role: 'user', content: `Question ${i} about ${topic}: what does number ${Math.floor(1e6 * random())} mean?` },
      { role: 'assistant', content: `It means ${topic}, and more. `.repeat(Math.ceil(words / 5)) },
    ];
    return JSON.stringify({ messages });
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

async function makeScaleHome(home: string): Promise<void> {
  using backend = new Backend();
  const cache = join(home, '.cache', 'llama.cpp');
  for (let i = 0; i < SCALE.models; i++) {
    const name = `${TOPICS[i % TOPICS.length] ?? ''} ${i}`;
    const experts = i % 10 === 9 ? 0 : 8 << (i % 5);
    const file = join(cache, `${name.replaceAll(' ', '-')}-Q8_0.gguf`);
    await writeModel(file, { name, blocks: 1 + (i % 6), experts }, backend);
  }
  const largest = join(cache, 'largest-Q8_0.gguf');
  await writeModel(largest, { name: 'largest', blocks: SCALE.layers, experts: SCALE.experts }, backend);

  const session = openSeedSession(home);
  const { client, services } = session;
  const { store } = services.context;
  const demos = join(home, 'demos.jsonl');
  writeDemos(demos);
  const domain = await client.call('domains.create', { name: 'everything' });
  await client.call('demos.import', { domainId: domain.id, grants: [session.grant(demos)] });

  const small = (await inspectModel(join(cache, 'python-0-Q8_0.gguf'), backend)).info;
  const large = (await inspectModel(largest, backend)).info;
  store.transaction(() => {
    for (let i = 0; i < SCALE.runs; i++) {
      const topic = `${TOPICS[i % TOPICS.length] ?? ''} ${Math.floor(i / TOPICS.length)}`;
      storeRun(store, { info: small, domain: topic, demos: 2, startedMs: BEGIN_MS + (i * DAY_MS) / 4 }, i);
    }
  });
  const startedMs = BEGIN_MS + 300 * DAY_MS;
  const runIds = ['python', 'contracts'].map((name, i) =>
    storeRun(store, { info: large, domain: name, demos: SCALE.runDemos, startedMs }, 5000 + i),
  );
  const [added] = await client.call('library.add', { grants: [session.grant(largest)] });
  if (!added?.modelId) throw new Error(`the largest model was not added: ${added?.error?.message ?? ''}`);
  await client.call('settings.set', {
    trail: {
      modelId: added.modelId,
      domainId: domain.id,
      runIds: runIds.slice(0, 1),
      selectionId: null,
      exportId: null,
    },
  });
  await session.close();
}

const [home] = process.argv.slice(2);
if (home === undefined) throw new Error('Say which folder to fill.');
await makeScaleHome(home);
