// What a client of `winnow worker` can try that knows the protocol: each is to end its own connection at most.
import { COMMAND, OP, RpcClient, type RpcTensor } from './rpc-client.ts';

const MIB = 2 ** 20;
const FLOATS = 16;
const ROW_BYTES = BigInt(4 * FLOATS);

/** @throws Error when the server answers, or goes on to serve this client, though it should have hung up */
async function hangsUp(client: RpcClient): Promise<void> {
  if ((await client.freeMemory()) !== null) throw new Error('the server goes on to serve who said that');
  client.close();
}

function equal(what: string, is: unknown, should: unknown): void {
  if (is !== should) throw new Error(`${what}: ${String(is)} instead of ${String(should)}`);
}

async function given(client: RpcClient, bytes: bigint): Promise<{ buffer: bigint; base: bigint }> {
  const got = await client.alloc(bytes);
  if (got === null) throw new Error(`${bytes} bytes were not lent`);
  return got;
}

/** c = a + b, in one buffer. */
function sum({ buffer, base }: { buffer: bigint; base: bigint }): readonly RpcTensor[] {
  const at = (row: bigint): Pick<RpcTensor, 'buffer' | 'data'> => ({ buffer, data: base + row * ROW_BYTES });
  return [
    { id: 1n, ...at(0n) },
    { id: 2n, ...at(1n) },
    { id: 3n, ...at(2n), op: OP.add, sources: [1n, 2n] },
  ];
}

function floats(value: number): Buffer {
  return Buffer.from(new Float32Array(FLOATS).fill(value).buffer);
}

/** @param lent bytes that the worker was told to lend */
type RpcAttack = (port: number, lent: number) => Promise<void>;

/** One that says something with a buffer of its own, and is hung up on. */
const refused =
  (bytes: bigint, say: (client: RpcClient, buffer: { buffer: bigint; base: bigint }) => unknown): RpcAttack =>
  async (port) => {
    const client = await RpcClient.open(port);
    await say(client, await given(client, bytes));
    await hangsUp(client);
  };

/** As `refused`, for each case with a client of its own. */
const eachRefused =
  <Case>(
    cases: readonly Case[],
    say: (client: RpcClient, buffer: { buffer: bigint; base: bigint }, one: Case) => unknown,
  ): RpcAttack =>
  async (port) => {
    for (const one of cases) await refused(4096n, (client, buffer) => say(client, buffer, one))(port, 0);
  };

