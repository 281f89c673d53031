import { expect, test } from 'vitest';
import { EngineSupervisor, type EngineProcess } from '../../../electron/host/engine-supervisor.ts';

test('closed twice, both wait for the one end', async () => {
  const sent: unknown[] = [];
  const exit = Promise.withResolvers<undefined>();
  const child: EngineProcess = {
    send: (message) => sent.push(message),
    onMessage: () => undefined,
    answer: () => undefined,
    onExit: (listener) => void exit.promise.then(() => listener({ reason: 'code 0' })),
    kill: () => undefined,
  };
  const toPage: unknown[] = [];
  const engine = new EngineSupervisor({ startProcess: () => child, toPage: (message) => toPage.push(message) });
  engine.start();
  const closed = Promise.all([engine.close(), engine.close()]);
  expect(sent).toEqual([{ kind: 'close' }]);
  exit.resolve(undefined);
  await closed;
  await engine.close();
  expect(toPage).toEqual([]);
});
