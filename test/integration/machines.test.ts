// Layers on machines that lend their memory: same scores, readable failures, runs that go on. All on loopback.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import type { Placement, ScoreRequest } from '../../electron/contract/requests.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import type { LoadPlan } from '../../electron/engine/models/placement/place-model.ts';
import type { Result } from '../../electron/engine/base/backend/protocol.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { startLending, type LendingMachine } from './lent-memory.ts';
import { childrenOf, isRunning, startCommandLine } from './processes.ts';
import { commandLineHere, CPU, SAMPLE, scratchDir, seededTokens } from './support.ts';
import { words } from '../words.ts';

/** In which the loss of a machine must have become an error. */
const LOSS_WITHIN_MS = 10_000;
const ALL_LAYERS = 99;

/** As other machines' CPUs compute. */
const NOT_REPACKED: LoadPlan = {
  devices: [],
  deviceLayers: [],
  gpuLayers: 0,
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'none',
};

const home = scratchDir();
let machines: LendingMachine[] = [];
const endpoints = (): string[] => machines.map(({ endpoint }) => endpoint);
const placed = (rpc: readonly string[], gpuLayers: Placement['gpuLayers'] = ALL_LAYERS): Placement => ({
  ...CPU,
  gpuLayers,
  rpc,
});

beforeAll(async () => {
  machines = await Promise.all([startLending({ home }), startLending({ home })]);
});

afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.stop()));
});

/** Where llama.cpp says that it put weights. */
function buffersOf(backend: Backend): string[] {
  return backend.logTail().flatMap((line) => /(\S+) model buffer size/.exec(line)?.[1] ?? []);
}

async function pass(info: ModelInfo, backend: Backend, importance: boolean, nSlice = 0): Promise<Result<'score'>> {
  return backend.call('score', {
    sequences: [seededTokens(96, 256, 1), seededTokens(32, 256, 2)],
    moeLayers: Int32Array.from(info.moeLayers),
    gateInInput: false,
    nCtx: 128,
    nUbatch: 64,
    nSlice,
    kvType: 'f16',
    nSeqMax: 2,
    nLongest: 96,
    nThreads: CPU.threads,
    paging: null,
    taps: true,
    importance,
  });
}

async function scored(info: ModelInfo, backend: Backend): Promise<Result<'score'>['sequences']> {
  return (await pass(info, backend, false)).sequences;
}

describe('scores', () => {
  test('are the same bits wherever the layers are', async () => {
    using local = new Backend('off');
    const { info } = await inspectModel(SAMPLE, local);
    await loadModel(local, info, CPU, { placed: NOT_REPACKED });
    const expected = await scored(info, local);

    for (const gpuLayers of [2, ALL_LAYERS]) {
      using backend = new Backend('off');
      await loadModel(backend, info, placed(endpoints(), gpuLayers));
      expect(new Set(buffersOf(backend))).toEqual(
        new Set(['CPU_Mapped', ...endpoints().map((endpoint) => `RPC0[${endpoint}]`)]),
      );
      expect(await scored(info, backend)).toEqual(expected);
    }
  });

  test('are the same for several clients of a machine at a time', async () => {
    const lender = await startLending({ home, threads: 1 });
    using one = new Backend('off');
    using other = new Backend('off');
    const { info } = await inspectModel(SAMPLE, one);
    for (const backend of [one, other]) await loadModel(backend, info, placed([lender.endpoint]));
    const expected = await scored(info, one);
    for (let round = 0; round < 3; round++)
      expect(await Promise.all([scored(info, one), scored(info, other)])).toEqual([expected, expected]);
    expect(lender.notices.map(({ kind }) => kind)).toEqual(['serves', 'serves']);
    for (const backend of [one, other]) await backend.close();
    await expect.poll(() => lender.notices.map(({ kind }) => kind)).toEqual(['serves', 'serves', 'served', 'served']);
    await lender.stop();
  });

  test('come from machines that are named, and by IPv6', async ({ skip }) => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    if (!addresses.some(({ address }) => address === '::1')) skip('this machine has no IPv6');
    const six = await startLending({ home, host: '::1' });
    const named = endpoints()[0]!.replace('127.0.0.1', 'localhost');
    using backend = new Backend('off');
    const { info } = await inspectModel(SAMPLE, backend);
    await loadModel(backend, info, placed([six.endpoint, named]));
    // the address as the user gave it
    expect(buffersOf(backend)).toEqual(expect.arrayContaining([`RPC0[${six.endpoint}]`, `RPC0[${named}]`]));
    await scored(info, backend);
    six.kill();
    await expect(scored(info, backend)).rejects.toMatchObject({
      code: 'MACHINE_UNAVAILABLE',
      details: { endpoint: six.endpoint },
    });
    await six.stop();
  });

  test('come from layers that are shared by free memory, unless told otherwise', async () => {
    using backend = new Backend('off');
    const { info } = await inspectModel(SAMPLE, backend);
    await loadModel(backend, info, placed(endpoints(), 'auto'));
    // the machines lend next to nothing, compared with the memory here
    expect(buffersOf(backend).filter((name) => name.startsWith('RPC'))).toHaveLength(1);
  });
});

