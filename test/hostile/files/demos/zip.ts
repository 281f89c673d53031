// A zip file with one file in it.
import { crc32, deflateRawSync } from 'node:zlib';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const CENTRAL_END = 0x06054b50;
const VERSION = 20;
const DEFLATE = 8;

const u16 = (value: number): Buffer => Buffer.from(Uint16Array.of(value).buffer);
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);

export function zipOf(name: string, bytes: Uint8Array): Buffer {
  const packed = deflateRawSync(bytes);
  // flags, method, time, date, checksum, sizes, lengths of name and extra field
  const facts = [
    u16(0),
    u16(DEFLATE),
    u16(0),
    u16(0),
    u32(crc32(bytes)),
    u32(packed.length),
    u32(bytes.length),
    u16(name.length),
    u16(0),
  ];
  const local = Buffer.concat([u32(LOCAL_HEADER), u16(VERSION), ...facts, Buffer.from(name), packed]);
  // length of the comment, disk, attributes, place of the local header
  const central = Buffer.concat([
    u32(CENTRAL_HEADER),
    u16(VERSION),
    u16(VERSION),
    ...facts,
    u16(0),
    u16(0),
    u16(0),
    u32(0),
    u32(0),
    Buffer.from(name),
  ]);
  const end = [u32(CENTRAL_END), u16(0), u16(0), u16(1), u16(1), u32(central.length), u32(local.length), u16(0)];
  return Buffer.concat([local, central, ...end]);
}
