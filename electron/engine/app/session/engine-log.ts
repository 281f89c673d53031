// The engine's log, a rotating file of which the previous one is kept. Several processes may write to it.
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import electronLog from 'electron-log/node.js';

const FILE_BYTES = 5 << 20;
/** Maximum characters of a line. A stack trace has a few thousand, but texts from files may be of any length. */
const LINE_CHARS = 16_384;

/** @param source "engine", "job 12", … */
type AddLine = (level: 'error' | 'warn' | 'info', source: string, text: string) => void;
export type EngineLog = { readonly add: AddLine };

/**
 * Opens the log.
 * @param home folder of the database, in which the file is logs/engine.log
 * @param fileBytes size at which the file becomes engine.old.log
 */
export function openEngineLog(home: string, fileBytes = FILE_BYTES): EngineLog {
  const log = electronLog.create({ logId: 'engine' });
  log.transports.console.level = false;
  const { file } = log.transports;
  file.resolvePathFn = () => join(home, 'logs', 'engine.log');
  file.maxSize = fileBytes;
  file.archiveLogFn = ({ path }) => {
    // another process may already have rotated the file
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > fileBytes)
      renameSync(path, join(home, 'logs', 'engine.old.log'));
  };
  return {
    add: (level, source, text) => {
      try {
        // the transport's own byte count ignores what other processes write
        (file.getFile() as { reset?: () => void }).reset?.();
        log[level](`[${source}]`, text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)} …` : text);
      } catch {
        // a log that cannot be written must not stop the work
      }
    },
  };
}
