/** Returns the share that a line states, as "12/345" or "12%"; null: it states none. */
export function buildShare(line: string): number | null {
  const { done, total, percent } = /(?:(?<done>\d+)\/(?<total>\d+)|(?<percent>\d+)%)$/.exec(line)?.groups ?? {};
  if (percent !== undefined) return Number(percent) / 100;
  return done === undefined || Number(total) === 0 ? null : Number(done) / Number(total);
}
