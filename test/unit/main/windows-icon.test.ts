// An icon file as its readers take it apart: learn.microsoft.com/previous-versions/ms997538(v=msdn.10).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { windowsIcon } from '../../../electron/windows-icon.ts';

const pictureOf = (size: number): Buffer =>
  readFileSync(join(import.meta.dirname, `../../../resources/icons/linux/${size}x${size}.png`));

test('each picture is found where its entry says, with the size that it has', () => {
  const pictures = [16, 48, 256].map(pictureOf);
  const icon = windowsIcon(pictures);
  expect([icon.readUInt16LE(0), icon.readUInt16LE(2), icon.readUInt16LE(4)]).toEqual([0, 1, 3]);
  const entries = pictures.map((_, i) => icon.subarray(6 + 16 * i, 22 + 16 * i));
  expect(entries.map((entry) => [entry.readUInt8(0), entry.readUInt8(1), entry.readUInt16LE(6)])).toEqual([
    [16, 16, 32],
    [48, 48, 32],
    [0, 0, 32],
  ]);
  const found = entries.map((entry) => {
    const [bytes, at] = [entry.readUInt32LE(8), entry.readUInt32LE(12)];
    return icon.subarray(at, at + bytes);
  });
  expect(found.map((picture, i) => picture.equals(pictures[i] ?? Buffer.alloc(0)))).toEqual([true, true, true]);
});

test('a picture that is larger than an icon can be is refused', () => {
  expect(() => windowsIcon([pictureOf(512)])).toThrow('512');
});
