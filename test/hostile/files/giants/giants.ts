// The largest files, by number.
import { DEMO_GIANTS } from './demo-giants.ts';
import { GGUF_GIANTS } from './gguf-giants.ts';
import type { Piece } from './sparse.ts';

export type Giant = {
  readonly name: string;
  readonly file: string;
  readonly pieces: () => Piece[];
  readonly isModel: boolean;
};

export const GIANTS: readonly Giant[] = [
  ...Object.entries(GGUF_GIANTS).map(([name, pieces]) => ({ name, file: 'giant.gguf', pieces, isModel: true })),
  ...Object.entries(DEMO_GIANTS).map(([name, pieces]) => ({ name, file: name, pieces, isModel: false })),
];
