// Figures of checked answers as they are stored now, and as older versions stored them.
import { z } from 'zod';
import { generationFiguresSchema, type GenerationFigures } from '../../../contract/api/generations.ts';

/** Schema of a figure in older versions, whose value had a field name of its own. */
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
