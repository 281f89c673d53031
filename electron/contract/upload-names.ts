// Where a server keeps what a browser uploads, and how people are shown the file's own name instead.

/** In the data folder: one folder per server, named by its process, with one folder per upload in it, named by a random UUID. */
export const UPLOADS_FOLDER = 'uploads';
/** In the data folder: one folder per model, named by the beginning of its SHA-256. */
export const KEPT_FOLDER = 'models';
export const KEPT_DIGITS = 32;

/** The source of a regular expression for a UUID as `randomUUID` writes it. */
export const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FOLDER = String.raw`[\\/](?:${UPLOADS_FOLDER}[\\/]\d+[\\/]${UUID}|${KEPT_FOLDER}[\\/][0-9a-f]{${KEPT_DIGITS}})[\\/]`;
/** Matches a path alone, or in a list. */
const OF_PATH = new RegExp(`(?<=^|, )(?:(?!, ).)*${FOLDER}`, 'g');
/** Matches a path in foreign text, where it ends at a space or a quotation mark. */
const IN_TEXT = new RegExp(String.raw`(?<![^\s'"“”‘’])[^\s'"“”‘’]*${FOLDER}`, 'g');

/** Returns a path with the name that the user gave the file; any other text stays as it is. */
export function uploadName(path: string): string {
  return path.replace(OF_PATH, '');
}

/** Returns a text with all such paths replaced by names. */
export function withUploadNames(text: string): string {
  return text.replace(IN_TEXT, '');
}
