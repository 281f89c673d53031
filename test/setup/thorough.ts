/** Whether every case of every sweep runs, as `npm run test:thorough` wants it; otherwise a part that shows each way once. */
export const THOROUGH = process.env['WINNOW_TEST_THOROUGH'] === '1';
