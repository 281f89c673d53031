// How much one demo file may demand of the importer. Each limit is far above what scoring can use (tens of demos,
// cut to the model's context) and far below what would exhaust the engine's memory.

const MiB = 1024 * 1024;

/** The largest line, cell or whole document. 16 MiB of text are about four million tokens: beyond any context length. */
export const MAX_DEMO_BYTES = 16 * MiB;

/**
 * A JSON document is parsed whole: its text and its values are in memory together, several times the file's
 * size, with a default heap of 2 to 4 GiB. JSONL has no such limit.
 */
export const MAX_JSON_FILE_BYTES = 256 * MiB;

/** The most rows read from one file, good or bad: this bounds the report that is kept in memory and sent to the interface. */
export const MAX_ROWS = 1_000_000;

/**
 * UTF-16 code units in the rows of one file, used or not: this bounds the memory to 1 GiB, and the work if a small file
 * repeats the same large row again and again.
 */
export const MAX_READ_CHARS = 512 * MiB;

/** The size of the decoded columns of one Parquet row group, which are read at once. */
export const MAX_ROW_GROUP_BYTES = 256 * MiB;

/**
 * The most columns of a table; spreadsheets end at 16,384. Each row becomes an object with all of them. This also limits the cells
 * of a row: a gigabyte of commas would be one row of a thousand million.
 */
export const MAX_COLUMNS = 16_384;

/** How much of a row is quoted when it is left out: enough to recognise it, short enough for a list. */
export const MAX_QUOTE_CHARS = 500;

/** A larger JSON document is parsed in a process of its own: this takes a hundredth of a second. */
export const MAX_INLINE_JSON_BYTES = MiB;

/** All memory of a process that reads a file: a row group while it is decompressed, as strings and as rows. */
export const READER_MEMORY_MIB = 2048;

/**
 * A decoder that neither reads its file nor returns a row for this long is running in circles on corrupt data. The largest row group
 * takes some three seconds, a JSON document of the largest size two. Including the start of its process, a file is given up
 * within ten seconds.
 */
export const READER_SILENCE_MS = 7000;

/** A chat template that takes this long for one demo never finishes: those of published models take milliseconds. */
export const RENDER_MS = 5000;

/** All memory of the process that renders: room for the largest demo in each of the forms that are tried. */
export const RENDERER_MEMORY_MIB = 768;

/** The most that a template may write for one demo, in UTF-16 code units: twice the largest demo. */
export const MAX_RENDERED_CHARS = 2 * MAX_DEMO_BYTES;

/** The deepest nesting of lists and objects in one row. Tool schemas reach about a dozen levels. */
export const MAX_NESTING = 100;

/** The most values in one row, including those in its lists and objects. The longest chats have some thousand messages. */
export const MAX_ROW_VALUES = 100_000;
