// An icon for Windows, of pictures in several sizes.

/** Bytes of the file's header; one entry for each picture follows, then the pictures as they are. */
const HEADER_BYTES = 6;
const ENTRY_BYTES = 16;
const TYPE_ICON = 1;
const BITS_PER_PIXEL = 32;
/** The header of a PNG file says its width and height here. */
const PNG_WIDTH_AT = 16;
const PNG_HEIGHT_AT = 20;
/** The most that an icon holds; its bytes say it as 0. */
const LARGEST = 256;

/**
 * @param pictures PNG files with transparency
 * @throws Error for one that is larger than 256 by 256 pixels
 */
export function windowsIcon(pictures: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * pictures.length);
  head.writeUInt16LE(TYPE_ICON, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  for (const [i, picture] of pictures.entries()) {
    const entry = HEADER_BYTES + ENTRY_BYTES * i;
    head.writeUInt8(readSide(picture, PNG_WIDTH_AT), entry);
    head.writeUInt8(readSide(picture, PNG_HEIGHT_AT), entry + 1);
    head.writeUInt16LE(1, entry + 4); // planes
    head.writeUInt16LE(BITS_PER_PIXEL, entry + 6);
    head.writeUInt32LE(picture.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += picture.length;
  }
  return Buffer.concat([head, ...pictures]);
}

function readSide(picture: Buffer, at: number): number {
  const pixels = picture.readUInt32BE(at);
  if (pixels > LARGEST) throw new Error(`A picture of ${pixels} pixels is too large for an icon.`);
  return pixels % LARGEST;
}