/** The serving process must outlive these. */
export const FENCED: Readonly<Record<string, RpcAttack>> = {
  'what it is for: a sum': async (port) => {
    const client = await RpcClient.open(port);
    const buffer = await given(client, 4096n);
    const tensors = sum(buffer);
    for (const [i, value] of [3, 4].entries()) client.set(tensors[i]!, 0n, floats(value));
    client.compute([3n], tensors);
    client.recompute();
    const got = await client.get(tensors[2]!, 0n, ROW_BYTES);
    equal('3 + 4', got?.readFloatLE(60), 7);
    client.close();
  },
  'more memory than is lent, at once and by many': async (port, lent) => {
    const [one, other] = [await RpcClient.open(port), await RpcClient.open(port)];
    for (const bytes of [2n ** 64n - 1n, 2n ** 63n, BigInt(lent) + 1n])
      equal(`${bytes} bytes`, await one.alloc(bytes), null);
    await given(one, BigInt(lent) / 2n);
    await given(other, BigInt(lent) / 4n);
    equal('what is more than is left', await other.alloc(BigInt(lent) / 2n), null);
    for (const client of [one, other]) client.close();
    const last = await RpcClient.open(port);
    for (let tries = 0; (await last.freeMemory()) !== BigInt(lent); tries++) {
      if (tries > 200) throw new Error('memory of clients that left stays taken');
      await new Promise((done) => setTimeout(done, 10));
    }
    last.close();
  },
  'messages that are announced and do not come': async (port, lent) => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => RpcClient.open(port)));
    for (const [i, client] of clients.entries()) {
      client.say(i % 2 === 0 ? COMMAND.set : COMMAND.compute, Buffer.alloc(0), 60 * MIB + i);
    }
    for (const client of clients) await hangsUp(client);
    // as large as its buffer allows: the server waits for it, and for nobody else
    const patient = await RpcClient.open(port);
    await given(patient, BigInt(lent));
    patient.say(COMMAND.set, Buffer.alloc(0), lent);
    await new Promise((done) => setTimeout(done, 300));
    const other = await RpcClient.open(port);
    equal('what is left', await other.freeMemory(), 0n);
    for (const client of [patient, other]) client.close();
  },
  'a message for a tensor that is larger than all that this client has': refused(4096n, (client) =>
    // refused for what it announces: what follows would be taken for a part of it
    client.say(COMMAND.set, Buffer.alloc(0), 2 * MIB),
  ),
  'a graph of a million nodes that are none': refused(BigInt(16 * MIB), (client) =>
    client.compute(Array<bigint>(MIB).fill(0n), []),
  ),
  'tensors outside of their buffers, before, behind and round the end of all memory': eachRefused(
    [-64n, 4096n, 4096n - 32n, 2n ** 63n, -(2n ** 63n)].flatMap((away) =>
      [COMMAND.set, COMMAND.get, COMMAND.init, COMMAND.memset].map((command) => ({ away, command })),
    ),
    async (client, { buffer, base }, { away, command }) => {
      const outside = tensorAt(buffer, BigInt.asUintN(64, base + away));
      if (command === COMMAND.set) client.set(outside, 0n, floats(1));
      else if (command === COMMAND.get) equal('what lies outside', await client.get(outside, 0n, ROW_BYTES), null);
      else client.sayOf(command, outside, 0n, ROW_BYTES);
    },
  ),
  'offsets and lengths that leave the buffer or overflow': eachRefused(
    [
      [4096n, 1n],
      [0n, 4097n],
      [1n, 2n ** 64n - 1n],
      [2n ** 64n - 8n, 64n],
      [2n ** 63n, 2n ** 63n],
    ] as const,
    async (client, { buffer, base }, [offset, bytes]) =>
      equal('what lies outside', await client.get(tensorAt(buffer, base), offset, bytes), null),
  ),
  'strides that reach further than the buffer': refused(4096n, async (client, { buffer, base }) => {
    const wide = { ...tensorAt(buffer, base), ne: [16, 2, 1, 1], nb: [4, 2 ** 31, 64, 64] };
    equal('what lies outside', await client.get(wide, 2n ** 31n, 64n), null);
  }),
  'types, operations and devices that there are not': eachRefused(
    [{ type: 4 }, { type: 2 ** 31 }, { op: 10_000 }, { op: 2 ** 32 - 1 }, ...OP.custom.map((op) => ({ op })), null],
    (client, { buffer, base }, wrong) =>
      wrong === null
        ? client.say(COMMAND.alloc, Buffer.from('ffffffff0010000000000000', 'hex'))
        : client.sayOf(COMMAND.init, { ...tensorAt(buffer, base), ...wrong }),
  ),
  'addresses without a buffer in a graph': refused(4096n, (client, { buffer, base }) => {
    const [, second, third] = sum({ buffer, base });
    client.compute([3n], [{ id: 1n, data: base + 64n }, second!, third!]);
  }),
  'buffers of another client': async (port) => {
    const [owner, other] = [await RpcClient.open(port), await RpcClient.open(port)];
    const { buffer, base } = await given(owner, 4096n);
    equal('what is another client’s', await other.get(tensorAt(buffer, base), 0n, ROW_BYTES), null);
    await hangsUp(other);
    const third = await RpcClient.open(port);
    third.free(buffer);
    await hangsUp(third);
    equal('the owner’s', (await owner.get(tensorAt(buffer, base), 0n, ROW_BYTES))?.length, Number(ROW_BYTES));
    owner.close();
  },
  'a buffer that is given back twice': refused(4096n, (client, { buffer }) => {
    client.free(buffer);
    client.free(buffer);
  }),
  'a graph that is computed again on memory that was given back': refused(BigInt(8 * MIB), (client, buffer) => {
    // so large that the system takes it back at once
    client.compute([3n], sum(buffer));
    client.free(buffer.buffer);
    client.recompute();
  }),
  'a graph that was refused, computed again': async (port) => {
    const client = await RpcClient.open(port);
    client.recompute();
    await hangsUp(client);
  },
  'one node twice': refused(4096n, (client, buffer) => client.compute([3n, 3n], sum(buffer))),
  'nodes that are not among the tensors, and tensors that are their own source': eachRefused(
    [[9n], [0n], [3n, 0n]],
    (client, buffer, nodes) => client.compute(nodes, sum(buffer)),
  ),
};

function tensorAt(buffer: bigint, data: bigint): RpcTensor {
  return { id: 1n, buffer, data };
}

/** ggml ends the serving process on these: its operations are not made for hostile shapes. */
export const FATAL: Readonly<Record<string, RpcAttack>> = {
  'a sum of tensors whose shapes do not fit': refused(4096n, (client, buffer) => {
    const [first, second, third] = sum(buffer);
    client.compute([3n], [first!, { ...second!, ne: [7, 1, 1, 1], nb: [4, 28, 28, 28] }, third!]);
  }),
  'a chain of tensors that is longer than a stack': refused(BigInt(32 * MIB), (client, { buffer, base }) => {
    const links = Array.from({ length: 60_000 }, (_, i) => ({
      ...tensorAt(buffer, base),
      id: BigInt(i + 1),
      op: OP.add,
      sources: [BigInt(i + 2), BigInt(i + 2)],
    }));
    client.compute([1n], links);
  }),
};
