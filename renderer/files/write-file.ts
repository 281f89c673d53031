// Lets the engine write a file where the user says, and downloads it if the engine is on another computer.
import type { Grant, SavePurpose } from '../../electron/contract/bridge.ts';
import { bridge } from '../state/bridge.ts';

/**
 * Writes a file.
 * @param write lets the engine write to a target
 * @returns the target; null: the user dismissed the dialog
 */
export async function writeFile(
  purpose: SavePurpose,
  suggestedName: string,
  write: (target: string) => Promise<unknown>,
): Promise<Grant | null> {
  const host = bridge();
  const target = await host.pickTarget(purpose, suggestedName);
  if (target === null) return null;
  await write(target.id);
  if (host.server?.isDownload(target)) await host.server.download(target);
  return target;
}
