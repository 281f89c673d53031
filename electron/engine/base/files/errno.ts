/** The operating system's error name, such as ENOENT; an empty string for other errors. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
