// Quantises planned files and verifies the result. llama.cpp's quantiser reads the tensors' bytes where they lie, so that
// experts are cut and quantised in one step, without an intermediate file.
import { createHash } from 'node:crypto';
import { open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Result } from '../../base/backend/protocol.ts';
import { openUnfinished } from '../../base/files/unfinished.ts';
import { splitPartName } from '../../models/model-files.ts';
import type { FileAtWork, PlannedFile } from '../pruning/planned-file.ts';
import type { QuantisedBy, QuantisedPlan } from '../pruning/quantiser.ts';
import { CHUNK_BYTES, pieceBuffers } from '../pruning/source-bytes.ts';
import { freeBytes, neededBytes } from '../../base/files/free-space.ts';
import {
  makeFiles,
  notAsPlanned,
  requireHeader,
  SYNC_BYTES,
  writeGgufFiles,
  type WriteOptions,
  type WrittenFile,
} from '../pruning/write-gguf.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { planFromSource, quantiseParams, requireQuantisable } from './planned-quantised.ts';
import { writeSparseSource, type SparseSource } from './sparse-source.ts';

/** The worker of `backend` must serve this call alone: it is busy until the end. */
type WriteQuantisedOptions = WriteOptions & { readonly scratchDir: string };

/**
 * Quantises and writes files.
 * @param files the files of one model, as they would be written without quantising
 * @throws WinnowError as `writeGgufFiles` and `requireQuantisable`; GGUF_CORRUPT: data that cannot be quantised
 */
export async function writeQuantised(
  files: readonly PlannedFile[],
  by: QuantisedBy,
  options: WriteQuantisedOptions,
): Promise<WrittenFile[]> {
  const { backend, signal } = options;
  await using scratch = await makeScratchFolder(options.scratchDir, 'quantise');
  const source = await writeSparseSource(files, scratch.path, backend);
  const imatrix = by.imatrix && join(scratch.path, 'imatrix.gguf');
  let plan: QuantisedPlan = { files: [], bytes: 0, keys: [], lacksImatrix: [] };
  let verified = 0;
  return await makeFiles(files, options, {
    sizes: async () => {
      // the complete matrix, not just its header: its data is read too
      if (by.imatrix && imatrix !== null) await writeGgufFiles([{ ...by.imatrix, path: imatrix }], { backend });
      plan = await planFromSource(files, source, by, imatrix, backend);
      requireQuantisable(plan, by);
      return plan.files.map(({ bytes }) => bytes);
    },
    write: async (atWork, at) => {
      at(files[0]?.path ?? '');
      const unfinished = atWork.map((file) => file.unfinished);
      const output = await outputName(unfinished, scratch.path);
      const syncing = new SyncMeanwhile(plan.files.map(({ bytes }, i) => ({ bytes, path: unfinished[i]! })));
      try {
        await backend.call(
          'quantise',
          { ...quantiseParams(inOrderOf(plan, source), by, imatrix), keepSplit: files.length > 1, output },
          {
            ...(signal && { signal }),
            onProgress: (done) => {
              const written = (plan.bytes * done) / Math.max(1, source.bytes);
              syncing.reached(written);
              options.onProgress?.(written, 2 * plan.bytes);
            },
          },
        );
      } catch (error) {
        throw await quantiseFailure(error, plan, files, source);
      } finally {
        await syncing.settled();
      }
    },
    verify: async (file, i) => {
      const planned = plan.files[i];
      if (!planned) throw new WinnowError('INTERNAL', `no quantised file is planned as ${file.path}`);
      const shapes = new Map(file.tensors.map(({ name, ne }) => [name, ne]));
      const tensors = planned.tensors.map((tensor) => ({ ...tensor, ne: shapes.get(tensor.name) ?? [] }));
      const header = await requireHeader({ ...file, tensors }, backend);
      const synced = syncFile(file.unfinished);
      synced.catch(() => {}); // thrown when it is awaited
      try {
        return await readBack({ ...planned, unfinished: file.unfinished }, header, signal, (n) => {
          verified += n;
          options.onProgress?.(plan.bytes + verified, 2 * plan.bytes);
        });
      } finally {
        await synced;
      }
    },
  });
}

/** Sorts the sources into the order in which they are read, since the next one is read ahead. */
function inOrderOf({ files }: QuantisedPlan, source: SparseSource): SparseSource {
  const place = new Map(files.flatMap(({ tensors }) => tensors).map(({ name }, i) => [name, i]));
  const placeOf = ({ name }: SparseSource['sources'][number]): number => place.get(name) ?? place.size;
  return { ...source, sources: source.sources.toSorted((a, b) => placeOf(a) - placeOf(b)) };
}

