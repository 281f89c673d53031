// Permissions do not bind root, who may well run the tests.

const NOBODY = 65534;

/** Does the work as a user whom permissions bind. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
