// Structured-cloneable values as text and back. The browser's own bridge to the test process loses maps, sets and
// shared references; Electron's messages keep them. Runs in pages and in Node.

/** Values that are not their own JSON: a tag, and what the tag needs. */
type Cell = string | number | boolean | null | readonly [tag: string, ...rest: unknown[]];
type Node = readonly [type: string, ...content: unknown[]];

const VIEWS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

const ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/**
 * @throws Error with Electron's message for values that no message can carry: functions, symbols, promises, proxies,
 *   DOM objects, files
 */
export function cloneToText(value: unknown): string {
  let copy: unknown;
  try {
    copy = structuredClone(value);
  } catch {
    throw notCloneable();
  }
  const nodes: Node[] = [];
  const root = new Writer(nodes).cell(copy);
  return JSON.stringify([root, nodes]);
}

export function cloneFromText(text: string): unknown {
  const [root, nodes] = JSON.parse(text) as [Cell, Node[]];
  return new Reader(nodes).value(root);
}

function notCloneable(): Error {
  return new Error('An object could not be cloned.');
}

class Writer {
  readonly #nodes: Node[];
  readonly #seen = new Map<object, number>();

  constructor(nodes: Node[]) {
    this.#nodes = nodes;
  }

  cell(value: unknown): Cell {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (value === undefined) return ['undefined'];
    if (typeof value === 'number') {
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : ['number', Object.is(value, -0) ? '-0' : `${value}`];
    }
    if (typeof value === 'bigint') return ['bigint', `${value}`];
    if (typeof value === 'object') return ['node', this.#node(value)];
    throw notCloneable();
  }

  #node(value: object): number {
    const known = this.#seen.get(value);
    if (known !== undefined) return known;
    const index = this.#nodes.length;
    this.#seen.set(value, index);
    this.#nodes.push(['pending']);
    this.#nodes[index] = this.#describe(value);
    return index;
  }

  #describe(value: object): Node {
    if (Array.isArray(value)) return ['array', value.length, ...this.#entries(value)];
    if (value instanceof Map) return ['map', ...[...value].map(([k, v]) => [this.cell(k), this.cell(v)])];
    if (value instanceof Set) return ['set', ...[...value].map((v) => this.cell(v))];
    if (value instanceof Date) return ['date', this.cell(value.getTime())];
    if (value instanceof RegExp) return ['regexp', value.source, value.flags];
    if (value instanceof ArrayBuffer) return ['buffer', toBase64(new Uint8Array(value))];
    if (ArrayBuffer.isView(value)) return this.#view(value);
    if (value instanceof Error) {
      const cause = 'cause' in value ? [this.cell(value.cause)] : [];
      return ['error', value.name, value.message, value.stack ?? '', ...cause];
    }
    if (Object.getPrototypeOf(value) === Object.prototype) return ['object', ...this.#entries(value)];
    throw notCloneable();
  }

  #entries(value: object): [string, Cell][] {
    return Object.entries(value).map(([key, item]) => [key, this.cell(item)]);
  }

  #view(view: ArrayBufferView): Node {
    const type = Object.keys(VIEWS).find((name) => view instanceof VIEWS[name as keyof typeof VIEWS]);
    if (!type || !(view.buffer instanceof ArrayBuffer)) throw notCloneable();
    const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
    return ['view', type, this.#node(view.buffer), view.byteOffset, length];
  }
}

class Reader {
  readonly #nodes: readonly Node[];
  readonly #made = new Map<number, object>();

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  value(cell: Cell): unknown {
    if (cell === null || typeof cell !== 'object') return cell;
    const [tag, content] = cell as [string, string & number];
    if (tag === 'undefined') return undefined;
    if (tag === 'number') return Number(content);
    if (tag === 'bigint') return BigInt(content);
    return this.#made.get(content) ?? this.#make(content);
  }

  /** Containers are remembered before they are filled: a value may hold itself. */
  #make(index: number): object {
    const [type, ...content] = this.#nodes[index]!;
    const keep = <T extends object>(made: T): T => {
      this.#made.set(index, made);
      return made;
    };
    switch (type) {
      case 'array': {
        const made = keep(new Array<unknown>(content[0] as number));
        return this.#fill(made, content.slice(1));
      }
      case 'object':
        return this.#fill(keep({}), content);
      case 'map': {
        const made = keep(new Map<unknown, unknown>());
        for (const [key, item] of content as [Cell, Cell][]) made.set(this.value(key), this.value(item));
        return made;
      }
      case 'set': {
        const made = keep(new Set<unknown>());
        for (const item of content as Cell[]) made.add(this.value(item));
        return made;
      }
      case 'date':
        return keep(new Date(this.value(content[0] as Cell) as number));
      case 'regexp':
        return keep(new RegExp(content[0] as string, content[1] as string));
      case 'buffer':
        return keep(fromBase64(content[0] as string));
      case 'view':
        return keep(this.#view(content as [keyof typeof VIEWS, number, number, number]));
      case 'error':
        return this.#error(keep, content as [string, string, string, Cell?]);
      default:
        throw new Error(`unknown kind of value: ${type}`);
    }
  }

  #fill(target: object, entries: readonly unknown[]): object {
    for (const [key, item] of entries as [string, Cell][]) {
      Object.defineProperty(target, key, {
        value: this.value(item),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return target;
  }

  #view([type, buffer, offset, length]: [keyof typeof VIEWS, number, number, number]): ArrayBufferView {
    const View = VIEWS[type] as new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;
    return new View(this.value(['node', buffer]) as ArrayBuffer, offset, length);
  }

  #error(keep: (made: Error) => Error, [name, message, stack, ...cause]: [string, string, string, Cell?]): Error {
    const made = keep(new (ERRORS[name] ?? Error)(message));
    Object.defineProperty(made, 'stack', { value: stack, writable: true, configurable: true });
    if (cause[0] !== undefined) {
      Object.defineProperty(made, 'cause', { value: this.value(cause[0]), writable: true, configurable: true });
    }
    return made;
  }
}

function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer !== 'undefined') return Buffer.from(bytes.buffer).toString('base64');
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(parts.join(''));
}

function fromBase64(text: string): ArrayBuffer {
  if (typeof Buffer !== 'undefined') {
    const bytes = Buffer.from(text, 'base64');
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes.buffer;
}
