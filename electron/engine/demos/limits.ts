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

/**
 * UTF-16 code units in the rows of one file, used ones or not: at most 1 GiB of memory, and of work where a small file
 * says the same large row again and again.
 */
export const MAX_READ_CHARS = 512 * MiB;

/** The decoded columns of one Parquet row group, which are read at once. */
export const MAX_ROW_GROUP_BYTES = 256 * MiB;

/**
 * Columns of a table; spreadsheets end at 16,384. Each row becomes an object with all of them. Also cells of a row: a
 * gigabyte of commas would be one of a thousand million.
 */
export const MAX_COLUMNS = 16_384;

/** How much of a row is quoted when it is left out: enough to recognise it, short enough for a list. */
export const MAX_QUOTE_CHARS = 500;

/** A larger JSON document is parsed in a process of its own: this takes a hundredth of a second. */
export const MAX_INLINE_JSON_BYTES = MiB;

/** Heap of a thread that reads a file: room for one row group as strings and as rows. */
export const READER_HEAP_MIB = 1024;

/** All memory of a process that reads a file: the heap, and a row group as it is decompressed. */
export const READER_MEMORY_MIB = 2048;

/**
 * A decoder that neither reads its file nor gives a row for so long runs in circles on corrupt data. The largest row group
 * takes some three seconds, a JSON document of the largest size two. With the time that its process takes to start, a file
 * is given up within ten seconds.
 */
export const READER_SILENCE_MS = 7000;

/** A chat template that takes so long for one demo comes to no end: those of published models take thousandths of a second. */
export const RENDER_MS = 5000;

/** All memory of the process that renders: room for the largest demo in each of the forms that are tried. */
export const RENDERER_MEMORY_MIB = 768;

/** What a template may write of one demo, in UTF-16 code units: twice the largest demo. */
export const MAX_RENDERED_CHARS = 2 * MAX_DEMO_BYTES;

/** Lists and objects within each other in one row. Tool schemas reach about a dozen. */
export const MAX_NESTING = 100;

/** Values in one row, in lists and objects of it. The longest chats have some thousand messages. */
export const MAX_ROW_VALUES = 100_000;

/** Token ids of one row. More are not looked at: its text says the same. */
export const MAX_TOKEN_IDS = 65_536;