test('an importance matrix is added up where the layers are: counts the same, sums but for rounding', async () => {
  const matrixOf = async (placement: Placement, placed: { readonly placed?: LoadPlan }, nSlice: number) => {
    using backend = new Backend('off');
    const { info } = await inspectModel(SAMPLE, backend);
    await loadModel(backend, info, placement, placed);
    await backend.call('setImportance', { inputs: [] });
    const without = (await pass(info, backend, false, nSlice)).tappedBytes;
    const { tappedBytes, sequences } = await pass(info, backend, true, nSlice);
    return { inputs: await backend.call('importance', {}), bytes: tappedBytes - without, sequences };
  };
  for (const nSlice of [0, 24]) {
    const local = await matrixOf(CPU, { placed: NOT_REPACKED }, nSlice);
    const remote = await matrixOf(placed(endpoints()), {}, nSlice);
    // here every input is looked at; there only sums come back
    expect(local.bytes).toBe(0);
    expect(remote.bytes).toBeGreaterThan(0);
    expect(remote.sequences).toEqual(local.sequences);
    expect(remote.inputs.map(({ names, counts }) => ({ names, counts }))).toEqual(
      local.inputs.map(({ names, counts }) => ({ names, counts })),
    );
    for (const [i, { names, sums }] of local.inputs.entries()) {
      const error = Math.max(
        ...sums.map((sum, at) => Math.abs(remote.inputs[i]!.sums[at]! - sum) / Math.max(sum, 1e-30)),
      );
      expect(error, `${names.join()}, slices of ${nSlice}`).toBeLessThan(1e-5);
    }
  }
});

describe('a run', () => {
  const request = (rpc: readonly string[]): ScoreRequest => ({
    model: SAMPLE,
    demos: { kind: 'files', files: [sampleFiles('python').demos], domain: 'python' },
    limit: 6,
    maxTokens: 128,
    nUbatch: 128,
    placement: placed(rpc),
    fresh: false,
  });

  test('whose machine dies fails within 10 s, names it, and goes on elsewhere with the same bits', async () => {
    const engine = new Engine({ home: scratchDir() });
    const whole = new Engine({ home: scratchDir() });
    try {
      let killed = 0;
      const failing = engine.score(request(endpoints()), {
        onProgress: ({ done }) => {
          if (done === 0 || killed > 0) return;
          killed = performance.now();
          machines[1]!.kill();
        },
      });
      const [, lost] = endpoints();
      await expect(failing).rejects.toMatchObject({
        code: 'MACHINE_UNAVAILABLE',
        details: { endpoint: lost },
        message: expect.stringMatching(
          new RegExp(`${lost!} is gone: .*${RegExp.escape(SAMPLE)}.*winnow worker`),
        ) as string,
      });
      expect(performance.now() - killed).toBeLessThan(LOSS_WITHIN_MS);

      // by itself, at the same address
      await machines[1]!.listening(2);
      expect(machines[1]!.notices).toContainEqual(expect.objectContaining({ kind: 'restarted' }));
      const elsewhere = await startLending({ home });
      const expected = await whole.score(request([endpoints()[0]!]));
      const resumed = await engine.score(request([elsewhere.endpoint, lost!]));
      await elsewhere.stop();
      expect(resumed.run.resumed).toBe(true);
      expect(resumed.total).toEqual(expected.total);
    } finally {
      await engine.close();
      await whole.close();
    }
  });
});

