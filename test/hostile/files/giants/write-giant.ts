// Entry of the process that writes one of the largest files: node write-giant.ts NUMBER PATH
import { z } from 'zod';
import { GIANTS } from './giants.ts';
import { writePieces } from './sparse.ts';

const [index, path] = z.tuple([z.coerce.number().int(), z.string()]).parse(process.argv.slice(2));
writePieces(path, GIANTS[index]!.pieces());
