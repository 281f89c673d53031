// Messages between page and main: clones, errors by text, order.
import { expect, test } from './suite.ts';

test('arguments and results are clones with their types', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const sent = {
      scores: new Float64Array([0.5, 1]),
      big: 2n ** 70n,
      when: new Date(5),
      map: new Map([['a', new Set([1])]]),
      nothing: undefined,
      minusZero: -0,
    };
    const [back] = (await window.fixture.invoke('echo', sent)) as [typeof sent];
    return {
      scores: back.scores instanceof Float64Array && [...back.scores],
      big: back.big === 2n ** 70n,
      when: back.when.getTime(),
      set: [...(back.map.get('a') ?? [])],
      hasNothing: 'nothing' in back,
      minusZero: Object.is(back.minusZero, -0),
      same: back === sent,
    };
  });
  expect(seen).toEqual({
    scores: [0.5, 1],
    big: true,
    when: 5,
    set: [1],
    hasNothing: true,
    minusZero: true,
    same: false,
  });
});

test('main sees real types', async ({ page }) => {
  const kinds = await page.evaluate(() =>
    window.fixture.invoke('kinds', new Uint8Array(1), 1n, new Map(), [1], new Date(0), new Error('e')),
  );
  expect(kinds).toEqual([
    '[object Uint8Array]',
    '[object BigInt]',
    '[object Map]',
    '[object Array]',
    '[object Date]',
    '[object Error]',
  ]);
});

test('an error loses all but its text', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const failures: unknown[] = [];
    for (const channel of ['throw', 'nobody', 'return function']) {
      const error: unknown = await window.fixture.invoke(channel).catch((reason: unknown) => reason);
      failures.push(error instanceof Error ? [error.name, error.message, 'code' in error] : error);
    }
    return failures;
  });
  expect(seen).toEqual([
    ['Error', "Error invoking remote method 'throw': TypeError: bad argument", false],
    ['Error', "Error invoking remote method 'nobody': Error: No handler registered for 'nobody'", false],
    ['Error', expect.stringContaining('An object could not be cloned'), false],
  ]);
});

test('what cannot be cloned is not sent', async ({ page, invoke }) => {
  const seen = await page.evaluate(async () => {
    const failures: string[] = [];
    try {
      window.fixture.sendFunction();
    } catch (error) {
      failures.push(String(error));
    }
    await window.fixture.invokeWithElement().catch((error: unknown) => failures.push(String(error)));
    return failures;
  });
  expect(seen).toHaveLength(2);
  for (const failure of seen) expect(failure).toContain('An object could not be cloned');
  expect(await invoke('send function')).toMatch(/could not be cloned/);
});

test('a buffer arrives as bytes, an error as a value', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const bytes = (await window.fixture.invoke('return buffer')) as Uint8Array;
    const error = (await window.fixture.invoke('return error')) as Error;
    return [bytes instanceof Uint8Array, new TextDecoder().decode(bytes), error instanceof Error, error.message];
  });
  expect(seen).toEqual([true, 'abc', true, 'as a value']);
});

test('a channel has one handler', async ({ invoke }) => {
  expect(await invoke('register twice')).toBe("Attempted to register a second handler for 'echo'");
});

test('main knows who speaks', async ({ invoke }) => {
  expect(await invoke('sender')).toEqual({
    isWindow: true,
    isOutermost: true,
    origin: 'app://fixture',
  });
});

test('pushes arrive in order, and stop when unsubscribed', async ({ page }) => {
  await page.evaluate(() => {
    window.fixture.send('ask for pushes', 200);
  });
  await expect.poll(() => page.evaluate(() => window.received.at(-1))).toEqual(['push', 'replied']);
  expect(await page.evaluate(() => window.received.slice(0, -1).map(([, index]) => index))).toEqual(
    Array.from({ length: 200 }, (_, index) => index),
  );
  const count = await page.evaluate(async () => {
    let calls = 0;
    const stop = window.fixture.on('push', () => (calls += 1));
    stop();
    const before = window.received.length;
    window.fixture.send('ask for pushes', 1);
    while (window.received.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    return calls;
  });
  expect(count).toBe(0);
});

test('a pushed matrix keeps its types', async ({ page }) => {
  await page.evaluate(() => {
    window.fixture.send('ask for matrix', 61 * 384);
  });
  await expect.poll(() => page.evaluate(() => window.received.length)).toBe(1);
  const seen = await page.evaluate(() => {
    const [, payload] = window.received[0] as [
      string,
      { scores: Float32Array; tokens: bigint; byDomain: Map<string, Set<number>> },
    ];
    const { scores, tokens, byDomain } = payload;
    return [scores instanceof Float32Array, scores.length, scores[7], tokens === 12n, byDomain.get('math')?.has(2)];
  });
  expect(seen).toEqual([true, 61 * 384, 3.5, true, true]);
});
