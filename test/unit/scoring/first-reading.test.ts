import { expect, test, vi } from 'vitest';
import { firstReading } from '../../../electron/engine/experts/scoring/prepare-scoring.ts';
import { temporaryHome } from '../store/support.ts';
import { identifying } from '../../../electron/engine/models/identity.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { idleTask } from '../../../electron/engine/store/task.ts';

const KNOWN = { fingerprint: 'f', sampled: 's', kindred: 'k' };

test.each([
  [18e9, null, [{ key: 'readFirst', bytes: 18e9 }]],
  [18e9, KNOWN, []],
  // in less time than it takes to say so
  [22e6, null, []],
])('of %d bytes, known as %j', (bytes, known, told) => {
  expect(firstReading(bytes, known)).toEqual(told);
});

test('while it lasts, each percent is told once, of what takes long enough', () => {
  const about = vi.fn();
  const told = (done: number, total: number): unknown => {
    about.mockClear();
    const context = new EngineContext({ home: temporaryHome(), host: forkWorker });
    const { onProgress } = identifying(context, { ...idleTask(), about });
    onProgress?.(done, total);
    onProgress?.(done, total);
    return about.mock.calls;
  };
  expect(told(9e9, 18e9)).toEqual([[{ step: { key: 'identifying', done: 50, total: 100 } }]]);
  expect(told(11e6, 22e6)).toEqual([]);
});
