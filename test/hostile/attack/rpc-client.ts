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

const OP_PARAMS_BYTES = 64;
const SOURCES = 10;
const NAME_BYTES = 64;
/** ggml's flag of tensors that are to be computed. */
const COMPUTED = 16;

/** Modulo 2^32. */
const u32 = (...numbers: readonly number[]): Buffer => Buffer.from(Uint32Array.from(numbers).buffer);
/** Modulo 2^64. */
const u64 = (...numbers: readonly bigint[]): Buffer => Buffer.from(BigUint64Array.from(numbers).buffer);

/** By default a row of sixteen floats without a buffer. */
function tensor(one: RpcTensor): Buffer {
  const { id, type = F32, buffer = 0n, ne = [16, 1, 1, 1], nb = [4, 64, 64, 64], op = OP.none } = one;
  const { sources = [], data = 0n } = one;
  return Buffer.concat([
    ...[u64(id), u32(type), u64(buffer), u32(...ne, ...nb, op), Buffer.alloc(OP_PARAMS_BYTES), u32(COMPUTED)],
    u64(...sources, ...new Array<bigint>(SOURCES - sources.length).fill(0n)),
    ...[u64(0n, 0n, data), Buffer.alloc(NAME_BYTES), u32(0)],
  ]);
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
    this.#socket.write(Buffer.concat([Buffer.of(command), u64(BigInt(announced)), body]));
  }

  /** @returns null: the server has hung up instead */
  async ask(command: number, body: Buffer): Promise<Buffer | null> {
    this.t(command, body);
    const head = await this.#take(8);
    return head === null ? null : this.#take(Number(head.readBigUInt64LE(0)));
  }

  /** @returns null: it was not given */
  async alloc(bytes: bigint): Promise<Lent | null> {
    const got = await this.ask(COMMAND.alloc, Buffer.concat([u32(0), u64(bytes)]));
    const buffer = got?.readBigUInt64LE(0) ?? 0n;
    if (buffer === 0n) return null;
    return { buffer, base: (await this.ask(COMMAND.base, u64(buffer)))?.readBigUInt64LE(0) ?? 0n };
  }

  free(buffer: bigint): void {
    this.t(COMMAND.free, u64(buffer));
  }

  set(into: RpcTensor, data: Buffer): void {
    this.t(COMMAND.set, Buffer.concat([tensor(into), u64(0n), data]));
  }

  /** @returns whether the server has that data on its disk */
  async setByHash(into: RpcTensor, hash: bigint): Promise<boolean> {
    return (await this.ask(COMMAND.setByHash, Buffer.concat([tensor(into), u64(0n, hash)])))?.readUInt8(0) === 1;
  }

  async get(of: RpcTensor, offset: bigint, bytes: bigint): Promise<Buffer | null> {
    return this.ask(COMMAND.get, Buffer.concat([tensor(of), u64(offset, bytes)]));
  }

  init(one: RpcTensor): void {
    this.t(COMMAND.init, tensor(one));
  }

  /** Fills so many bytes of it. */
  memset(one: RpcTensor, bytes: bigint): void {
    this.t(COMMAND.memset, Buffer.concat([tensor(one), u64(0n, bytes), Buffer.alloc(1)]));
  }

  compute(nodes: readonly bigint[], tensors: readonly RpcTensor[]): void {
    const ids = Buffer.from(BigUint64Array.from(nodes).buffer);
    const graph = [u32(0, nodes.length), ids, u32(tensors.length), ...tensors.map(tensor)];
    this.t(COMMAND.compute, Buffer.concat(graph));
  }

  recompute(): void {
    this.t(COMMAND.recompute, u32(0));
  }

  /** Bytes that are lent and not used. @returns null: the server has hung up */
  async freeMemory(): Promise<bigint | null> {
    return (await this.ask(COMMAND.memory, u32(0)))?.readBigUInt64LE(0) ?? null;
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
