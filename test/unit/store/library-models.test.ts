// The stored list of models: what stays and what is read again when files change.
import { beforeEach, describe, expect, test } from 'vitest';
import { msg } from '../../../electron/contract/sentences.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import {
  getLibraryModel,
  libraryModelsByFingerprint,
  listLibraryModels,
  putFoundModel,
  saveHeaderFacts,
  setModelSampled,
  setModelUsed,
  unidentifiedModels,
} from '../../../electron/engine/store/library-models.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { tinyModel } from '../pruning/tiny-model.ts';
import { temporaryHome } from './support.ts';

type FoundModel = Parameters<typeof putFoundModel>[1];

let store: Store;
beforeEach(() => {
  store = openStore(temporaryHome());
  return () => store.close();
});

const ID = '0'.repeat(16);
const FOUND: FoundModel = {
  id: ID,
  path: '/models/a.gguf',
  origin: 'folder',
  publisher: null,
  name: 'a',
  bytes: 100,
  parts: 1,
  modifiedMs: 1000.5,
};
const { info } = tinyModel();

/** As after its header was read and it was used. */
function known(change: Partial<FoundModel> = {}): void {
  putFoundModel(store, { ...FOUND, ...change });
  const id = change.id ?? ID;
  saveHeaderFacts(store, id, { reader: 'r1', state: 'dense', reason: msg('denseModel'), details: null, name: null });
  setModelUsed(store, id, 5);
  setModelSampled(store, id, 'f1');
}

describe('a model that is found again', () => {
  test('unchanged: nothing is read again', () => {
    known();
    expect(putFoundModel(store, { ...FOUND, origin: 'jan', name: 'b' })).toMatchObject({
      origin: 'jan',
      name: 'b',
      reader: 'r1',
      state: 'dense',
      reason: msg('denseModel'),
      sampled: 'f1',
      lastUsedMs: 5,
    });
  });

  test.each([{ bytes: 101 }, { modifiedMs: 1000.75 }, { parts: 2 }])('changed by %o: it is read again', (change) => {
    known();
    expect(putFoundModel(store, { ...FOUND, ...change })).toMatchObject({
      ...change,
      reader: null,
      state: 'reading',
      reason: null,
      sampled: null,
      lastUsedMs: 5,
    });
  });

  test('at the end of a link that led to another file', () => {
    known();
    putFoundModel(store, { ...FOUND, id: '1'.repeat(16) });
    expect(listLibraryModels(store).map(({ id, state }) => [id, state])).toEqual([['1'.repeat(16), 'reading']]);
  });
});

describe('a model without a name', () => {
  test('is called by its file, then as its header says, until the file changes', () => {
    const nameless = { ...FOUND, name: null, path: '/blobs/sha256-1' };
    expect(putFoundModel(store, nameless).name).toBe('sha256-1');
    saveHeaderFacts(store, ID, { reader: 'r1', state: 'ready', reason: null, details: null, name: 'Title' });
    expect(putFoundModel(store, nameless).name).toBe('Title');
    expect(putFoundModel(store, { ...nameless, bytes: 7 }).name).toBe('sha256-1');
  });
});

describe('by fingerprint', () => {
  test('a model that was identified', () => {
    known();
    expect(libraryModelsByFingerprint(store, 'f1')).toEqual([ID]);
    expect(libraryModelsByFingerprint(store, 'f2')).toEqual([]);
  });

  test('a model that a job used since, as long as its size stays', () => {
    putFoundModel(store, { ...FOUND, bytes: info.bytes });
    rememberModel(store, { ...info, path: FOUND.path, fingerprint: 'used' });
    expect(libraryModelsByFingerprint(store, 'used')).toEqual([ID]);
    expect(unidentifiedModels(store)).toEqual([]); // its header was not read yet

    putFoundModel(store, { ...FOUND, bytes: info.bytes + 1 });
    expect(libraryModelsByFingerprint(store, 'used')).toEqual([]);
  });

  test('not one whose file was replaced and used again', () => {
    putFoundModel(store, { ...FOUND, bytes: info.bytes });
    rememberModel(store, { ...info, path: FOUND.path, fingerprint: 'old' }, 1);
    rememberModel(store, { ...info, path: FOUND.path, fingerprint: 'new' }, 2);
    expect(libraryModelsByFingerprint(store, 'old')).toEqual([]);
    expect(libraryModelsByFingerprint(store, 'new')).toEqual([ID]);
  });

  test('of copies the one used last first', () => {
    known();
    known({ id: '1'.repeat(16), path: '/b.gguf' });
    setModelUsed(store, '1'.repeat(16), 9);
    expect(libraryModelsByFingerprint(store, 'f1')).toEqual(['1'.repeat(16), ID]);
  });

  test('models as large as one that was used are to be identified', () => {
    rememberModel(store, { ...info, path: '/elsewhere.gguf', fingerprint: 'moved' });
    putFoundModel(store, { ...FOUND, bytes: info.bytes });
    saveHeaderFacts(store, ID, { reader: 'r1', state: 'ready', reason: null, details: null, name: null });
    expect(unidentifiedModels(store)).toEqual([ID]);
    setModelSampled(store, ID, 'moved');
    expect(unidentifiedModels(store)).toEqual([]);
  });
});

test('the list begins with what was used last, then goes by name', () => {
  for (const [i, name] of ['b', 'C', 'a', 'd'].entries()) {
    putFoundModel(store, { ...FOUND, id: `${i}`.repeat(16), path: `/${name}.gguf`, name });
  }
  setModelUsed(store, '3'.repeat(16), 10);
  expect(listLibraryModels(store).map(({ name }) => name)).toEqual(['d', 'a', 'b', 'C']);
});

test('a model that was taken out while its header was read stays out', () => {
  saveHeaderFacts(store, ID, { reader: 'r1', state: 'ready', reason: null, details: null, name: null });
  expect(getLibraryModel(store, ID)).toBeUndefined();
});
