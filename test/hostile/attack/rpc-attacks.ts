// What a client of `winnow worker` can try that knows the protocol: each is to end its own connection at most.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { vi } from 'vitest';
import { COMMAND, OP, RpcClient, type Lent, type RpcTensor } from './rpc-client.ts';

const MIB = 2 ** 20;
const FLOATS = 16;
const ROW_BYTES = BigInt(4 * FLOATS);

/** @throws Error when the server answers, or goes on to serve this client, though it should have hung up */
async function hangsUp(client: RpcClient): Promise<void> {
  assert.equal(await client.freeMemory(), null, 'the server goes on to serve who said that');
  client.close();
}

async function given(client: RpcClient, bytes: bigint): Promise<Lent> {
  const got = await client.alloc(bytes);
  assert.ok(got !== null, `${bytes} bytes were not lent`);
  return got;
}

const tensorAt = ({ buffer, base }: Lent, away = 0n): RpcTensor => ({
  id: 1n,
  buffer,
  data: BigInt.asUintN(64, base + away),
});

/** c = a + b, in one buffer. */
function sum(lent: Lent): readonly [RpcTensor, RpcTensor, RpcTensor] {
  return [
    tensorAt(lent),
    { ...tensorAt(lent, ROW_BYTES), id: 2n },
    { ...tensorAt(lent, 2n * ROW_BYTES), id: 3n, op: OP.add, sources: [1n, 2n] },
  ];
}

const floats = (value: number): Buffer => Buffer.from(new Float32Array(FLOATS).fill(value).buffer);

/** @param lent bytes that the worker was told to lend */
type RpcAttack = (port: number, lent: number) => Promise<void>;

/** Says something with a buffer of its own, for each case as another client, and is hung up on. */
const refused =
  <Case>(bytes: number, cases: readonly Case[], t: (client: RpcClient, lent: Lent, one: Case) => unknown): RpcAttack =>
  async (port) => {
    for (const one of cases) {
      const client = await RpcClient.open(port);
      await t(client, await given(client, BigInt(bytes)), one);
      await hangsUp(client);
    }
  };

const nothingIsRead = async (client: RpcClient, of: RpcTensor, offset = 0n, bytes = ROW_BYTES): Promise<void> =>
  assert.equal(await client.get(of, offset, bytes), null, 'what lies outside is read');

/** What it is for. */
export async function computes(port: number): Promise<void> {
  const client = await RpcClient.open(port);
  const tensors = sum(await given(client, 4096n));
  client.set(tensors[0], floats(3));
  client.set(tensors[1], floats(4));
  client.compute([3n], tensors);
  client.recompute();
  assert.equal((await client.get(tensors[2], 0n, ROW_BYTES))?.readFloatLE(60), 7);
  client.close();
}

