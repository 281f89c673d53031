/** Whether every case of every sweep runs, as `npm run test:thorough` wants it; otherwise a part that shows each way once. */
export const THOROUGH = process.env['WINNOW_TEST_THOROUGH'] === '1';

/** Whether `npm run hostile` runs, as long as it is told to; otherwise the short form that `npm test` has. */
export const HOSTILE = process.env['WINNOW_HOSTILE'] === '1';

/** The seed of chance that can be repeated: the thorough run tries another seed each day, and what it finds names it. */
export const dailySeed = (): number => (THOROUGH ? Math.floor(Date.now() / 86_400_000) : 1);
