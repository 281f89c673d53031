// Where a server keeps what a browser uploads, and that people are told the file's own name instead.

/** In the data folder: a folder a server, by its process, and in it one an upload, by a random UUID. */
export const UPLOADS_FOLDER = 'uploads';
/** In the data folder: a folder a model, by the beginning of its SHA-256. */
export const KEPT_FOLDER = 'models';
export const KEPT_DIGITS = 32;

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FOLDER = String.raw`[\\/](?:${UPLOADS_FOLDER}[\\/]\d+[\\/]${UUID}|${KEPT_FOLDER}[\\/][0-9a-f]{${KEPT_DIGITS}})[\\/]`;
/** Alone, or in a list. */
const OF_PATH = new RegExp(`(?<=^|, )(?:(?!, ).)*${FOLDER}`, 'g');
/** In what others wrote a path ends at a space or a quotation mark. */
const IN_TEXT = new RegExp(String.raw`(?<![^\s'"“”‘’])[^\s'"“”‘’]*${FOLDER}`, 'g');

/** Paths, as the user named the files; any other text as it is. */
export function uploadName(path: string): string {
  return path.replace(OF_PATH, '');
}

/** A text in which such paths may stand. */
export function withUploadNames(text: string): string {
  return text.replace(IN_TEXT, '');
}