/** The serving process must outlive these. */
export const FENCED: Readonly<Record<string, RpcAttack>> = {
  'more memory than is lent, at once and by many': async (port, lent) => {
    const [one, other] = [await RpcClient.open(port), await RpcClient.open(port)];
    for (const bytes of [2n ** 64n - 1n, 2n ** 63n, BigInt(lent) + 1n]) assert.equal(await one.alloc(bytes), null);
    await given(one, BigInt(lent) / 2n);
    await given(other, BigInt(lent) / 4n);
    assert.equal(await other.alloc(BigInt(lent) / 2n), null, 'more than is left');
    for (const client of [one, other]) client.close();
    const last = await RpcClient.open(port);
    const stays = 'memory of clients that left stays taken';
    await vi.waitFor(async () => assert.equal(await last.freeMemory(), BigInt(lent), stays), 2000);
    last.close();
  },
  'messages that are announced and do not come': async (port, lent) => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => RpcClient.open(port)));
    for (const [i, client] of clients.entries()) {
      client.t(i % 2 === 0 ? COMMAND.set : COMMAND.compute, Buffer.alloc(0), 60 * MIB + i);
    }
    for (const client of clients) await hangsUp(client);
    // as large as its buffer allows: the server waits for it, and for nobody else
    const patient = await RpcClient.open(port);
    await given(patient, BigInt(lent));
    patient.t(COMMAND.set, Buffer.alloc(0), lent);
    await pause(300);
    const other = await RpcClient.open(port);
    assert.equal(await other.freeMemory(), 0n);
    for (const client of [patient, other]) client.close();
  },
  // refused for what it announces: what follows would be taken for a part of it
  'a message for a tensor that is larger than all that this client has': refused(4096, [null], (client) =>
    client.t(COMMAND.set, Buffer.alloc(0), 2 * MIB),
  ),
  'a graph of a million nodes that are none': refused(16 * MIB, [null], (client) =>
    client.compute(Array<bigint>(MIB).fill(0n), []),
  ),
  'tensors outside of their buffers, before, behind and round the end of all memory': refused(
    4096,
    [-64n, 4096n, 4096n - 32n, 2n ** 63n, -(2n ** 63n)].flatMap((away) =>
      [
        (client: RpcClient, of: RpcTensor) => client.set(of, floats(1)),
        (client: RpcClient, of: RpcTensor) => nothingIsRead(client, of),
        (client: RpcClient, of: RpcTensor) => client.init(of),
        (client: RpcClient, of: RpcTensor) => client.memset(of, ROW_BYTES),
      ].map((use) => ({ away, use })),
    ),
    (client, lent, { away, use }) => use(client, tensorAt(lent, away)),
  ),
  'offsets and lengths that leave the buffer or overflow': refused(
    4096,
    [
      [4096n, 1n],
      [0n, 4097n],
      [1n, 2n ** 64n - 1n],
      [2n ** 64n - 8n, 64n],
      [2n ** 63n, 2n ** 63n],
    ] as const,
    (client, lent, [offset, bytes]) => nothingIsRead(client, tensorAt(lent), offset, bytes),
  ),
  'strides that reach further than the buffer': refused(4096, [[4, 2 ** 31, 64, 64]], (client, lent, nb) =>
    nothingIsRead(client, { ...tensorAt(lent), ne: [16, 2, 1, 1], nb }, 2n ** 31n),
  ),
  'types and operations that there are not': refused(
    4096,
    [{ type: 4 }, { type: 2 ** 31 }, { op: 10_000 }, { op: 2 ** 32 - 1 }, ...OP.custom.map((op) => ({ op }))],
    (client, lent, wrong) => client.init({ ...tensorAt(lent), ...wrong }),
  ),
  'a device that there is not': refused(4096, ['ffffffff0010000000000000'], (client, _, body) =>
    client.t(COMMAND.alloc, Buffer.from(body, 'hex')),
  ),
  'buffers of another client': async (port) => {
    const [owner, other] = [await RpcClient.open(port), await RpcClient.open(port)];
    const lent = await given(owner, 4096n);
    await nothingIsRead(other, tensorAt(lent));
    await hangsUp(other);
    const third = await RpcClient.open(port);
    third.free(lent.buffer);
    await hangsUp(third);
    assert.equal((await owner.get(tensorAt(lent), 0n, ROW_BYTES))?.length, Number(ROW_BYTES), 'the owner’s');
    owner.close();
  },
  'a buffer that is given back twice': refused(4096, [null], (client, { buffer }) => {
    client.free(buffer);
    client.free(buffer);
  }),
  'a graph that is computed again on memory that was given back': refused(8 * MIB, [null], (client, lent) => {
    // so large that the system takes it back at once
    client.compute([3n], sum(lent));
    client.free(lent.buffer);
    client.recompute();
  }),
  'a graph that was refused, computed again': refused(4096, [null], (client) => client.recompute()),
  'addresses without a buffer in a graph': refused(4096, [null], (client, lent) => {
    const [, second, third] = sum(lent);
    client.compute([3n], [{ id: 1n, data: lent.base + 64n }, second, third]);
  }),
  'one node twice, nodes that are not among the tensors, and tensors that are their own source': refused(
    4096,
    [[3n, 3n], [9n], [0n], [3n, 0n]],
    (client, lent, nodes) => client.compute(nodes, sum(lent)),
  ),
};

/** ggml ends the serving process on these: its operations are not made for hostile shapes. */
export const FATAL: Readonly<Record<string, RpcAttack>> = {
  'a sum of tensors whose shapes do not fit': refused(4096, [[7, 1, 1, 1]], (client, lent, ne) => {
    const [first, second, third] = sum(lent);
    client.compute([3n], [first, { ...second, ne, nb: [4, 28, 28, 28] }, third]);
  }),
  'a chain of tensors that is longer than a stack': refused(32 * MIB, [60_000], (client, lent, length) => {
    const links = Array.from({ length }, (_, i) => {
      const next = BigInt(i + 2);
      return { ...tensorAt(lent), id: BigInt(i + 1), op: OP.add, sources: [next, next] };
    });
    client.compute([1n], links);
  }),
};
