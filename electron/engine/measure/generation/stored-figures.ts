// Figures of checks of answers as the database keeps them, and as older versions did.
import { z } from 'zod';
import { generationFiguresSchema, type GenerationFigures } from '../../../contract/api/generations.ts';

/** A figure went by a name of its own: of what it is. */
const named = (name: string) =>
  z
    .looseObject({ [name]: z.number() })
    .transform(({ [name]: value, ...rest }): object => ({ value, standardError: null, ...rest }))
    .nullable();

const byCheck = <T extends z.ZodType>(one: T) => ({ loop: one, truncated: one, broken: one, answer: one });

const olderSchema = z
  .looseObject({
    rates: z.looseObject(byCheck(named('share'))),
    againstFull: z
      .looseObject({
        ...byCheck(named('difference')),
        lengthRatio: named('median'),
        identical: named('share'),
      })
      .nullable(),
  })
  .pipe(generationFiguresSchema);

export const storedFiguresSchema: z.ZodType<GenerationFigures> = z.union([generationFiguresSchema, olderSchema]);
