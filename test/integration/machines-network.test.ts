// Layers on three machines of a real network: same scores, what passes over the wire, and a cable that is pulled.
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import type { Result } from '../../electron/engine/base/backend/protocol.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { modelShape } from '../../electron/engine/models/placement/model-shape.ts';
import { namespacesRefused, TestNetwork, type RemoteMachine } from '../network-namespaces.ts';
import { CPU, SAMPLE, scratchDir, seededTokens } from './support.ts';

const LOSS_WITHIN_MS = 10_000;
const ALL_LAYERS = 99;
const TOKENS = 1024;
/** Tokens of each of two ubatches. */
const UBATCH = TOKENS / 2;
const MACHINES = 3;

const problem = namespacesRefused();
const machines: RemoteMachine[] = [];
let network: TestNetwork | undefined;
let info: ModelInfo;
let nEmbd = 0;

beforeAll(async () => {
  using backend = new Backend('off');
  const model = await inspectModel(SAMPLE, backend);
  info = model.info;
  ({ nEmbd } = modelShape(model));
  if (problem !== null) return;
  network = new TestNetwork();
  const home = scratchDir();
  for (let i = 0; i < MACHINES; i++) machines.push(await network.add(home, '--memory', '64MiB', '--threads', '1'));
});

afterAll(() => network?.close());

function needNetwork({ skip }: Pick<TestContext, 'skip'>): void {
  if (problem !== null) skip(problem);
}

async function scored(backend: Backend): Promise<Result<'score'>> {
  return backend.call('score', {
    sequences: Array.from({ length: 4 }, (_, i) => seededTokens(TOKENS / 4, 256, i)),
    moeLayers: Int32Array.from(info.moeLayers),
    gateInInput: false,
    nCtx: TOKENS,
    nUbatch: UBATCH,
    nSlice: 0,
    kvType: 'f16',
    nSeqMax: 4,
    nLongest: TOKENS / 4,
    nThreads: CPU.threads,
    paging: null,
    taps: true,
  });
}

async function loaded(...rpc: string[]): Promise<Backend> {
  const backend = new Backend('off');
  await loadModel(backend, info, { ...CPU, gpuLayers: rpc.length > 0 ? ALL_LAYERS : 0, rpc });
  return backend;
}

/** Over all machines. */
function passed(): number {
  return machines.map((machine) => machine.traffic()).reduce((sum, { sent, received }) => sum + sent + received, 0);
}

test('scores on three machines are those of one, and only what must passes between them', async (context) => {
  needNetwork(context);
  using one = await loaded(machines[0]!.endpoint);
  const expected = await scored(one);
  await one.close();
  using backend = await loaded(...machines.map(({ endpoint }) => endpoint));
  await scored(backend); // the graph is sent with the first ubatches
  const before = passed();
  const { sequences, tappedBytes } = await scored(backend);
  const bytes = passed() - before;
  expect(sequences).toEqual(expected.sequences);

  // what is read of the routing; the residual stream to each machine and, but for the last, back
  const streams = (2 * MACHINES - 1) * nEmbd * 4 * TOKENS;
  expect(bytes).toBeGreaterThan(tappedBytes + streams);
  // to each machine the mask of attention, in half precision: at most that of all tokens over the cells in use
  const masks = MACHINES * 2 * (UBATCH * UBATCH + UBATCH * TOKENS);
  // and headers, acknowledgements, the graph
  expect(bytes).toBeLessThan(1.15 * (tappedBytes + streams + masks));
});

test('a pulled cable is noticed within 10 s, also while a machine computes, and named', async (context) => {
  needNetwork(context);
  const lost = machines[1]!;
  const backend = await loaded(...machines.map(({ endpoint }) => endpoint));
  const passes = async (): Promise<never> => {
    for (;;) await scored(backend);
  };
  const failing = passes();
  await new Promise((done) => setTimeout(done, 500));
  lost.pullCable();
  const pulled = performance.now();
  await expect(failing).rejects.toMatchObject({ code: 'MACHINE_UNAVAILABLE', details: { endpoint: lost.endpoint } });
  expect(performance.now() - pulled).toBeLessThan(LOSS_WITHIN_MS);
  await backend.close();

  // a worker to which nobody speaks any more lends its memory to the next one
  lost.plugCable();
  using again = await loaded(...machines.map(({ endpoint }) => endpoint));
  expect((await scored(again)).sequences).toHaveLength(4);
});
