// Quantises a planned file and verifies the result. llama.cpp's quantiser reads the tensors' bytes where they lie, so that
// experts are cut and quantised in one step, without an intermediate file.
import { dirname, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { openUnfinished } from '../../base/files/unfinished.ts';
import { hashOfFile } from '../../models/identity.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import { freeBytes, neededBytes } from '../../base/files/free-space.ts';
import {
  SYNC_BYTES,
  type WriteOptions,
  type WrittenFile,
  makeFile,
  notAsPlanned,
  requireHeader,
  writeGguf,
} from '../pruning/write-gguf.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import {
  type QuantisedBy,
  type QuantisedPlan,
  type SparseSource,
  planFromSource,
  quantiseParams,
  requireQuantisable,
  writeSparseSource,
} from './planned-quantised.ts';

/** The worker of `backend` must serve this call alone: it is busy until the end. */
type WriteQuantisedOptions = WriteOptions & { readonly scratchDir: string };

/**
 * Quantises and writes a file.
 * @param file as it would be written without quantising
 * @throws WinnowError as `writeGguf` and `requireQuantisable`; GGUF_CORRUPT: data that cannot be quantised
 */
export async function writeQuantised(
  file: PlannedFile,
  by: QuantisedBy,
  options: WriteQuantisedOptions,
): Promise<WrittenFile> {
  const { backend, signal } = options;
  await using scratch = await makeScratchFolder(options.scratchDir, 'quantise');
  const source = await writeSparseSource(file, scratch.path, backend);
  const imatrix = by.imatrix && join(scratch.path, 'imatrix.gguf');
  let plan: QuantisedPlan = { bytes: 0, headerBytes: 0, tensors: [] };
  let verified = 0;
  return await makeFile(file, options, {
    size: async () => {
      // the complete matrix, not just its header: its data is read too
      if (by.imatrix && imatrix !== null) await writeGguf({ ...by.imatrix, path: imatrix }, { backend });
      plan = await planFromSource(source, by, imatrix, backend);
      requireQuantisable(plan, by);
      return plan.bytes;
    },
    write: async (output) => {
      const syncing = syncMeanwhile(output);
      try {
        await backend.call(
          'quantise',
          { ...quantiseParams(sortSources(plan, source), by, imatrix), output },
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
        throw await quantiseFailure(error, plan, file.path, source);
      } finally {
        await syncing.settled();
      }
    },
    verify: async (path) => {
      const shapes = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
      const tensors = plan.tensors.map(({ name, type, bytes }) => ({ ...shapes.get(name)!, type, bytes }));
      const header = await requireHeader({ ...file, tensors }, path, backend);
      if (header.dataOffset !== plan.headerBytes) {
        throw notAsPlanned(file, `its header has ${header.dataOffset} bytes instead of ${plan.headerBytes}`);
      }
      const synced = syncFile(path);
      synced.catch(() => {}); // thrown when it is awaited
      try {
        const sha256 = await hashOfFile(path, {
          signal,
          onRead: (n) => {
            verified += n;
            options.onProgress?.(plan.bytes + verified, 2 * plan.bytes);
          },
        });
        if (verified !== plan.bytes) throw notAsPlanned(file, `it has ${verified} bytes instead of ${plan.bytes}`);
        return { path: file.path, bytes: plan.bytes, sha256 };
      } finally {
        await synced;
      }
    },
  });
}

/** Sorts the sources into the order in which they are read, since the next one is read ahead. */
function sortSources({ tensors }: QuantisedPlan, source: SparseSource): SparseSource {
  const place = new Map(tensors.map(({ name }, i) => [name, i]));
  const rank = ({ name }: SparseSource['sources'][number]): number => place.get(name) ?? place.size;
  return { ...source, sources: source.sources.toSorted((a, b) => rank(a) - rank(b)) };
}

/** Syncs what has been written so far while llama.cpp goes on writing, so that little is left to wait for at the end. */
function syncMeanwhile(path: string): { reached: (written: number) => void; settled: () => Promise<void> | null } {
  let from = 0;
  let syncing: Promise<void> | null = null;
  const sync = async (): Promise<void> => {
    // the last sync reports a failing disk
    await syncFile(path).catch(() => {});
    syncing = null;
  };
  return {
    reached: (written) => {
      if (syncing || written - from < SYNC_BYTES) return;
      from = written;
      syncing = sync();
    },
    settled: () => syncing,
  };
}

async function syncFile(path: string): Promise<void> {
  await using handle = await openUnfinished(path);
  await handle.sync();
}

/** Finds out what a failure of llama.cpp's quantiser means: its errors say little about writing, and do not name the file. */
async function quantiseFailure(
  error: unknown,
  { bytes }: QuantisedPlan,
  path: string,
  source: SparseSource,
): Promise<unknown> {
  if (!(error instanceof WinnowError) || error.code !== 'INTERNAL') return error;
  const model = source.sources[0]?.path ?? '';
  if (/iostream|basic_ios|basic_filebuf/.test(error.message)) {
    const full = (await freeBytes(dirname(path))) < neededBytes([bytes]);
    const errno = full ? 'ENOSPC' : 'EACCES';
    return Object.assign(new Error('llama.cpp could not write it', { cause: error }), { code: errno });
  }
  const reason = error.message.replace(/^llama\.cpp does not quantise it: /, '').replace(/\.$/, '');
  if (/^cannot read /.test(reason)) {
    return new WinnowError('FILE_UNREADABLE', msg('quantiseRead', { reason }), { path: model }, error);
  }
  return new WinnowError('GGUF_CORRUPT', msg('quantiseRefused', { path: model, reason }), { path: model }, error);
}
