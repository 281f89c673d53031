// Times that llama.cpp's programs write in front of the lines of their log.

/** A line may go on in the other stream, so that the next one begins where it stopped. */
const LINE = /(\d+)\.(\d{2})\.(\d{3})\.(\d{3}) [A-Z] (.*?)(?=\d+\.\d{2}\.\d{3}\.\d{3} [A-Z] |$)/gm;

/** Seconds from the line that holds `first` to the latest one; lines of two streams may stand in any order. */
export function loggedSeconds(log: string, first: string): number {
  const times = [...log.matchAll(LINE)].map(([, min, sec, ms, us, text]) => ({
    seconds: 60 * Number(min) + Number(sec) + Number(ms) / 1e3 + Number(us) / 1e6,
    text: text ?? '',
  }));
  const start = times.find(({ text }) => text.includes(first));
  if (!start) throw new Error(`the log has no line "${first}"`);
  return Math.max(...times.map(({ seconds }) => seconds)) - start.seconds;
}
