// Runs backend workers under a memory limit, and measures what they read from the disk because of it.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { WinnowError } from '../../../contract/errors.ts';
import { forkingHost, type WorkerHost } from '../../base/backend/worker-host.ts';
import { messageOf } from '../../base/files/user-files.ts';
import type { MemoryCgroup } from './memory-cgroup.ts';

/** Starts workers inside a control group. */
export class LimitedWorkers {
  readonly host: WorkerHost;
  #pid: number | null = null;

  constructor(group: MemoryCgroup) {
    this.host = forkingHost((pid) => {
      group.add(pid);
      this.#pid = pid;
    });
  }

  /** Bytes read from disks for the worker started last, since its start, including mapped files; proc_pid_io(5). */
  readBytes(): number {
    const counters = readFileSync(`/proc/${this.#pid}/io`, 'utf8');
    return Number(/^read_bytes: (\d+)$/m.exec(counters)?.[1] ?? NaN);
  }
}

/**
 * Removes files from the system's page cache. Pages that a process reads itself are charged to its group; pages that another
 * process has read before are not.
 * @throws WinnowError USAGE: there is no GNU dd
 */
export async function dropFromPageCache(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const file = await open(path, 'r');
    try {
      await file.datasync(); // unwritten pages would stay in the cache
    } finally {
      await file.close();
    }
    try {
      // Node has no posix_fadvise; dd's manual drops a whole file in this way
      await promisify(execFile)('dd', [`if=${path}`, 'iflag=nocache', 'count=0']);
    } catch (error) {
      throw new WinnowError(
        'USAGE',
        `The cached pages of ${path} cannot be dropped, and otherwise a memory limit shows nothing: dd of the GNU coreutils failed (${messageOf(error).trim()}).`,
        { path },
        error,
      );
    }
  }
}
