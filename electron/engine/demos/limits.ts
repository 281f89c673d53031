// How much one demo file may ask of the importer. Each limit is far above what scoring can use (tens of demos,
// cut to the model's context) and far below what would exhaust the engine's memory.

const MiB = 1024 * 1024;

/** One line, cell or whole document. 16 MiB of text are about four million tokens: beyond any context length. */
export const MAX_DEMO_BYTES = 16 * MiB;

/**
 * A JSON document is parsed whole: its text and its values live in memory together, several times the file's
 * size, against a default heap of 2 to 4 GiB. JSONL has no such limit.
 */
export const MAX_JSON_FILE_BYTES = 256 * MiB;

/** Rows read from one file, good or bad: bounds the report that is kept in memory and sent to the interface. */
export const MAX_ROWS = 1_000_000;

/** UTF-16 code units kept from one file, at most 1 GiB of memory. */
export const MAX_KEPT_CHARS = 512 * MiB;

/** The decoded columns of one Parquet row group, which are read at once. */
export const MAX_ROW_GROUP_BYTES = 256 * MiB;

/** A larger JSON document is parsed in a thread: this takes a hundredth of a second. */
export const MAX_INLINE_JSON_BYTES = MiB;

/** Heap of a thread that reads a file: room for one row group as strings and as rows. */
export const READER_HEAP_MIB = 1024;

/** A decoder that is silent for so long runs in circles on corrupt data; a row group takes seconds. */
export const READER_SILENCE_MS = 120_000;

/** Lists and objects within each other in one row. Tool schemas reach about a dozen. */
export const MAX_NESTING = 100;

/** As people write it: "16 MiB". */
export function inMiB(bytes: number): string {
  return `${Math.round(bytes / MiB)} MiB`;
}
