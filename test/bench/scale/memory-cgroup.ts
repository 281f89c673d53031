// Limits the physical memory of processes with Linux control groups. The page cache of the files that they read counts too.
// cgroups(7); the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { errnoOf } from '../../../electron/engine/base/files/errno.ts';
import { messageOf } from '../../../electron/engine/base/files/user-files.ts';
import { processExists } from '../../../electron/engine/store/owner.ts';

/** A folder in which cgroups with a memory limit can be created, if this user is allowed to. */
type CgroupPlace = { readonly version: 1 | 2; readonly folder: string };

const GROUP_NAME = /^winnow-(\d+)$/;
/** Files that set the limit of memory, and of memory and swap together or swap alone, by version. */
const LIMIT_FILES = {
  1: { memory: 'memory.limit_in_bytes', swap: 'memory.memsw.limit_in_bytes' },
  2: { memory: 'memory.max', swap: 'memory.swap.max' },
} as const;
/** Files that hold the number of processes killed for lack of memory, by version. */
const KILLS_FILES = { 1: 'memory.oom_control', 2: 'memory.events' } as const;
/** The kernel releases a group shortly after its last process ends. */
const REMOVE_TRIES = 40;
const REMOVE_AGAIN_MS = 50;

export class MemoryCgroup {
  readonly limitBytes: number;
  readonly #place: CgroupPlace;
  readonly #folder: string;

  private constructor(place: CgroupPlace, limitBytes: number) {
    this.limitBytes = limitBytes;
    this.#place = place;
    this.#folder = join(place.folder, `winnow-${process.pid}`);
  }

  /**
   * Creates a group that may use `limitBytes` of memory and no swap.
   * @throws WinnowError USAGE: the system does not allow it; the message says what is missing
   */
  static make(limitBytes: number, places?: readonly CgroupPlace[]): MemoryCgroup {
    const refusals: string[] = [];
    for (const place of places ?? placesHere()) {
      const group = new MemoryCgroup(place, limitBytes);
      try {
        removeLeftovers(place);
        mkdirSync(group.#folder);
      } catch (error) {
        refusals.push(messageOf(error));
        continue;
      }
      try {
        group.#limit();
        return group;
      } catch (error) {
        refusals.push(messageOf(error));
        rmdirSync(group.#folder);
      }
    }
    throw cannotLimit(refusals[0] ?? 'this process is in no control group whose parent hands on the memory controller');
  }

  /**
   * Puts a process into the group; the memory that it takes from now on counts.
   * @throws WinnowError USAGE: the system does not allow it
   */
  add(pid: number): void {
    try {
      writeFileSync(join(this.#folder, 'cgroup.procs'), String(pid));
    } catch (error) {
      throw cannotLimit(messageOf(error));
    }
  }

  /** Number of processes in the group that the kernel has killed because they needed more. */
  memoryKills(): number {
    const text = readFileSync(join(this.#folder, KILLS_FILES[this.#place.version]), 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Removes the group. Its processes must have ended. */
  async remove(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        rmdirSync(this.#folder);
        return;
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return;
        if (errnoOf(error) !== 'EBUSY' || attempt === REMOVE_TRIES) throw error;
        await new Promise((done) => setTimeout(done, REMOVE_AGAIN_MS));
      }
    }
  }

  #limit(): void {
    const { version } = this.#place;
    const files = LIMIT_FILES[version];
    const write = (name: string, value: number): void =>
      writeFileSync(join(this.#folder, name), String(value), { flag: 'r+' });
    write(files.memory, this.limitBytes);
    try {
      write(files.swap, version === 1 ? this.limitBytes : 0);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error; // the kernel does not account for swap
    }
  }
}

/**
 * The places where a group for this process's children may be created, nearest first.
 * @param mountinfo text of /proc/self/mountinfo, see proc_pid_mountinfo(5)
 * @param memberships text of /proc/self/cgroup: lines of hierarchy:controllers:path
 * @param handsOnMemory whether children of a version 2 group have the memory controller
 */
export function cgroupPlaces(
  mountinfo: string,
  memberships: string,
  handsOnMemory: (folder: string) => boolean,
): CgroupPlace[] {
  const own = memberships.split('\n').map((line) => /^(\d+):([^:]*):(.*)$/.exec(line) ?? []);
  const places: CgroupPlace[] = [];
  for (const { root, mountPoint, type, options } of cgroupMounts(mountinfo)) {
    const isMemoryOf1 = type === 'cgroup' && options.includes('memory');
    if (type !== 'cgroup2' && !isMemoryOf1) continue;
    const [, , , path] =
      own.find(([, id, names]) => (isMemoryOf1 ? names?.split(',').includes('memory') : id === '0')) ?? [];
    const folder = path === undefined ? null : folderOf(path, root, mountPoint);
    if (folder === null) continue;
    if (isMemoryOf1) {
      places.push({ version: 1, folder });
      continue;
    }
    // a group with processes cannot pass on controllers, so the new one becomes its sibling or a sibling of an ancestor
    for (const above of foldersUpTo(mountPoint, folder)) {
      if (handsOnMemory(above)) places.push({ version: 2, folder: above });
    }
  }
  return places;
}

type CgroupMount = {
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly options: readonly string[];
};

function cgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [front, back] = line.split(' - ');
    const [, , , root, mountPoint] = front?.split(' ') ?? [];
    const [type, , options] = back?.split(' ') ?? [];
    if (root === undefined || mountPoint === undefined || type === undefined) return [];
    return [{ root, mountPoint, type, options: options?.split(',') ?? [] }];
  });
}

/** The folder of a group. A container mounts only a part of the hierarchy; null: the group is not in it. */
function folderOf(path: string, root: string, mountPoint: string): string | null {
  const within = posix.relative(root, path);
  return within === '..' || within.startsWith('../') ? null : posix.join(mountPoint, within);
}

function foldersUpTo(top: string, folder: string): string[] {
  return folder === top ? [folder] : [folder, ...foldersUpTo(top, posix.dirname(folder))];
}

function placesHere(): CgroupPlace[] {
  const read = (name: string): string => readFileSync(`/proc/self/${name}`, 'utf8');
  return cgroupPlaces(read('mountinfo'), read('cgroup'), (folder) => {
    try {
      return readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8').split(/\s+/).includes('memory');
    } catch {
      return false;
    }
  });
}

/** Removes groups left by killed processes. They are empty; a group with processes cannot be removed. */
function removeLeftovers({ folder }: CgroupPlace): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(GROUP_NAME.exec(name)?.[1] ?? NaN);
    if (!Number.isInteger(pid) || (pid !== process.pid && processExists(pid))) continue;
    try {
      rmdirSync(join(folder, name));
    } catch {
      // it belongs to another user
    }
  }
}

function cannotLimit(reason: string): WinnowError {
  return new WinnowError(
    'USAGE',
    `Memory cannot be limited here: it takes Linux and a control group (cgroup) that Winnow may make and fill, and ${reason}. ` +
      'Run the command as root, or under systemd as your own user: systemd-run --user --scope --property=Delegate=yes npm run bench:scale',
    { reason },
  );
}
