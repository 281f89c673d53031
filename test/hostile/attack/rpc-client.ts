// A client that speaks llama.cpp's RPC, by its wire format alone: a command's byte, the length of what follows in eight
// bytes, then structures without padding, little-endian. It says what no client of llama.cpp would.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../../integration/processes.ts';

/** From llama.cpp's `enum rpc_cmd`. */
export const COMMAND = {
  alloc: 0,
  base: 3,
  free: 4,
  set: 6,
  setByHash: 7,
  get: 8,
  compute: 10,
  memory: 11,
  init: 12,
  hello: 14,
  recompute: 16,
  memset: 17,
} as const;

/** From ggml's enums. `custom`: operations whose parameters are addresses of functions. */
export const OP = { none: 0, add: 2, custom: [92, 93, 94, 95] } as const;
const F32 = 0;

const CAPABILITIES_BYTES = 24;
/** An answer, or that there will be none. */
const ANSWER_MS = 10_000;

export type RpcTensor = {
  readonly id: bigint;
  readonly type?: number;
  readonly buffer?: bigint;
  readonly ne?: readonly number[];
  readonly nb?: readonly number[];
  readonly op?: number;
  readonly sources?: readonly bigint[];
  readonly data?: bigint;
};

const DIMENSIONS = 4;
const OP_PARAMS_BYTES = 64;
const SOURCES = 10;
const NAME_BYTES = 64;
/** ggml's flag of tensors that are to be computed. */
const COMPUTED = 16;

function bytesOf(...parts: readonly (Buffer | bigint | { readonly u32: number })[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (Buffer.isBuffer(part)) return part;
      const number = Buffer.alloc(typeof part === 'bigint' ? 8 : 4);
      if (typeof part === 'bigint') number.writeBigUInt64LE(BigInt.asUintN(64, part));
      else number.writeUInt32LE(part.u32 >>> 0);
      return number;
    }),
  );
}

/** By default a row of sixteen floats without a buffer. */
function tensor({
  id,
  type = F32,
  buffer = 0n,
  ne = [16, 1, 1, 1],
  nb = [4, 64, 64, 64],
  op = OP.none,
  sources = [],
  data = 0n,
}: RpcTensor): Buffer {
  const four = (list: readonly number[]): Buffer =>
    bytesOf(...Array.from({ length: DIMENSIONS }, (_, i) => ({ u32: list[i] ?? 1 })));
  return bytesOf(
    ...[id, { u32: type }, buffer, four(ne), four(nb), { u32: op }, Buffer.alloc(OP_PARAMS_BYTES), { u32: COMPUTED }],
    ...Array.from({ length: SOURCES }, (_, i) => sources[i] ?? 0n),
    ...[0n, 0n, data, Buffer.alloc(NAME_BYTES), { u32: 0 }],
  );
}

/** Bytes that were lent, and where they begin in the server's memory. */
export type Lent = { readonly buffer: bigint; readonly base: bigint };

export class RpcClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
  }

  /** Connected, and greeted. @throws Error when there is no answer */
  static async open(port: number): Promise<RpcClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new RpcClient(socket);
    await client.ask(COMMAND.hello, Buffer.alloc(CAPABILITIES_BYTES));
    return client;
  }

  /** @param announced the length that is said; by default what follows */
  t(command: number, body: Buffer, announced: number = body.length): void {
    this.#socket.write(bytesOf(Buffer.from([command]), BigInt(announced), body));
  }

  /** @returns null: the server has hung up instead */
  async ask(command: number, body: Buffer): Promise<Buffer | null> {
    this.t(command, body);
    const head = await this.#take(8);
    return head === null ? null : this.#take(Number(head.readBigUInt64LE(0)));
  }

  /** @returns null: it was not given */
  async alloc(bytes: bigint): Promise<Lent | null> {
    const got = await this.ask(COMMAND.alloc, bytesOf({ u32: 0 }, bytes));
    const buffer = got?.readBigUInt64LE(0) ?? 0n;
    if (buffer === 0n) return null;
    return { buffer, base: (await this.ask(COMMAND.base, bytesOf(buffer)))?.readBigUInt64LE(0) ?? 0n };
  }

  free(buffer: bigint): void {
    this.t(COMMAND.free, bytesOf(buffer));
  }

  set(into: RpcTensor, data: Buffer): void {
    this.t(COMMAND.set, bytesOf(tensor(into), 0n, data));
  }

  /** @returns whether the server has that data on its disk */
  async setByHash(into: RpcTensor, hash: bigint): Promise<boolean> {
    return (await this.ask(COMMAND.setByHash, bytesOf(tensor(into), 0n, hash)))?.readUInt8(0) === 1;
  }

  async get(of: RpcTensor, offset: bigint, bytes: bigint): Promise<Buffer | null> {
    return this.ask(COMMAND.get, bytesOf(tensor(of), offset, bytes));
  }

  init(one: RpcTensor): void {
    this.t(COMMAND.init, tensor(one));
  }

  /** Fills so many bytes of it. */
  memset(one: RpcTensor, bytes: bigint): void {
    this.t(COMMAND.memset, bytesOf(tensor(one), 0n, bytes, Buffer.alloc(1)));
  }

  compute(nodes: readonly bigint[], tensors: readonly RpcTensor[]): void {
    const ids = Buffer.from(BigUint64Array.from(nodes).buffer);
    const graph = [{ u32: 0 }, { u32: nodes.length }, ids, { u32: tensors.length }, ...tensors.map(tensor)];
    this.t(COMMAND.compute, bytesOf(...graph));
  }

  recompute(): void {
    this.t(COMMAND.recompute, bytesOf({ u32: 0 }));
  }

  /** Bytes that are lent and not used. @returns null: the server has hung up */
  async freeMemory(): Promise<bigint | null> {
    return (await this.ask(COMMAND.memory, bytesOf({ u32: 0 })))?.readBigUInt64LE(0) ?? null;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #take(bytes: number): Promise<Buffer | null> {
    await until('it answers', () => this.#received.length >= bytes || this.#socket.closed, ANSWER_MS);
    if (this.#received.length < bytes) return null;
    const taken = this.#received.subarray(0, bytes);
    this.#received = this.#received.subarray(bytes);
    return taken;
  }
}
