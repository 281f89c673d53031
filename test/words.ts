/** A command line as a person types it, in its words: a value is one word, or part of one, and a list as many as it has. */
export function words(
  texts: TemplateStringsArray,
  ...values: readonly (string | number | readonly string[])[]
): string[] {
  const line = texts.reduce((all, text, i) => `${all}\0${i - 1}\0${text}`);
  const valueAt = (at: string | undefined): string | readonly string[] => {
    const value = values[Number(at)] ?? '';
    return typeof value === 'number' ? String(value) : value;
  };
  return line
    .trim()
    .split(/\s+/)
    .flatMap((word) => {
      const alone = /^\0(\d+)\0$/.exec(word);
      return alone ? valueAt(alone[1]) : word.replaceAll(/\0(\d+)\0/g, (_, at: string) => String(valueAt(at)));
    });
}
