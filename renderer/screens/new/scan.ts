// Searches the folders for models: started here, by the engine when it starts, or from the palette.
import { useState } from 'react';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { useCallMutation } from '../../state/calls.ts';
import { useEngineEvent } from '../../state/client.ts';

export type Scan = {
  readonly isScanning: boolean;
  readonly start: () => void;
  readonly error: WinnowError | null;
};

export function useScan(): Scan {
  const [isTold, setTold] = useState(false);
  useEngineEvent('library', ({ scanning }) => setTold(scanning));
  const scan = useCallMutation('library.scan');
  return { isScanning: isTold || scan.isPending, start: () => scan.mutate({}), error: scan.error };
}
