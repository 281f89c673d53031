// The bundled sample's domains: added once, without touching what the user made.
import { beforeEach, describe, expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { hashDemo } from '../../../electron/engine/base/content/documents.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import { sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { openSampleDomains } from '../../../electron/engine/measure/sample/open-sample.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { addDemos } from '../../../electron/engine/store/demos.ts';
import {
  createDomain,
  deleteDomain,
  ensureDomain,
  getDomain,
  listDomains,
  renameDomain,
} from '../../../electron/engine/store/domains.ts';
import { temporaryHome } from '../store/support.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';

let context: EngineContext;
let store: Store;
beforeEach(() => {
  context = new EngineContext({ home: temporaryHome(), host: forkWorker });
  ({ store } = context);
  return () => context.close();
});

const open = (): Promise<number> => openSampleDomains(context, new AbortController().signal);

function addOwnDemo(domainId: number): void {
  const content = { kind: 'text', text: 'my own' } as const;
  addDemos(store, domainId, '/mine.txt', [{ content, hash: hashDemo(content), line: 1 }]);
}

test('every domain with all its demos and its text', async () => {
  const id = await open();
  const domains = listDomains(store);
  expect(domains.map(({ name }) => name)).toEqual(sampleDomains());
  for (const domain of domains) {
    const { demos } = await importDemoFile(sampleFiles(domain.name).demos);
    expect(domain).toMatchObject({ demos: demos.length, texts: 1 });
  }
  expect(getDomain(store, id).name).toBe('math');
});

describe('again', () => {
  test('finds them, also under the names that they were given', async () => {
    const id = await open();
    renameDomain(store, id, 'snakes');
    addOwnDemo(id);
    const before = listDomains(store);
    expect(await open()).toBe(id);
    expect(listDomains(store)).toEqual(before);
  });

  test('brings back one that was deleted', async () => {
    deleteDomain(store, await open());
    const id = await open();
    expect(getDomain(store, id)).toMatchObject({ name: 'math', texts: 1 });
    expect(listDomains(store)).toHaveLength(sampleDomains().length);
  });
});

describe('where a domain has the name', () => {
  test('the user’s own stays as it is', async () => {
    const own = createDomain(store, 'math');
    createDomain(store, 'math (sample)');
    addOwnDemo(own.id);
    const id = await open();
    expect(getDomain(store, id).name).toBe('math (sample 2)');
    expect(getDomain(store, own.id)).toMatchObject({ demos: 1, texts: 0 });
  });

  test('one that the sample’s run on the command line left is taken', async () => {
    const left = ensureDomain(store, 'math');
    const { demos } = await importDemoFile(sampleFiles('math').demos);
    addDemos(store, left.id, sampleFiles('math').demos, demos.slice(0, 7));
    expect(await open()).toBe(left.id);
    expect(getDomain(store, left.id).demos).toBe(demos.length);
  });

  test('an empty one is taken', async () => {
    const empty = createDomain(store, 'math');
    expect(await open()).toBe(empty.id);
  });
});

test('stops when it is told to, and goes on later', async () => {
  const stopped = AbortSignal.abort(new WinnowError('CANCELLED', 'Enough.'));
  await expect(openSampleDomains(context, stopped)).rejects.toThrow('Enough.');
  await open();
  expect(listDomains(store)).toHaveLength(sampleDomains().length);
});