describe('a machine that cannot be used', () => {
  let impostor: Server;
  let mute: Server;
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    impostor = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n'));
    mute = createServer((socket) => socket.on('error', () => {}));
    for (const server of [impostor, mute]) await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    impostor.close();
    mute.close();
  });

  test('is named with the reason and what to do', async () => {
    const closed = await startLending({ home });
    await closed.stop();
    const cases = [
      [
        closed.endpoint,
        // Windows has its own words for it
        process.platform === 'win32'
          ? /cannot be reached: .*refused.*\. Start "winnow worker" there/
          : /cannot be reached: Connection refused\. Start "winnow worker" there/,
      ],
      [`127.0.0.1:${portOf(impostor)}`, /cannot be used: .*another version\. Use the same version/],
      ['no-such-machine.invalid:50052', /cannot be reached/],
    ] as const;
    for (const [endpoint, said] of cases) {
      using backend = new Backend('off');
      const { info } = await inspectModel(SAMPLE, backend);
      await expect(loadModel(backend, info, placed([endpoints()[0]!, endpoint])), endpoint).rejects.toMatchObject({
        code: 'MACHINE_UNAVAILABLE',
        details: { endpoint },
        message: expect.stringMatching(said) as string,
      });
    }
  });

  test('for want of memory is named too, and serves others on', async () => {
    const small = await startLending({ home, memory: '3MiB' });
    using backend = new Backend('off');
    const { info } = await inspectModel(SAMPLE, backend);
    await expect(loadModel(backend, info, placed([small.endpoint]))).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      details: { endpoint: small.endpoint },
    });
    await loadModel(backend, info, placed([small.endpoint], 1));
    await backend.close();
    await small.stop();
  });
});

describe('winnow worker', () => {
  test('lends until it is told to stop, and leaves no process behind', async () => {
    const winnow = commandLineHere(scratchDir());
    const worker = startCommandLine(scratchDir(), words`worker --port 0 --gpu off --memory 1GiB --json`);
    const endpoint = await new Promise<string>((found) => {
      const look = setInterval(() => {
        const endpoint = /"endpoint": "([^"]+)"/.exec(worker.stdout());
        if (!endpoint) return;
        clearInterval(look);
        found(endpoint[1]!);
      }, 20);
    });
    const { document } = await winnow.json<{ machines: object[] }>('doctor', '--rpc', endpoint);
    expect(document.machines).toMatchObject([
      { endpoint, state: 'ready', memory_total: 2 ** 30, memory_free: 2 ** 30, devices: 1 },
    ]);

    const taken = await winnow.json<{ error: object }>('worker', '--port', endpoint.replace(/.*:/, ''), '--gpu', 'off');
    expect(taken.document.error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(endpoint) as string });
    const children = childrenOf(worker.pid);
    expect(children).toHaveLength(1);
    worker.kill('SIGTERM', 'process');
    const { code, stdout } = await worker.finished;
    // Windows has no signal that could be heard
    if (process.platform !== 'win32') expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ endpoint, memory: 2 ** 30, cache: null });
    expect(children.filter(isRunning)).toEqual([]);
  });
});
