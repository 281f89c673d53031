// Which process works on a row, and whether it is still alive: several Winnow processes may share a database.
import { execFileSync } from 'node:child_process';
import { readFileSync, closeSync, constants, openSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Store } from './database.ts';
import { errorCode } from '../base/files/errno.ts';

/** `start` distinguishes a process from a later one with the same number; on Windows it is the path of a file that the process holds. */
type Owner = { readonly pid: number; readonly start: string };

const ownerRow = z.object({ pid: z.int(), start: z.string() });

type OwnedTable = 'score_runs' | 'exports' | 'jobs';

let self: Owner | undefined;

/** This process as an owner. */
export function currentOwner(): Owner {
  self ??= { pid: process.pid, start: (process.platform === 'win32' ? holdFile() : processStart(process.pid)) ?? '' };
  return self;
}

/** Whether an owner is this process, by pid and start, since pids are reused. */
export function isThisProcess({ pid, start }: Owner): boolean {
  const owner = currentOwner();
  return pid === owner.pid && start === owner.start;
}

/** Whether the process is alive; true if the system does not tell: better a row that stays "running" than a stolen one. */
export function isOwnerAlive(owner: Owner): boolean {
  // on some systems, asking takes up to a second
  if (isThisProcess(owner)) return true;
  if (!processExists(owner.pid)) return false;
  if (process.platform === 'win32') return owner.start === '' || isHeld(owner.start);
  const start = processStart(owner.pid);
  if (start === undefined) return process.platform !== 'linux';
  return owner.start === '' || start === owner.start;
}

/**
 * Marks rows "interrupted" that are "running" in a process that has died.
 * @returns how many
 */
export function interruptOrphans(store: Store, table: OwnedTable, nowMs: number): number {
  const owners = store.all(
    ownerRow,
    `SELECT DISTINCT owner_pid AS pid, owner_start AS start FROM ${table} WHERE state = 'running'`,
  );
  let interrupted = 0;
  for (const owner of owners) {
    if (isOwnerAlive(owner)) continue;
    interrupted += interruptRunning(store, table, owner, nowMs);
  }
  return interrupted;
}

/** Marks rows of this process that nothing works on any more: a full disk prevented their end from being written. */
export function interruptOwn(store: Store, table: OwnedTable, nowMs: number = Date.now()): void {
  interruptRunning(store, table, currentOwner(), nowMs);
}

/** @returns how many rows there were */
function interruptRunning(store: Store, table: OwnedTable, owner: Owner, nowMs: number): number {
  return store.run(
    `UPDATE ${table} SET state = 'interrupted', finished_ms = max(@nowMs, started_ms)
     WHERE state = 'running' AND owner_pid = @pid AND owner_start = @start`,
    { nowMs, ...owner },
  ).changes;
}

/** Whether a process with this number is running. A zombie, which only waits for its parent, has ended. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || processStart(pid) !== undefined;
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** An opaque text, equal for two calls only while the same process lives; undefined if it cannot be read, as on Windows. */
function processStart(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return linuxStart(pid);
    return command('ps', ['-o', 'lstart=', '-p', String(pid)]);
  } catch {
    return undefined;
  }
}

/** The process's start in clock ticks since boot, from /proc/PID/stat (proc(5), field 22), and the id of that boot. */
function linuxStart(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name is in parentheses and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; it only waits for its parent.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19] ?? ''}`;
}

function command(program: string, args: readonly string[]): string | undefined {
  // For the same text in every locale and time zone.
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const text = execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  return text === '' ? undefined : text;
}

/** Work that only one process may do at a time, such as writing to a folder. The claim lasts until it is disposed of, or its process ends. */
type Claim = Disposable;

/**
 * Claims work for this process.
 * @param name identifies the work
 * @returns the claim; if the work is taken, its owner
 */
export function claimWork(store: Store, name: string): Claim | Owner {
  const holder = store.transaction(() => {
    const owner = store.get(ownerRow, 'SELECT owner_pid AS pid, owner_start AS start FROM claims WHERE name = ?', name);
    if (owner && isOwnerAlive(owner)) return owner;
    store.run('INSERT OR REPLACE INTO claims (name, owner_pid, owner_start) VALUES (@name, @pid, @start)', {
      name,
      ...currentOwner(),
    });
    return null;
  });
  return (
    holder ?? {
      [Symbol.dispose]: () => void store.run('DELETE FROM claims WHERE name = ?', name),
    }
  );
}

// libuv's flags for files on Windows (docs.libuv.org/en/v1.x/fs.html, "File open constants"), which Node passes on
const EXCLUSIVE = 0x10000000;
const REMOVED_AT_CLOSE = 0x0040;

/**
 * Makes the file, and holds it until this process ends. Only for Windows.
 * @returns its path; undefined if none can be made
 */
export function holdFile(folder = tmpdir()): string | undefined {
  const path = join(folder, `winnow-${process.pid}-${randomUUID()}.held`);
  try {
    openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | EXCLUSIVE | REMOVED_AT_CLOSE, 0o600);
    return path;
  } catch {
    return undefined;
  }
}

/** Whether the process that made the file is alive; true if the system does not tell. */
export function isHeld(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return false;
  } catch (error) {
    return errorCode(error) !== 'ENOENT';
  }
}
