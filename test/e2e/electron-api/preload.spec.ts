// The preload script: before any script of the page, in a world of its own, behind a bridge that copies.
import { expect, test } from './suite.ts';

test('the preload script runs before the page and has the sandbox to itself', async ({ page }) => {
  const seen = await page.evaluate(() => ({
    first: window.bridgeAtFirstScript,
    atPreload: window.fixture.atPreload,
    process: window.fixture.process,
    leak: window.leak,
    leakInside: window.leakSeenByPreload(),
    require: typeof Reflect.get(window, 'require'),
    process_: typeof Reflect.get(window, 'process'),
    module_: typeof Reflect.get(window, 'module'),
  }));
  expect(seen).toMatchObject({
    first: 'object',
    atPreload: { readyState: 'loading', scripts: 0 },
    process: { type: 'renderer', platform: process.platform, sandboxed: true },
    leakInside: 'from preload',
    require: 'undefined',
    process_: 'undefined',
    module_: 'undefined',
  });
  expect(seen.leak).toBeUndefined();
});

test('the bridge is frozen, and cannot be replaced', async ({ page }) => {
  const seen = await page.evaluate(() => {
    'use strict';
    const attempt = (action: () => unknown): string => {
      try {
        action();
        return 'done';
      } catch (error) {
        return error instanceof Error ? error.name : 'not an error';
      }
    };
    const { fixture } = window;
    return {
      replace: attempt(() => Object.assign(window, { fixture: {} })),
      add: attempt(() => Object.assign(fixture, { more: 1 })),
      change: attempt(() => Object.assign(fixture.nested, { list: [] })),
      push: attempt(() => fixture.nested.list.push(3)),
      remove: attempt(() => Reflect.deleteProperty(window, 'fixture') || attempt(() => null)),
      still: typeof window.fixture.invoke,
    };
  });
  expect(seen).toEqual({
    replace: 'TypeError',
    add: 'TypeError',
    change: 'TypeError',
    push: 'TypeError',
    remove: 'done',
    still: 'function',
  });
});

test('classes lose their class, symbols are dropped', async ({ page }) => {
  const seen = await page.evaluate(() => {
    const { instance } = window.fixture;
    return [instance.count, typeof instance.next, Object.getPrototypeOf(instance) === Object.prototype];
  });
  expect(seen).toEqual([1, 'undefined', true]);
});

test('arguments and results are copies', async ({ page }) => {
  const seen = await page.evaluate(() => {
    const mine = { list: [1] };
    const theirs = window.fixture.mutate(mine);
    const fromCallback = window.fixture.callBack((value) => ({ got: value, set: new Set([1]) })) as {
      got: unknown;
      set: Set<number>;
    };
    return {
      mine: mine.list,
      theirs: theirs.list,
      frozen: Object.isFrozen(theirs),
      got: fromCallback.got,
      set: fromCallback.set.has(1),
      map: window.fixture.returnMap().get('key')?.has(1n),
      kinds: [new Float32Array(1), new Date(0), [1], new Map(), 1n].map((value) => window.fixture.kindOf(value)),
    };
  });
  expect(seen).toEqual({
    mine: [1],
    theirs: [1, 99],
    frozen: false,
    got: { from: 'preload' },
    set: true,
    map: true,
    kinds: ['[object Float32Array]', '[object Date]', '[object Array]', '[object Map]', '[object BigInt]'],
  });
});

test('errors cross with their message only', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const facts = (error: unknown): unknown =>
      error instanceof Error && { message: error.message, code: 'code' in error, typed: error instanceof TypeError };
    try {
      window.fixture.throwTypeError();
      return [];
    } catch (error) {
      return [facts(error), facts(await window.fixture.rejectWithCode().catch((reason: unknown) => reason))];
    }
  });
  expect(seen).toEqual([
    { message: expect.stringContaining('not like this'), code: false, typed: false },
    { message: 'later', code: false, typed: false },
  ]);
});

test('what cannot be cloned does not cross', async ({ page }) => {
  const seen = await page.evaluate(() => {
    try {
      window.fixture.returnWeakMap();
      return 'crossed';
    } catch (error) {
      return String(error);
    }
  });
  expect(seen).toContain('could not be cloned');
});

test('a name on the window can be taken once', async ({ page }) => {
  const seen = await page.evaluate(() =>
    [window.fixture.exposeTwice, window.fixture.exposeOverDocument].map((expose) => {
      try {
        expose();
        return 'exposed';
      } catch (error) {
        return error instanceof Error ? error.message : 'not an error';
      }
    }),
  );
  for (const message of seen) expect(message).toContain('Cannot bind an API on top of an existing property');
});
