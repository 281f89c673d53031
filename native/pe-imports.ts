// Which libraries a Windows program or library requires, according to its import table (PE format,
// learn.microsoft.com/windows/win32/debug/pe-format). Large libraries are not read completely.
import { closeSync, openSync, readSync } from 'node:fs';

/** Offset of the field with the header's offset. The header has a signature, 20 bytes of COFF header, and the optional header. */
const HEADER_AT = 0x3c;
const COFF_BYTES = 24;
const SECTION_BYTES = 40;
/** Marks the 64-bit optional header, which lists the addresses of tables; the second one is that of the imports. */
const PE32_PLUS = 0x20b;
const TABLES_AT = 112;
const IMPORTS = 1;
const DESCRIPTOR_BYTES = 20;
const NAME_IN_DESCRIPTOR = 12;
const MAX_NAME_BYTES = 256;
const MAX_LIBRARIES = 1000;

/**
 * Returns the names of libraries in the order of the table; libraries that are only loaded on demand are not in it.
 * @returns an empty list for a file that is not a 64-bit program or library of Windows
 * @throws if the file cannot be read
 */
export function importedLibraries(path: string): string[] {
  const file = openSync(path, 'r');
  const read = (at: number, bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    readSync(file, buffer, 0, bytes, at);
    return buffer;
  };
  try {
    const header = read(0, HEADER_AT + 4).readUInt32LE(HEADER_AT);
    const coff = read(header, COFF_BYTES);
    if (coff.toString('latin1', 0, 4) !== 'PE\0\0') return [];
    const optional = read(header + COFF_BYTES, coff.readUInt16LE(20));
    const table = TABLES_AT + 8 * IMPORTS;
    if (optional.length < table + 8 || optional.readUInt16LE(0) !== PE32_PLUS) return [];
    const sections = read(header + COFF_BYTES + optional.length, SECTION_BYTES * coff.readUInt16LE(6));
    const inFile = (address: number): number => offsetOf(sections, address);

    const names: string[] = [];
    let at = inFile(optional.readUInt32LE(table));
    for (; names.length < MAX_LIBRARIES; at += DESCRIPTOR_BYTES) {
      const name = read(at, DESCRIPTOR_BYTES).readUInt32LE(NAME_IN_DESCRIPTOR);
      if (name === 0) break;
      const text = read(inFile(name), MAX_NAME_BYTES).toString('latin1');
      names.push(text.slice(0, text.indexOf('\0')));
    }
    return names;
  } finally {
    closeSync(file);
  }
}

/** Returns the offset in the file of an address of the loaded library. */
function offsetOf(sections: Buffer, address: number): number {
  for (let at = 0; at < sections.length; at += SECTION_BYTES) {
    const [size, start, , from] = [8, 12, 16, 20].map((field) => sections.readUInt32LE(at + field)) as [
      number,
      number,
      number,
      number,
    ];
    if (address >= start && address < start + size) return from + (address - start);
  }
  return 0;
}