/** Syncs what has been written so far while llama.cpp goes on writing, so that little is left to wait for at the end. */
class SyncMeanwhile {
  readonly #files: { readonly path: string; readonly start: number; readonly end: number }[] = [];
  #from = 0;
  #syncing: Promise<void> | null = null;

  /** @param files where they lie until they are complete, in the order in which they are written */
  constructor(files: readonly { readonly path: string; readonly bytes: number }[]) {
    let end = 0;
    for (const { path, bytes } of files) this.#files.push({ path, start: end, end: (end += bytes) });
  }

  /** Starts a sync if enough has been written. @param written bytes of all files together */
  reached(written: number): void {
    if (this.#syncing || written - this.#from < SYNC_BYTES) return;
    const begun = this.#files.filter(({ start, end }) => start < written && end > this.#from);
    this.#from = written;
    this.#syncing = this.#sync(begun.map(({ path }) => path));
  }

  /** Waits for the current sync. */
  async settled(): Promise<void> {
    await this.#syncing;
  }

  async #sync(paths: readonly string[]): Promise<void> {
    // the last sync reports a failing disk
    for (const path of paths) await syncFile(path).catch(() => {});
    this.#syncing = null;
  }
}

async function syncFile(path: string): Promise<void> {
  await using handle = await openUnfinished(path);
  await handle.sync();
}

/** The path of a single file; for several, the prefix of links to them, since llama.cpp forms the parts' names itself. */
async function outputName(unfinished: readonly string[], folder: string): Promise<string> {
  const [first] = unfinished;
  if (unfinished.length === 1 && first !== undefined) return first;
  const prefix = join(folder, 'part');
  for (const [i, path] of unfinished.entries()) await symlink(path, splitPartName(prefix, i, unfinished.length));
  return prefix;
}

/** Reads all of a file whose header has been checked. @returns the file with its SHA-256 */
async function readBack(
  { path, bytes, headerBytes, unfinished }: FileAtWork<QuantisedPlan['files'][number]>,
  header: Result<'readGguf'>,
  signal: AbortSignal | undefined,
  report: (n: number) => void,
): Promise<WrittenFile> {
  if (header.dataOffset !== headerBytes) {
    throw notAsPlanned({ path }, `its header has ${header.dataOffset} bytes instead of ${headerBytes}`);
  }
  const hash = createHash('sha256');
  const buffers = pieceBuffers();
  await using handle = await open(unfinished, 'r');
  let found = 0;
  let ahead = handle.read(buffers[0], 0, CHUNK_BYTES, 0);
  for (let turn = 1; ; turn++) {
    const { buffer, bytesRead } = await ahead;
    signal?.throwIfAborted();
    if (bytesRead === 0) break;
    found += bytesRead;
    ahead = handle.read(buffers[turn % 2]!, 0, CHUNK_BYTES, found);
    hash.update(buffer.subarray(0, bytesRead));
    report(bytesRead);
  }
  if (found !== bytes) throw notAsPlanned({ path }, `it has ${found} bytes instead of ${bytes}`);
  return { path, bytes, sha256: hash.digest('hex') };
}

/** Finds out what a failure of llama.cpp's quantiser means: its errors say little about writing, and do not name the file. */
async function quantiseFailure(
  error: unknown,
  plan: QuantisedPlan,
  files: readonly PlannedFile[],
  source: SparseSource,
): Promise<unknown> {
  if (!(error instanceof WinnowError) || error.code !== 'INTERNAL') return error;
  const path = files[0]?.path ?? '';
  const model = source.sources[0]?.path ?? '';
  if (/iostream|basic_ios|basic_filebuf/.test(error.message)) {
    const sizes = plan.files.map(({ bytes }) => bytes);
    const full = (await freeBytes(dirname(path))) < neededBytes(sizes);
    const errno = full ? 'ENOSPC' : 'EACCES';
    return Object.assign(new Error('llama.cpp could not write it', { cause: error }), { code: errno });
  }
  const reason = error.message.replace(/^llama\.cpp does not quantise it: /, '').replace(/\.$/, '');
  if (/^cannot read /.test(reason)) {
    return new WinnowError('FILE_UNREADABLE', say('quantiseRead', { reason }), { path: model }, error);
  }
  return new WinnowError('GGUF_CORRUPT', say('quantiseRefused', { path: model, reason }), { path: model }, error);
}
